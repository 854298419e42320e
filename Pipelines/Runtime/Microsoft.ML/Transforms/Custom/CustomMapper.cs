using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>
/// Runs a program's function over rows: fills one object with the input columns, calls the function once a row,
/// and gives the members of the other object as columns.
/// </summary>
internal sealed class CustomMapper<TSrc, TDst> : RowMapper
    where TSrc : class, new()
    where TDst : class, new()
{
    private readonly RowBinding<TSrc> _source;
    private readonly RowSchema _added;
    private readonly Func<Action<TSrc, TDst>> _makeMapping;

    private CustomMapper(DataViewSchema inputSchema, RowBinding<TSrc> source, RowSchema added, Func<Action<TSrc, TDst>> makeMapping)
        : base(inputSchema, OutputsOf(source, added))
    {
        _source = source;
        _added = added;
        _makeMapping = makeMapping;
    }

    /// <param name="host">The host of the transformer.</param>
    /// <param name="inputSchema">The schema to bind to.</param>
    /// <param name="sourceDefinition">Which columns go into <typeparamref name="TSrc"/>.</param>
    /// <param name="added">The columns of <typeparamref name="TDst"/>.</param>
    /// <param name="makeMapping">Makes the function for one cursor.</param>
    public static CustomMapper<TSrc, TDst> Bind(IHost host, DataViewSchema inputSchema, SchemaDefinition sourceDefinition, RowSchema added, Func<Action<TSrc, TDst>> makeMapping)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new(inputSchema, new RowBinding<TSrc>(host, inputSchema, false, sourceDefinition), added, makeMapping);
    }

    /// <summary>The shape of the output; throws where the input lacks a column of <typeparamref name="TSrc"/> or has it in another type.</summary>
    public static SchemaShape OutputShape(SchemaShape inputSchema, SchemaDefinition sourceDefinition, RowSchema added)
    {
        var needed = SchemaShape.Create(RowSchema.Create(typeof(TSrc), sourceDefinition, SchemaDefinition.Direction.Both).ToSchema());
        foreach (var expected in needed)
        {
            var column = inputSchema.FindInput(expected.Name);
            bool kindFits = expected.Kind == SchemaShape.Column.VectorKind.VariableVector
                ? column.Kind != SchemaShape.Column.VectorKind.Scalar
                : column.Kind == expected.Kind;
            if (!kindFits || column.IsKey != expected.IsKey || !column.ItemType.Equals(expected.ItemType))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", expected.Name, expected.GetTypeString(), column.GetTypeString());
        }
        return inputSchema.With(SchemaShape.Create(added.ToSchema()));
    }

    public override Delegate[] MakeGetters(DataViewRow input, bool[] activeOutputs)
    {
        var getters = new Delegate[Outputs.Count];
        if (!activeOutputs.Contains(true))
            return getters;
        var state = new RowState(input, _source.MakeWriters(input), _makeMapping());
        for (int i = 0; i < getters.Length; i++)
        {
            if (activeOutputs[i])
                getters[i] = GenericDispatch.Invoke<RowColumn, RowState, Delegate>(_added.Columns[i].Type.RawType, MakeGetter<int>, _added.Columns[i], state);
        }
        return getters;
    }

    private static OutputColumn[] OutputsOf(RowBinding<TSrc> source, RowSchema added)
    {
        int[] inputs = [.. source.Columns.Select(column => column.Index)];
        return [.. added.Columns.Select(column => new OutputColumn(column.Name, column.Type, column.Annotations, inputs, null))];
    }

    private static Delegate MakeGetter<T>(RowColumn column, RowState state)
    {
        var getter = (ValueGetter<T>)RowReader<TDst>.MakeGetter(column, state.Result);
        return (ValueGetter<T>)((ref T value) =>
        {
            state.Refresh();
            getter(ref value);
        });
    }

    /// <summary>The two objects of a cursor, mapped at most once for each of its rows.</summary>
    private sealed class RowState(DataViewRow input, Action<TSrc>[] writers, Action<TSrc, TDst> mapping)
    {
        private readonly TSrc _source = new();
        private long _position = -1;

        public RowHolder<TDst> Result { get; } = new() { Row = new TDst() };

        public void Refresh()
        {
            if (_position == input.Position)
                return;
            foreach (var write in writers)
                write(_source);
            mapping(_source, Result.Row);
            _position = input.Position;
        }
    }
}
