using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Encodes categories, each of which gets a key when it is first seen, as vectors.</summary>
public sealed class OneHotEncodingEstimator : IEstimator<OneHotEncodingTransformer>
{
    private readonly ValueToKeyMappingEstimator _toKeys;
    private readonly IEstimator<ITransformer> _toOutput;

    /// <summary>What categories are encoded as.</summary>
    [SuppressMessage("Design", "CA1008", Justification = "The published members.")]
    [SuppressMessage("Design", "CA1028", Justification = "The published underlying type.")]
    [SuppressMessage("Design", "CA1034", Justification = "The published shape.")]
    public enum OutputKind : byte
    {
        /// <summary>The counts of the categories of a vector.</summary>
        Bag = 1,

        /// <summary>A vector with a one in the slot of the category.</summary>
        Indicator = 2,

        /// <summary>A key.</summary>
        Key = 3,

        /// <summary>The bits of a key.</summary>
        Binary = 4,
    }

    internal OneHotEncodingEstimator(
        IHostEnvironment env,
        (string outputColumnName, string inputColumnName)[] columns,
        OutputKind outputKind,
        int maximumNumberOfKeys,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality,
        IDataView keyData)
    {
        var host = env.Register(nameof(OneHotEncodingEstimator));
        _toKeys = new ValueToKeyMappingEstimator(host, Array.ConvertAll(columns, column =>
            new ValueToKeyMappingEstimator.ColumnOptions(column.outputColumnName, column.inputColumnName, maximumNumberOfKeys, keyOrdinality, AddKeyValueAnnotationsAsText: true)), keyData);
        _toOutput = CategoryEncoding.KeysToOutput(host, Array.ConvertAll(columns, column => column.outputColumnName), outputKind);
    }

    public OneHotEncodingTransformer Fit(IDataView input) => new(CategoryEncoding.Fit(_toKeys, _toOutput, input));

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => CategoryEncoding.GetOutputSchema(_toKeys, _toOutput, inputSchema);
}

/// <summary>The transformer of <see cref="OneHotEncodingEstimator"/>.</summary>
/// <remarks>Thread-safe for reading.</remarks>
public sealed class OneHotEncodingTransformer : ITransformer
{
    private readonly TransformerChain<ITransformer> _chain;

    internal OneHotEncodingTransformer(TransformerChain<ITransformer> chain) => _chain = chain;

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _chain.GetOutputSchema(inputSchema);

    public IDataView Transform(IDataView input) => _chain.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)_chain).GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_chain).Save(ctx);
}
