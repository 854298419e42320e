namespace MLPipelines.Data;

/// <summary>What a user did with an item; a row of <c>interactions.csv</c> or an element of the interactions JSON.</summary>
public sealed record Interaction
{
    /// <summary>Who: <c>customer_id</c> in CSV, <c>user_id</c> in JSON.</summary>
    public string UserId { get; init; } = "";

    /// <summary>With what: <c>product_id</c> in CSV, <c>item_id</c> in JSON.</summary>
    public string ItemId { get; init; } = "";

    /// <summary>Did what, such as <c>view</c>, <c>add_to_cart</c> or <c>purchase</c>; <see langword="null"/> where unknown.</summary>
    public string? Type { get; init; }

    /// <summary>When, in UTC; a time written without a zone is taken as UTC. <see langword="null"/> where unknown.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>How strong the signal is: <c>implicit_rating</c> in JSON; 1 where the file does not say.</summary>
    public float Rating { get; init; } = 1;
}

/// <summary>Reports repeated interactions and gathers their statistics.</summary>
internal sealed class InteractionsInspector(
    RecordSource<Interaction> source, ValidationOptions options, InteractionTally tally, bool feedsTally)
    : Inspector<Interaction>(source, options)
{
    private readonly Hash64Map<long> _lines = new();
    private readonly NumberTally _ratings = new();
    private LabelTally? _types;

    public required string TypeField { get; init; }

    public required string RatingField { get; init; }

    /// <summary>Whether the file says what was done; known when it has been read.</summary>
    public required Func<bool> HasTypes { get; init; }

    public required bool HasRatings { get; init; }

    private LabelTally Types => _types ??= new LabelTally(TypeField, Options);

    protected override void Inspect(Interaction item)
    {
        if (feedsTally)
            tally.Add(item);
        Types.Add(Source, item.Type);
        _ratings.Add(item.Rating);
        if (!Options.CheckDuplicates)
            return;
        ulong key = StableHash.Combine(StableHash.Of(item.UserId), StableHash.Of(item.ItemId));
        key = StableHash.Combine(key, StableHash.Of(item.Type));
        key = StableHash.Combine(key, (ulong)(item.Timestamp?.UtcTicks ?? -1));
        ref long line = ref _lines.GetOrAdd(key, out var outcome);
        if (outcome == Hash64Map<long>.Outcome.Added)
            line = Source.Line;
        else if (outcome == Hash64Map<long>.Outcome.Found)
            Source.Report(DataSeverity.Warning, null, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the same interaction is already at line {line}"));
    }

    protected override void Finish(List<string> notes)
    {
        Types.AddNotes(notes);
        if (_lines.IsFull)
            notes.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"repeated interactions were looked for among the first {_lines.Count} different ones only"));
    }

    public override DataStatistics Statistics(long bytes) => new()
    {
        Rows = Rows,
        Bytes = bytes,
        Labels = HasTypes() ? [Types.Statistics()] : [],
        Numbers = HasRatings ? [_ratings.Statistics(RatingField)] : [],
        Interactions = tally.Statistics(),
    };
}
