using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Recommendation;

/// <summary>Reads what is known of users or items. Of rows with the same identifier the last one counts; values that only one row has are left out, as they say no more than its identifier.</summary>
internal static class FeatureReader
{
    private const int RowsBetweenChecks = 4096;

    public static List<string> Ids(IDataView data, string idColumn)
    {
        var ids = new List<string>();
        var column = IdColumns.Find(data.Schema, idColumn);
        using var cursor = data.GetRowCursor([column]);
        var readId = IdColumns.MakeReader(cursor, column);
        while (cursor.MoveNext())
        {
            if (readId() is { } id)
                ids.Add(id);
        }
        return ids;
    }

    public static FeatureMatrix Read(IDataView data, string idColumn, IdTable ids, char separator, bool normalize, CancellationToken cancellationToken)
    {
        var id = IdColumns.Find(data.Schema, idColumn);
        DataViewSchema.Column[] columns = [.. data.Schema.Where(column => !column.IsHidden && column.Index != id.Index)];
        using var cursor = data.GetRowCursor([id, .. columns]);
        var readId = IdColumns.MakeReader(cursor, id);
        Source[] sources = [.. columns.Select(column => MakeSource(cursor, column, separator))];
        for (long row = 1; cursor.MoveNext(); row++)
        {
            if (row % RowsBetweenChecks == 0)
                cancellationToken.ThrowIfCancellationRequested();
            int place = ids.Find(readId());
            foreach (var source in sources)
            {
                if (place >= 0)
                    source.Read(place, row);
            }
        }
        var rows = new List<(int Feature, float Weight)>?[ids.Count];
        int count = 0;
        foreach (var source in sources)
            count += source.AddTo(rows, count);
        return FeatureMatrix.Build(rows, count, normalize);
    }

    private static Source MakeSource(DataViewRow row, DataViewSchema.Column column, char separator) => column.Type switch
    {
        TextDataViewType or KeyDataViewType => new Categories(IdColumns.MakeReader(row, column), separator),
        VectorDataViewType { ItemType: NumberDataViewType } vector when vector.ItemType.RawType == typeof(float) => new Slots(column.Name, row.GetGetter<VBuffer<float>>(column)),
        _ => new Number(column.Name, NumberColumns.MakeReader(row, NumberColumns.Find(row.Schema, column.Name))),
    };

    /// <summary>A column of features.</summary>
    private abstract class Source
    {
        public abstract void Read(int place, long row);

        /// <summary>Adds the features, numbered from <paramref name="first"/>, to each row that has them; gives how many they are.</summary>
        public abstract int AddTo(List<(int Feature, float Weight)>?[] rows, int first);

        protected static void Add(List<(int Feature, float Weight)>?[] rows, int place, int feature, float weight) => (rows[place] ??= []).Add((feature, weight));
    }

    private sealed class Categories(Func<string?> read, char separator) : Source
    {
        private readonly SortedDictionary<int, string[]> _values = [];

        public override void Read(int place, long row) =>
            _values[place] = [.. (read() ?? "").Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];

        public override int AddTo(List<(int Feature, float Weight)>?[] rows, int first)
        {
            var counts = _values.Values.SelectMany(values => values).CountBy(value => value, StringComparer.Ordinal);
            var numbers = counts.Where(pair => pair.Value > 1).Select(pair => pair.Key).Order(StringComparer.Ordinal).Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
            foreach (var (place, values) in _values)
            {
                foreach (var value in values)
                {
                    if (numbers.TryGetValue(value, out int number))
                        Add(rows, place, first + number, 1);
                }
            }
            return numbers.Count;
        }
    }

    /// <summary>A number brought to mean 0 and deviation 1; one that is missing is the mean.</summary>
    private sealed class Number(string column, Func<float> read) : Source
    {
        private readonly SortedDictionary<int, float> _values = [];

        public override void Read(int place, long row)
        {
            float value = read();
            if (float.IsInfinity(value))
                throw RecommendationErrors.BadFeature(column, row, value);
            _values.Remove(place);
            if (!float.IsNaN(value))
                _values.Add(place, value);
        }

        public override int AddTo(List<(int Feature, float Weight)>?[] rows, int first)
        {
            if (_values.Count == 0)
                return 0;
            double mean = _values.Values.Average(value => (double)value);
            double deviation = Math.Sqrt(_values.Values.Average(value => (value - mean) * (value - mean)));
            if (!(deviation > 1e-6 * Math.Abs(mean)))
                return 0;
            foreach (var (place, value) in _values)
                Add(rows, place, first, (float)((value - mean) / deviation));
            return 1;
        }
    }

    private sealed class Slots(string column, ValueGetter<VBuffer<float>> read) : Source
    {
        private readonly SortedDictionary<int, List<(int Slot, float Value)>> _values = [];
        private VBuffer<float> _buffer;
        private int _length;

        public override void Read(int place, long row)
        {
            read(ref _buffer);
            _length = Math.Max(_length, _buffer.Length);
            var values = new List<(int, float)>();
            foreach (var (slot, value) in _buffer.Items())
            {
                if (!float.IsFinite(value))
                    throw RecommendationErrors.BadFeature(column, row, value);
                if (value != 0)
                    values.Add((slot, value));
            }
            _values[place] = values;
        }

        public override int AddTo(List<(int Feature, float Weight)>?[] rows, int first)
        {
            foreach (var (place, values) in _values)
            {
                foreach (var (slot, value) in values)
                    Add(rows, place, first + slot, value);
            }
            return _length;
        }
    }
}
