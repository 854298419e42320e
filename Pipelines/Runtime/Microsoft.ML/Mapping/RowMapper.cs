using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A column that a transformer adds: its type, the input columns it is made from, and how.</summary>
/// <param name="Column">Name, type and annotations.</param>
/// <param name="Inputs">Indices into the input schema.</param>
/// <param name="MakeGetter">Makes the <see cref="ValueGetter{T}"/> over a row; may be null where the mapper makes all getters at once.</param>
internal sealed record OutputColumn(DataViewSchema.DetachedColumn Column, int[] Inputs, Func<DataViewRow, Delegate> MakeGetter)
{
    public OutputColumn(string name, DataViewType type, DataViewSchema.Annotations annotations, int[] inputs, Func<DataViewRow, Delegate> makeGetter)
        : this(new DataViewSchema.DetachedColumn(name, type, annotations), inputs, makeGetter)
    {
    }
}

/// <summary>
/// A transformer bound to one input schema: gives all input columns and, after them, the outputs.
/// Override <see cref="MakeGetters"/> where outputs share the work of a row.
/// </summary>
internal class RowMapper : IRowToRowMapper
{
    public RowMapper(DataViewSchema inputSchema, IReadOnlyList<OutputColumn> outputs)
    {
        InputSchema = inputSchema;
        Outputs = outputs;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        builder.AddColumns(outputs.Select(output => output.Column));
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public IReadOnlyList<OutputColumn> Outputs { get; }

    /// <summary>The getters of the active outputs over a row; entries of the others are null.</summary>
    public virtual Delegate[] MakeGetters(DataViewRow input, bool[] activeOutputs)
    {
        var getters = new Delegate[Outputs.Count];
        for (int i = 0; i < getters.Length; i++)
        {
            if (activeOutputs[i])
                getters[i] = Outputs[i].MakeGetter(input);
        }
        return getters;
    }

    /// <summary>Splits the active columns of the output schema into those of the input that they need and the outputs.</summary>
    public (bool[] Inputs, bool[] Outputs) Dependencies(bool[] active)
    {
        var inputs = active.AsSpan(0, InputSchema.Count).ToArray();
        var outputs = active.AsSpan(InputSchema.Count).ToArray();
        for (int i = 0; i < outputs.Length; i++)
        {
            if (!outputs[i])
                continue;
            foreach (int input in Outputs[i].Inputs)
                inputs[input] = true;
        }
        return (inputs, outputs);
    }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        InputSchema.Columns(Dependencies(DataViewUtils.ActiveColumns(OutputSchema, dependingColumns)).Inputs);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckParam(ReferenceEquals(input.Schema, InputSchema) || input.Schema.Count == InputSchema.Count, nameof(input), "Schema of input row must be the same as the schema the mapper is bound to");
        var active = DataViewUtils.ActiveColumns(OutputSchema, activeColumns);
        return new Row(this, input, active);
    }

    private sealed class Row : DataViewRow
    {
        private readonly RowMapper _mapper;
        private readonly DataViewRow _input;
        private readonly bool[] _active;
        private readonly Delegate[] _getters;

        public Row(RowMapper mapper, DataViewRow input, bool[] active)
        {
            _mapper = mapper;
            _input = input;
            _active = active;
            _getters = mapper.MakeGetters(input, mapper.Dependencies(active).Outputs);
        }

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override DataViewSchema Schema => _mapper.OutputSchema;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            _mapper.GetGetter<TValue>(column, _input, _getters);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _input.Dispose();
            base.Dispose(disposing);
        }
    }

    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column, DataViewRow input, Delegate[] getters)
    {
        Contracts.CheckParam(column.Index < OutputSchema.Count, nameof(column), $"Column '{column.Name}' is not part of the schema.");
        int output = column.Index - InputSchema.Count;
        if (output < 0)
            return input.GetGetter<TValue>(InputSchema[column.Index]);
        return DataViewUtils.Cast<TValue>(getters[output] ?? throw DataViewUtils.ExceptInactive(column), column);
    }
}

/// <summary>Mappers one after another.</summary>
internal sealed class RowMapperChain(DataViewSchema inputSchema, IRowToRowMapper[] mappers) : IRowToRowMapper
{
    public DataViewSchema InputSchema => inputSchema;

    public DataViewSchema OutputSchema => mappers.Length == 0 ? inputSchema : mappers[^1].OutputSchema;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = dependingColumns;
        for (int i = mappers.Length - 1; i >= 0; i--)
            needed = [.. mappers[i].GetDependencies(needed)];
        return needed;
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckValue(input, nameof(input));
        var needed = new IEnumerable<DataViewSchema.Column>[mappers.Length + 1];
        needed[^1] = activeColumns.ToArray();
        for (int i = mappers.Length - 1; i >= 0; i--)
            needed[i] = [.. mappers[i].GetDependencies(needed[i + 1])];
        var row = input;
        for (int i = 0; i < mappers.Length; i++)
            row = mappers[i].GetRow(row, needed[i + 1]);
        return row;
    }
}
