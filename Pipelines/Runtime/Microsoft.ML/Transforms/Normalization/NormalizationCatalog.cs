using Microsoft.ML.Transforms;

namespace Microsoft.ML;

/// <summary>Transforms that bring columns to a common scale.</summary>
public static partial class NormalizationCatalog
{
    private const string DefaultLabel = "Label";

    public static NormalizingEstimator NormalizeMinMax(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName = null,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool fixZero = true) =>
        catalog.NormalizeMinMax([new InputOutputColumnPair(outputColumnName, inputColumnName)], maximumExampleCount, fixZero);

    public static NormalizingEstimator NormalizeMinMax(
        this TransformsCatalog catalog,
        InputOutputColumnPair[] columns,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool fixZero = true) =>
        Create(catalog, columns, (name, input) => new MinMaxColumn(name, input, maximumExampleCount, fixZero));

    public static NormalizingEstimator NormalizeMeanVariance(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName = null,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool fixZero = true,
        bool useCdf = false) =>
        catalog.NormalizeMeanVariance([new InputOutputColumnPair(outputColumnName, inputColumnName)], maximumExampleCount, fixZero, useCdf);

    public static NormalizingEstimator NormalizeMeanVariance(
        this TransformsCatalog catalog,
        InputOutputColumnPair[] columns,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool fixZero = true,
        bool useCdf = false) =>
        Create(catalog, columns, (name, input) => new MeanVarianceColumn(name, input, maximumExampleCount, fixZero, UseLog: false, useCdf));

    public static NormalizingEstimator NormalizeLogMeanVariance(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName = null,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool useCdf = true) =>
        catalog.NormalizeLogMeanVariance(outputColumnName, fixZero: false, inputColumnName, maximumExampleCount, useCdf);

    public static NormalizingEstimator NormalizeLogMeanVariance(
        this TransformsCatalog catalog,
        InputOutputColumnPair[] columns,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool useCdf = true) =>
        catalog.NormalizeLogMeanVariance(columns, fixZero: false, maximumExampleCount, useCdf);

    public static NormalizingEstimator NormalizeLogMeanVariance(
        this TransformsCatalog catalog,
        string outputColumnName,
        bool fixZero,
        string inputColumnName = null,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool useCdf = true) =>
        catalog.NormalizeLogMeanVariance([new InputOutputColumnPair(outputColumnName, inputColumnName)], fixZero, maximumExampleCount, useCdf);

    public static NormalizingEstimator NormalizeLogMeanVariance(
        this TransformsCatalog catalog,
        InputOutputColumnPair[] columns,
        bool fixZero,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool useCdf = true) =>
        Create(catalog, columns, (name, input) => new MeanVarianceColumn(name, input, maximumExampleCount, fixZero, UseLog: true, useCdf));

    public static NormalizingEstimator NormalizeBinning(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName = null,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool fixZero = true,
        int maximumBinCount = 1024) =>
        catalog.NormalizeBinning([new InputOutputColumnPair(outputColumnName, inputColumnName)], maximumExampleCount, fixZero, maximumBinCount);

    public static NormalizingEstimator NormalizeBinning(
        this TransformsCatalog catalog,
        InputOutputColumnPair[] columns,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool fixZero = true,
        int maximumBinCount = 1024) =>
        Create(catalog, columns, (name, input) => new BinningColumn(name, input, maximumExampleCount, fixZero, maximumBinCount));

    public static NormalizingEstimator NormalizeSupervisedBinning(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName = null,
        string labelColumnName = DefaultLabel,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool fixZero = true,
        int maximumBinCount = 1024,
        int mininimumExamplesPerBin = 10) =>
        catalog.NormalizeSupervisedBinning(
            [new InputOutputColumnPair(outputColumnName, inputColumnName)], labelColumnName, maximumExampleCount, fixZero, maximumBinCount, mininimumExamplesPerBin);

    public static NormalizingEstimator NormalizeSupervisedBinning(
        this TransformsCatalog catalog,
        InputOutputColumnPair[] columns,
        string labelColumnName = DefaultLabel,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool fixZero = true,
        int maximumBinCount = 1024,
        int mininimumExamplesPerBin = 10) =>
        Create(catalog, columns, (name, input) =>
            new SupervisedBinningColumn(name, input, maximumExampleCount, labelColumnName, fixZero, maximumBinCount, mininimumExamplesPerBin));

    public static NormalizingEstimator NormalizeRobustScaling(
        this TransformsCatalog catalog,
        string outputColumnName,
        string inputColumnName = null,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool centerData = true,
        uint quantileMin = 25,
        uint quantileMax = 75) =>
        catalog.NormalizeRobustScaling([new InputOutputColumnPair(outputColumnName, inputColumnName)], maximumExampleCount, centerData, quantileMin, quantileMax);

    public static NormalizingEstimator NormalizeRobustScaling(
        this TransformsCatalog catalog,
        InputOutputColumnPair[] columns,
        long maximumExampleCount = NormalizerColumn.DefaultMaximumExampleCount,
        bool centerData = true,
        uint quantileMin = 25,
        uint quantileMax = 75) =>
        Create(catalog, columns, (name, input) => new RobustScalingColumn(name, input, maximumExampleCount, centerData, quantileMin, quantileMax));

    private static NormalizingEstimator Create(TransformsCatalog catalog, InputOutputColumnPair[] columns, Func<string, string, NormalizerColumn> describe) =>
        new(catalog.Environment, Array.ConvertAll(InputOutputColumnPair.ToTuples(columns), pair => describe(pair.outputColumnName, pair.inputColumnName)));
}
