using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>How the scores of a source are made comparable with those of others, for each user on his own.</summary>
public enum BlendNormalization
{
    /// <summary>How many standard deviations a score is above the mean.</summary>
    ZScore,

    /// <summary>The place between the worst score, 0, and the best, 1.</summary>
    MinMax,
}

/// <summary>Options of a blend of recommenders.</summary>
public sealed class BlendOptions : RecommenderOptions
{
    /// <summary>The recommenders to blend. Must hold at least one, each of another name. The default value is empty.</summary>
    public IReadOnlyList<RecommenderSource> Sources { get; set; } = [];

    /// <summary>
    /// How much each source counts, by its name. Legal range of each: 0 or more, not all 0. The default value is <see langword="null"/>: weights are learnt on a part of the
    /// interactions that is held out for that, after which the sources are trained again on all.
    /// </summary>
    public IReadOnlyDictionary<string, float>? Weights { get; set; }

    /// <summary>How scores are made comparable. The default value is <see cref="BlendNormalization.ZScore"/>.</summary>
    public BlendNormalization Normalization { get; set; } = BlendNormalization.ZScore;

    /// <summary>
    /// The share of each user's items that weights are learnt on. Where <see cref="RecommenderOptions.TimeColumnName"/> is given, each user's last item is taken instead. Legal range: above
    /// 0, up to 0.5. The default value is 0.1.
    /// </summary>
    public double ValidationShare { get; set; } = 0.1;

    /// <summary>The length of the lists whose NDCG is to be highest. Legal range: 1 to 1,000. The default value is 10.</summary>
    public int CutOff { get; set; } = 10;

    /// <summary>On how many users, drawn at random, weights are learnt at most. Legal range: 1 or more. The default value is 5,000.</summary>
    public int MaximumValidationUsers { get; set; } = 5000;

    private protected override void AddFaults(OptionFaults faults)
    {
        SourceModel.AddFaults(Sources, faults);
        faults
            .If(Weights?.Values.Any(weight => !(weight >= 0 && float.IsFinite(weight))) == true, $"{nameof(Weights)} holds a weight that is negative or not finite")
            .If(Weights is not null && !Weights.Values.Any(weight => weight > 0), $"{nameof(Weights)} are all 0")
            .If(Weights is not null && Sources?.Any(source => source?.Name is { } name && !Weights.ContainsKey(name)) == true, $"{nameof(Weights)} lacks a source; give 0 to leave one out")
            .If(!Enum.IsDefined(Normalization), $"{nameof(Normalization)} is {Normalization}, which is no known one")
            .Above(ValidationShare, 0, 0.5, nameof(ValidationShare))
            .Range(CutOff, 1, 1000, nameof(CutOff))
            .Range(MaximumValidationUsers, 1, int.MaxValue, nameof(MaximumValidationUsers));
    }
}

/// <summary>
/// Adds the scores of several recommenders, made comparable for each user, with weights that give the best lists on interactions held out for that. Sources that do not know a user say
/// nothing of him.
/// </summary>
/// <remarks>Trains each source twice where weights are learnt, once where they are given. <see cref="BlendExtensions.BlendWeights"/> says what came out.</remarks>
public sealed class BlendEstimator : RecommenderEstimator<BlendOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public BlendEstimator(BlendOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Learn(IDataView input)
    {
        var weights = Options.Weights is { } given ? [.. Options.Sources.Select(source => given[source.Name])] : LearnWeights(input);
        float sum = weights.Sum();
        var (data, sources) = SourceModel.Learn(input, Options.Sources, Options);
        return new BlendModel(data, sources, Array.ConvertAll(weights, weight => weight / sum), Options.Normalization);
    }

    private protected override RecommenderModel Train(InteractionMatrix data) => throw new InvalidOperationException("The inner recommenders are trained on rows, not on a matrix.");

    private float[] LearnWeights(IDataView input)
    {
        // What is wrong with a row is to be said with its place in the whole, not in a part.
        Read(input);
        var split = Options.TimeColumnName is { } time
            ? InteractionSplits.LeaveLastOut(input, Options.UserColumnName, Options.ItemColumnName, time)
            : InteractionSplits.Random(input, Options.ValidationShare, Options.Seed, Options.UserColumnName, Options.ItemColumnName);
        // Without a user who has two items there is nothing to learn weights on.
        if (Options.Sources.Count == 1 || split.Test.GetRowCount() == 0)
            return [.. Options.Sources.Select(_ => 1f)];
        var (data, sources) = SourceModel.Learn(split.Train, Options.Sources, Options);
        var tests = InteractionReader.Read(split.Test, Options.CopyColumnsTo(new PopularityOptions()), data.Users.Ids, data.Items.Ids);
        return BlendTuning.Run(data, sources, tests, Options);
    }
}

/// <summary>Recommenders whose scores are added.</summary>
internal sealed class BlendModel(InteractionMatrix data, IReadOnlyList<SourceModel> sources, float[] weights, BlendNormalization normalization) : RecommenderModel(data)
{
    public const string Name = "blend";

    public override string Algorithm => Name;

    public IEnumerable<(string Name, float Weight)> Weights => sources.Zip(weights, (source, weight) => (source.Name, weight));

    public override bool Knows(UserHistory history)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0 && sources[i].Knows(history))
                return true;
        }
        return false;
    }

    public override void Score(UserHistory history, Span<float> scores)
    {
        scores.Clear();
        var ofSource = new float[ItemCount];
        for (int s = 0; s < weights.Length; s++)
        {
            if (weights[s] == 0 || !sources[s].Knows(history))
                continue;
            sources[s].Score(history, ofSource);
            var (offset, scale, worst) = Scale(ofSource, normalization);
            for (int i = 0; i < ofSource.Length; i++)
                scores[i] += weights[s] * (Math.Max(ofSource[i], worst) - offset) * scale;
        }
    }

    /// <summary>What to take away from scores, by what to multiply them then, and the worst finite one, as which those count that are not finite.</summary>
    public static (float Offset, float Scale, float Worst) Scale(ReadOnlySpan<float> scores, BlendNormalization normalization)
    {
        double sum = 0, squares = 0, worst = double.PositiveInfinity, best = double.NegativeInfinity;
        int count = 0;
        foreach (float score in scores)
        {
            if (!float.IsFinite(score))
                continue;
            count++;
            sum += score;
            (worst, best) = (Math.Min(worst, score), Math.Max(best, score));
        }
        if (count == 0 || best <= worst)
            return (count == 0 ? 0 : (float)worst, 0, count == 0 ? 0 : (float)worst);
        if (normalization == BlendNormalization.MinMax)
            return ((float)worst, (float)(1 / (best - worst)), (float)worst);
        double mean = sum / count;
        foreach (float score in scores)
            squares += float.IsFinite(score) ? (score - mean) * (score - mean) : 0;
        return ((float)mean, (float)(1 / Math.Sqrt(squares / count)), (float)worst);
    }

    public override void SimilarItems(int item, Span<float> scores)
    {
        scores.Clear();
        var ofSource = new float[ItemCount];
        for (int s = 0; s < weights.Length; s++)
        {
            if (weights[s] == 0)
                continue;
            sources[s].SimilarItems(item, ofSource);
            ofSource[item] = float.NegativeInfinity;
            var (offset, scale, worst) = Scale(ofSource, BlendNormalization.MinMax);
            for (int i = 0; i < ofSource.Length; i++)
                scores[i] += weights[s] * (Math.Max(ofSource[i], worst) - offset) * scale;
        }
    }

    public override void Contributions(UserHistory history, int item, Span<float> shares)
    {
        shares.Clear();
        var scores = new float[ItemCount];
        var mine = new float[shares.Length];
        for (int s = 0; s < weights.Length; s++)
        {
            if (weights[s] == 0 || !sources[s].Knows(history))
                continue;
            sources[s].Score(history, scores);
            float scale = Scale(scores, normalization).Scale;
            sources[s].Contributions(history, item, mine);
            for (int i = 0; i < shares.Length; i++)
                shares[i] += weights[s] * scale * mine[i];
        }
    }

    public override void Write(ModelParts parts)
    {
        SourceModel.Write(sources, parts);
        parts.Add("source-weights", weights);
        parts.Numbers.Add("normalization", (int)normalization);
    }

    public static BlendModel Read(InteractionMatrix data, ModelParts parts)
    {
        var sources = SourceModel.Read(data, parts);
        return new BlendModel(data, sources, parts.Read<float>("source-weights", sources.Length), (BlendNormalization)(int)parts.Number("normalization", 0, (int)BlendNormalization.MinMax));
    }
}

/// <summary>What a blend can say beside its lists.</summary>
public static class BlendExtensions
{
    /// <summary>How much each source counts; together 1.</summary>
    /// <param name="recommender">A recommender by <see cref="BlendEstimator"/>.</param>
    /// <exception cref="InvalidOperationException">The recommender is of another algorithm.</exception>
    public static IReadOnlyDictionary<string, float> BlendWeights(this RecommenderTransformer recommender)
    {
        ArgumentNullException.ThrowIfNull(recommender);
        return recommender.Model is BlendModel model
            ? model.Weights.ToDictionary(pair => pair.Name, pair => pair.Weight, StringComparer.Ordinal)
            : throw RecommendationErrors.NotOf(BlendModel.Name, recommender.Algorithm);
    }
}
