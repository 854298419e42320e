using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>A recommender that is a part of another.</summary>
/// <param name="Name">What results call it; unique among the sources of one recommender.</param>
/// <param name="Estimator">How it is trained; it reads the same rows, with the columns, progress and cancellation of its own options.</param>
public sealed record RecommenderSource(string Name, IEstimator<RecommenderTransformer> Estimator);

/// <summary>A trained part of another recommender: it speaks of the users and items of the whole, of which it may know only some.</summary>
internal sealed class SourceModel
{
    private const string NamesPart = "sources";

    private readonly InteractionMatrix _whole;
    private readonly int[]? _toWhole;
    private readonly int[]? _toPart;

    public SourceModel(string name, RecommenderTransformer part, InteractionMatrix whole)
    {
        (Name, Part, _whole) = (name, part, whole);
        string[] mine = part.Model.Data.Items.Ids, all = whole.Items.Ids;
        if (mine.AsSpan().SequenceEqual(all))
            return;
        _toWhole = Array.ConvertAll(mine, whole.Items.Find);
        _toPart = Array.ConvertAll(all, part.Model.Data.Items.Find);
    }

    public string Name { get; }

    public RecommenderTransformer Part { get; }

    private RecommenderModel Model => Part.Model;

    public float Silence => Model.Silence;

    /// <summary>Trains the parts, then reads the whole, which has all the users and items that a part has.</summary>
    public static (InteractionMatrix Data, SourceModel[] Sources) Learn(IDataView input, IReadOnlyList<RecommenderSource> sources, RecommenderOptions options)
    {
        var parts = new List<RecommenderTransformer>();
        foreach (var source in sources)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            options.Progress?.Report(new RecommenderProgress(parts.Count, sources.Count, null));
            parts.Add(source.Estimator.Fit(input));
        }
        var data = InteractionReader.Read(input, options, parts.SelectMany(part => part.Users), parts.SelectMany(part => part.Items));
        return (data, [.. sources.Zip(parts, (source, part) => new SourceModel(source.Name, part, data))]);
    }

    public static void AddFaults(IReadOnlyList<RecommenderSource>? sources, OptionFaults faults) => faults
        .If(sources is null || sources.Count == 0, "Sources is empty; give at least one recommender")
        .If(sources?.Any(source => source?.Estimator is null || string.IsNullOrWhiteSpace(source.Name)) == true, "Sources holds one without a name or an estimator")
        .If(sources?.Where(source => source is not null).GroupBy(source => source.Name, StringComparer.Ordinal).Any(same => same.Count() > 1) == true, "Sources holds two of the same name");

    public bool Knows(UserHistory history) => Model.Knows(OfPart(history));

    /// <summary>Scores all items of the whole; those that the part does not know have negative infinity.</summary>
    public void Score(UserHistory history, Span<float> scores)
    {
        if (_toWhole is null)
        {
            Model.Score(OfPart(history), scores);
            return;
        }
        var mine = new float[_toWhole.Length];
        Model.Score(OfPart(history), mine);
        Spread(mine, scores);
    }

    public float Score(UserHistory history, int item) => PlaceOf(item) is >= 0 and var place ? Model.Score(OfPart(history), place) : float.NegativeInfinity;

    public void SimilarItems(int item, Span<float> scores)
    {
        int place = PlaceOf(item);
        if (place < 0)
        {
            scores.Fill(float.NegativeInfinity);
            return;
        }
        var mine = new float[Model.ItemCount];
        Model.SimilarItems(place, mine);
        Spread(mine, scores);
    }

    public void Contributions(UserHistory history, int item, Span<float> shares)
    {
        shares.Clear();
        if (PlaceOf(item) is not (>= 0 and var place))
            return;
        var part = OfPart(history);
        var mine = new float[part.Items.Length];
        Model.Contributions(part, place, mine);
        for (int i = 0; i < shares.Length; i++)
        {
            int at = PlaceOf(history.Items.Span[i]) is >= 0 and var seen ? part.Items.Span.BinarySearch(seen) : -1;
            if (at >= 0)
                shares[i] = mine[at];
        }
    }

    public static void Write(IReadOnlyList<SourceModel> sources, ModelParts parts)
    {
        parts.Texts.Add(NamesPart, [.. sources.Select(source => source.Name)]);
        for (int i = 0; i < sources.Count; i++)
            parts.AddModel(FolderOf(i), sources[i].Part);
    }

    public static SourceModel[] Read(InteractionMatrix data, ModelParts parts) =>
        [.. parts.ReadTexts(NamesPart).Select((name, i) => new SourceModel(name, parts.ReadModel(FolderOf(i)), data))];

    private static string FolderOf(int source) => FormattableString.Invariant($"source-{source}");

    private int PlaceOf(int item) => _toPart is null ? item : _toPart[item];

    private void Spread(float[] mine, Span<float> scores)
    {
        scores.Fill(float.NegativeInfinity);
        for (int i = 0; i < mine.Length; i++)
        {
            int place = _toWhole is null ? i : _toWhole[i];
            if (place >= 0)
                scores[place] = mine[i];
        }
    }

    /// <summary>The user as the part knows him or, where it does not, his items to be folded in.</summary>
    private UserHistory OfPart(UserHistory history)
    {
        var data = Model.Data;
        if (history.User >= 0 && data.Users.Find(_whole.Users.Ids[history.User]) is >= 0 and var user)
        {
            // One of whom there is no interaction may be known by his features.
            var mine = data.History(user);
            if (mine.Items.Length > 0 || Model.Knows(mine))
                return mine;
        }
        if (_toPart is null)
            return history with { User = -1 };
        // Both tables are in the same order, so that places rise.
        var items = new List<int>();
        var weights = new List<float>();
        for (int i = 0; i < history.Items.Length; i++)
        {
            if (_toPart[history.Items.Span[i]] is >= 0 and var place)
            {
                items.Add(place);
                weights.Add(history.Weight(i));
            }
        }
        return new UserHistory(-1, items.ToArray(), weights.ToArray());
    }
}
