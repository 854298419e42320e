using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>Options of a chain of recommenders.</summary>
public sealed class FallbackChainOptions : RecommenderOptions
{
    /// <summary>The recommenders, the first choice first; after the last one comes popularity. Must hold at least one, each of another name. The default value is empty.</summary>
    public IReadOnlyList<RecommenderSource> Sources { get; set; } = [];

    private protected override void AddFaults(OptionFaults faults) => SourceModel.AddFaults(Sources, faults);
}

/// <summary>
/// Fills each list from several recommenders: what the first knows, then what the second knows, and in the end what is popular, so that every user gets as many items as he
/// may have. The source of each result is the name of the recommender that it comes from, its score is that recommender's.
/// </summary>
/// <remarks>Reads its input once for each source and once itself. As a transformer, and in evaluation, an item scores by the place of its source in the chain first: lists are the same.</remarks>
public sealed class FallbackChainEstimator : RecommenderEstimator<FallbackChainOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public FallbackChainEstimator(FallbackChainOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Learn(IDataView input)
    {
        var (data, sources) = SourceModel.Learn(input, Options.Sources, Options);
        return new FallbackChainModel(data, sources);
    }

    private protected override RecommenderModel Train(InteractionMatrix data) => throw new InvalidOperationException("The inner recommenders are trained on rows, not on a matrix.");
}

/// <summary>Recommenders, the first choice first.</summary>
internal sealed class FallbackChainModel(InteractionMatrix data, IReadOnlyList<SourceModel> sources) : RecommenderModel(data)
{
    public const string Name = "fallback-chain";

    public override string Algorithm => Name;

    public IReadOnlyList<SourceModel> Sources => sources;

    public override bool Knows(UserHistory history) => true;

    /// <summary>Scores the items that a stage knows of, the others with negative infinity; the stage after the sources is popularity.</summary>
    /// <returns>Whether the stage knows the user.</returns>
    public bool ScoreStage(int stage, UserHistory history, Span<float> scores)
    {
        if (stage == sources.Count)
        {
            Popularity.CopyTo(scores);
            return true;
        }
        if (!sources[stage].Knows(history))
            return false;
        sources[stage].Score(history, scores);
        float silence = sources[stage].Silence;
        for (int item = 0; item < scores.Length; item++)
        {
            if (!(scores[item] > silence))
                scores[item] = float.NegativeInfinity;
        }
        return true;
    }

    /// <summary>An item of stage s of n scores n - s and up to nearly 1 more, by its place between the stage's worst and best.</summary>
    public override void Score(UserHistory history, Span<float> scores)
    {
        var ofStage = new float[ItemCount];
        var isScored = new bool[ItemCount];
        for (int stage = 0; stage <= sources.Count; stage++)
        {
            if (!ScoreStage(stage, history, ofStage))
                continue;
            double worst = double.PositiveInfinity, best = double.NegativeInfinity;
            foreach (float score in ofStage)
            {
                if (float.IsFinite(score))
                    (worst, best) = (Math.Min(worst, score), Math.Max(best, score));
            }
            for (int item = 0; item < ofStage.Length; item++)
            {
                if (isScored[item] || !float.IsFinite(ofStage[item]))
                    continue;
                scores[item] = (float)(sources.Count - stage + (best > worst ? 0.999 * (ofStage[item] - worst) / (best - worst) : 0));
                isScored[item] = true;
            }
        }
    }

    public override void SimilarItems(int item, Span<float> scores)
    {
        foreach (var source in sources)
        {
            source.SimilarItems(item, scores);
            for (int other = 0; other < scores.Length; other++)
            {
                if (other != item && scores[other] > Math.Max(source.Silence, float.MinValue))
                    return;
            }
        }
        base.SimilarItems(item, scores);
    }

    public override void Contributions(UserHistory history, int item, Span<float> shares)
    {
        foreach (var source in sources)
        {
            if (source.Knows(history) && source.Score(history, item) > source.Silence)
            {
                source.Contributions(history, item, shares);
                return;
            }
        }
        shares.Clear();
    }

    public override void Write(ModelParts parts) => SourceModel.Write(sources, parts);

    public static FallbackChainModel Read(InteractionMatrix data, ModelParts parts) => new(data, SourceModel.Read(data, parts));
}
