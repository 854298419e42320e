using System.Buffers.Binary;
using System.Text;

namespace MLPipelines.Artifacts;

/// <summary>Where an entry's bytes stand in a zip.</summary>
internal sealed record ZipItem(string Name, bool IsDeflated, long DataOffset, long CompressedLength, long Length, uint Crc);

/// <summary>
/// Reads the directory of a zip as strictly as the writer makes it: the local headers agree with the central directory, and
/// the entries fill the file without gap, overlap, prefix or trailing bytes. What other tools could read differently is refused.
/// </summary>
/// <remarks>PKWARE APPNOTE 6.3.10, with the Zip64 extension; methods Stored and Deflate.</remarks>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, CentralSignature = 0x02014b50, LocalSignature = 0x04034b50, End64Signature = 0x06064b50, Locator64Signature = 0x07064b50;
    private const int EndLength = 22, CentralLength = 46, LocalLength = 30, Locator64Length = 20, End64Length = 56;
    private const int MaximumDirectoryBytes = 256 << 20;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly record struct Header(string Name, ushort Flags, ushort Method, uint Crc, long Compressed, long Length, long LocalOffset);

    public static IReadOnlyList<ZipItem> Read(Stream stream, string file, ArtifactTrustOptions trust)
    {
        var (directoryOffset, directoryLength, count) = ReadEnd(stream, file);
        if (count > trust.MaximumEntries)
            ArtifactThrow.Limit(file, "the number of entries", count, trust.MaximumEntries, nameof(ArtifactTrustOptions.MaximumEntries));
        if (directoryLength > MaximumDirectoryBytes)
            ArtifactThrow.Damaged(file, $"its directory announces {directoryLength:N0} bytes");
        var directory = ReadAt(stream, file, directoryOffset, (int)directoryLength);
        var headers = ReadCentral(directory, file, count);
        CheckNames(headers, file);
        CheckLimits(headers, file, trust);
        return ReadLocals(stream, file, headers, directoryOffset);
    }

    private static (long Offset, long Length, long Count) ReadEnd(Stream stream, string file)
    {
        if (stream.Length < EndLength)
            ArtifactThrow.Damaged(file, $"it has {stream.Length} bytes, too few for a zip");
        var end = ReadAt(stream, file, stream.Length - EndLength, EndLength);
        if (U32(end, 0) != EndSignature || U16(end, 20) != 0)
            ArtifactThrow.Damaged(file, "it does not end with the end record of a zip: it is truncated, is no zip, or has bytes after its end");
        if (U16(end, 4) != 0 || U16(end, 6) != 0 || U16(end, 8) != U16(end, 10))
            ArtifactThrow.Damaged(file, "it is one of several volumes");
        long count = U16(end, 10), length = U32(end, 12), offset = U32(end, 16), tail = stream.Length - EndLength;
        if (count == ushort.MaxValue || length == uint.MaxValue || offset == uint.MaxValue)
        {
            if (stream.Length < EndLength + Locator64Length + End64Length)
                ArtifactThrow.Damaged(file, "its Zip64 end record is missing");
            var locator = ReadAt(stream, file, stream.Length - EndLength - Locator64Length, Locator64Length);
            tail = I64(locator, 8, file);
            if (U32(locator, 0) != Locator64Signature || tail != stream.Length - EndLength - Locator64Length - End64Length)
                ArtifactThrow.Damaged(file, "its Zip64 locator is wrong");
            var end64 = ReadAt(stream, file, tail, End64Length);
            if (U32(end64, 0) != End64Signature)
                ArtifactThrow.Damaged(file, "its Zip64 end record is wrong");
            count = I64(end64, 32, file);
            length = I64(end64, 40, file);
            offset = I64(end64, 48, file);
        }
        if (offset < 0 || length < 0 || offset > tail || length != tail - offset)
            ArtifactThrow.Damaged(file, "its directory does not stand directly before its end record");
        return (offset, length, count);
    }

    private static List<Header> ReadCentral(byte[] directory, string file, long count)
    {
        var headers = new List<Header>();
        int at = 0;
        while (at < directory.Length)
        {
            if (directory.Length - at < CentralLength || U32(directory, at) != CentralSignature)
                ArtifactThrow.Damaged(file, "its directory is cut or wrong");
            int nameLength = U16(directory, at + 28), extraLength = U16(directory, at + 30), commentLength = U16(directory, at + 32);
            if (directory.Length - at - CentralLength < nameLength + extraLength + commentLength)
                ArtifactThrow.Damaged(file, "its directory is cut");
            var name = ReadName(directory.AsSpan(at + CentralLength, nameLength), file);
            ushort flags = U16(directory, at + 8), method = U16(directory, at + 10);
            long compressed = U32(directory, at + 20), length = U32(directory, at + 24), offset = U32(directory, at + 42);
            ReadZip64(directory.AsSpan(at + CentralLength + nameLength, extraLength), file, name, ref length, ref compressed, ref offset);
            uint mode = U32(directory, at + 38) >> 16;
            if ((mode & 0xF000) is not (0 or 0x8000))
                ArtifactThrow.Entry(file, name, "is a link, a folder or a device, not a plain file");
            if ((flags & ~0x0806) != 0)
                ArtifactThrow.Entry(file, name, (flags & 1) != 0 ? "is encrypted" : $"has the flags 0x{flags:X4}, which this library does not write");
            if (method is not (0 or 8))
                ArtifactThrow.Entry(file, name, $"is compressed by method {method}; only 0 (stored) and 8 (deflate) are allowed");
            if (commentLength != 0)
                ArtifactThrow.Entry(file, name, "has a comment");
            headers.Add(new Header(name, flags, method, U32(directory, at + 16), compressed, length, offset));
            at += CentralLength + nameLength + extraLength;
        }
        if (headers.Count != count)
            ArtifactThrow.Damaged(file, $"its directory lists {headers.Count} entries where its end record states {count}");
        return headers;
    }

    private static void ReadZip64(ReadOnlySpan<byte> extra, string file, string name, ref long length, ref long compressed, ref long offset)
    {
        while (extra.Length >= 4)
        {
            int size = U16(extra, 2);
            if (size > extra.Length - 4)
                ArtifactThrow.Entry(file, name, "has a damaged extra field");
            if (U16(extra, 0) == 1)
            {
                var field = extra.Slice(4, size);
                Take(ref length, ref field);
                Take(ref compressed, ref field);
                Take(ref offset, ref field);
            }
            extra = extra[(4 + size)..];
        }

        void Take(ref long value, ref ReadOnlySpan<byte> field)
        {
            if (value != uint.MaxValue)
                return;
            if (field.Length < 8)
                ArtifactThrow.Entry(file, name, "has a cut Zip64 field");
            value = I64(field, 0, file);
            field = field[8..];
        }
    }

    private static void CheckNames(List<Header> headers, string file)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in headers)
        {
            if (EntryNames.FaultOfEntry(header.Name) is { } fault)
                ArtifactThrow.Entry(file, header.Name, fault);
            if (!seen.Add(header.Name))
                ArtifactThrow.Entry(file, header.Name, "occurs twice, or differs from another only in case");
        }
    }

    private static void CheckLimits(List<Header> headers, string file, ArtifactTrustOptions trust)
    {
        long total = 0;
        foreach (var header in headers)
        {
            if (header.Length < 0 || header.Compressed < 0 || header.LocalOffset < 0 || header.Length > trust.MaximumTotalBytes - total)
                ArtifactThrow.Limit(file, $"the uncompressed length up to entry '{header.Name}'", header.Length < 0 ? long.MaxValue : total + header.Length, trust.MaximumTotalBytes, nameof(ArtifactTrustOptions.MaximumTotalBytes));
            total += header.Length;
            if (header.Method == 0 && header.Compressed != header.Length)
                ArtifactThrow.Entry(file, header.Name, "is stored, but with two different lengths");
            if (header.Length > 1 << 20 && header.Length > header.Compressed * trust.MaximumCompressionRatio)
                ArtifactThrow.Entry(file, header.Name, $"grows from {header.Compressed:N0} to {header.Length:N0} bytes, by more than the ratio of {trust.MaximumCompressionRatio} that {nameof(ArtifactTrustOptions)}.{nameof(ArtifactTrustOptions.MaximumCompressionRatio)} allows");
        }
    }

    private static List<ZipItem> ReadLocals(Stream stream, string file, List<Header> headers, long directoryOffset)
    {
        var items = new Dictionary<string, ZipItem>(StringComparer.Ordinal);
        long expected = 0;
        foreach (var header in headers.OrderBy(header => header.LocalOffset))
        {
            if (header.LocalOffset != expected || header.LocalOffset > directoryOffset - LocalLength)
                ArtifactThrow.Entry(file, header.Name, "overlaps another entry or stands behind bytes that belong to none");
            var fixedPart = ReadAt(stream, file, header.LocalOffset, LocalLength);
            int nameLength = U16(fixedPart, 26), extraLength = U16(fixedPart, 28);
            var rest = ReadAt(stream, file, header.LocalOffset + LocalLength, nameLength + extraLength);
            long compressed = U32(fixedPart, 18), length = U32(fixedPart, 22), noOffset = 0;
            ReadZip64(rest.AsSpan(nameLength), file, header.Name, ref length, ref compressed, ref noOffset);
            bool agrees = U32(fixedPart, 0) == LocalSignature
                && ReadName(rest.AsSpan(0, nameLength), file) == header.Name
                && U16(fixedPart, 6) == header.Flags && U16(fixedPart, 8) == header.Method && U32(fixedPart, 14) == header.Crc
                && compressed == header.Compressed && length == header.Length;
            if (!agrees)
                ArtifactThrow.Entry(file, header.Name, "has a local header that differs from the directory");
            long dataOffset = header.LocalOffset + LocalLength + nameLength + extraLength;
            expected = dataOffset + header.Compressed;
            if (expected > directoryOffset)
                ArtifactThrow.Entry(file, header.Name, "reaches into the directory");
            items[header.Name] = new ZipItem(header.Name, header.Method == 8, dataOffset, header.Compressed, header.Length, header.Crc);
        }
        if (expected != directoryOffset)
            ArtifactThrow.Damaged(file, "it has bytes between its last entry and its directory");
        return [.. headers.Select(header => items[header.Name])];
    }

    private static string ReadName(ReadOnlySpan<byte> bytes, string file)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            ArtifactThrow.Damaged(file, "the name of an entry is not UTF-8", e);
            throw;
        }
    }

    private static byte[] ReadAt(Stream stream, string file, long offset, int count)
    {
        if (offset < 0 || offset > stream.Length - count)
            ArtifactThrow.Damaged(file, $"it ends before byte {offset + count:N0}");
        stream.Position = offset;
        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at, string file)
    {
        long value = BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
        if (value < 0)
            ArtifactThrow.Damaged(file, "it states a length of more than 2^63 bytes");
        return value;
    }
}
