using System.Diagnostics.CodeAnalysis;

namespace MLPipelines.Data;

/// <summary>A text with its label, from two columns of a table.</summary>
public sealed record TextLabel
{
    /// <summary>The text.</summary>
    public string Text { get; init; } = "";

    /// <summary>The label; <see langword="null"/> where the reader was not asked for one.</summary>
    public string? Label { get; init; }
}

/// <summary>Reads a text column, and a label column if one is named, of any CSV or TSV file with a header.</summary>
/// <inheritdoc cref="DataReader{T}" path="/remarks"/>
public sealed class TextLabelReader : DataReader<TextLabel>
{
    private const int TextColumn = 0, LabelColumn = 1;

    private readonly DelimitedOptions _options;
    private readonly ColumnSpec[] _columns;

    /// <summary>Creates a reader.</summary>
    /// <param name="textColumn">The column with the text, which no row may leave empty.</param>
    /// <param name="labelColumn">The column with the label, which no row may leave empty; <see langword="null"/> to read texts alone.</param>
    /// <param name="options">How to read; <see langword="null"/> for the defaults.</param>
    public TextLabelReader(string textColumn, string? labelColumn = null, DelimitedOptions? options = null)
        : base(options = DelimitedOptions.ForNamedColumns(options))
    {
        ArgumentException.ThrowIfNullOrEmpty(textColumn);
        _options = options;
        _columns = labelColumn is null ? [new(textColumn, true)] : [new(textColumn, true), new(labelColumn, true)];
    }

    /// <inheritdoc/>
    public override string Format => _columns.Length == 1 ? "texts" : "labelled texts";

    private protected override RecordSource<TextLabel> Open(ByteWindow window, ProblemSink sink) =>
        new Source(new DelimitedParser(window, sink, _options), _columns);

    private protected override Inspector<TextLabel> Inspect(RecordSource<TextLabel> source, ValidationOptions options) =>
        new TextLabelInspector(source, options, _columns);

    private sealed class Source(DelimitedParser parser, ColumnSpec[] columns) : DelimitedSource<TextLabel>(parser, columns)
    {
        private readonly bool _hasLabel = columns.Length > 1;

        protected override bool TryMap([NotNullWhen(true)] out TextLabel? item)
        {
            string? label = null;
            bool good = RequireText(TextColumn, "the text is empty");
            if (_hasLabel)
                good &= TryOptional(LabelColumn, "the label is missing", out label, repeated: true);
            item = good ? new TextLabel { Text = Text(TextColumn), Label = label } : null;
            return good;
        }
    }

    private sealed class TextLabelInspector(RecordSource<TextLabel> source, ValidationOptions options, ColumnSpec[] columns)
        : Inspector<TextLabel>(source, options)
    {
        private readonly TextTally _texts = new(columns[TextColumn].Name, options);
        private readonly LabelTally? _labels = columns.Length > 1 ? new(columns[LabelColumn].Name, options) : null;

        protected override void Inspect(TextLabel item)
        {
            if (_labels is null)
            {
                _texts.Add(item.Text);
                return;
            }
            _texts.Add(Source, item.Text, (columns[LabelColumn].Name, TextTally.Hash(item.Label)));
            _labels.Add(Source, item.Label);
        }

        protected override void Finish(List<string> notes)
        {
            _texts.AddNotes(notes);
            _labels?.Complete(Source.Sink, DataSeverity.Error);
            _labels?.AddNotes(notes);
        }

        public override DataStatistics Statistics(long bytes) => new()
        {
            Rows = Rows,
            Bytes = bytes,
            TextLengths = [_texts.Statistics()],
            Labels = _labels is null ? [] : [_labels.Statistics()],
        };
    }
}
