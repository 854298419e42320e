namespace MLPipelines.Generation;

/// <summary>A stream of random numbers of one row (SplitMix64, Steele et al. 2014): the same on every machine and in every version.</summary>
internal sealed class RandomDraws(ulong state)
{
    private ulong _state = state;

    /// <summary>The stream of a seed, a prompt and the how-manieth sequence for it: independent of what else is generated beside it.</summary>
    public static RandomDraws Of(int seed, ReadOnlySpan<int> prompt, int sequence)
    {
        const ulong Prime = 0x100000001B3;
        ulong hash = 0xCBF29CE484222325;
        hash = (hash ^ (uint)seed) * Prime;
        hash = (hash ^ (uint)sequence) * Prime;
        foreach (int id in prompt)
            hash = (hash ^ (uint)id) * Prime;
        return new RandomDraws(hash);
    }

    /// <summary>Uniform, 0 to below 1.</summary>
    public double NextDouble()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>An index, by its probability.</summary>
    public int Draw(ReadOnlySpan<float> probabilities)
    {
        double total = 0;
        foreach (float probability in probabilities)
            total += probability;
        double left = NextDouble() * total;
        int last = -1;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] <= 0)
                continue;
            last = i;
            left -= probabilities[i];
            if (left < 0)
                return i;
        }
        return last;
    }
}
