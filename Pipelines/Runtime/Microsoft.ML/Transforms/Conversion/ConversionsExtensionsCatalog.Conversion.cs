using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML;

public static partial class ConversionsExtensionsCatalog
{
    public static HashingEstimator Hash(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        int numberOfBits = 31,
        int maximumNumberOfInverts = 0) =>
        new(catalog.Environment, new HashingEstimator.ColumnOptions(outputColumnName, inputColumnName, numberOfBits, maximumNumberOfInverts: maximumNumberOfInverts));

    public static HashingEstimator Hash(this TransformsCatalog.ConversionTransforms catalog, params HashingEstimator.ColumnOptions[] columns) =>
        new(catalog.Environment, columns);

    public static TypeConvertingEstimator ConvertType(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        DataKind outputKind = DataKind.Single) =>
        new(catalog.Environment, new TypeConvertingEstimator.ColumnOptions(outputColumnName, outputKind, inputColumnName ?? outputColumnName));

    public static TypeConvertingEstimator ConvertType(
        this TransformsCatalog.ConversionTransforms catalog,
        InputOutputColumnPair[] columns,
        DataKind outputKind = DataKind.Single) =>
        new(catalog.Environment, Array.ConvertAll(InputOutputColumnPair.ToTuples(columns),
            pair => new TypeConvertingEstimator.ColumnOptions(pair.outputColumnName, outputKind, pair.inputColumnName)));

    public static KeyToVectorMappingEstimator MapKeyToVector(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        bool outputCountVector = false) =>
        new(catalog.Environment, new KeyToVectorMappingEstimator.ColumnOptions(outputColumnName, inputColumnName ?? outputColumnName, outputCountVector));

    public static KeyToVectorMappingEstimator MapKeyToVector(
        this TransformsCatalog.ConversionTransforms catalog,
        InputOutputColumnPair[] columns,
        bool outputCountVector = false) =>
        new(catalog.Environment, Array.ConvertAll(InputOutputColumnPair.ToTuples(columns),
            pair => new KeyToVectorMappingEstimator.ColumnOptions(pair.outputColumnName, pair.inputColumnName, outputCountVector)));

    public static ValueMappingEstimator<TInputType, TOutputType> MapValue<TInputType, TOutputType>(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        IEnumerable<KeyValuePair<TInputType, TOutputType>> keyValuePairs,
        string inputColumnName = null,
        bool treatValuesAsKeyType = false) =>
        new(catalog.Environment, ValueMap.Create(catalog.Environment, keyValuePairs, treatValuesAsKeyType), (outputColumnName, inputColumnName ?? outputColumnName));

    public static ValueMappingEstimator<TInputType, TOutputType> MapValue<TInputType, TOutputType>(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        IEnumerable<KeyValuePair<TInputType, TOutputType[]>> keyValuePairs,
        string inputColumnName = null) =>
        new(catalog.Environment, ValueMap.Create(catalog.Environment, keyValuePairs), (outputColumnName, inputColumnName ?? outputColumnName));

    public static ValueMappingEstimator MapValue(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        IDataView lookupMap,
        DataViewSchema.Column keyColumn,
        DataViewSchema.Column valueColumn,
        string inputColumnName = null) =>
        new(catalog.Environment, ValueMap.Create(catalog.Environment, lookupMap, keyColumn.Name, valueColumn.Name), (outputColumnName, inputColumnName ?? outputColumnName));
}

/// <summary>Further transforms of keys.</summary>
public static class ConversionsCatalog
{
    public static KeyToBinaryVectorMappingEstimator MapKeyToBinaryVector(
        this TransformsCatalog.ConversionTransforms catalog,
        string outputColumnName,
        string inputColumnName = null) =>
        new(catalog.Environment, (outputColumnName, inputColumnName ?? outputColumnName));
}
