namespace MLPipelines.Generation.T5;

/// <summary>The buckets of relative positions: nearby distances have one each, farther ones share buckets that grow with the logarithm of the distance.</summary>
public static class RelativePositions
{
    /// <summary>The bucket of a position of a key relative to that of the query.</summary>
    /// <param name="relative">Position of the key minus that of the query.</param>
    /// <param name="isBidirectional">Whether later keys have buckets of their own, as in the encoder; in the decoder they count as the query's own position.</param>
    /// <param name="buckets">How many buckets there are; even, 4 or more.</param>
    /// <param name="maximumDistance">The distance from which on all share the last bucket.</param>
    /// <returns>0 to one below <paramref name="buckets"/>.</returns>
    public static int Bucket(int relative, bool isBidirectional, int buckets, int maximumDistance)
    {
        int first = 0;
        if (isBidirectional)
        {
            buckets /= 2;
            first = relative > 0 ? buckets : 0;
            relative = Math.Abs(relative);
        }
        else
        {
            relative = Math.Max(-relative, 0);
        }
        int exact = buckets / 2;
        if (relative < exact)
            return first + relative;
        // In single precision, as the reference computes it.
        float share = MathF.Log((float)relative / exact) / (float)Math.Log((double)maximumDistance / exact);
        return first + Math.Min(exact + (int)(share * (buckets - exact)), buckets - 1);
    }
}
