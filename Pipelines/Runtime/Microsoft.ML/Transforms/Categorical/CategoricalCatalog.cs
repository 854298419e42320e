using Microsoft.ML.Internal;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

/// <summary>Encodings of categories.</summary>
public static class CategoricalCatalog
{
    public static OneHotEncodingEstimator OneHotEncoding(
        this TransformsCatalog.CategoricalTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        OneHotEncodingEstimator.OutputKind outputKind = OneHotEncodingEstimator.OutputKind.Indicator,
        int maximumNumberOfKeys = ValueToKeyMappingEstimator.DefaultMaximumNumberOfKeys,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence,
        IDataView keyData = null) =>
        catalog.OneHotEncoding([new InputOutputColumnPair(outputColumnName, inputColumnName)], outputKind, maximumNumberOfKeys, keyOrdinality, keyData);

    public static OneHotEncodingEstimator OneHotEncoding(
        this TransformsCatalog.CategoricalTransforms catalog,
        InputOutputColumnPair[] columns,
        OneHotEncodingEstimator.OutputKind outputKind = OneHotEncodingEstimator.OutputKind.Indicator,
        int maximumNumberOfKeys = ValueToKeyMappingEstimator.DefaultMaximumNumberOfKeys,
        ValueToKeyMappingEstimator.KeyOrdinality keyOrdinality = ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence,
        IDataView keyData = null) =>
        new(catalog.Environment, InputOutputColumnPair.ToTuples(columns), outputKind, maximumNumberOfKeys, keyOrdinality, keyData);

    public static OneHotHashEncodingEstimator OneHotHashEncoding(
        this TransformsCatalog.CategoricalTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        OneHotEncodingEstimator.OutputKind outputKind = OneHotEncodingEstimator.OutputKind.Indicator,
        int numberOfBits = 16,
        uint seed = ValueHashing.DefaultSeed,
        bool useOrderedHashing = true,
        int maximumNumberOfInverts = 0) =>
        catalog.OneHotHashEncoding([new InputOutputColumnPair(outputColumnName, inputColumnName)], outputKind, numberOfBits, seed, useOrderedHashing, maximumNumberOfInverts);

    public static OneHotHashEncodingEstimator OneHotHashEncoding(
        this TransformsCatalog.CategoricalTransforms catalog,
        InputOutputColumnPair[] columns,
        OneHotEncodingEstimator.OutputKind outputKind = OneHotEncodingEstimator.OutputKind.Indicator,
        int numberOfBits = 16,
        uint seed = ValueHashing.DefaultSeed,
        bool useOrderedHashing = true,
        int maximumNumberOfInverts = 0) =>
        new(catalog.Environment,
            Array.ConvertAll(InputOutputColumnPair.ToTuples(columns), pair =>
                new HashingEstimator.ColumnOptions(pair.outputColumnName, pair.inputColumnName, numberOfBits, seed, useOrderedHashing, maximumNumberOfInverts)),
            outputKind);
}
