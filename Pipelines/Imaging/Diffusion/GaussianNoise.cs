namespace MLPipelines.Imaging;

/// <summary>Standard normal numbers of a seed (Marsaglia's polar method over SplitMix64): the same on every run.</summary>
internal sealed class GaussianNoise(long seed)
{
    private ulong _state = (ulong)seed * 0xD1342543DE82EF95 + 0x2545F4914F6CDD1D;

    public void Fill(Span<float> values)
    {
        for (int i = 0; i < values.Length; i += 2)
        {
            double u, v, square;
            do
            {
                u = 2 * Uniform() - 1;
                v = 2 * Uniform() - 1;
                square = u * u + v * v;
            }
            while (square is >= 1 or 0);
            double scale = Math.Sqrt(-2 * Math.Log(square) / square);
            values[i] = (float)(u * scale);
            if (i + 1 < values.Length)
                values[i + 1] = (float)(v * scale);
        }
    }

    public double Uniform()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
