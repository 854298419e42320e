using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.MLNet;

/// <summary>A <see cref="RowTransformer"/> bound to one schema: all its columns, and after them those that are added.</summary>
public abstract class RowMapping : IRowToRowMapper
{
    private readonly int[] _inputs;

    /// <summary>A mapping.</summary>
    /// <param name="inputSchema">The schema it is bound to.</param>
    /// <param name="inputs">The columns that the added ones are made from.</param>
    /// <param name="outputs">The added columns.</param>
    protected RowMapping(DataViewSchema inputSchema, IEnumerable<DataViewSchema.Column> inputs, params IEnumerable<DataViewSchema.DetachedColumn> outputs)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        InputSchema = inputSchema;
        _inputs = [.. inputs.Select(column => column.Index)];
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        builder.AddColumns(outputs);
        OutputSchema = builder.ToSchema();
    }

    /// <inheritdoc/>
    public DataViewSchema InputSchema { get; }

    /// <inheritdoc/>
    public DataViewSchema OutputSchema { get; }

    /// <summary>Makes the getters of the added columns over a row: a <see cref="ValueGetter{TValue}"/> of the column's raw type for each that is active, null for the others.</summary>
    protected internal abstract Delegate?[] MakeGetters(DataViewRow input, ReadOnlySpan<bool> active);

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => Inputs(Active(dependingColumns));

    /// <inheritdoc/>
    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new Row(this, input, Active(activeColumns));
    }

    internal bool[] Active(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[OutputSchema.Count];
        foreach (var column in columns)
            active[column.Index] = true;
        return active;
    }

    internal IEnumerable<DataViewSchema.Column> Inputs(bool[] active)
    {
        bool anyOutput = active.AsSpan(InputSchema.Count).Contains(true);
        return [.. InputSchema.Where(column => active[column.Index] || anyOutput && _inputs.Contains(column.Index))];
    }

    internal ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column, DataViewRow input, Delegate?[] getters)
    {
        int output = column.Index - InputSchema.Count;
        if (output < 0)
            return input.GetGetter<TValue>(InputSchema[column.Index]);
        return getters[output] switch
        {
            null => throw new InvalidOperationException($"The column '{column.Name}' is not active: it was not among the columns needed when the cursor was opened."),
            ValueGetter<TValue> getter => getter,
            _ => throw new InvalidOperationException($"The column '{column.Name}' is of type {column.Type}; its values are {column.Type.RawType}, not {typeof(TValue)}."),
        };
    }

    private sealed class Row(RowMapping mapping, DataViewRow input, bool[] active) : DataViewRow
    {
        private readonly Delegate?[] _getters = mapping.MakeGetters(input, active.AsSpan(mapping.InputSchema.Count));

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => mapping.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => mapping.GetGetter<TValue>(column, input, _getters);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
