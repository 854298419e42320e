using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>
/// Options of the recommender of the next purchase. Other than elsewhere, <see cref="RecommenderOptions.TimeColumnName"/> is "Timestamp" where nothing else is
/// said. <see cref="RecommenderOptions.TypeWeights"/> say how much of an intent each type of interaction shows.
/// </summary>
public sealed class NextPurchaseOptions : RecommenderOptions
{
    /// <summary>Options with their defaults.</summary>
    public NextPurchaseOptions()
    {
        TimeColumnName = "Timestamp";
    }

    /// <summary>The types of interactions after which an item is had; others, such as one in the cart, may be recommended again. The default value is { purchase }.</summary>
    public IReadOnlyCollection<string> PurchaseTypes { get; set; } = ["purchase"];

    /// <summary>How many of the interactions after one count as what came of it. Legal range: 1 to 1,000. The default value is 5.</summary>
    public int Window { get; set; } = 5;

    /// <summary>How much each further step of the window counts, as a share of the step before. Legal range: above 0, up to 1. The default value is 0.7.</summary>
    public float StepDecay { get; set; } = 0.7f;

    /// <summary>The pause after which nothing comes of what was before. Legal range: above 0. The default value is <see langword="null"/>: no pause is too long.</summary>
    public TimeSpan? LongestPause { get; set; }

    /// <summary>From how many of a user's latest interactions his next is told. Legal range: 1 to 1,000. The default value is 10.</summary>
    public int Memory { get; set; } = 10;

    /// <summary>How much each earlier interaction of the memory counts, as a share of the one after it. Legal range: above 0, up to 1. The default value is 0.8.</summary>
    public float MemoryDecay { get; set; } = 0.8f;

    /// <summary>What is added to all that came of an item before shares are taken of it, which holds rare items back. Legal range: 0 or more. The default value is 10.</summary>
    public float Shrinkage { get; set; } = 10;

    /// <summary>How many items that follow an item are kept, the strongest. Legal range: 1 or more. The default value is 200.</summary>
    public int Neighbours { get; set; } = 200;

    private protected override void AddFaults(OptionFaults faults) => faults
        .If(TimeColumnName is null, $"{nameof(TimeColumnName)} is null; sequences need times")
        .If(PurchaseTypes is null, $"{nameof(PurchaseTypes)} is null; give an empty list where nothing is bought for good")
        .If(LongestPause <= TimeSpan.Zero, $"{nameof(LongestPause)} is {LongestPause}; it must be above zero")
        .Range(Window, 1, 1000, nameof(Window))
        .Above(StepDecay, 0, 1, nameof(StepDecay))
        .Range(Memory, 1, 1000, nameof(Memory))
        .Above(MemoryDecay, 0, 1, nameof(MemoryDecay))
        .Range(Shrinkage, 0, float.MaxValue, nameof(Shrinkage))
        .Range(Neighbours, 1, int.MaxValue, nameof(Neighbours));
}

/// <summary>
/// Recommends what a user will do next from the order of what he did: an item speaks for those that came soon after it in the histories of all, a
/// purchase counting more than a look, and the latest and most earnest interactions of a user speak loudest (a Markov chain of items with
/// skips, as in Shani et al., "An MDP-based recommender system", 2005). An item in the cart may be recommended until it is bought.
/// </summary>
/// <remarks>
/// Reads its input twice; every row needs a time, in any order, and of equal times the earlier row comes first. Deterministic for any number of threads. Items of a user who was
/// not trained on count by their weights, since they have no times.
/// </remarks>
public sealed class NextPurchaseEstimator : RecommenderEstimator<NextPurchaseOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public NextPurchaseEstimator(NextPurchaseOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Learn(IDataView input)
    {
        var data = Read(input);
        var events = InteractionEvents.Read(input, Options, data, NextPurchaseModel.Name);
        var (starts, targets, strengths) = Transitions(data.Items.Count, events);
        var recent = Recent(data, events, out var had);
        return new NextPurchaseModel(data, starts, targets, strengths, recent, had);
    }

    private protected override RecommenderModel Train(InteractionMatrix data) => throw new InvalidOperationException("Sequences are made of rows, not of a matrix.");

    private (int[] Starts, int[] Targets, float[] Strengths) Transitions(int items, List<InteractionEvent> events)
    {
        double pause = Options.LongestPause?.TotalSeconds ?? double.PositiveInfinity;
        var sums = new Dictionary<int, double>[items];
        foreach (var mine in InteractionEvents.ByUser(events))
        {
            for (int from = 0; from < mine.Count; from++)
            {
                double share = 1;
                for (int to = from + 1; to < mine.Count && to <= from + Options.Window && mine[to].Time - mine[to - 1].Time <= pause; to++)
                {
                    // That an item is looked at again says nothing; that it comes from the cart to the till does.
                    if (mine[to].Item != mine[from].Item || mine[to].Weight > mine[from].Weight)
                    {
                        var row = sums[mine[from].Item] ??= [];
                        row[mine[to].Item] = row.GetValueOrDefault(mine[to].Item) + share * mine[to].Weight;
                    }
                    share *= Options.StepDecay;
                }
            }
            Options.CancellationToken.ThrowIfCancellationRequested();
        }
        var starts = new int[items + 1];
        var targets = new List<int>();
        var strengths = new List<float>();
        for (int item = 0; item < items; item++)
        {
            if (sums[item] is { } row)
            {
                double all = row.Values.Sum() + Options.Shrinkage;
                foreach (var (target, sum) in row.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(Options.Neighbours).OrderBy(pair => pair.Key))
                {
                    targets.Add(target);
                    strengths.Add((float)(sum / all));
                }
            }
            starts[item + 1] = targets.Count;
        }
        return (starts, [.. targets], [.. strengths]);
    }

    /// <summary>For each user how much each of his latest items counts, and what he has had.</summary>
    private InteractionMatrix Recent(InteractionMatrix data, List<InteractionEvent> events, out InteractionMatrix had)
    {
        var recent = new SortedDictionary<int, float>[data.Users.Count];
        var bought = new SortedDictionary<int, float>[data.Users.Count];
        bool hasTypes = Options.TypeColumnName is not null;
        foreach (var mine in InteractionEvents.ByUser(events))
        {
            var weights = recent[mine[0].User] = [];
            var had1 = bought[mine[0].User] = [];
            float share = 1;
            for (int at = mine.Count - 1; at >= Math.Max(0, mine.Count - Options.Memory); at--, share *= Options.MemoryDecay)
                weights[mine[at].Item] = weights.GetValueOrDefault(mine[at].Item) + share * mine[at].Weight;
            foreach (var one in mine)
            {
                if (!hasTypes || one.Type is not null && Options.PurchaseTypes.Contains(one.Type))
                    had1[one.Item] = 1;
            }
        }
        had = Matrix(data, bought, weigh: false);
        return Matrix(data, recent, weigh: true);
    }

    private static InteractionMatrix Matrix(InteractionMatrix data, SortedDictionary<int, float>[] lines, bool weigh)
    {
        var starts = new int[lines.Length + 1];
        for (int user = 0; user < lines.Length; user++)
            starts[user + 1] = starts[user] + (lines[user]?.Count ?? 0);
        return new InteractionMatrix(
            data.Users, data.Items, starts, [.. lines.SelectMany(line => line?.Keys.AsEnumerable() ?? [])], weigh ? [.. lines.SelectMany(line => line?.Values.AsEnumerable() ?? [])] : null, times: null);
    }
}

/// <summary>What follows each item, what each user did of late, and what he has had.</summary>
internal sealed class NextPurchaseModel(InteractionMatrix data, int[] starts, int[] targets, float[] strengths, InteractionMatrix recent, InteractionMatrix had)
    : NeighbourModel(data, Name, starts, targets, strengths)
{
    public const string Name = "next-purchase";

    public override ReadOnlyMemory<int> Had(UserHistory history) => history.User >= 0 ? had.History(history.User).Items : history.Items;

    public override void Score(UserHistory history, Span<float> scores) => base.Score(OfLate(history), scores);

    public override float Score(UserHistory history, int item) => base.Score(OfLate(history), item);

    public override void Contributions(UserHistory history, int item, Span<float> shares)
    {
        var late = OfLate(history);
        var mine = new float[late.Items.Length];
        base.Contributions(late, item, mine);
        for (int i = 0; i < shares.Length; i++)
        {
            int at = late.Items.Span.BinarySearch(history.Items.Span[i]);
            shares[i] = at >= 0 ? mine[at] : 0;
        }
    }

    public override void Write(ModelParts parts)
    {
        base.Write(parts);
        parts.Add("recent-starts", recent.Starts);
        parts.Add("recent-items", recent.Others);
        parts.Add("recent-weights", recent.Weights);
        parts.Add("had-starts", had.Starts);
        parts.Add("had-items", had.Others);
    }

    public static NextPurchaseModel Read(InteractionMatrix data, ModelParts parts)
    {
        var (starts, targets, strengths) = ReadNeighbours(data, parts);
        int[] recentStarts = parts.ReadStarts("recent-starts", data.Users.Count, out int count), hadStarts = parts.ReadStarts("had-starts", data.Users.Count, out _);
        var recent = new InteractionMatrix(data.Users, data.Items, recentStarts, parts.ReadIndices("recent-items", recentStarts, data.Items.Count), parts.Read<float>("recent-weights", count), times: null);
        var had = new InteractionMatrix(data.Users, data.Items, hadStarts, parts.ReadIndices("had-items", hadStarts, data.Items.Count), weights: null, times: null);
        return new NextPurchaseModel(data, starts, targets, strengths, recent, had);
    }

    private UserHistory OfLate(UserHistory history) => history.User >= 0 ? recent.History(history.User) : history;
}
