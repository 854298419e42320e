using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.MLNet;

/// <summary>
/// The base of our transformers that add columns, each row's made from that row alone. Saved through a stage codec of the
/// artifact store, not through ML.NET's own zip.
/// </summary>
/// <remarks>Thread-safe for reading where the mapping is.</remarks>
public abstract class RowTransformer : ITransformer
{
    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => BindChecked(inputSchema).OutputSchema;

    /// <inheritdoc/>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedView(input, BindChecked(input.Schema));
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => BindChecked(inputSchema);

    /// <summary>Not how these transformers are saved.</summary>
    /// <exception cref="NotSupportedException">Always; the message says what to use.</exception>
    public void Save(ModelSaveContext ctx) =>
        throw new NotSupportedException($"A {GetType().Name} is saved as an artifact: pack it with {typeof(Artifacts.ModelPackage)} and publish it in an {typeof(Artifacts.ArtifactStore)}, instead of saving it with mlContext.Model.Save.");

    /// <summary>Binds the transformer to a schema.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    protected abstract RowMapping Bind(DataViewSchema inputSchema);

    private RowMapping BindChecked(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Bind(inputSchema);
    }

    private sealed class MappedView(IDataView source, RowMapping mapping) : IDataView
    {
        public bool CanShuffle => source.CanShuffle;

        public DataViewSchema Schema => mapping.OutputSchema;

        public long? GetRowCount() => source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        {
            var active = mapping.Active(columnsNeeded);
            return Open(source.GetRowCursor(mapping.Inputs(active), rand), active);
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        {
            var active = mapping.Active(columnsNeeded);
            return Array.ConvertAll(source.GetRowCursorSet(mapping.Inputs(active), n, rand), cursor => Open(cursor, active));
        }

        private DataViewRowCursor Open(DataViewRowCursor input, bool[] active) =>
            mapping is IBatchMapping batches && active.AsSpan(mapping.InputSchema.Count).Contains(true)
                ? new BatchCursor(mapping, batches, input, active)
                : new Cursor(mapping, input, active);
    }

    private sealed class Cursor(RowMapping mapping, DataViewRowCursor input, bool[] active) : DataViewRowCursor
    {
        private readonly Delegate?[] _getters = mapping.MakeGetters(input, active.AsSpan(mapping.InputSchema.Count));

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => mapping.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => mapping.GetGetter<TValue>(column, input, _getters);

        public override bool MoveNext() => input.MoveNext();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
