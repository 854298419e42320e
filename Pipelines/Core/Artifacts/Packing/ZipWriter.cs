using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MLPipelines.Artifacts;

/// <summary>Writes a zip in the one way of <see cref="ZipFormat"/>, entry by entry; never seeks.</summary>
/// <param name="stream">Where to; its position must be where the zip begins.</param>
/// <param name="zip64From">From which length, offset or count on the Zip64 fields are used; lower only in tests.</param>
internal sealed class ZipWriter(Stream stream, uint zip64From = uint.MaxValue)
{
    // What would grow by more on reading is not worth shrinking: the reader refuses such growth.
    private const int LargestRatio = 50;
    private const int LargestDeflated = 256 << 20;
    private const int CopyBytes = 1 << 17;

    private readonly List<Item> _items = [];
    private long _position;

    private readonly record struct Item(byte[] Name, ushort Method, uint Crc, long Compressed, long Length, long Offset);

    /// <summary>Writes an entry, deflated if that is asked for and shrinks it.</summary>
    public void Add(string name, EntryContent content, bool deflate, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        using var source = content.OpenRead();
        using var deflated = deflate ? Deflate(source, content.Sums.Length, cancellationToken) : null;
        bool isDeflated = deflated is not null && deflated.Length < content.Sums.Length && content.Sums.Length <= deflated.Length * LargestRatio;
        var packed = isDeflated ? deflated! : source;
        packed.Position = 0;
        var item = new Item(Encoding.ASCII.GetBytes(name), isDeflated ? ZipFormat.Deflated : ZipFormat.Stored, content.Sums.Crc, packed.Length, content.Sums.Length, _position);
        _items.Add(item);
        WriteLocal(item);
        Copy(packed, progress, cancellationToken);
    }

    /// <summary>Writes the directory. Nothing may be added afterwards.</summary>
    public void Finish()
    {
        long directory = _position;
        foreach (var item in _items)
            WriteCentral(item);
        long length = _position - directory;
        long count = _items.Count;
        bool isLarge = count >= ushort.MaxValue || directory >= zip64From || length >= zip64From;
        if (isLarge)
            WriteEnd64(directory, length, count);
        Span<byte> end = stackalloc byte[ZipFormat.EndLength];
        end.Clear();
        U32(end, 0, ZipFormat.EndSignature);
        U16(end, 8, isLarge ? ushort.MaxValue : (ushort)count);
        U16(end, 10, isLarge ? ushort.MaxValue : (ushort)count);
        U32(end, 12, isLarge ? uint.MaxValue : (uint)length);
        U32(end, 16, isLarge ? uint.MaxValue : (uint)directory);
        Write(end);
    }

    private static MemoryStream? Deflate(Stream source, long length, CancellationToken cancellationToken)
    {
        if (length is 0 or > LargestDeflated)
            return null;
        var packed = new MemoryStream();
        using var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true);
        var buffer = new byte[Math.Min(CopyBytes, length)];
        for (int read; (read = source.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            deflate.Write(buffer.AsSpan(0, read));
        }
        return packed;
    }

    private void Copy(Stream source, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(CopyBytes, source.Length)];
        for (int read; (read = source.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(buffer.AsSpan(0, read));
            progress?.Report(_position);
        }
    }

    private bool NeedsZip64(Item item) => item.Length >= zip64From || item.Compressed >= zip64From;

    private void WriteLocal(Item item)
    {
        bool isLarge = NeedsZip64(item);
        Span<byte> header = stackalloc byte[ZipFormat.LocalLength];
        header.Clear();
        U32(header, 0, ZipFormat.LocalSignature);
        WriteCommon(header[4..], item, isLarge);
        U16(header, 28, (ushort)(isLarge ? ZipFormat.ExtraHeaderLength + 16 : 0));
        Write(header);
        Write(item.Name);
        if (isLarge)
            WriteExtra([item.Length, item.Compressed]);
    }

    private void WriteCentral(Item item)
    {
        bool isLarge = NeedsZip64(item), isFar = item.Offset >= zip64From;
        int extra = (isLarge ? 16 : 0) + (isFar ? 8 : 0);
        Span<byte> header = stackalloc byte[ZipFormat.CentralLength];
        header.Clear();
        U32(header, 0, ZipFormat.CentralSignature);
        U16(header, 4, isLarge || isFar ? ZipFormat.Zip64Version : ZipFormat.PlainVersion);
        WriteCommon(header[6..], item, isLarge);
        U16(header, 30, (ushort)(extra > 0 ? ZipFormat.ExtraHeaderLength + extra : 0));
        U32(header, 42, isFar ? uint.MaxValue : (uint)item.Offset);
        Write(header);
        Write(item.Name);
        if (extra > 0)
            WriteExtra([.. isLarge ? [item.Length, item.Compressed] : Array.Empty<long>(), .. isFar ? [item.Offset] : Array.Empty<long>()]);
    }

    // The fields that both headers have, from the version needed to the length of the name.
    private static void WriteCommon(Span<byte> header, Item item, bool isLarge)
    {
        U16(header, 0, isLarge ? ZipFormat.Zip64Version : ZipFormat.PlainVersion);
        U16(header, 4, item.Method);
        U16(header, 6, ZipFormat.Time);
        U16(header, 8, ZipFormat.Date);
        U32(header, 10, item.Crc);
        U32(header, 14, isLarge ? uint.MaxValue : (uint)item.Compressed);
        U32(header, 18, isLarge ? uint.MaxValue : (uint)item.Length);
        U16(header, 22, (ushort)item.Name.Length);
    }

    private void WriteExtra(ReadOnlySpan<long> values)
    {
        var extra = new byte[ZipFormat.ExtraHeaderLength + (values.Length * sizeof(long))];
        U16(extra, 0, ZipFormat.Zip64Field);
        U16(extra, 2, (ushort)(values.Length * sizeof(long)));
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(ZipFormat.ExtraHeaderLength + (i * sizeof(long))), values[i]);
        Write(extra);
    }

    private void WriteEnd64(long directory, long length, long count)
    {
        long at = _position;
        Span<byte> end = stackalloc byte[ZipFormat.End64Length + ZipFormat.Locator64Length];
        end.Clear();
        U32(end, 0, ZipFormat.End64Signature);
        I64(end, 4, ZipFormat.End64Length - 12);
        U16(end, 12, ZipFormat.Zip64Version);
        U16(end, 14, ZipFormat.Zip64Version);
        I64(end, 24, count);
        I64(end, 32, count);
        I64(end, 40, length);
        I64(end, 48, directory);
        var locator = end[ZipFormat.End64Length..];
        U32(locator, 0, ZipFormat.Locator64Signature);
        I64(locator, 8, at);
        U32(locator, 16, 1);
        Write(end);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        _position += bytes.Length;
    }

    private static void U16(Span<byte> bytes, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes[at..], value);

    private static void U32(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);

    private static void I64(Span<byte> bytes, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(bytes[at..], value);
}
