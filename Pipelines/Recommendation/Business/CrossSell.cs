using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>Options of cross-selling.</summary>
public sealed class CrossSellOptions : RecommenderOptions
{
    /// <summary>
    /// The types of interactions that put an item into a basket; others say only what a user knows. Counts where <see cref="RecommenderOptions.TypeColumnName"/>
    /// is given; else every interaction does. The default value is { purchase }.
    /// </summary>
    public IReadOnlyCollection<string> PurchaseTypes { get; set; } = ["purchase"];

    /// <summary>
    /// The pause between two interactions of a user after which another basket begins; needs <see cref="RecommenderOptions.TimeColumnName"/>. Legal range: above
    /// 0. The default value is <see langword="null"/>: all that a user ever had is one basket.
    /// </summary>
    public TimeSpan? BasketPause { get; set; }

    /// <summary>In how many baskets a pair must be. Legal range: 1 or more. The default value is 2.</summary>
    public int MinimumBaskets { get; set; } = 2;

    /// <summary>The share of the baskets with an item in which the other must be. Legal range: 0 to 1. The default value is 0.</summary>
    public float MinimumConfidence { get; set; }

    /// <summary>
    /// In how many baskets beside those counted a pair is taken to be as often as chance would have it, which pulls the lift of rare pairs to 1. Legal range: 0
    /// or more. The default value is 5.
    /// </summary>
    public float Shrinkage { get; set; } = 5;

    /// <summary>How many rules of an item are kept, the strongest. Legal range: 1 or more. The default value is 200.</summary>
    public int Neighbours { get; set; } = 200;

    private protected override void AddFaults(OptionFaults faults) => faults
        .If(PurchaseTypes is null || PurchaseTypes.Count == 0, $"{nameof(PurchaseTypes)} is empty; name the types that make a purchase")
        .If(BasketPause <= TimeSpan.Zero, $"{nameof(BasketPause)} is {BasketPause}; it must be above zero")
        .If(BasketPause is not null && TimeColumnName is null, $"{nameof(BasketPause)} needs {nameof(TimeColumnName)}")
        .Range(MinimumBaskets, 1, int.MaxValue, nameof(MinimumBaskets))
        .Range(MinimumConfidence, 0, 1, nameof(MinimumConfidence))
        .Range(Shrinkage, 0, float.MaxValue, nameof(Shrinkage))
        .Range(Neighbours, 1, int.MaxValue, nameof(Neighbours));
}

/// <summary>That who buys one item buys another more often than chance would have it.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="WithItemId">What goes with it.</param>
/// <param name="Baskets">The baskets with both.</param>
/// <param name="Support">Their share of all baskets.</param>
/// <param name="Confidence">Their share of the baskets with the item.</param>
/// <param name="Lift">How many times as often as by chance both are together.</param>
/// <param name="ShrunkLift">The same, pulled to 1 where there is little evidence; rules are ordered by it.</param>
public readonly record struct CrossSellRule(string ItemId, string WithItemId, int Baskets, double Support, double Confidence, double Lift, double ShrunkLift);

/// <summary>
/// Recommends what goes with the items of a user: what is in one basket with them more often than chance would have it (association rules of pairs, Agrawal
/// et al. 1993; the lift is shrunk for rare pairs). The score of an item is the sum of the binary logarithms of its shrunk lifts.
/// </summary>
/// <remarks>Reads its input twice; deterministic for any number of threads. Costs the sum of the squares of the sizes of baskets. <see cref="CrossSellExtensions.CrossSellRules"/> lists the rules.</remarks>
public sealed class CrossSellEstimator : RecommenderEstimator<CrossSellOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public CrossSellEstimator(CrossSellOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Learn(IDataView input)
    {
        var data = Read(input);
        var baskets = Baskets(InteractionEvents.Read(input, Options, data, Options.BasketPause is null ? null : nameof(Options.BasketPause)));
        if (baskets.Count == 0)
            throw RecommendationErrors.NoBaskets(string.Join(", ", Options.PurchaseTypes));
        return Count(data, baskets);
    }

    private protected override RecommenderModel Train(InteractionMatrix data) => throw new InvalidOperationException("Baskets are made of rows, not of a matrix.");

    private List<int[]> Baskets(List<InteractionEvent> events)
    {
        double pause = Options.BasketPause?.TotalSeconds ?? double.PositiveInfinity;
        var baskets = new List<int[]>();
        foreach (var mine in InteractionEvents.ByUser(events))
        {
            var basket = new SortedSet<int>();
            double last = double.NaN;
            foreach (var one in mine)
            {
                if (one.Time - last > pause)
                    Close();
                last = one.Time;
                if (one.Type is null || Options.PurchaseTypes.Contains(one.Type))
                    basket.Add(one.Item);
            }
            Close();

            void Close()
            {
                if (basket.Count > 0)
                    baskets.Add([.. basket]);
                basket.Clear();
            }
        }
        return baskets;
    }

    private CrossSellModel Count(InteractionMatrix data, List<int[]> baskets)
    {
        int items = data.Items.Count;
        var ofItem = new List<int>[items];
        var counts = new int[items];
        for (int b = 0; b < baskets.Count; b++)
        {
            foreach (int item in baskets[b])
            {
                (ofItem[item] ??= []).Add(b);
                counts[item]++;
            }
        }
        var found = new (int[] Targets, int[] Pairs)[items];
        Parallel.For(0, items, Options.Parallelism, () => new int[items], (item, _, pairs) =>
        {
            var touched = new List<int>();
            foreach (int basket in ofItem[item] ?? [])
            {
                foreach (int other in baskets[basket])
                {
                    if (pairs[other]++ == 0)
                        touched.Add(other);
                }
            }
            touched.Sort();
            var scores = new float[touched.Count];
            for (int i = 0; i < scores.Length; i++)
            {
                int other = touched[i], both = pairs[other];
                double lift = CrossSellModel.ShrunkLift(both, counts[item], counts[other], baskets.Count, Options.Shrinkage);
                scores[i] = other == item || both < Options.MinimumBaskets || both < Options.MinimumConfidence * counts[item] || lift <= 1 ? float.NegativeInfinity : (float)lift;
            }
            var top = new TopItems(Math.Min(Options.Neighbours, scores.Length));
            top.Select(scores);
            var kept = top.Items.ToArray();
            Array.Sort(kept);
            found[item] = ([.. kept.Select(i => touched[i])], [.. kept.Select(i => pairs[touched[i]])]);
            foreach (int other in touched)
                pairs[other] = 0;
            return pairs;
        }, _ => { });
        var starts = new int[items + 1];
        for (int i = 0; i < items; i++)
            starts[i + 1] = checked(starts[i] + found[i].Targets.Length);
        return CrossSellModel.Make(data, starts, [.. found.SelectMany(one => one.Targets)], [.. found.SelectMany(one => one.Pairs)], counts, baskets.Count, Options.Shrinkage);
    }
}

/// <summary>The pairs of items that are together more often than by chance, and in how many baskets.</summary>
internal sealed class CrossSellModel : NeighbourModel
{
    public const string Name = "cross-sell";

    private readonly int[] _starts;
    private readonly int[] _targets;
    private readonly int[] _pairs;
    private readonly int[] _counts;
    private readonly int _baskets;
    private readonly double _shrinkage;

    private CrossSellModel(InteractionMatrix data, int[] starts, int[] targets, float[] strengths, int[] pairs, int[] counts, int baskets, double shrinkage)
        : base(data, Name, starts, targets, strengths)
    {
        (_starts, _targets, _pairs, _counts, _baskets, _shrinkage) = (starts, targets, pairs, counts, baskets, shrinkage);
    }

    public static CrossSellModel Make(InteractionMatrix data, int[] starts, int[] targets, int[] pairs, int[] counts, int baskets, double shrinkage)
    {
        var strengths = new float[targets.Length];
        for (int item = 0; item < counts.Length; item++)
        {
            for (int at = starts[item]; at < starts[item + 1]; at++)
                strengths[at] = (float)Math.Log2(ShrunkLift(pairs[at], counts[item], counts[targets[at]], baskets, shrinkage));
        }
        return new CrossSellModel(data, starts, targets, strengths, pairs, counts, baskets, shrinkage);
    }

    public static double ShrunkLift(int both, int first, int second, int baskets, double shrinkage)
    {
        double expected = (double)first * second / baskets;
        return (both + shrinkage) / (expected + shrinkage);
    }

    public IEnumerable<CrossSellRule> Rules(int item)
    {
        var ids = Data.Items.Ids;
        return Enumerable.Range(_starts[item], _starts[item + 1] - _starts[item])
            .Select(at =>
            {
                int other = _targets[at], both = _pairs[at];
                return new CrossSellRule(
                    ids[item], ids[other], both, (double)both / _baskets, (double)both / _counts[item], (double)both * _baskets / ((double)_counts[item] * _counts[other]),
                    ShrunkLift(both, _counts[item], _counts[other], _baskets, _shrinkage));
            })
            .OrderByDescending(rule => rule.ShrunkLift);
    }

    public override void Write(ModelParts parts)
    {
        parts.Add("rule-starts", _starts);
        parts.Add("rule-items", _targets);
        parts.Add("rule-baskets", _pairs);
        parts.Add("item-baskets", _counts);
        parts.Numbers.Add("baskets", _baskets);
        parts.Numbers.Add("shrinkage", _shrinkage);
    }

    public static CrossSellModel Read(InteractionMatrix data, ModelParts parts)
    {
        var starts = parts.ReadStarts("rule-starts", data.Items.Count, out int count);
        var targets = parts.ReadIndices("rule-items", starts, data.Items.Count);
        int baskets = (int)parts.Number("baskets", 1, int.MaxValue);
        var counts = parts.ReadPlaces("item-baskets", data.Items.Count, 0, baskets + 1);
        return Make(data, starts, targets, parts.ReadPlaces("rule-baskets", count, 1, baskets + 1), counts, baskets, parts.Number("shrinkage", 0, float.MaxValue));
    }
}

/// <summary>What a recommender of cross-selling can say beside its lists.</summary>
public static class CrossSellExtensions
{
    /// <summary>What goes with an item, and how sure that is; the strongest first.</summary>
    /// <param name="recommender">A recommender by <see cref="CrossSellEstimator"/>.</param>
    /// <param name="item">The item.</param>
    /// <param name="most">How many rules at most; above 0.</param>
    /// <exception cref="InvalidOperationException">The recommender is of another algorithm.</exception>
    /// <exception cref="KeyNotFoundException">The item is not in the catalogue.</exception>
    public static IReadOnlyList<CrossSellRule> CrossSellRules(this RecommenderTransformer recommender, string item, int most = 10)
    {
        ArgumentNullException.ThrowIfNull(recommender);
        ArgumentNullException.ThrowIfNull(item);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        if (recommender.Model is not CrossSellModel model)
            throw RecommendationErrors.NotOf(CrossSellModel.Name, recommender.Algorithm);
        int place = model.Data.Items.Find(item);
        return place >= 0 ? [.. model.Rules(place).Take(most)] : throw RecommendationErrors.UnknownItem(item);
    }
}
