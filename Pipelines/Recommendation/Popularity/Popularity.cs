namespace MLPipelines.Recommendation;

/// <summary>Options of the recommender by popularity; with <see cref="RecommenderOptions.RecencyHalfLife"/> it recommends what is trending.</summary>
public sealed class PopularityOptions : RecommenderOptions
{
    private protected override void AddFaults(OptionFaults faults)
    {
    }
}

/// <summary>
/// Recommends to everyone what most others use: an item's score is the sum of the weights of its interactions. The baseline of
/// every recommender, and what stands in where nothing is known of a user.
/// </summary>
/// <remarks>Reads its input once; deterministic.</remarks>
public sealed class PopularityEstimator : RecommenderEstimator<PopularityOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public PopularityEstimator(PopularityOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Train(InteractionMatrix data) => new PopularityModel(data, data.ItemWeights());
}

/// <summary>The sum of the weights of each item.</summary>
internal sealed class PopularityModel(InteractionMatrix data, float[] sums) : RecommenderModel(data)
{
    public const string Name = "popularity";

    public override string Algorithm => Name;

    public override bool Knows(UserHistory history) => true;

    public override void Score(UserHistory history, Span<float> scores) => sums.CopyTo(scores);

    public override float Score(UserHistory history, int item) => sums[item];

    /// <summary>Popularity comes from everyone, from no item of the user's in particular.</summary>
    public override void Contributions(UserHistory history, int item, Span<float> shares) => shares.Clear();

    public override void Write(ModelParts parts) => parts.Add("scores", sums);

    public static PopularityModel Read(InteractionMatrix data, ModelParts parts) => new(data, parts.Read<float>("scores", data.Items.Count));
}
