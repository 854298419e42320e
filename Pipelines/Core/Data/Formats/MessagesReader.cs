using System.Diagnostics.CodeAnalysis;

namespace MLPipelines.Data;

/// <summary>A customer's message with what is known about it; a row of <c>messages.csv</c>.</summary>
public sealed record Message
{
    /// <summary>What the customer wrote.</summary>
    public string Content { get; init; } = "";

    /// <summary>What the customer wants, such as <c>purchase</c> or <c>support</c>; <see langword="null"/> where unknown.</summary>
    public string? Intent { get; init; }

    /// <summary>How the customer feels, such as <c>negative</c>, <c>neutral</c> or <c>positive</c>; <see langword="null"/> where unknown.</summary>
    public string? Sentiment { get; init; }

    /// <summary>The answer given; <see langword="null"/> where there is none.</summary>
    public string? Response { get; init; }
}

/// <summary>Fields of a <see cref="Message"/> beside its content.</summary>
[Flags]
public enum MessageFields
{
    /// <summary>The content alone.</summary>
    None = 0,

    /// <summary>The column <c>intent</c>.</summary>
    Intent = 1,

    /// <summary>The column <c>sentiment</c>.</summary>
    Sentiment = 2,

    /// <summary>The column <c>response</c>.</summary>
    Response = 4,
}

/// <summary>
/// Reads <c>messages.csv</c>: a column <c>content</c>, and any of <c>intent</c>, <c>sentiment</c> and <c>response</c>,
/// in any order; other columns are passed over.
/// </summary>
/// <inheritdoc cref="DataReader{T}" path="/remarks"/>
public sealed class MessagesReader : DataReader<Message>
{
    private const int Content = 0, Intent = 1, Sentiment = 2, Response = 3;

    private readonly DelimitedOptions _options;
    private readonly ColumnSpec[] _columns;

    /// <summary>Creates a reader.</summary>
    /// <param name="required">
    /// Fields that every row must have beside its content; where one is missing, that is an error. The default value is
    /// <see cref="MessageFields.None"/>: missing fields are read as <see langword="null"/> and are warnings in a report.
    /// </param>
    /// <param name="options">How to read; <see langword="null"/> for the defaults.</param>
    public MessagesReader(MessageFields required = MessageFields.None, DelimitedOptions? options = null)
        : base(options = DelimitedOptions.ForNamedColumns(options))
    {
        _options = options;
        _columns =
        [
            new("content", true),
            new("intent", required.HasFlag(MessageFields.Intent)),
            new("sentiment", required.HasFlag(MessageFields.Sentiment)),
            new("response", required.HasFlag(MessageFields.Response)),
        ];
    }

    /// <inheritdoc/>
    public override string Format => "messages";

    private protected override RecordSource<Message> Open(ByteWindow window, ProblemSink sink) =>
        new Source(new DelimitedParser(window, sink, _options), _columns);

    private protected override Inspector<Message> Inspect(RecordSource<Message> source, ValidationOptions options) =>
        new MessagesInspector((Source)source, options);

    private sealed class Source(DelimitedParser parser, ColumnSpec[] columns) : DelimitedSource<Message>(parser, columns)
    {
        protected override bool TryMap([NotNullWhen(true)] out Message? item)
        {
            bool good = RequireText(Content, "the text is empty");
            good &= TryOptional(Intent, "the label is missing", out string? intent, repeated: true);
            good &= TryOptional(Sentiment, "the label is missing", out string? sentiment, repeated: true);
            good &= TryOptional(Response, "the response is empty", out string? response, repeated: false);
            item = good ? new Message { Content = Text(Content), Intent = intent, Sentiment = sentiment, Response = response } : null;
            return good;
        }
    }

    private sealed class MessagesInspector(Source source, ValidationOptions options) : Inspector<Message>(source, options)
    {
        private readonly TextTally _content = new("content", options);
        private readonly TextTally _response = new("response", options);
        private readonly LabelTally _intent = new("intent", options);
        private readonly LabelTally _sentiment = new("sentiment", options);

        protected override void Inspect(Message item)
        {
            _content.Add(Source, item.Content, ("intent", TextTally.Hash(item.Intent)), ("sentiment", TextTally.Hash(item.Sentiment)));
            _intent.Add(Source, item.Intent);
            _sentiment.Add(Source, item.Sentiment);
            if (item.Response is not null)
                _response.Add(item.Response);
        }

        protected override void Finish(List<string> notes)
        {
            _content.AddNotes(notes);
            foreach (var (_, labels) in GivenLabels())
            {
                labels.Complete(Source.Sink, DataSeverity.Warning);
                labels.AddNotes(notes);
            }
        }

        public override DataStatistics Statistics(long bytes) => new()
        {
            Rows = Rows,
            Bytes = bytes,
            TextLengths = source.Has("response") ? [_content.Statistics(), _response.Statistics()] : [_content.Statistics()],
            Labels = [.. GivenLabels().Select(l => l.Labels.Statistics())],
        };

        private IEnumerable<(string Column, LabelTally Labels)> GivenLabels() =>
            new[] { ("intent", _intent), ("sentiment", _sentiment) }.Where(l => source.Has(l.Item1));
    }
}
