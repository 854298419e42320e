using System.Buffers.Binary;
using System.Text;

namespace MLPipelines.Training.Checkpoints;

/// <summary>
/// The directory of a zip as torch writes it, read strictly: only entries that are stored or deflated, each within the file,
/// none overlapping another, and their lengths what the entries themselves say.
/// </summary>
internal sealed class TorchZip
{
    private const int EndLength = 22, LocatorLength = 20, End64Length = 56, CentralLength = 46, LocalLength = 30;
    private const uint EndSignature = 0x06054b50, LocatorSignature = 0x07064b50, End64Signature = 0x06064b50, CentralSignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const long MaximumDirectory = 256L << 20;
    private const int Stored = 0, Deflated = 8;

    // No byte of deflate stands for more than this many.
    private const long MaximumRatio = 1032;

    // What is inflated goes to the disk.
    private const long MaximumInflated = 64L << 30;

    private readonly ByteSource _source;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <exception cref="CheckpointException">The file is not a zip, or not one that can be trusted.</exception>
    public TorchZip(ByteSource source)
    {
        _source = source;
        var (start, length, count) = FindDirectory();
        ReadDirectory(source.ReadAll(start, (int)length), count);
        ReadLocalHeaders(start);
    }

    public IReadOnlyCollection<string> Names => _entries.Keys;

    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>The length of an entry that exists, once inflated.</summary>
    public long LengthOf(string name) => _entries[name].Length;

    /// <summary>An entry that exists; the file owns what this takes.</summary>
    public ByteSource Open(string name)
    {
        var entry = _entries[name];
        var label = $"{_source.Name}: {CheckpointErrors.Printable(name)}";
        var section = new SectionBytes(label, _source, entry.DataOffset, entry.PackedLength);
        if (entry.Method == Stored)
            return section;
        var inflated = new InflatedBytes(label, section, entry.Length);
        _source.Own(inflated);
        return inflated;
    }

    private CheckpointException Damaged(string reason) => CheckpointErrors.Damaged(_source.Name, reason);

    private CheckpointException Bad(string entry, string reason) => CheckpointErrors.Refused(_source.Name, $"entry '{CheckpointErrors.Printable(entry)}' of its zip {reason}");

    private (long Start, long Length, long Count) FindDirectory()
    {
        int tailLength = (int)Math.Min(_source.Length, EndLength + ushort.MaxValue);
        long tailStart = _source.Length - tailLength;
        var tail = _source.ReadAll(tailStart, tailLength);
        int end = tailLength - EndLength;
        while (end >= 0 && !(U32(tail, end) == EndSignature && U16(tail, end + 20) == tailLength - end - EndLength))
            end--;
        if (end < 0)
            throw Damaged("its zip has no directory at the end, so it is cut off");
        long position = tailStart + end;
        long count = U16(tail, end + 10), length = U32(tail, end + 12), start = U32(tail, end + 16);
        if (U16(tail, end + 4) != 0 || U16(tail, end + 6) != 0 || U16(tail, end + 8) != count)
            throw Damaged("its zip is one part of several");
        if (position >= LocatorLength && U32(_source.ReadAll(position - LocatorLength, LocatorLength), 0) == LocatorSignature)
        {
            ulong end64 = BinaryPrimitives.ReadUInt64LittleEndian(_source.ReadAll(position - LocatorLength, LocatorLength).AsSpan(8));
            if (position < LocatorLength + End64Length || end64 > (ulong)(position - LocatorLength - End64Length))
                throw Damaged("the directory of its zip lies outside the file");
            var record = _source.ReadAll((long)end64, End64Length);
            if (U32(record, 0) != End64Signature)
                throw Damaged("the directory of its zip is not where it should be");
            position = (long)end64;
            (count, length, start) = (I64(record, 32), I64(record, 40), I64(record, 48));
        }
        if (start < 0 || length < 0 || start > position || length > position - start)
            throw Damaged("the directory of its zip lies outside the file");
        if (length > MaximumDirectory)
            throw Damaged(FormattableString.Invariant($"the directory of its zip has {length} bytes; {MaximumDirectory} are allowed"));
        return (start, length, count);
    }

    private void ReadDirectory(byte[] directory, long count)
    {
        int position = 0;
        long inflated = 0;
        while (position < directory.Length)
        {
            if (directory.Length - position < CentralLength || U32(directory, position) != CentralSignature)
                throw Damaged("the directory of its zip is not valid");
            var item = directory.AsSpan(position);
            int nameLength = U16(item, 28), extraLength = U16(item, 30), commentLength = U16(item, 32);
            if (item.Length < CentralLength + nameLength + extraLength + commentLength)
                throw Damaged("the directory of its zip is cut off");
            var name = Encoding.UTF8.GetString(item.Slice(CentralLength, nameLength));
            int method = U16(item, 10);
            if ((U16(item, 8) & 1) != 0)
                throw Bad(name, "is encrypted");
            if (method is not (Stored or Deflated))
                throw Bad(name, FormattableString.Invariant($"is packed by method {method}; 0 (stored) and 8 (deflated) can be read"));
            var (length, packed, offset) = Sizes(name, item, item.Slice(CentralLength + nameLength, extraLength));
            if (method == Stored ? packed != length : length / MaximumRatio > packed)
                throw Bad(name, FormattableString.Invariant($"has {packed} bytes that cannot hold the {length} which it claims"));
            inflated += method == Deflated ? Math.Min(length, MaximumInflated) : 0;
            if (inflated > MaximumInflated)
                throw Bad(name, FormattableString.Invariant($"and those before it inflate to more than the {MaximumInflated} bytes that are allowed"));
            if (!_entries.TryAdd(name, new Entry { Method = method, Length = length, PackedLength = packed, HeaderOffset = offset }))
                throw Bad(name, "is there twice");
            position += CentralLength + nameLength + extraLength + commentLength;
        }
        if (_entries.Count != count)
            throw Damaged(FormattableString.Invariant($"the directory of its zip lists {_entries.Count} entries where {count} are announced"));
    }

    private (long Length, long Packed, long Offset) Sizes(string name, ReadOnlySpan<byte> item, ReadOnlySpan<byte> extra)
    {
        long packed = U32(item, 20), length = U32(item, 24), offset = U32(item, 42);
        while (extra.Length >= 4)
        {
            int id = U16(extra, 0), size = U16(extra, 2);
            if (size > extra.Length - 4)
                throw Bad(name, "has an extra field that is cut off");
            var field = extra.Slice(4, size);
            if (id == 1)
            {
                Widen(name, ref field, ref length);
                Widen(name, ref field, ref packed);
                Widen(name, ref field, ref offset);
            }
            extra = extra[(4 + size)..];
        }
        return (length, packed, offset);
    }

    private void Widen(string name, ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != uint.MaxValue)
            return;
        if (field.Length < sizeof(long) || BinaryPrimitives.ReadInt64LittleEndian(field) is not (>= 0 and var wide))
            throw Bad(name, "has no valid length or offset");
        value = wide;
        field = field[sizeof(long)..];
    }

    private void ReadLocalHeaders(long directoryStart)
    {
        long end = 0;
        var header = new byte[LocalLength];
        foreach (var (name, entry) in _entries.OrderBy(pair => pair.Value.HeaderOffset))
        {
            if (entry.HeaderOffset < end)
                throw Bad(name, "overlaps the one before it");
            if (entry.HeaderOffset > directoryStart - LocalLength)
                throw Bad(name, "lies outside the file");
            _source.Read(entry.HeaderOffset, header);
            int nameLength = U16(header, 26);
            entry.DataOffset = entry.HeaderOffset + LocalLength + nameLength + U16(header, 28);
            if (U32(header, 0) != LocalSignature || U16(header, 8) != entry.Method || entry.DataOffset > directoryStart)
                throw Bad(name, "does not begin where the directory says");
            if (Encoding.UTF8.GetString(_source.ReadAll(entry.HeaderOffset + LocalLength, nameLength)) != name)
                throw Bad(name, "has another name in the directory than in the file");
            if (entry.PackedLength > directoryStart - entry.DataOffset)
                throw Bad(name, "is longer than the file");
            end = entry.DataOffset + entry.PackedLength;
        }
    }

    private static int U16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static long I64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]);

    private sealed class Entry
    {
        public required int Method { get; init; }

        public required long Length { get; init; }

        public required long PackedLength { get; init; }

        public required long HeaderOffset { get; init; }

        public long DataOffset { get; set; }
    }
}
