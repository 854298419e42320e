using System.Runtime.CompilerServices;

namespace MLPipelines.Text;

/// <summary>
/// Maps 64-bit n-gram hashes to dense numbers by open addressing. Zero marks a free slot, so that the hash 0
/// is kept as <see cref="StandInForZero"/>. Reading is thread-safe while nobody adds.
/// </summary>
internal sealed class NGramTable
{
    private const ulong StandInForZero = 0x8000000000000000UL;
    private Slot[] _slots;
    private int _mask;

    private struct Slot
    {
        public ulong Hash;
        public int Number;
    }

    public NGramTable(int capacity = 1024)
    {
        int size = 1024;
        while (size < 2L * capacity && size < 1 << 30)
            size *= 2;
        _slots = new Slot[size];
        _mask = size - 1;
    }

    public int Count { get; private set; }

    /// <summary>The number of <paramref name="hash"/>, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ulong hash)
    {
        if (hash == 0)
            hash = StandInForZero;
        Slot[] slots = _slots;
        for (int i = Home(hash); ; i = (i + 1) & _mask)
        {
            ref Slot slot = ref slots[i];
            if (slot.Hash == hash)
                return slot.Number;
            if (slot.Hash == 0)
                return -1;
        }
    }

    /// <summary>The number of <paramref name="hash"/>, which is <see cref="Count"/> before the call where it is new.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindOrAdd(ulong hash)
    {
        if (hash == 0)
            hash = StandInForZero;
        Slot[] slots = _slots;
        for (int i = Home(hash); ; i = (i + 1) & _mask)
        {
            ref Slot slot = ref slots[i];
            if (slot.Hash == hash)
                return slot.Number;
            if (slot.Hash == 0)
                return Add(ref slot, hash);
        }
    }

    /// <summary>The hashes in the order of their numbers.</summary>
    public ulong[] ToArray()
    {
        var hashes = new ulong[Count];
        foreach (ref readonly Slot slot in _slots.AsSpan())
        {
            if (slot.Hash != 0)
                hashes[slot.Number] = slot.Hash;
        }
        return hashes;
    }

    // The lowest bit tells words from characters and is no part of the address.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Home(ulong hash) => (int)(hash >> 1) & _mask;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Add(ref Slot slot, ulong hash)
    {
        slot.Hash = hash;
        slot.Number = Count;
        if (2 * ++Count > _slots.Length)
            Grow();
        return Count - 1;
    }

    private void Grow()
    {
        Slot[] old = _slots;
        _slots = new Slot[2 * old.Length];
        _mask = _slots.Length - 1;
        foreach (ref readonly Slot slot in old.AsSpan())
        {
            if (slot.Hash == 0)
                continue;
            int i = Home(slot.Hash);
            while (_slots[i].Hash != 0)
                i = (i + 1) & _mask;
            _slots[i] = slot;
        }
    }
}
