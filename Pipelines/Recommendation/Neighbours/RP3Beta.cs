namespace MLPipelines.Recommendation;

/// <summary>Options of the recommender by random walks.</summary>
public sealed class RP3BetaOptions : RecommenderOptions
{
    /// <summary>The exponent of the chance of each step of the walk. Legal range: above 0, up to 10. The default value is 0.6.</summary>
    public float Alpha { get; set; } = 0.6f;

    /// <summary>How much popular items are held back: the exponent of their popularity, by which is divided. Legal range: 0 to 2. The default value is 0.1.</summary>
    public float Beta { get; set; } = 0.1f;

    /// <summary>How many neighbours speak for an item. Legal range: 1 or more. The default value is 200.</summary>
    public int Neighbours { get; set; } = 200;

    /// <summary>
    /// Whether what an item of a history adds is divided by the sum over all that it adds to, so that each item of a history counts the same.
    /// The default value is <see langword="true"/>.
    /// </summary>
    public bool NormalizeWeights { get; set; } = true;

    private protected override void AddFaults(OptionFaults faults) => faults
        .Above(Alpha, 0, 10, nameof(Alpha))
        .Range(Beta, 0, 2, nameof(Beta))
        .Range(Neighbours, 1, int.MaxValue, nameof(Neighbours));
}

/// <summary>
/// Recommends where a walk from a user over one of his items, a user of it and one of his items ends, popular items held back (Paudel et
/// al., "Updatable, accurate, diverse, and scalable recommendations for interactive applications", 2017).
/// </summary>
/// <remarks>Reads its input once; deterministic for any number of threads. Costs the sum of the squares of how many items users have.</remarks>
public sealed class RP3BetaEstimator : RecommenderEstimator<RP3BetaOptions>
{
    internal const string Name = "rp3beta";

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public RP3BetaEstimator(RP3BetaOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Train(InteractionMatrix data)
    {
        double[] ofUser = new double[data.Users.Count], ofItem = new double[data.Items.Count];
        for (int user = 0; user < data.Users.Count; user++)
        {
            for (int at = data.Starts[user]; at < data.Starts[user + 1]; at++)
            {
                ofUser[user] += data.Weight(at);
                ofItem[data.Others[at]] += data.Weight(at);
            }
        }
        // The search sums up for a target: its weight is the step from a user to it, the other's the step from the source to a user.
        float[] toTarget = new float[data.Count], fromSource = new float[data.Count];
        for (int user = 0; user < data.Users.Count; user++)
        {
            for (int at = data.Starts[user]; at < data.Starts[user + 1]; at++)
            {
                toTarget[at] = (float)Math.Pow(data.Weight(at) / ofUser[user], Options.Alpha);
                fromSource[at] = (float)Math.Pow(data.Weight(at) / ofItem[data.Others[at]], Options.Alpha);
            }
        }
        var held = Array.ConvertAll(ofItem, sum => sum > 0 ? (float)Math.Pow(sum, -Options.Beta) : 0);
        var model = NeighbourSearch.Find(data, Name, toTarget, fromSource, (item, _, sum) => sum * held[item], Options.Neighbours, keepOfTarget: true, Options);
        return Options.NormalizeWeights ? model.Normalized() : model;
    }
}
