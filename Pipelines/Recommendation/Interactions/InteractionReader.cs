using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Recommendation;

/// <summary>
/// Reads interactions. Several of a user with an item become one, whose weight is their sum and whose time is the latest; the
/// order of rows does not matter.
/// </summary>
internal sealed class InteractionReader
{
    private const int RowsBetweenChecks = 4096;

    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _items = new(StringComparer.Ordinal);
    private readonly EntryList _entries;

    private InteractionReader(bool hasTimes)
    {
        _entries = new EntryList(hasTimes);
    }

    /// <param name="data">The rows.</param>
    /// <param name="options">Which columns they have, and what they weigh.</param>
    /// <param name="moreUsers">Users to know beside those of the rows.</param>
    /// <param name="moreItems">Items to know beside those of the rows.</param>
    /// <exception cref="InvalidOperationException">There is no interaction, or a weight is negative or not a number.</exception>
    public static InteractionMatrix Read(IDataView data, RecommenderOptions options, IEnumerable<string>? moreUsers = null, IEnumerable<string>? moreItems = null)
    {
        var reader = new InteractionReader(options.TimeColumnName is not null);
        long rows = reader.ReadRows(data, options);
        if (reader._entries.Count == 0)
            throw RecommendationErrors.NoInteractions(rows);
        foreach (var user in moreUsers ?? [])
            reader._users.TryAdd(user, reader._users.Count);
        foreach (var item in moreItems ?? [])
            reader._items.TryAdd(item, reader._items.Count);
        return reader.Build(options);
    }

    private long ReadRows(IDataView data, RecommenderOptions options)
    {
        var user = IdColumns.Find(data.Schema, options.UserColumnName);
        var item = IdColumns.Find(data.Schema, options.ItemColumnName);
        DataViewSchema.Column? weight = options.WeightColumnName is { } weightName ? NumberColumns.Find(data.Schema, weightName) : null;
        DataViewSchema.Column? time = options.TimeColumnName is { } timeName ? TimeColumns.Find(data.Schema, timeName) : null;
        DataViewSchema.Column? type = options.TypeColumnName is { } typeName ? data.Schema.FindInput(typeName, candidate => candidate is TextDataViewType, "String") : null;
        DataViewSchema.Column?[] columns = [user, item, weight, time, type];
        options.CancellationToken.ThrowIfCancellationRequested();
        using var cursor = data.GetRowCursor(columns.Where(column => column is not null).Select(column => column!.Value).DistinctBy(column => column.Index));
        var readUser = IdColumns.MakeReader(cursor, user);
        var readItem = IdColumns.MakeReader(cursor, item);
        var readWeight = weight is { } w ? NumberColumns.MakeReader(cursor, w) : () => 1f;
        var readTime = time is { } t ? TimeColumns.MakeReader(cursor, t) : () => double.NaN;
        var readType = type is { } kind ? IdColumns.MakeReader(cursor, kind) : null;
        long rows = 0;
        while (cursor.MoveNext())
        {
            if (++rows % RowsBetweenChecks == 0)
                options.CancellationToken.ThrowIfCancellationRequested();
            if (readUser() is not { } userId || readItem() is not { } itemId)
                continue;
            float value = readWeight();
            if (options.ReadsRatings && float.IsNaN(value))
                continue;
            if (!(float.IsFinite(value) && (value >= 0 || options.ReadsRatings)))
                throw RecommendationErrors.BadWeight(options.WeightColumnName!, rows, value);
            if (readType is not null)
            {
                string name = readType() ?? "";
                value *= options.TypeWeights.TryGetValue(name, out float typeWeight)
                    ? typeWeight
                    : throw RecommendationErrors.UnknownType(options.TypeColumnName!, rows, name, options.TypeWeights.Keys);
            }
            if (value > 0 || options.ReadsRatings)
                _entries.Add(new Entry(Number(_users, userId), Number(_items, itemId), value, readTime()));
        }
        return rows;
    }

    private InteractionMatrix Build(RecommenderOptions options)
    {
        var (users, userPlaces) = IdTable.Order(_users);
        var (items, itemPlaces) = IdTable.Order(_items);
        bool hasTimes = options.TimeColumnName is not null;
        double newest = double.NegativeInfinity;
        if (options.RecencyHalfLife is not null)
        {
            for (int i = 0; i < _entries.Count; i++)
                newest = Math.Max(newest, double.IsNaN(_entries[i].Time) ? throw RecommendationErrors.NeedsTimes(nameof(options.RecencyHalfLife)) : _entries[i].Time);
        }
        double halfLife = options.RecencyHalfLife?.TotalSeconds ?? double.PositiveInfinity;

        // By user, then by item: two counting sorts.
        var starts = new int[users.Count + 1];
        for (int i = 0; i < _entries.Count; i++)
            starts[userPlaces[_entries[i].User] + 1]++;
        for (int i = 0; i < users.Count; i++)
            starts[i + 1] += starts[i];
        var next = starts.AsSpan(0, users.Count).ToArray();
        var order = new int[_entries.Count];
        for (int i = 0; i < order.Length; i++)
            order[next[userPlaces[_entries[i].User]]++] = i;

        var finalStarts = new int[users.Count + 1];
        var others = new int[order.Length];
        // Made when the first one is not 1.
        float[]? weights = null;
        var times = hasTimes ? new double[order.Length] : null;
        int count = 0, repeats = 0;
        var keys = new List<int>();
        for (int user = 0; user < users.Count; user++)
        {
            var mine = order.AsSpan(starts[user], starts[user + 1] - starts[user]);
            keys.Clear();
            foreach (int at in mine)
                keys.Add(itemPlaces[_entries[at].Item]);
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(keys).Sort(mine);
            for (int i = 0; i < mine.Length; i++)
            {
                var entry = _entries[mine[i]];
                float weight = options.RecencyHalfLife is null ? entry.Weight : (float)(entry.Weight * Math.Pow(0.5, (newest - entry.Time) / halfLife));
                if (i > 0 && keys[i] == keys[i - 1])
                {
                    repeats++;
                    float before = weights is null ? 1 : weights[count - 1];
                    Weigh(count - 1, before + (options.ReadsRatings ? (weight - before) / (repeats + 1) : weight));
                    if (times is not null && !(entry.Time <= times[count - 1]))
                        times[count - 1] = double.IsNaN(entry.Time) ? times[count - 1] : entry.Time;
                    continue;
                }
                repeats = 0;
                others[count] = keys[i];
                Weigh(count, weight);
                if (times is not null)
                    times[count] = entry.Time;
                count++;
            }
            finalStarts[user + 1] = count;
        }
        Array.Resize(ref others, count);
        if (weights is not null)
            Array.Resize(ref weights, count);
        Array.Resize(ref times, times is null ? 0 : count);
        bool allOne = options.Binary || weights is null || !weights.AsSpan().ContainsAnyExcept(1f);
        return new InteractionMatrix(users, items, finalStarts, others, allOne ? null : weights, hasTimes ? times : null);

        void Weigh(int at, float weight)
        {
            if (weights is null)
            {
                if (weight == 1)
                    return;
                weights = new float[order.Length];
                Array.Fill(weights, 1);
            }
            weights[at] = weight;
        }
    }

    private static int Number(Dictionary<string, int> numbers, string id)
    {
        ref int number = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(numbers, id, out bool exists);
        return exists ? number : number = numbers.Count - 1;
    }
}

/// <summary>Reads numbers of any type as <see cref="float"/>.</summary>
internal static class NumberColumns
{
    public static DataViewSchema.Column Find(DataViewSchema schema, string name) =>
        schema.FindInput(name, type => type is BooleanDataViewType || Is<float>(type) || Is<double>(type) || Is<int>(type) || Is<long>(type) || Is<uint>(type) || Is<byte>(type), "a number");

    public static Func<float> MakeReader(DataViewRow row, DataViewSchema.Column column) => column.Type.RawType switch
    {
        var type when type == typeof(float) => Read<float>(row, column, value => value),
        var type when type == typeof(double) => Read<double>(row, column, value => (float)value),
        var type when type == typeof(int) => Read<int>(row, column, value => value),
        var type when type == typeof(long) => Read<long>(row, column, value => value),
        var type when type == typeof(uint) => Read<uint>(row, column, value => value),
        var type when type == typeof(byte) => Read<byte>(row, column, value => value),
        _ => Read<bool>(row, column, value => value ? 1 : 0),
    };

    internal static bool Is<T>(DataViewType type) => type is NumberDataViewType && type.RawType == typeof(T);

    internal static Func<TResult> Read<T, TResult>(DataViewRow row, DataViewSchema.Column column, Func<T, TResult> convert)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }

    private static Func<float> Read<T>(DataViewRow row, DataViewSchema.Column column, Func<T, float> convert) => Read<T, float>(row, column, convert);
}

/// <summary>Reads times as seconds; NaN where one is missing.</summary>
internal static class TimeColumns
{
    public static DataViewSchema.Column Find(DataViewSchema schema, string name) => schema.FindInput(
        name,
        type => type is DateTimeDataViewType or DateTimeOffsetDataViewType || NumberColumns.Is<long>(type) || NumberColumns.Is<int>(type) || NumberColumns.Is<double>(type) || NumberColumns.Is<float>(type),
        "DateTime, DateTimeOffset or a number of seconds");

    public static Func<double> MakeReader(DataViewRow row, DataViewSchema.Column column) => column.Type.RawType switch
    {
        var type when type == typeof(DateTime) => NumberColumns.Read<DateTime, double>(row, column, value => Seconds(value.Ticks)),
        var type when type == typeof(DateTimeOffset) => NumberColumns.Read<DateTimeOffset, double>(row, column, value => Seconds(value.UtcTicks)),
        var type when type == typeof(long) => NumberColumns.Read<long, double>(row, column, value => value),
        var type when type == typeof(int) => NumberColumns.Read<int, double>(row, column, value => value),
        var type when type == typeof(double) => NumberColumns.Read<double, double>(row, column, value => value),
        _ => NumberColumns.Read<float, double>(row, column, value => value),
    };

    private static double Seconds(long ticks) => ticks == 0 ? double.NaN : (double)ticks / TimeSpan.TicksPerSecond;
}
