namespace MLPipelines.Recommendation;

/// <summary>
/// Options of what is trending. Other than elsewhere, <see cref="RecommenderOptions.TimeColumnName"/> is "Timestamp" and
/// <see cref="RecommenderOptions.RecencyHalfLife"/> is 7 days where nothing else is said.
/// </summary>
public sealed class TrendingOptions : RecommenderOptions
{
    /// <summary>Options with their defaults.</summary>
    public TrendingOptions()
    {
        TimeColumnName = "Timestamp";
        RecencyHalfLife = TimeSpan.FromDays(7);
    }

    /// <summary>What is known of items, for trends by category. The default value is <see langword="null"/>: categories are not known.</summary>
    public ItemCatalog? Items { get; set; }

    /// <summary>The text column of <see cref="Items"/> with the category. The default value is "Category".</summary>
    public string CategoryColumnName { get; set; } = "Category";

    /// <summary>
    /// How much the categories that a user likes count beside those that all like: 0 gives everyone the same list, 1 only what trends in his
    /// categories. Legal range: 0 to 1. The default value is 0.5.
    /// </summary>
    public float CategoryTaste { get; set; } = 0.5f;

    private protected override void AddFaults(OptionFaults faults) => faults
        .If(RecencyHalfLife is null, $"{nameof(RecencyHalfLife)} is null; trends need one, or use Popularity")
        .Name(CategoryColumnName, nameof(CategoryColumnName))
        .Range(CategoryTaste, 0, 1, nameof(CategoryTaste));
}

/// <summary>
/// Recommends what is used most of late: the sum of the weights of an item's interactions, each halved with every half-life of its age. With categories,
/// an item counts by its share of its category, and the categories that a user likes count more.
/// </summary>
/// <remarks>Reads its input once; deterministic. For one category alone, list its items in <see cref="RecommendOptions.Allow"/>.</remarks>
public sealed class TrendingEstimator : RecommenderEstimator<TrendingOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public TrendingEstimator(TrendingOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Train(InteractionMatrix data)
    {
        var facts = Options.Items is { } catalog ? ItemFacts.Of(data.Items, catalog, TrendingModel.Name, Options.CategoryColumnName, priceColumn: null) : null;
        return new TrendingModel(data, data.ItemWeights(), facts, Options.CategoryTaste);
    }
}

/// <summary>The decayed weight of each item, and its category.</summary>
internal sealed class TrendingModel : RecommenderModel
{
    public const string Name = "trending";

    private readonly float[] _trends;
    private readonly ItemFacts? _facts;
    private readonly float _taste;
    private readonly double[] _ofCategory;
    private readonly double _total;

    public TrendingModel(InteractionMatrix data, float[] trends, ItemFacts? facts, float taste)
        : base(data)
    {
        (_trends, _facts, _taste) = (trends, facts, taste);
        _ofCategory = new double[facts?.Names.Length ?? 0];
        for (int item = 0; facts is not null && item < trends.Length; item++)
        {
            if (facts.Categories[item] >= 0)
                _ofCategory[facts.Categories[item]] += trends[item];
        }
        _total = _ofCategory.Sum();
    }

    public override string Algorithm => Name;

    public override float Silence => 0;

    public override bool Knows(UserHistory history) => true;

    public override void Score(UserHistory history, Span<float> scores)
    {
        _trends.CopyTo(scores);
        if (Factors(history) is not { } factors)
            return;
        for (int item = 0; item < scores.Length; item++)
        {
            if (_facts!.Categories[item] >= 0)
                scores[item] *= factors[_facts.Categories[item]];
        }
    }

    public override float Score(UserHistory history, int item) =>
        _trends[item] * (_facts?.Categories[item] >= 0 && Factors(history) is { } factors ? factors[_facts.Categories[item]] : 1);

    /// <summary>Trends come from everyone, from no item of the user's in particular.</summary>
    public override void Contributions(UserHistory history, int item, Span<float> shares) => shares.Clear();

    public override void Write(ModelParts parts)
    {
        parts.Add("trends", _trends);
        parts.Numbers.Add("categoryTaste", _taste);
        parts.Numbers.Add("hasCategories", _facts is null ? 0 : 1);
        _facts?.Write(parts);
    }

    public static TrendingModel Read(InteractionMatrix data, ModelParts parts) => new(
        data, parts.Read<float>("trends", data.Items.Count), parts.Number("hasCategories", 0, 1) == 1 ? ItemFacts.Read(data, parts) : null, (float)parts.Number("categoryTaste", 0, 1));

    /// <summary>By what the items of each category are multiplied for a user; null where all are 1.</summary>
    private float[]? Factors(UserHistory history)
    {
        if (_facts is null || _taste == 0 || !(_total > 0))
            return null;
        var mine = new double[_ofCategory.Length];
        double all = 0;
        for (int i = 0; i < history.Items.Length; i++)
        {
            if (_facts.Categories[history.Items.Span[i]] is >= 0 and var category)
            {
                mine[category] += history.Weight(i);
                all += history.Weight(i);
            }
        }
        if (!(all > 0))
            return null;
        var factors = new float[mine.Length];
        for (int category = 0; category < factors.Length; category++)
            factors[category] = (float)(1 - _taste + (_ofCategory[category] > 0 ? _taste * mine[category] / all * _total / _ofCategory[category] : 0));
        return factors;
    }
}
