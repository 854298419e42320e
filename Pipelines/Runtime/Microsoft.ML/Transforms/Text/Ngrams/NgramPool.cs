using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Numbers sequences of up to ten tokens from 0 in the order in which they are added.</summary>
/// <remarks>Thread-safe for reading.</remarks>
internal sealed class NgramPool
{
    private const int LooksAhead = 16;

    private readonly int _tokenBits;
    private readonly Table[] _tables;
    private uint[] _tokens = [];
    private int[] _starts = [0];

    /// <param name="maximumLength">The length of the longest n-grams.</param>
    /// <param name="largestToken">The largest token: 16-bit ones make a faster pool.</param>
    public NgramPool(int maximumLength, uint largestToken)
    {
        _tokenBits = largestToken <= ushort.MaxValue ? 16 : 32;
        _tables = new Table[maximumLength];
        for (int length = 1; length <= maximumLength; length++)
            _tables[length - 1] = new Table(this, isPacked: length * _tokenBits <= 64);
    }

    public int Count { get; private set; }

    public int MaximumLength => _tables.Length;

    public int CountOf(int length) => _tables[length - 1].Count;

    public ReadOnlySpan<uint> this[int id] => _tokens.AsSpan(_starts[id], _starts[id + 1] - _starts[id]);

    /// <summary>The number of an n-gram, -1 if it has none.</summary>
    public int Find(ReadOnlySpan<uint> ngram)
    {
        var table = _tables[ngram.Length - 1];
        return table.Count == 0 ? -1 : table.Find(KeyOf(ngram), ngram);
    }

    /// <summary>Adds the numbers of all n-grams of neighbouring tokens of one length.</summary>
    public void FindAll(ReadOnlySpan<uint> tokens, int length, SlotCounter counter)
    {
        var table = _tables[length - 1];
        int count = tokens.Length - length + 1;
        if (table.Count == 0 || count <= 0)
            return;
        // What will be looked up is fetched while earlier ones are: the tables are larger than the nearest caches.
        Span<ulong> keys = stackalloc ulong[LooksAhead];
        for (int next = 0; next < count + LooksAhead; next++)
        {
            ref ulong key = ref keys[next % LooksAhead];
            int start = next - LooksAhead;
            if ((uint)start < (uint)count)
            {
                int id = table.Find(key, tokens.Slice(start, length));
                if (id >= 0)
                    counter.Add(id);
            }
            if (next < count)
            {
                key = KeyOf(tokens.Slice(next, length));
                table.Prefetch(key);
            }
        }
    }

    /// <summary>The number of an n-gram, which is added unless <paramref name="limit"/> n-grams of its length are there; -1 if it is not added.</summary>
    public int FindOrAdd(ReadOnlySpan<uint> ngram, int limit)
    {
        var table = _tables[ngram.Length - 1];
        if (limit <= 0)
            return -1;
        ulong key = KeyOf(ngram);
        int id = table.Find(key, ngram);
        if (id >= 0 || table.Count >= limit)
            return id;
        id = Append(ngram);
        table.Add(key, id);
        return id;
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_tables.Length);
        writer.Write(_tokenBits);
        writer.WriteArray<int>(_starts.AsSpan(0, Count + 1));
        writer.WriteArray<uint>(_tokens.AsSpan(0, _starts[Count]));
    }

    public static NgramPool Load(BinaryReader reader)
    {
        int maximumLength = reader.ReadInt32();
        Contracts.CheckDecode(maximumLength is > 0 and <= NgramWalk.MaximumSpan);
        int tokenBits = reader.ReadInt32();
        Contracts.CheckDecode(tokenBits is 16 or 32);
        var starts = reader.ReadArray<int>();
        var tokens = reader.ReadArray<uint>();
        Contracts.CheckDecode(starts.Length > 0 && starts[0] == 0 && starts[^1] == tokens.Length);
        uint largest = tokenBits == 16 ? ushort.MaxValue : uint.MaxValue;
        var pool = new NgramPool(maximumLength, largest);
        for (int id = 0; id < starts.Length - 1; id++)
        {
            int length = starts[id + 1] - starts[id];
            Contracts.CheckDecode(length > 0 && length <= maximumLength && starts[id + 1] <= tokens.Length);
            var ngram = tokens.AsSpan(starts[id], length);
            Contracts.CheckDecode(!ngram.ContainsAnyExceptInRange(0u, largest));
            Contracts.CheckDecode(pool.FindOrAdd(ngram, int.MaxValue) == id);
        }
        return pool;
    }

    private int Append(ReadOnlySpan<uint> ngram)
    {
        int id = Count++;
        if (Count == _starts.Length)
            Array.Resize(ref _starts, 2 * _starts.Length);
        int start = _starts[id], end = checked(start + ngram.Length);
        if (end > _tokens.Length)
            Array.Resize(ref _tokens, (int)Math.Min(Array.MaxLength, Math.Max(2L * _tokens.Length, end)));
        ngram.CopyTo(_tokens.AsSpan(start));
        _starts[Count] = end;
        return id;
    }

    // A packed key tells n-grams of one length apart; any other is a hash.
    private ulong KeyOf(ReadOnlySpan<uint> ngram)
    {
        ulong key = 0;
        if (ngram.Length * _tokenBits <= 64)
        {
            foreach (uint token in ngram)
                key = key << _tokenBits | token;
            return key;
        }
        foreach (uint token in ngram)
        {
            key = (key ^ token) * 0x9E3779B97F4A7C15;
            key ^= key >> 29;
        }
        return key;
    }

    /// <summary>The n-grams of one length: open addressing, linear probing.</summary>
    private sealed class Table(NgramPool pool, bool isPacked)
    {
        private Entry[] _entries = new Entry[16];
        private int _shift = 64 - 4;

        public int Count { get; private set; }

        public int Find(ulong key, ReadOnlySpan<uint> ngram)
        {
            var entries = _entries;
            for (int i = Home(key); ; i = i + 1 & entries.Length - 1)
            {
                ref readonly var entry = ref entries[i];
                int id = entry.IdPlusOne - 1;
                if (id < 0 || entry.Key == key && (isPacked || pool[id].SequenceEqual(ngram)))
                    return id;
            }
        }

        public unsafe void Prefetch(ulong key)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0(Unsafe.AsPointer(ref _entries[Home(key)]));
        }

        public void Add(ulong key, int id)
        {
            if (3 * (long)++Count > 2 * (long)_entries.Length)
                Grow();
            Insert(key, id);
        }

        private void Insert(ulong key, int id)
        {
            int i = Home(key);
            while (_entries[i].IdPlusOne != 0)
                i = i + 1 & _entries.Length - 1;
            _entries[i] = new Entry(key, id + 1);
        }

        private void Grow()
        {
            var old = _entries;
            _entries = new Entry[2 * old.Length];
            _shift--;
            foreach (var entry in old)
            {
                if (entry.IdPlusOne != 0)
                    Insert(entry.Key, entry.IdPlusOne - 1);
            }
        }

        private int Home(ulong key)
        {
            key ^= key >> 32;
            return (int)(key * 0x9E3779B97F4A7C15 >> _shift);
        }

        private readonly record struct Entry(ulong Key, int IdPlusOne);
    }
}
