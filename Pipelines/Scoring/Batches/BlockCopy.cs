namespace MLPipelines.Scoring;

/// <summary>Copies a block of elements between arrays of other sizes: into a larger one, to fill it up, or out of one.</summary>
internal static class BlockCopy
{
    /// <summary>The number of elements of a shape.</summary>
    public static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
            count = checked(count * size);
        return count;
    }

    /// <summary>Copies the block that both shapes have in common, from the corner.</summary>
    public static void Copy<T>(ReadOnlySpan<T> source, ReadOnlySpan<long> sourceShape, Span<T> target, ReadOnlySpan<long> targetShape)
    {
        if (sourceShape.SequenceEqual(targetShape))
        {
            source.CopyTo(target);
            return;
        }
        if (sourceShape.Length == 1)
        {
            int common = (int)Math.Min(sourceShape[0], targetShape[0]);
            source[..common].CopyTo(target);
            return;
        }
        int sourceStep = (int)Count(sourceShape[1..]), targetStep = (int)Count(targetShape[1..]);
        for (int i = 0; i < Math.Min(sourceShape[0], targetShape[0]); i++)
            Copy(source.Slice(i * sourceStep, sourceStep), sourceShape[1..], target.Slice(i * targetStep, targetStep), targetShape[1..]);
    }
}
