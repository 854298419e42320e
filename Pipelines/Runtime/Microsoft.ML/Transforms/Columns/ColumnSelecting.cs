using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Keeps or drops columns.</summary>
public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden)
        : base(env.Register(nameof(ColumnSelectingEstimator)), new ColumnSelectingTransformer(env, keepColumns, dropColumns, keepHidden))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        string[] unknown = Array.FindAll(Transformer.Columns, name => !inputSchema.TryFindColumn(name, out _));
        if (unknown.Length > 0)
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", string.Join(",", unknown));
        return Transformer.Keeps
            ? new SchemaShape(Transformer.Columns.Select(inputSchema.FindInput))
            : new SchemaShape(inputSchema.Where(column => !Transformer.Columns.Contains(column.Name)));
    }
}

/// <summary>The transformer of <see cref="ColumnSelectingEstimator"/>.</summary>
/// <remarks>Thread-safe for reading.</remarks>
public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string LoaderName = "SelectColumnsTransform";
    private const int FormatVersion = 1;

    private readonly bool _keepHidden;

    internal ColumnSelectingTransformer(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden)
    {
        env.Register(nameof(ColumnSelectingTransformer));
        Keeps = keepColumns is { Length: > 0 };
        Contracts.CheckParam(Keeps != dropColumns is { Length: > 0 }, nameof(keepColumns), "Name columns to keep, or columns to drop, and not both.");
        Columns = Keeps ? keepColumns : dropColumns;
        _keepHidden = keepHidden;
    }

    internal bool Keeps { get; }

    internal string[] Columns { get; }

    bool ITransformer.IsRowToRowMapper => true;

    internal static ColumnSelectingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        bool keeps = ctx.Reader.ReadBoolean();
        bool keepHidden = ctx.Reader.ReadBoolean();
        var columns = ctx.Reader.ReadStrings();
        return new ColumnSelectingTransformer(ctx.Env, keeps ? columns : null, keeps ? null : columns, keepHidden);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(Keeps);
        ctx.Writer.Write(_keepHidden);
        ctx.Writer.WriteStrings(Columns);
    }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new SelectedDataView(input, Bind(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema);

    private Selection Bind(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        string[] unknown = Array.FindAll(Columns, name => !inputSchema.TryGetColumnIndex(name, out _));
        if (unknown.Length > 0)
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", string.Join(",", unknown));
        var sources = new List<int>();
        if (Keeps)
        {
            foreach (var name in Columns)
                sources.AddRange(inputSchema.Where(column => column.Name == name && (_keepHidden || !column.IsHidden)).Select(column => column.Index));
        }
        else
        {
            // What is hidden stays where it is not named, whatever is asked for hidden columns that are kept.
            var dropped = Columns.ToHashSet(StringComparer.Ordinal);
            sources.AddRange(inputSchema.Where(column => !dropped.Contains(column.Name)).Select(column => column.Index));
        }
        return new Selection(inputSchema, [.. sources]);
    }

    /// <summary>Which input column stands behind each output column.</summary>
    internal sealed class Selection : IRowToRowMapper
    {
        private readonly int[] _sources;

        public Selection(DataViewSchema inputSchema, int[] sources)
        {
            InputSchema = inputSchema;
            _sources = sources;
            var builder = new DataViewSchema.Builder();
            builder.AddColumns(sources.Select(source => inputSchema[source]));
            OutputSchema = builder.ToSchema();
        }

        public DataViewSchema InputSchema { get; }

        public DataViewSchema OutputSchema { get; }

        public DataViewSchema.Column SourceOf(DataViewSchema.Column column) => InputSchema[_sources[column.Index]];

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
            dependingColumns.Select(SourceOf);

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new Row(this, input);

        private sealed class Row(Selection selection, DataViewRow input) : DataViewRow
        {
            public override long Position => input.Position;

            public override long Batch => input.Batch;

            public override DataViewSchema Schema => selection.OutputSchema;

            public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

            public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(selection.SourceOf(column));

            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(selection.SourceOf(column));

            protected override void Dispose(bool disposing)
            {
                if (disposing)
                    input.Dispose();
                base.Dispose(disposing);
            }
        }
    }

    internal sealed class SelectedDataView(IDataView source, Selection selection) : DerivedDataView(source)
    {
        public override DataViewSchema Schema => selection.OutputSchema;

        public override long? GetRowCount() => Source.GetRowCount();

        public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
            new Cursor(selection, Source.GetRowCursor(columnsNeeded?.Select(selection.SourceOf) ?? [], rand));

        public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
            Array.ConvertAll(Source.GetRowCursorSet(columnsNeeded?.Select(selection.SourceOf) ?? [], n, rand), DataViewRowCursor (cursor) => new Cursor(selection, cursor));
    }

    private sealed class Cursor(Selection selection, DataViewRowCursor input) : LinkedCursor(input)
    {
        public override DataViewSchema Schema => selection.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(selection.SourceOf(column));

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(selection.SourceOf(column));
    }
}
