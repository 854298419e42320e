namespace MLPipelines.Recommendation;

/// <summary>What items that a user does not have are drawn from, and their factors, the last of which is the bias.</summary>
internal sealed class PairwiseDraw
{
    private readonly int[] _pool;

    public PairwiseDraw(InteractionMatrix data, FactorMatrix items, FeatureMatrix? features, PairwiseSteps steps)
    {
        (Items, Features, Steps) = (items, features, steps);
        // Items without interactions are not drawn: that nobody had a chance to have them says nothing against them.
        int[] known = [.. Enumerable.Range(0, data.Items.Count).Where(item => data.Transposed.Degree(item) > 0)];
        _pool = steps.ByPopularity ? data.Others : known;
        KnownItems = known.Length;
    }

    public FactorMatrix Items { get; }

    public FeatureMatrix? Features { get; }

    public PairwiseSteps Steps { get; }

    /// <summary>How many items have interactions.</summary>
    public int KnownItems { get; }

    public int Next(ref SplitMix64 random) => _pool[random.Next(_pool.Length)];
}
