using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Values of one primitive type, written and read together.</summary>
internal abstract class BinaryItems<T>
{
    private T[] _items = new T[64];

    public int Count { get; private set; }

    /// <summary>About how many bytes the values take.</summary>
    public abstract long ByteCount { get; }

    public ReadOnlySpan<T> Items => _items.AsSpan(0, Count);

    public virtual void Clear() => Count = 0;

    public virtual void Add(in T value)
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, 2 * Count);
        _items[Count++] = value;
    }

    protected Span<T> Resize(int count)
    {
        if (_items.Length < count)
            _items = new T[count];
        Count = count;
        return _items.AsSpan(0, count);
    }

    public abstract void Write(BinaryWriter writer);

    /// <summary>Reads <paramref name="count"/> values; <paramref name="reader"/> is over one column of a block.</summary>
    public abstract void Read(BinaryReader reader, int count);

    public static BinaryItems<T> Create(DataViewType itemType) =>
        (BinaryItems<T>)(itemType is TextDataViewType
            ? new TextBinaryItems()
            : Activator.CreateInstance(typeof(UnmanagedBinaryItems<>).MakeGenericType(typeof(T)), itemType.KeyCountOrZero()));
}

/// <summary>Values as they are in memory. Reading admits only those that the type has.</summary>
/// <param name="keyCount">The number of values of a key type, otherwise 0.</param>
internal sealed class UnmanagedBinaryItems<T>(ulong keyCount) : BinaryItems<T> where T : unmanaged
{
    public override long ByteCount => (long)Count * Unsafe.SizeOf<T>();

    public override void Write(BinaryWriter writer) => writer.Write(MemoryMarshal.AsBytes(Items));

    public override void Read(BinaryReader reader, int count)
    {
        BinaryBlocks.CheckLeft(reader, (long)count * Unsafe.SizeOf<T>());
        var items = Resize(count);
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(items));
        if (typeof(T) == typeof(bool))
            Check(!MemoryMarshal.AsBytes(items).ContainsAnyExceptInRange((byte)0, (byte)1));
        else if (typeof(T) == typeof(DateTime))
            CheckTimes(MemoryMarshal.Cast<T, ulong>(items));
        else if (typeof(T) == typeof(DateTimeOffset))
            CheckOffsets(items);
        else if (keyCount > 0)
            CheckKeys(items);
    }

    private void CheckKeys(ReadOnlySpan<T> items)
    {
        foreach (var item in items)
            Check(ToUInt64(item) <= keyCount);
    }

    private static ulong ToUInt64(T key)
    {
        if (typeof(T) == typeof(byte))
            return Unsafe.BitCast<T, byte>(key);
        if (typeof(T) == typeof(ushort))
            return Unsafe.BitCast<T, ushort>(key);
        return typeof(T) == typeof(uint) ? Unsafe.BitCast<T, uint>(key) : Unsafe.BitCast<T, ulong>(key);
    }

    private static void CheckOffsets(ReadOnlySpan<T> items)
    {
        foreach (ref readonly var item in items)
        {
            ref readonly var time = ref Unsafe.As<T, DateTimeOffset>(ref Unsafe.AsRef(in item));
            var ticks = time.UtcTicks;
            var offset = time.TotalOffsetMinutes;
            Check(ticks >= 0 && ticks <= DateTime.MaxValue.Ticks && offset is >= -14 * 60 and <= 14 * 60);
            long local = ticks + offset * TimeSpan.TicksPerMinute;
            Check(local >= 0 && local <= DateTime.MaxValue.Ticks);
        }
    }

    // The two highest bits hold the kind.
    private static void CheckTimes(ReadOnlySpan<ulong> times)
    {
        foreach (ulong time in times)
            Check((time & 0x3FFF_FFFF_FFFF_FFFF) <= (ulong)DateTime.MaxValue.Ticks);
    }

    private static void Check(bool isLegal)
    {
        if (!isLegal)
            throw Contracts.ExceptDecode($"The binary data holds a value that is none of type {typeof(T).Name}, or beyond the count of its key.");
    }
}

/// <summary>Texts as their lengths and one run of characters, in UTF-8 unless that would change them.</summary>
internal sealed class TextBinaryItems : BinaryItems<ReadOnlyMemory<char>>
{
    private long _charCount;

    public override long ByteCount => _charCount + Count * sizeof(int);

    public override void Clear()
    {
        base.Clear();
        _charCount = 0;
    }

    public override void Add(in ReadOnlyMemory<char> value)
    {
        base.Add(in value);
        _charCount += value.Length;
    }

    public override void Write(BinaryWriter writer)
    {
        var chars = new char[_charCount];
        int used = 0;
        foreach (var text in Items)
        {
            writer.Write7BitEncodedInt(text.Length);
            text.Span.CopyTo(chars.AsSpan(used));
            used += text.Length;
        }
        var utf8 = new byte[Encoding.UTF8.GetMaxByteCount(chars.Length)];
        bool isUtf8 = Utf8.FromUtf16(chars, utf8, out _, out int written, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done;
        writer.Write(isUtf8);
        writer.Write(isUtf8 ? utf8.AsSpan(0, written) : MemoryMarshal.AsBytes(chars.AsSpan()));
    }

    public override void Read(BinaryReader reader, int count)
    {
        BinaryBlocks.CheckLeft(reader, count);
        var lengths = new int[count];
        long total = 0;
        foreach (ref int length in lengths.AsSpan())
        {
            length = reader.Read7BitEncodedInt();
            total += length;
            BinaryBlocks.CheckLeft(reader, length);
        }
        bool isUtf8 = reader.ReadBoolean();
        // The characters are the rest of the column.
        int byteCount = (int)(reader.BaseStream.Length - reader.BaseStream.Position);
        var bytes = reader.ReadBytes(byteCount);
        char[] chars = isUtf8 ? Encoding.UTF8.GetChars(bytes) : MemoryMarshal.Cast<byte, char>(bytes).ToArray();
        if (chars.Length != total)
            throw Contracts.ExceptDecode($"The binary data announces texts of {total} characters where there are {chars.Length}.");
        var items = Resize(count);
        int used = 0;
        for (int i = 0; i < count; i++)
        {
            items[i] = new ReadOnlyMemory<char>(chars, used, lengths[i]);
            used += lengths[i];
        }
    }
}
