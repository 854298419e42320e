using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Encodes categories, whose keys are hashes, as vectors.</summary>
public sealed class OneHotHashEncodingEstimator : IEstimator<OneHotHashEncodingTransformer>
{
    private readonly HashingEstimator _toKeys;
    private readonly IEstimator<ITransformer> _toOutput;

    internal OneHotHashEncodingEstimator(IHostEnvironment env, HashingEstimator.ColumnOptions[] columns, OneHotEncodingEstimator.OutputKind outputKind)
    {
        var host = env.Register(nameof(OneHotHashEncodingEstimator));
        _toKeys = new HashingEstimator(host, columns);
        _toOutput = CategoryEncoding.KeysToOutput(host, Array.ConvertAll(columns, column => column.Name), outputKind);
    }

    public OneHotHashEncodingTransformer Fit(IDataView input) => new(CategoryEncoding.Fit(_toKeys, _toOutput, input));

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => CategoryEncoding.GetOutputSchema(_toKeys, _toOutput, inputSchema);
}

/// <summary>The transformer of <see cref="OneHotHashEncodingEstimator"/>.</summary>
/// <remarks>Thread-safe for reading.</remarks>
public sealed class OneHotHashEncodingTransformer : ITransformer
{
    private readonly TransformerChain<ITransformer> _chain;

    internal OneHotHashEncodingTransformer(TransformerChain<ITransformer> chain) => _chain = chain;

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _chain.GetOutputSchema(inputSchema);

    public IDataView Transform(IDataView input) => _chain.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)_chain).GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_chain).Save(ctx);
}
