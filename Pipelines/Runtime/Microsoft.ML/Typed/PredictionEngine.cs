using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Applies a model to single objects.</summary>
/// <remarks>Not thread-safe. Disposing the engine disposes the model too, unless the options say that it does not own it.</remarks>
public abstract class PredictionEngineBase<TSrc, TDst> : IDisposable
    where TSrc : class
    where TDst : class, new()
{
    private readonly InputRow _input;
    private readonly DataViewRow _output;
    private readonly Action<TDst>[] _writers;
    private readonly bool _ownsTransformer;
    private bool _disposed;

    private protected PredictionEngineBase(IHostEnvironment env, ITransformer transformer, PredictionEngineOptions options)
    {
        Contracts.CheckValue(transformer, nameof(transformer));
        Contracts.CheckParam(transformer.IsRowToRowMapper, nameof(transformer), "Must be a row to row mapper");
        Transformer = transformer;
        _ownsTransformer = options.OwnsTransformer;
        _input = new InputRow(env, RowSchema.Create(typeof(TSrc), options.InputSchemaDefinition, SchemaDefinition.Direction.Read));
        var mapper = transformer.GetRowToRowMapper(_input.Schema);
        OutputSchema = mapper.OutputSchema;
        env.Register("EmptyDataView");
        var binding = new RowBinding<TDst>(env, OutputSchema, options.IgnoreMissingColumns, options.OutputSchemaDefinition);
        _output = mapper.GetRow(_input, binding.Columns);
        _writers = binding.MakeWriters(_output);
    }

    private protected ITransformer Transformer { get; }

    /// <summary>The columns that the model gives.</summary>
    public DataViewSchema OutputSchema { get; }

    /// <summary>The prediction for an object, as a new object.</summary>
    public TDst Predict(TSrc example)
    {
        var prediction = new TDst();
        Predict(example, ref prediction);
        return prediction;
    }

    /// <summary>Writes the prediction for an object into <paramref name="prediction"/>, or a new object where that is null.</summary>
    public abstract void Predict(TSrc example, ref TDst prediction);

    private protected void PredictCore(TSrc example, ref TDst prediction)
    {
        Contracts.CheckValue(example, nameof(example));
        _input.Show(example);
        prediction ??= new TDst();
        foreach (var write in _writers)
            write(prediction);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _output.Dispose();
        if (_ownsTransformer)
            (Transformer as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The row that holds the example.</summary>
    private sealed class InputRow : DataViewRow
    {
        private readonly RowHolder<TSrc> _holder = new();
        private readonly RowSchema _rowSchema;
        private long _position = -1;

        public InputRow(IHostEnvironment env, RowSchema rowSchema)
        {
            env.Register("Row");
            _rowSchema = rowSchema;
            Schema = rowSchema.ToSchema();
        }

        public override DataViewSchema Schema { get; }

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            DataViewUtils.Cast<TValue>(RowReader<TSrc>.MakeGetter(_rowSchema.Columns[column.Index], _holder), column);

        public void Show(TSrc example)
        {
            _holder.Row = example;
            _position++;
        }
    }
}

/// <inheritdoc cref="PredictionEngineBase{TSrc, TDst}"/>
public sealed class PredictionEngine<TSrc, TDst> : PredictionEngineBase<TSrc, TDst>
    where TSrc : class
    where TDst : class, new()
{
    internal PredictionEngine(IHostEnvironment env, ITransformer transformer, PredictionEngineOptions options)
        : base(env, transformer, options)
    {
    }

    /// <inheritdoc/>
    public override void Predict(TSrc example, ref TDst prediction) => PredictCore(example, ref prediction);
}

/// <summary>How a prediction engine is made.</summary>
public sealed class PredictionEngineOptions
{
    /// <summary>Whether members of the output class without a column of their name are left alone, rather than being an error.</summary>
    public bool IgnoreMissingColumns = true;

    /// <summary>Which columns the input class gives; null for what its members say.</summary>
    public SchemaDefinition InputSchemaDefinition;

    /// <summary>Which columns go into the output class; null for what its members say.</summary>
    public SchemaDefinition OutputSchemaDefinition;

    /// <summary>Whether disposing the engine disposes the model.</summary>
    public bool OwnsTransformer = true;
}
