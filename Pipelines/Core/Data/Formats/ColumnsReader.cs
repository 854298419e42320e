using System.Diagnostics.CodeAnalysis;

namespace MLPipelines.Data;

/// <summary>Reads named columns of any CSV or TSV file with a header, as texts in the order asked for; fields may be empty.</summary>
/// <inheritdoc cref="DataReader{T}" path="/remarks"/>
public sealed class ColumnsReader : DataReader<string[]>
{
    private readonly DelimitedOptions _options;
    private readonly ColumnSpec[] _columns;

    /// <summary>Creates a reader.</summary>
    /// <param name="columns">The columns, at least one, each once.</param>
    /// <param name="options">How to read; <see langword="null"/> for the defaults.</param>
    public ColumnsReader(IReadOnlyList<string> columns, DelimitedOptions? options = null)
        : base(options = DelimitedOptions.ForNamedColumns(options))
    {
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Count == 0 || columns.Distinct(StringComparer.Ordinal).Count() < columns.Count)
            throw new ArgumentException($"The columns are [{string.Join(", ", columns)}]; name at least one, and each only once.", nameof(columns));
        _options = options;
        _columns = [.. columns.Select(c => new ColumnSpec(c, true))];
    }

    /// <inheritdoc/>
    public override string Format => "table";

    private protected override RecordSource<string[]> Open(ByteWindow window, ProblemSink sink) =>
        new Source(new DelimitedParser(window, sink, _options), _columns);

    private protected override Inspector<string[]> Inspect(RecordSource<string[]> source, ValidationOptions options) =>
        new ColumnsInspector(source, options, _columns);

    private sealed class Source(DelimitedParser parser, ColumnSpec[] columns) : DelimitedSource<string[]>(parser, columns)
    {
        protected override bool TryMap([NotNullWhen(true)] out string[]? item)
        {
            item = new string[Specs.Length];
            for (int i = 0; i < item.Length; i++)
                item[i] = RepeatedText(i);
            return true;
        }
    }

    private sealed class ColumnsInspector(RecordSource<string[]> source, ValidationOptions options, ColumnSpec[] columns)
        : Inspector<string[]>(source, options)
    {
        private readonly TextTally[] _texts = [.. columns.Select(c => new TextTally(c.Name, options))];

        protected override void Inspect(string[] item)
        {
            for (int i = 0; i < item.Length; i++)
                _texts[i].Add(item[i]);
        }

        protected override void Finish(List<string> notes)
        {
        }

        public override DataStatistics Statistics(long bytes) => new()
        {
            Rows = Rows,
            Bytes = bytes,
            TextLengths = [.. _texts.Select(t => t.Statistics())],
        };
    }
}
