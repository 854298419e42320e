using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Adds columns that a program's function makes of each row and of what it remembers of the rows before.</summary>
public sealed class StatefulCustomMappingEstimator<TSrc, TDst, TState> : TrivialEstimator<StatefulCustomMappingTransformer<TSrc, TDst, TState>>
    where TSrc : class, new()
    where TDst : class, new()
    where TState : class, new()
{
    internal StatefulCustomMappingEstimator(IHostEnvironment env, Action<TSrc, TDst, TState> mapAction, string contractName, Action<TState> stateInitAction)
        : base(env.Register(nameof(StatefulCustomMappingEstimator<,,>)), new StatefulCustomMappingTransformer<TSrc, TDst, TState>(env, mapAction, contractName, stateInitAction))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => Transformer.OutputShape(inputSchema);
}

/// <summary>The transformer of <see cref="StatefulCustomMappingEstimator{TSrc, TDst, TState}"/>.</summary>
/// <remarks>Each cursor, and each prediction engine, has its own state. The rows of the new columns are not read in parallel.</remarks>
public sealed class StatefulCustomMappingTransformer<TSrc, TDst, TState> : ITransformer
    where TSrc : class, new()
    where TDst : class, new()
    where TState : class, new()
{
    private readonly IHost _host;
    private readonly Action<TSrc, TDst, TState> _mapAction;
    private readonly Action<TState> _stateInitAction;
    private readonly string _contractName;
    private readonly RowSchema _added;

    internal StatefulCustomMappingTransformer(IHostEnvironment env, Action<TSrc, TDst, TState> mapAction, string contractName, Action<TState> stateInitAction)
    {
        _host = env.Register(nameof(StatefulCustomMappingTransformer<,,>));
        Contracts.CheckValue(mapAction, nameof(mapAction));
        Contracts.CheckValue(stateInitAction, nameof(stateInitAction));
        _mapAction = mapAction;
        _stateInitAction = stateInitAction;
        _contractName = contractName;
        _added = RowSchema.Create(typeof(TDst), null, SchemaDefinition.Direction.Write);
    }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new SequentialDataView(new MappedDataView(input, Bind(input.Schema)), input.Schema.Count);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => CustomMappingCodec.Save(ctx, _contractName);

    internal SchemaShape OutputShape(SchemaShape inputSchema) => CustomMapper<TSrc, TDst>.OutputShape(inputSchema, null, _added);

    private CustomMapper<TSrc, TDst> Bind(DataViewSchema inputSchema) =>
        CustomMapper<TSrc, TDst>.Bind(_host, inputSchema, null, _added, MakeMapping);

    private Action<TSrc, TDst> MakeMapping()
    {
        var state = new TState();
        _stateInitAction(state);
        return (source, destination) => _mapAction(source, destination, state);
    }

    /// <summary>Gives one cursor instead of several where a column from <paramref name="firstAdded"/> on is asked for.</summary>
    private sealed class SequentialDataView(IDataView source, int firstAdded) : DerivedDataView(source)
    {
        public override long? GetRowCount() => Source.GetRowCount();

        public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
            Source.GetRowCursor(columnsNeeded, rand);

        public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        {
            var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
            return active.AsSpan(firstAdded).Contains(true) ? [GetRowCursor(columnsNeeded, rand)] : Source.GetRowCursorSet(columnsNeeded, n, rand);
        }
    }
}
