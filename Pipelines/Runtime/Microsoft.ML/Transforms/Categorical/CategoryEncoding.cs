using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>What both encodings of categories do: make keys, then vectors of the keys.</summary>
internal static class CategoryEncoding
{
    /// <summary>The estimator that follows the one that makes the keys; null where keys are the result.</summary>
    public static IEstimator<ITransformer> KeysToOutput(IHost host, string[] columns, OneHotEncodingEstimator.OutputKind kind) => kind switch
    {
        OneHotEncodingEstimator.OutputKind.Key => null,
        OneHotEncodingEstimator.OutputKind.Binary => new KeyToBinaryVectorMappingEstimator(host, Array.ConvertAll(columns, name => (name, name))),
        OneHotEncodingEstimator.OutputKind.Indicator or OneHotEncodingEstimator.OutputKind.Bag => new KeyToVectorMappingEstimator(host, Array.ConvertAll(columns, name =>
            new KeyToVectorMappingEstimator.ColumnOptions(name, name, kind == OneHotEncodingEstimator.OutputKind.Bag))),
        _ => throw Contracts.ExceptUserArg("outputKind", $"{(int)kind} is no {nameof(OneHotEncodingEstimator.OutputKind)}."),
    };

    public static TransformerChain<ITransformer> Fit(IEstimator<ITransformer> toKeys, IEstimator<ITransformer> toOutput, IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var keys = toKeys.Fit(input);
        return toOutput == null
            ? new TransformerChain<ITransformer>(keys)
            : new TransformerChain<ITransformer>(keys, toOutput.Fit(keys.Transform(input)));
    }

    public static SchemaShape GetOutputSchema(IEstimator<ITransformer> toKeys, IEstimator<ITransformer> toOutput, SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        var keys = toKeys.GetOutputSchema(inputSchema);
        return toOutput == null ? keys : toOutput.GetOutputSchema(keys);
    }
}
