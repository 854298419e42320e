using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Data;

/// <summary>
/// Splits data by a temporary column: random numbers or, where rows with one sampling key must stay together, the
/// hash of that key.
/// </summary>
internal static class DataSplitter
{
    private const int HashBits = 30;

    /// <summary>Adds the column by which to split; without <paramref name="seed"/>, the seed of the <see cref="MLContext"/> decides.</summary>
    public static (IDataView Data, string SplitColumn) AddSplitColumn(IHostEnvironment env, IDataView data, string samplingKeyColumnName, int? seed)
    {
        string name = "SplitColumn";
        for (int i = 0; data.Schema.TryGetColumnIndex(name, out _); i++)
            name = $"SplitColumn_{i}";
        uint? usedSeed = (uint?)(seed ?? env.GetSeed());
        return samplingKeyColumnName == null
            ? (new RandomNumberView(env, data, name, usedSeed), name)
            : (Hash(env, data, name, samplingKeyColumnName, usedSeed ?? ValueHashing.DefaultSeed), name);
    }

    /// <summary>The folds one after another; each takes part of the range of the split column for its test set.</summary>
    public static IEnumerable<DataOperationsCatalog.TrainTestData> Folds(IHostEnvironment env, IDataView data, string splitColumn, int numberOfFolds)
    {
        for (int fold = 0; fold < numberOfFolds; fold++)
            yield return Split(env, data, splitColumn, new RangeFilter.Bounds((double)fold / numberOfFolds, (double)(fold + 1) / numberOfFolds, IncludeMax: true));
    }

    /// <summary>The rows in the bounds as test set and the others as training set, both without the split column.</summary>
    public static DataOperationsCatalog.TrainTestData Split(IHostEnvironment env, IDataView data, string splitColumn, RangeFilter.Bounds test) =>
        new(Part(env, data, splitColumn, test with { Complement = true }), Part(env, data, splitColumn, test));

    private static IDataView Part(IHostEnvironment env, IDataView data, string splitColumn, RangeFilter.Bounds bounds)
    {
        var rows = new RangeFilter(env, data, splitColumn, bounds);
        return new ColumnSelectingTransformer(env, null, [splitColumn], keepHidden: false).Transform(rows);
    }

    private static MappedDataView Hash(IHostEnvironment env, IDataView data, string name, string keyColumnName, uint seed)
    {
        var column = data.Schema.GetColumnOrNull(keyColumnName) ?? throw Contracts.ExceptSchemaMismatch("samplingKeyColumn", "SamplingKeyColumn", keyColumnName);
        var itemType = column.Type.ItemTypeOrSelf();
        bool isTime = itemType is DateTimeDataViewType or DateTimeOffsetDataViewType or TimeSpanDataViewType;
        if (!isTime && !ValueHashing.CanHash(itemType))
            throw Contracts.ExceptSchemaMismatch("samplingKeyColumn", "SamplingKeyColumn", keyColumnName, "text, number, boolean, key, time or row id", column.Type.ToString());
        if (isTime)
            env.Register("TypeConvertingTransformer");
        env.Register("HashingEstimator");
        var type = new KeyDataViewType(typeof(uint), 1 << HashBits);
        return new MappedDataView(data, new RowMapper(data.Schema, [new OutputColumn(name, type, null, [column.Index], row => MakeHash(row, column, seed))]));
    }

    private static Delegate MakeHash(DataViewRow row, DataViewSchema.Column column, uint seed)
    {
        bool isVector = column.Type is VectorDataViewType;
        return column.Type.ItemTypeOrSelf() switch
        {
            DateTimeDataViewType => isVector ? HashTimes<DateTime>(row, column, seed, time => time.Ticks) : HashTime<DateTime>(row, column, seed, time => time.Ticks),
            DateTimeOffsetDataViewType => isVector ? HashTimes<DateTimeOffset>(row, column, seed, time => time.UtcTicks) : HashTime<DateTimeOffset>(row, column, seed, time => time.UtcTicks),
            TimeSpanDataViewType => isVector ? HashTimes<TimeSpan>(row, column, seed, time => time.Ticks) : HashTime<TimeSpan>(row, column, seed, time => time.Ticks),
            var item => isVector
                ? GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, uint, Delegate>(item.RawType, HashVector<int>, row, column, seed)
                : GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, uint, Delegate>(item.RawType, HashScalar<int>, row, column, seed),
        };
    }

    private static Delegate HashScalar<T>(DataViewRow row, DataViewSchema.Column column, uint seed)
    {
        var getter = row.GetGetter<T>(column);
        bool isKey = column.Type is KeyDataViewType;
        T value = default;
        return (ValueGetter<uint>)((ref uint hash) =>
        {
            getter(ref value);
            hash = ValueHashing.Hash(seed, HashBits, in value, isKey);
        });
    }

    private static Delegate HashVector<T>(DataViewRow row, DataViewSchema.Column column, uint seed)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        bool isKey = column.Type.ItemTypeOrSelf() is KeyDataViewType;
        VBuffer<T> value = default;
        return (ValueGetter<uint>)((ref uint hash) =>
        {
            getter(ref value);
            hash = ValueHashing.HashAll(seed, HashBits, in value, isKey);
        });
    }

    private static ValueGetter<uint> HashTime<T>(DataViewRow row, DataViewSchema.Column column, uint seed, Func<T, long> ticks)
    {
        var getter = row.GetGetter<T>(column);
        T value = default;
        return (ref uint hash) =>
        {
            getter(ref value);
            hash = ValueHashing.Hash(seed, HashBits, ticks(value), isKey: false);
        };
    }

    private static ValueGetter<uint> HashTimes<T>(DataViewRow row, DataViewSchema.Column column, uint seed, Func<T, long> ticks)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return (ref uint hash) =>
        {
            getter(ref value);
            long[] numbers = [.. value.DenseValues().Select(ticks)];
            hash = ValueHashing.HashAll(seed, HashBits, new VBuffer<long>(numbers.Length, numbers), isKey: false);
        };
    }
}
