using System.Security.Cryptography;

namespace MLPipelines.Artifacts;

/// <summary>What is known of the bytes of an entry once all of them have been seen.</summary>
/// <param name="Length">How many there are.</param>
/// <param name="Crc">Their check sum in the zip.</param>
/// <param name="Sha256">Their hash, in lower-case hexadecimal.</param>
/// <param name="IsPickle">Whether they look like a Python pickle.</param>
/// <param name="IsZip">Whether they look like a zip.</param>
internal readonly record struct EntrySums(long Length, uint Crc, string Sha256, bool IsPickle, bool IsZip);

/// <summary>
/// The bytes of an entry and their sums: in memory, or, where there are many, in a private temporary file that goes when
/// this is disposed or the process ends.
/// </summary>
internal sealed class EntryContent : IDisposable
{
    private readonly Stream _bytes;

    private EntryContent(Stream bytes, EntrySums sums)
    {
        _bytes = bytes;
        Sums = sums;
    }

    public EntrySums Sums { get; }

    /// <summary>Content that stands in memory already; it is not copied.</summary>
    public static EntryContent Of(ReadOnlyMemory<byte> bytes)
    {
        using var summing = new SummingStream(Stream.Null);
        summing.Write(bytes.Span);
        return new EntryContent(new ReadOnlyMemoryStream(bytes), summing.Complete());
    }

    /// <summary>Content that is written to a stream, which need not be closed.</summary>
    public static EntryContent Of(Action<Stream> write)
    {
        var spool = new SpoolStream();
        try
        {
            using var summing = new SummingStream(spool);
            write(summing);
            return new EntryContent(spool, summing.Complete());
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>A view over all bytes, to read and to seek in; disposing it leaves the content as it is.</summary>
    public Stream OpenRead() => new SectionStream(_bytes, 0, Sums.Length);

    public void Dispose() => _bytes.Dispose();
}

/// <summary>Passes on what is written to it, and sums it. Closing it leaves the target open.</summary>
/// <param name="target">Where the bytes go.</param>
/// <param name="withCrc">Whether the check sum of the zip is taken too; without it, it is given as 0.</param>
internal sealed class SummingStream(Stream target, bool withCrc = true) : Stream
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _head = new byte[ForbiddenContent.HeadLength];
    private uint _crc;
    private long _length;
    private byte _last;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position { get => _length; set => throw new NotSupportedException(); }

    public EntrySums Complete()
    {
        var head = _head.AsSpan(0, (int)Math.Min(_length, _head.Length));
        return new(_length, _crc, Convert.ToHexStringLower(_sha256.GetHashAndReset()), ForbiddenContent.IsPickle(head, _last, _length), ForbiddenContent.IsZip(head));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.IsEmpty)
            return;
        if (_length < _head.Length)
            buffer[..(int)Math.Min(buffer.Length, _head.Length - _length)].CopyTo(_head.AsSpan((int)_length));
        _sha256.AppendData(buffer);
        if (withCrc)
            _crc = Crc32.Append(_crc, buffer);
        _length += buffer.Length;
        _last = buffer[^1];
        target.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => target.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _sha256.Dispose();
        base.Dispose(disposing);
    }
}
