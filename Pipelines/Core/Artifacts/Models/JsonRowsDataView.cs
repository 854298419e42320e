using System.Reflection;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Artifacts;

/// <summary>
/// A view over JSON objects, in a given schema. A column that an object lacks has the default value of its type.
/// </summary>
public sealed class JsonRowsDataView : IDataView
{
    private static readonly MethodInfo MakeGetterMethod = typeof(JsonRowsDataView).GetMethod(nameof(MakeGetter), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo MakeVectorGetterMethod = typeof(JsonRowsDataView).GetMethod(nameof(MakeVectorGetter), BindingFlags.Static | BindingFlags.NonPublic)!;

    private readonly IReadOnlyList<JsonElement> _rows;

    /// <summary>A view over objects that are already parsed.</summary>
    public JsonRowsDataView(DataViewSchema schema, IReadOnlyList<JsonElement> rows)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(rows);
        Schema = schema;
        _rows = rows;
    }

    /// <inheritdoc/>
    public bool CanShuffle => false;

    /// <inheritdoc/>
    public DataViewSchema Schema { get; }

    /// <inheritdoc/>
    public long? GetRowCount() => _rows.Count;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, [.. columnsNeeded.Select(column => column.Index)]);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(JsonRowsDataView view, HashSet<int> active) : DataViewRowCursor
    {
        private long _position = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public JsonElement Current => view._rows[(int)_position];

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override bool MoveNext()
        {
            if (_position + 1 >= view._rows.Count)
                return false;
            _position++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var method = column.Type is VectorDataViewType vector
                ? MakeVectorGetterMethod.MakeGenericMethod(vector.ItemType.RawType)
                : MakeGetterMethod.MakeGenericMethod(column.Type.RawType);
            return (ValueGetter<TValue>)method.Invoke(null, [this, column])!;
        }
    }

    private static ValueGetter<T> MakeGetter<T>(Cursor cursor, DataViewSchema.Column column) =>
        (ref T value) => value = cursor.Current.TryGetProperty(column.Name, out var json) ? ReadChecked<T>(json, column) : default!;

    private static ValueGetter<VBuffer<T>> MakeVectorGetter<T>(Cursor cursor, DataViewSchema.Column column) =>
        (ref VBuffer<T> value) =>
        {
            T[] items = cursor.Current.TryGetProperty(column.Name, out var json) && json.ValueKind == JsonValueKind.Array
                ? [.. json.EnumerateArray().Select(item => ReadChecked<T>(item, column))]
                : new T[((VectorDataViewType)column.Type).Size];
            int size = ((VectorDataViewType)column.Type).Size;
            if (size > 0 && items.Length != size)
                throw new FormatException($"{items.Length} values were given for the column '{column.Name}', which is of type {column.Type}.");
            value = new VBuffer<T>(items.Length, items);
        };

    private static T ReadChecked<T>(JsonElement json, DataViewSchema.Column column)
    {
        try
        {
            return ColumnJson.Read<T>(json);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
        {
            throw new FormatException($"'{ArtifactThrow.Printable(json.GetRawText())}' is not a value of the column '{column.Name}', which is of type {column.Type}.", e);
        }
    }
}
