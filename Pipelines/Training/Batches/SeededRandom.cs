namespace MLPipelines.Training;

/// <summary>Orders and seeds that are the same for a seed on every platform and version of .NET (splitmix64).</summary>
internal struct SeededRandom(ulong state)
{
    private ulong _state = state;

    /// <summary>A generator for one thing among many, each told apart by its numbers.</summary>
    public SeededRandom(int seed, long a, long b = 0)
        : this(Mix(Mix(Mix((uint)seed + 0x632BE59BD9B4E019UL) ^ (ulong)a) ^ (ulong)b))
    {
    }

    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15UL);

    public void Shuffle(Span<int> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)((Next() >> 32) * (ulong)(i + 1) >> 32);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
