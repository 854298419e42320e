using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>Options of up-selling.</summary>
public sealed class UpSellOptions : RecommenderOptions
{
    /// <summary>What is known of items; must be given. The default value is <see langword="null"/>.</summary>
    public ItemCatalog? Items { get; set; }

    /// <summary>The text column of <see cref="Items"/> with the category. The default value is "Category".</summary>
    public string CategoryColumnName { get; set; } = "Category";

    /// <summary>The number column of <see cref="Items"/> with the price; items without one, or with one that is not above 0, are passed over. The default value is "Price".</summary>
    public string PriceColumnName { get; set; } = "Price";

    /// <summary>How much dearer an item must be at least, as a share of the price that it is compared with. Legal range: 0 or more. The default value is 0.1.</summary>
    public float MinimumRaise { get; set; } = 0.1f;

    /// <summary>How much dearer it may be at most. Legal range: <see cref="MinimumRaise"/> or more. The default value is 1: twice the price.</summary>
    public float MaximumRaise { get; set; } = 1;

    /// <summary>
    /// The recommender that orders the candidates by taste, with column options of its own. The default value is <see langword="null"/>: <see cref="ItemKnnEstimator"/> over the same
    /// columns.
    /// </summary>
    public IEstimator<RecommenderTransformer>? Taste { get; set; }

    private protected override void AddFaults(OptionFaults faults) => faults
        .If(Items is null, $"{nameof(Items)} is null; give the categories and prices of items")
        .Name(CategoryColumnName, nameof(CategoryColumnName))
        .Name(PriceColumnName, nameof(PriceColumnName))
        .Range(MinimumRaise, 0, float.MaxValue, nameof(MinimumRaise))
        .Range(MaximumRaise, 0, float.MaxValue, nameof(MaximumRaise))
        .If(MaximumRaise < MinimumRaise, $"{nameof(MaximumRaise)} is below {nameof(MinimumRaise)}");
}

/// <summary>
/// Recommends what is a step dearer than what a user has: items of the same category in a higher price band, in the order of his taste. What he has is the mean price
/// of his items in the category, each weighing as its interactions do. <see cref="RecommenderTransformer.SimilarItems"/> gives what is a step dearer than an item.
/// </summary>
/// <remarks>Reads its input twice. Items outside the band score nothing and are never recommended, so that lists may be short: put a <see cref="FallbackChainEstimator"/> around it where they must not be.</remarks>
public sealed class UpSellEstimator : RecommenderEstimator<UpSellOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public UpSellEstimator(UpSellOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Learn(IDataView input)
    {
        var taste = Options.Taste ?? new ItemKnnEstimator(Options.CopyColumnsTo(new ItemKnnOptions()));
        var (data, sources) = SourceModel.Learn(input, [new RecommenderSource("taste", taste)], Options);
        var facts = ItemFacts.Of(data.Items, Options.Items!, UpSellModel.Name, Options.CategoryColumnName, Options.PriceColumnName);
        return new UpSellModel(data, sources[0], facts, Options.MinimumRaise, Options.MaximumRaise);
    }

    private protected override RecommenderModel Train(InteractionMatrix data) => throw new InvalidOperationException("The inner recommender is trained on rows, not on a matrix.");
}

/// <summary>A recommender whose candidates are a step dearer than what the user has.</summary>
internal sealed class UpSellModel(InteractionMatrix data, SourceModel taste, ItemFacts facts, float minimumRaise, float maximumRaise) : RecommenderModel(data)
{
    public const string Name = "up-sell";

    public override string Algorithm => Name;

    public override bool Knows(UserHistory history)
    {
        foreach (int item in history.Items.Span)
        {
            if (facts.Categories[item] >= 0 && facts.Prices[item] > 0)
                return true;
        }
        return false;
    }

    public override void Score(UserHistory history, Span<float> scores)
    {
        var prices = PricesOf(history);
        if (taste.Knows(history))
            taste.Score(history, scores);
        else
            Popularity.CopyTo(scores);
        for (int item = 0; item < scores.Length; item++)
            scores[item] = !IsDearer(item, prices) ? float.NegativeInfinity : float.IsFinite(scores[item]) ? scores[item] : 0;
    }

    public override float Score(UserHistory history, int item)
    {
        if (!IsDearer(item, PricesOf(history)))
            return float.NegativeInfinity;
        float score = taste.Knows(history) ? taste.Score(history, item) : Popularity[item];
        return float.IsFinite(score) ? score : 0;
    }

    public override void SimilarItems(int item, Span<float> scores)
    {
        var prices = new float[facts.Names.Length];
        if (facts.Categories[item] is >= 0 and var category)
            prices[category] = facts.Prices[item];
        taste.SimilarItems(item, scores);
        for (int other = 0; other < scores.Length; other++)
            scores[other] = IsDearer(other, prices) ? Math.Max(scores[other], 0) : float.NegativeInfinity;
    }

    public override void Contributions(UserHistory history, int item, Span<float> shares) => taste.Contributions(history, item, shares);

    public override void Write(ModelParts parts)
    {
        SourceModel.Write([taste], parts);
        facts.Write(parts);
        parts.Numbers.Add("minimumRaise", minimumRaise);
        parts.Numbers.Add("maximumRaise", maximumRaise);
    }

    public static UpSellModel Read(InteractionMatrix data, ModelParts parts) => new(
        data, SourceModel.Read(data, parts)[0], ItemFacts.Read(data, parts), (float)parts.Number("minimumRaise", 0, float.MaxValue), (float)parts.Number("maximumRaise", 0, float.MaxValue));

    /// <summary>The mean price of the user's items in each category; 0 where he has none.</summary>
    private float[] PricesOf(UserHistory history)
    {
        double[] sums = new double[facts.Names.Length], weights = new double[facts.Names.Length];
        for (int i = 0; i < history.Items.Length; i++)
        {
            int item = history.Items.Span[i], category = facts.Categories[item];
            if (category < 0 || facts.Prices[item] <= 0)
                continue;
            sums[category] += (double)history.Weight(i) * facts.Prices[item];
            weights[category] += history.Weight(i);
        }
        return [.. sums.Zip(weights, (sum, weight) => weight > 0 ? (float)(sum / weight) : 0)];
    }

    private bool IsDearer(int item, float[] prices)
    {
        if (facts.Categories[item] is not (>= 0 and var category) || prices[category] <= 0)
            return false;
        double raise = (double)facts.Prices[item] / prices[category] - 1;
        return raise > 0 && raise >= minimumRaise - 1e-6 && raise <= maximumRaise + 1e-6;
    }
}
