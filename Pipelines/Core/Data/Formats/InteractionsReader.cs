using System.Diagnostics.CodeAnalysis;

namespace MLPipelines.Data;

/// <summary>
/// Reads <c>interactions.csv</c>: columns <c>customer_id</c>, <c>product_id</c>, <c>interaction_type</c> and
/// <c>timestamp</c> in any order; other columns are passed over. Identifiers are texts, even where they look like numbers.
/// </summary>
/// <inheritdoc cref="DataReader{T}" path="/remarks"/>
public sealed class InteractionsReader : DataReader<Interaction>
{
    private const int User = 0, Item = 1, Type = 2, Time = 3;

    private static readonly ColumnSpec[] Columns =
        [new("customer_id", true), new("product_id", true), new("interaction_type", true), new("timestamp", true)];

    private readonly DelimitedOptions _options;

    /// <summary>Creates a reader.</summary>
    /// <param name="options">How to read; <see langword="null"/> for the defaults.</param>
    public InteractionsReader(DelimitedOptions? options = null)
        : base(options = DelimitedOptions.ForNamedColumns(options)) => _options = options;

    /// <inheritdoc/>
    public override string Format => "interactions";

    private protected override RecordSource<Interaction> Open(ByteWindow window, ProblemSink sink) =>
        new Source(new DelimitedParser(window, sink, _options));

    private protected override Inspector<Interaction> Inspect(RecordSource<Interaction> source, ValidationOptions options) =>
        new InteractionsInspector(source, options, new InteractionTally(), feedsTally: true, hasRatings: false, () => true);

    private sealed class Source(DelimitedParser parser) : DelimitedSource<Interaction>(parser, Columns)
    {
        protected override bool TryMap([NotNullWhen(true)] out Interaction? item)
        {
            bool good = RequireText(User, "the customer's identifier is empty");
            good &= RequireText(Item, "the product's identifier is empty");
            good &= RequireText(Type, "the interaction type is empty");
            good &= TryTimestamp(Time, out var time);
            item = good
                ? new Interaction { UserId = RepeatedText(User), ItemId = RepeatedText(Item), Type = RepeatedText(Type), Timestamp = time }
                : null;
            return good;
        }
    }
}
