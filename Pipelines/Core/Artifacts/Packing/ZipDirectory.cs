using System.Buffers.Binary;
using System.Text;

namespace MLPipelines.Artifacts;

/// <summary>Where an entry's bytes stand in a zip.</summary>
internal sealed record ZipItem(string Name, bool IsDeflated, long DataOffset, long PackedLength, long Length, uint Crc);

/// <summary>
/// Reads the directory of a zip as strictly as <see cref="ZipWriter"/> makes it: the local headers agree with the directory,
/// and the entries fill the file without gap, overlap, prefix or trailing bytes.
/// </summary>
internal static class ZipDirectory
{
    private const int MaximumNameBytes = 1024;

    /// <summary>The entries in the order of the file, which is that of the directory.</summary>
    /// <exception cref="ArtifactException">It is no zip, is damaged, was packed by another tool, or exceeds a limit.</exception>
    public static IReadOnlyList<ZipItem> Read(Stream stream, string file, ArtifactTrustOptions trust)
    {
        var (directory, length, count) = ReadEnd(stream, file);
        if (count > trust.MaximumEntries)
            ArtifactThrow.Limit(file, "the number of entries", count, trust.MaximumEntries, nameof(ArtifactTrustOptions.MaximumEntries));
        if (length > count * (ZipFormat.CentralLength + MaximumNameBytes) || length < count * ZipFormat.CentralLength)
            ArtifactThrow.Damaged(file, $"its directory states {length:N0} bytes for {count:N0} entries");
        var bytes = ReadAt(stream, file, directory, (int)length);
        var items = new List<ZipItem>((int)count);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        long total = 0, next = 0;
        int at = 0;
        while (at < bytes.Length)
        {
            var header = Header.Parse(bytes.AsSpan(at), file);
            header.CheckPlain(file);
            if (EntryNames.FaultOfEntry(header.Name) is { } fault)
                ArtifactThrow.Entry(file, header.Name, fault);
            if (!seen.Add(header.Name))
                ArtifactThrow.Entry(file, header.Name, "occurs twice, or differs from another only in case");
            CheckLimits(header, file, trust, ref total);
            if (header.Offset != next)
                ArtifactThrow.Entry(file, header.Name, $"begins at byte {header.Offset:N0} where {next:N0} is expected: it overlaps another entry, or bytes that belong to none stand before it");
            long data = CheckLocal(stream, file, header, bytes.AsSpan(at), directory);
            next = data + header.Packed;
            items.Add(new ZipItem(header.Name, header.Method == ZipFormat.Deflated, data, header.Packed, header.Length, header.Crc));
            at += header.HeaderLength;
        }
        if (items.Count != count)
            ArtifactThrow.Damaged(file, $"its directory lists {items.Count:N0} entries where its end record states {count:N0}");
        if (next != directory)
            ArtifactThrow.Damaged(file, $"it has {directory - next:N0} bytes between its last entry and its directory");
        return items;
    }

    private static (long Offset, long Length, long Count) ReadEnd(Stream stream, string file)
    {
        if (stream.Length < ZipFormat.EndLength)
            ArtifactThrow.Damaged(file, $"it has {stream.Length} bytes, too few for a zip");
        long tail = stream.Length - ZipFormat.EndLength;
        var end = ReadAt(stream, file, tail, ZipFormat.EndLength);
        if (U32(end, 0) != ZipFormat.EndSignature || U16(end, 20) != 0)
            ArtifactThrow.Damaged(file, "it does not end with the end record of a zip: it is truncated, is no zip, or has bytes after its end");
        long count = U16(end, 10), length = U32(end, 12), offset = U32(end, 16);
        if (U32(end, 4) != 0 || U16(end, 8) != count)
            ArtifactThrow.Damaged(file, "it is one of several volumes");
        if (count == ushort.MaxValue || length == uint.MaxValue || offset == uint.MaxValue)
        {
            const int Ends = ZipFormat.End64Length + ZipFormat.Locator64Length;
            if (tail < Ends)
                ArtifactThrow.Damaged(file, "its Zip64 end record is missing");
            tail -= Ends;
            var end64 = ReadAt(stream, file, tail, Ends);
            count = I64(end64, 32);
            length = I64(end64, 40);
            offset = I64(end64, 48);
            bool isPlain = U32(end64, 0) == ZipFormat.End64Signature && I64(end64, 4) == ZipFormat.End64Length - 12
                && U16(end64, 12) == ZipFormat.Zip64Version && U16(end64, 14) == ZipFormat.Zip64Version && I64(end64, 16) == 0 && I64(end64, 24) == count
                && U32(end64, 56) == ZipFormat.Locator64Signature && U32(end64, 60) == 0 && I64(end64, 64) == tail && U32(end64, 72) == 1;
            if (!isPlain)
                ArtifactThrow.Damaged(file, "its Zip64 end record is wrong");
        }
        if (count < 0 || offset < 0 || length < 0 || offset > tail || length != tail - offset)
            ArtifactThrow.Damaged(file, "its directory does not stand directly before its end record");
        return (offset, length, count);
    }

    private static void CheckLimits(Header header, string file, ArtifactTrustOptions trust, ref long total)
    {
        if (header.Length > trust.MaximumTotalBytes - total)
            ArtifactThrow.Limit(file, $"the uncompressed length up to entry '{header.Name}'", total > long.MaxValue - header.Length ? long.MaxValue : total + header.Length, trust.MaximumTotalBytes, nameof(ArtifactTrustOptions.MaximumTotalBytes));
        total += header.Length;
        if (header.Method == ZipFormat.Stored && header.Packed != header.Length)
            ArtifactThrow.Entry(file, header.Name, $"is stored, but its lengths are {header.Packed:N0} and {header.Length:N0}");
        if (header.Method == ZipFormat.Deflated && header.Length > header.Packed * trust.MaximumCompressionRatio)
            ArtifactThrow.Entry(file, header.Name, $"grows from {header.Packed:N0} to {header.Length:N0} bytes, by more than the ratio of {trust.MaximumCompressionRatio} that {nameof(ArtifactTrustOptions)}.{nameof(ArtifactTrustOptions.MaximumCompressionRatio)} allows");
    }

    // Gives where the data begins. The local header has the same fields as the central one, from the version needed to the length of the name.
    private static long CheckLocal(Stream stream, string file, Header header, ReadOnlySpan<byte> central, long directory)
    {
        int nameLength = header.NameLength;
        int extraLength = header.IsLarge ? ZipFormat.ExtraHeaderLength + 16 : 0;
        int localLength = ZipFormat.LocalLength + nameLength + extraLength;
        if (header.Offset > directory - localLength || header.Packed > directory - localLength - header.Offset)
            ArtifactThrow.Entry(file, header.Name, "reaches into the directory");
        var local = ReadAt(stream, file, header.Offset, localLength).AsSpan();
        bool agrees = U32(local, 0) == ZipFormat.LocalSignature
            && U16(local, 4) == (header.IsLarge ? ZipFormat.Zip64Version : ZipFormat.PlainVersion)
            && local[6..28].SequenceEqual(central[8..30])
            && U16(local, 28) == extraLength
            && local.Slice(ZipFormat.LocalLength, nameLength).SequenceEqual(central.Slice(ZipFormat.CentralLength, nameLength))
            && (!header.IsLarge || (U16(local, ^20) == ZipFormat.Zip64Field && U16(local, ^18) == 16 && I64(local, ^16) == header.Length && I64(local, ^8) == header.Packed));
        if (!agrees)
            ArtifactThrow.Entry(file, header.Name, "has a local header that differs from the directory");
        return header.Offset + localLength;
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

    private static ushort U16(ReadOnlySpan<byte> bytes, Index at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, Index at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, Index at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    /// <summary>One header of the directory.</summary>
    private sealed record Header(string Name, int NameLength, int HeaderLength, bool IsLarge, ushort Method, uint Crc, long Packed, long Length, long Offset)
    {
        private ushort Flags { get; init; }

        private bool HasOtherFields { get; init; }

        private uint Attributes { get; init; }

        public static Header Parse(ReadOnlySpan<byte> bytes, string file)
        {
            if (bytes.Length < ZipFormat.CentralLength || U32(bytes, 0) != ZipFormat.CentralSignature)
                ArtifactThrow.Damaged(file, "its directory is cut or wrong");
            int nameLength = U16(bytes, 28), extraLength = U16(bytes, 30), commentLength = U16(bytes, 32);
            int headerLength = ZipFormat.CentralLength + nameLength + extraLength + commentLength;
            if (bytes.Length < headerLength)
                ArtifactThrow.Damaged(file, "its directory is cut");
            // A byte beyond ASCII becomes a character that no name may have.
            var name = Encoding.Latin1.GetString(bytes.Slice(ZipFormat.CentralLength, nameLength));
            long packed = U32(bytes, 20), length = U32(bytes, 24), offset = U32(bytes, 42);
            bool isLarge = packed == uint.MaxValue && length == uint.MaxValue, isFar = offset == uint.MaxValue;
            var extra = bytes.Slice(ZipFormat.CentralLength + nameLength, extraLength);
            int expectedExtra = (isLarge ? 16 : 0) + (isFar ? 8 : 0);
            bool extraIsPlain = expectedExtra == 0
                ? extraLength == 0
                : extraLength == ZipFormat.ExtraHeaderLength + expectedExtra && U16(extra, 0) == ZipFormat.Zip64Field && U16(extra, 2) == expectedExtra;
            if (extraIsPlain && isLarge)
                (length, packed) = (I64(extra, 4), I64(extra, 12));
            if (extraIsPlain && isFar)
                offset = I64(extra, ^8);
            if (packed < 0 || length < 0 || offset < 0)
                ArtifactThrow.Entry(file, name, "states a negative length");
            return new Header(name, nameLength, headerLength, isLarge, U16(bytes, 10), U32(bytes, 16), packed, length, offset)
            {
                Flags = U16(bytes, 8),
                Attributes = U32(bytes, 38),
                HasOtherFields = !extraIsPlain || commentLength != 0 || U16(bytes, 12) != ZipFormat.Time || U16(bytes, 14) != ZipFormat.Date || U32(bytes, 34) != 0
                    || U16(bytes, 4) != (isLarge || isFar ? ZipFormat.Zip64Version : ZipFormat.PlainVersion)
                    || U16(bytes, 6) != (isLarge ? ZipFormat.Zip64Version : ZipFormat.PlainVersion),
            };
        }

        /// <summary>Refuses what <see cref="ZipWriter"/> does not write.</summary>
        public void CheckPlain(string file)
        {
            uint mode = Attributes >> 16;
            if ((mode & 0xF000) is not (0 or 0x8000))
                ArtifactThrow.Entry(file, Name, $"is a link, a folder or a device (mode {Convert.ToString(mode, 8)}), not a plain file");
            if ((Flags & 1) != 0)
                ArtifactThrow.Entry(file, Name, "is encrypted");
            if (Method is not (ZipFormat.Stored or ZipFormat.Deflated))
                ArtifactThrow.Entry(file, Name, $"is compressed by method {Method}; only 0 (stored) and 8 (deflated) are allowed");
            if (Flags != 0 || Attributes != 0 || HasOtherFields)
                ArtifactThrow.Entry(file, Name, "was packed anew by another tool: its time, flags, attributes or extra fields are not those that this library writes. Fetch the artifact as it was published");
        }
    }
}
