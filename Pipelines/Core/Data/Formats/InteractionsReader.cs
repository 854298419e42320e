using System.Diagnostics.CodeAnalysis;

namespace MLPipelines.Data;

/// <summary>The columns of a table of interactions; the defaults are those of <c>interactions.csv</c>.</summary>
public sealed record InteractionColumns
{
    /// <summary>Who; the default value is <c>customer_id</c>.</summary>
    public string User { get; init; } = "customer_id";

    /// <summary>With what; the default value is <c>product_id</c>.</summary>
    public string Item { get; init; } = "product_id";

    /// <summary>Did what, or <see langword="null"/> where the table does not say; the default value is <c>interaction_type</c>.</summary>
    public string? Type { get; init; } = "interaction_type";

    /// <summary>When, or <see langword="null"/> where the table does not say; the default value is <c>timestamp</c>.</summary>
    public string? Timestamp { get; init; } = "timestamp";

    /// <summary>How strong, or <see langword="null"/> where the table does not say, which is the default and reads as 1.</summary>
    public string? Rating { get; init; }
}

/// <summary>
/// Reads <c>interactions.csv</c>, or another table of interactions with the same fields: the columns may come in any
/// order, all that are named must be there, and others are passed over. Identifiers are texts, even where they look
/// like numbers.
/// </summary>
/// <inheritdoc cref="DataReader{T}" path="/remarks"/>
public sealed class InteractionsReader : DataReader<Interaction>
{
    private readonly DelimitedOptions _options;
    private readonly ColumnSpec[] _specs;
    private readonly int _type;
    private readonly int _time;
    private readonly int _rating;

    /// <summary>Creates a reader.</summary>
    /// <param name="columns">What the columns are called; <see langword="null"/> for the names of <c>interactions.csv</c>.</param>
    /// <param name="options">How to read; <see langword="null"/> for the defaults.</param>
    public InteractionsReader(InteractionColumns? columns = null, DelimitedOptions? options = null)
        : base(options = DelimitedOptions.ForNamedColumns(options))
    {
        _options = options;
        Columns = columns ?? new InteractionColumns();
        var specs = new List<ColumnSpec> { new(Columns.User, true), new(Columns.Item, true) };
        _type = Add(Columns.Type);
        _time = Add(Columns.Timestamp);
        _rating = Add(Columns.Rating);
        _specs = [.. specs];

        int Add(string? name)
        {
            if (name is null)
                return ColumnLookup.Missing;
            specs.Add(new ColumnSpec(name, true));
            return specs.Count - 1;
        }
    }

    /// <summary>What the columns are called.</summary>
    public InteractionColumns Columns { get; }

    /// <inheritdoc/>
    public override string Format => "interactions";

    private protected override RecordSource<Interaction> Open(ByteWindow window, ProblemSink sink) =>
        new Source(new DelimitedParser(window, sink, _options), this);

    private protected override Inspector<Interaction> Inspect(RecordSource<Interaction> source, ValidationOptions options) =>
        new InteractionsInspector(source, options, new InteractionTally(), feedsTally: true)
        {
            TypeField = Columns.Type ?? "interaction_type",
            RatingField = Columns.Rating ?? "rating",
            HasTypes = () => _type >= 0,
            HasRatings = _rating >= 0,
        };

    private sealed class Source(DelimitedParser parser, InteractionsReader reader) : DelimitedSource<Interaction>(parser, reader._specs)
    {
        private const int User = 0, Item = 1;

        private readonly int _type = reader._type;
        private readonly int _time = reader._time;
        private readonly int _rating = reader._rating;

        protected override bool TryMap([NotNullWhen(true)] out Interaction? item)
        {
            string? type = null;
            DateTimeOffset? time = null;
            float rating = 1;
            bool good = RequireText(User, "the user's identifier is empty");
            good &= RequireText(Item, "the item's identifier is empty");
            good &= _type < 0 || TryOptional(_type, "the interaction type is empty", out type, repeated: true);
            good &= _time < 0 || TryTimestamp(_time, out time);
            good &= _rating < 0 || TryNumber(_rating, "rating", out rating);
            item = good
                ? new Interaction { UserId = RepeatedText(User), ItemId = RepeatedText(Item), Type = type, Timestamp = time, Rating = rating }
                : null;
            return good;
        }
    }
}
