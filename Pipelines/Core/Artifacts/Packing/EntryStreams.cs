namespace MLPipelines.Artifacts;

/// <summary>A stream to read and to seek in.</summary>
internal abstract class ReadingStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>A part of another stream, to read and to seek in. Several of them can share one stream.</summary>
internal sealed class SectionStream(Stream source, long offset, long length) : ReadingStream
{
    private long _position;

    /// <summary>Hands out the last byte on its own, so that a decoder that ends before it can be told from one that needs it.</summary>
    public bool KeepsLastByteApart { get; init; }

    /// <summary>Disposes the source as well.</summary>
    public bool OwnsSource { get; init; }

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        long left = length - _position;
        if (KeepsLastByteApart && left > 1)
            left--;
        int count = (int)Math.Min(buffer.Length, Math.Max(0, left));
        if (count == 0)
            return 0;
        lock (source)
        {
            source.Position = offset + _position;
            count = source.Read(buffer[..count]);
        }
        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && OwnsSource)
            source.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Memory as a stream to read, without a copy.</summary>
internal sealed class ReadOnlyMemoryStream(ReadOnlyMemory<byte> bytes) : ReadingStream
{
    public override long Length => bytes.Length;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, Math.Max(0, bytes.Length - Position));
        if (count > 0)
            bytes.Span.Slice((int)Position, count).CopyTo(buffer);
        Position += count;
        return count;
    }
}

/// <summary>Keeps what is written in memory up to a limit, and beyond it in a private temporary file.</summary>
/// <param name="expectedLength">How much will be written, if that is known.</param>
/// <param name="memoryLimit">How many bytes to keep in memory.</param>
internal sealed class SpoolStream(long expectedLength = 0, int memoryLimit = 256 << 20) : Stream
{
    private Stream _stream = new MemoryStream((int)Math.Min(expectedLength, memoryLimit));

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => _stream.Length;

    public override long Position { get => _stream.Position; set => _stream.Position = value; }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_stream is MemoryStream memory && memory.Position + buffer.Length > memoryLimit)
            MoveToFile(memory);
        _stream.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => _stream.Read(buffer);

    public override int Read(byte[] buffer, int offset, int count) => _stream.Read(buffer, offset, count);

    public override long Seek(long offset, SeekOrigin origin) => _stream.Seek(offset, origin);

    public override void Flush() => _stream.Flush();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _stream.Dispose();
        base.Dispose(disposing);
    }

    private void MoveToFile(MemoryStream memory)
    {
        var path = Path.Combine(Path.GetTempPath(), "mlpipelines-" + Path.GetRandomFileName());
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Delete, Options = FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        // Where the system allows it the name goes at once, so that a killed process leaves nothing.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        long position = memory.Position;
        memory.WriteTo(file);
        file.Position = position;
        memory.Dispose();
        _stream = file;
    }
}
