namespace MLPipelines.Recommendation;

/// <summary>Options of weighted approximate-rank pairwise learning.</summary>
public sealed class WarpOptions : PairwiseOptions
{
    /// <summary>Options with their default values.</summary>
    public WarpOptions()
        : base(factors: 64, iterations: 45, learningRate: 0.025f, regularization: 0.01f)
    {
    }

    /// <summary>How many items are drawn at most to find one that scores too high. Legal range: 1 or more. The default value is 100.</summary>
    public int MaxSampled { get; set; } = 100;

    private protected override void AddFaults(OptionFaults faults)
    {
        base.AddFaults(faults);
        faults.Range(MaxSampled, 1, int.MaxValue, nameof(MaxSampled));
    }
}

/// <summary>
/// Recommends by factors that bring what a user has to the top: for each of his items others are drawn until one scores too high, and the sooner it is
/// found, the more both are moved (Weston et al., "WSABIE: Scaling up to large vocabulary image annotation", 2011), with biases of items and, where
/// given, features of users and items (Kula, "Metadata embeddings for user and item cold-start recommendations", 2015).
/// </summary>
/// <inheritdoc cref="BprEstimator" path="/remarks"/>
public sealed class WarpEstimator : PairwiseEstimator<WarpOptions>
{
    internal const string Name = "warp";

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public WarpEstimator(WarpOptions? options = null)
        : base(options)
    {
    }

    private protected override string Algorithm => Name;

    private protected override PairwiseSteps Steps => new(true, false, Options.MaxSampled, Options.LearningRate, Options.Regularization, Options.Iterations, Options.Seed);
}
