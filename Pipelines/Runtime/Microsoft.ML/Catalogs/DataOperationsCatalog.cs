using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Operations on data that learn nothing: loading, saving, filtering, splitting, caching.</summary>
public sealed partial class DataOperationsCatalog
{
    internal DataOperationsCatalog(IHostEnvironment env)
    {
        Environment = env;
    }

    internal IHostEnvironment Environment { get; }

    /// <summary>
    /// A bootstrap sample, drawn while the rows stream by: each row as often as a Poisson draw with mean 1 says, so that the number of rows is only about that of the input.
    /// </summary>
    /// <param name="input">The data.</param>
    /// <param name="seed">The seed; null to draw one from the <see cref="MLContext"/>.</param>
    /// <param name="complement">Whether to give the rows that the sample of the same seed lacks.</param>
    public IDataView BootstrapSample(IDataView input, int? seed = null, bool complement = false)
    {
        Contracts.CheckValue(input, nameof(input));
        return new BootstrapDataView(Environment, input, (uint?)seed, complement);
    }

    /// <summary>Keeps columns in memory, each from when it is first read on.</summary>
    /// <param name="input">The data.</param>
    /// <param name="columnsToPrefetch">Columns that are read whenever any column is.</param>
    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        Contracts.CheckValue(input, nameof(input));
        var prefetch = Array.ConvertAll(columnsToPrefetch ?? [], name =>
            input.Schema.GetColumnOrNull(name)?.Index ?? throw Contracts.ExceptSchemaMismatch(nameof(columnsToPrefetch), "prefetch", name));
        return new CacheDataView(Environment, input, prefetch);
    }

    /// <summary>The rows whose value in a column of type Single or Double is at least the lower and below the upper bound; NaN never is.</summary>
    public IDataView FilterRowsByColumn(IDataView input, string columnName, double lowerBound = double.NegativeInfinity, double upperBound = double.PositiveInfinity)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckNonEmpty(columnName, nameof(columnName));
        Contracts.CheckParam(lowerBound < upperBound, nameof(upperBound), $"The upper bound {upperBound} must be greater than the lower bound {lowerBound}.");
        var type = input.Schema[columnName].Type;
        if (type is not NumberDataViewType)
            throw Contracts.ExceptSchemaMismatch(nameof(columnName), "filter", columnName, "number", type.ToString());
        return new RangeFilter(Environment, input, columnName, new RangeFilter.Bounds(lowerBound, upperBound));
    }

    /// <summary>
    /// The rows whose key, as a fraction of all keys, is at least the lower and below the upper bound; a missing key never is.
    /// </summary>
    public IDataView FilterRowsByKeyColumnFraction(IDataView input, string columnName, double lowerBound = 0, double upperBound = 1)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckNonEmpty(columnName, nameof(columnName));
        Contracts.CheckParam(lowerBound is >= 0 and <= 1, nameof(lowerBound), "Must be in [0, 1]");
        Contracts.CheckParam(upperBound is >= 0 and <= 2, nameof(upperBound), "Must be in [0, 2]");
        Contracts.CheckParam(lowerBound <= upperBound, nameof(upperBound), "Must be no less than lowerBound");
        var type = input.Schema[columnName].Type;
        if (type is not KeyDataViewType)
            throw Contracts.ExceptSchemaMismatch(nameof(columnName), "filter", columnName, "KeyType", type.ToString());
        return new RangeFilter(Environment, input, columnName, new RangeFilter.Bounds(lowerBound, upperBound));
    }

    /// <summary>The rows without a missing value (NaN, or the missing key) in the columns.</summary>
    public IDataView FilterRowsByMissingValues(IDataView input, params string[] columns)
    {
        Contracts.CheckValue(input, nameof(input));
        return new MissingValuesFilter(Environment, input, columns);
    }

    /// <summary>The rows in random order, the same order in every pass.</summary>
    /// <param name="input">The data.</param>
    /// <param name="seed">The seed; null to draw one from the <see cref="MLContext"/>.</param>
    /// <param name="shufflePoolSize">How many rows are held in memory, among which the next one is drawn; 1 for none.</param>
    /// <param name="shuffleSource">Whether the input itself is read in random order, where it can be.</param>
    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckUserArg(shufflePoolSize > 0, nameof(shufflePoolSize), "Must be positive");
        return new ShufflingDataView(Environment, input, seed, shufflePoolSize, shuffleSource);
    }

    /// <summary>The rows without the first <paramref name="count"/>.</summary>
    public IDataView SkipRows(IDataView input, long count)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckUserArg(count > 0, nameof(count), "Must be greater than zero.");
        Environment.Register("SkipTakeFilter");
        return new SkipTakeFilter(input, count, long.MaxValue);
    }

    /// <summary>The first <paramref name="count"/> rows.</summary>
    public IDataView TakeRows(IDataView input, long count)
    {
        Contracts.CheckValue(input, nameof(input));
        Contracts.CheckUserArg(count > 0, nameof(count), "Must be greater than zero.");
        Environment.Register("SkipTakeFilter");
        return new SkipTakeFilter(input, 0, count);
    }

    /// <summary>Splits the rows at random into a training and a test set.</summary>
    /// <param name="data">The data.</param>
    /// <param name="testFraction">About which fraction goes into the test set.</param>
    /// <param name="samplingKeyColumnName">A column whose equal values stay together in one set; null to split row by row.</param>
    /// <param name="seed">The seed; null for that of the <see cref="MLContext"/>.</param>
    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckParam(testFraction is > 0 and < 1, nameof(testFraction), "Must be between 0 and 1 exclusive");
        var (marked, splitColumn) = DataSplitter.AddSplitColumn(Environment, data, samplingKeyColumnName, seed);
        return DataSplitter.Split(Environment, marked, splitColumn, new RangeFilter.Bounds(0, testFraction));
    }

    /// <summary>Splits the rows at random into folds, each of which is the test set once.</summary>
    /// <param name="data">The data.</param>
    /// <param name="numberOfFolds">The number of folds, at least 2.</param>
    /// <param name="samplingKeyColumnName">A column whose equal values stay together in one fold; null to split row by row.</param>
    /// <param name="seed">The seed; null for that of the <see cref="MLContext"/>.</param>
    public IReadOnlyList<TrainTestData> CrossValidationSplit(IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null, int? seed = null)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckParam(numberOfFolds > 1, nameof(numberOfFolds), "Must be more than 1");
        var (marked, splitColumn) = DataSplitter.AddSplitColumn(Environment, data, samplingKeyColumnName, seed);
        return [.. DataSplitter.Folds(Environment, marked, splitColumn, numberOfFolds)];
    }

    /// <summary>A training and a test set.</summary>
    [SuppressMessage("Performance", "CA1815", Justification = "The published shape.")]
    [SuppressMessage("Design", "CA1034", Justification = "The published shape.")]
    public readonly struct TrainTestData
    {
        public readonly IDataView TrainSet;
        public readonly IDataView TestSet;

        internal TrainTestData(IDataView trainSet, IDataView testSet)
        {
            TrainSet = trainSet;
            TestSet = testSet;
        }
    }
}
