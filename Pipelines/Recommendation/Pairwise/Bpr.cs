namespace MLPipelines.Recommendation;

/// <summary>How items that a user does not have are drawn.</summary>
public enum NegativeSampling
{
    /// <summary>Each item as often as any other.</summary>
    Uniform,

    /// <summary>Each item as often as it stands in the interactions.</summary>
    Popularity,
}

/// <summary>Options of Bayesian personalised ranking.</summary>
public sealed class BprOptions : PairwiseOptions
{
    /// <summary>Options with their default values.</summary>
    public BprOptions()
        : base(factors: 64, iterations: 60, learningRate: 0.07f, regularization: 0.01f)
    {
    }

    /// <summary>How the items that a user does not have are drawn. The default value is <see cref="NegativeSampling.Uniform"/>.</summary>
    public NegativeSampling NegativeSampling { get; set; } = NegativeSampling.Uniform;

    private protected override void AddFaults(OptionFaults faults)
    {
        base.AddFaults(faults);
        faults.If(!Enum.IsDefined(NegativeSampling), $"{nameof(NegativeSampling)} is {NegativeSampling}, which is no known one");
    }
}

/// <summary>
/// Recommends by factors that order what a user has above what he has not, pair by pair (Rendle et al., "BPR: Bayesian personalized ranking from
/// implicit feedback", 2009), with biases of items and, where given, features of users and items (Kula, "Metadata embeddings for user and item
/// cold-start recommendations", 2015).
/// </summary>
/// <remarks>
/// <para>Reads its input once. On one thread a seed repeats bit for bit; several threads move the same numbers without waiting for each other
/// (Niu et al., "Hogwild!", 2011), which changes last digits. Time is linear in interactions.</para>
/// <para>Weights of interactions count relative to their mean. Users who were not trained on are folded in by the same steps, items held fixed, which
/// repeats bit for bit. What is not known of a user or an item is taken to be average.</para>
/// </remarks>
public sealed class BprEstimator : PairwiseEstimator<BprOptions>
{
    internal const string Name = "bpr";

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public BprEstimator(BprOptions? options = null)
        : base(options)
    {
    }

    private protected override string Algorithm => Name;

    private protected override PairwiseSteps Steps =>
        new(false, Options.NegativeSampling == NegativeSampling.Popularity, 1, Options.LearningRate, Options.Regularization, Options.Iterations, Options.Seed);
}
