using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Recommendation;

/// <summary>What is known of items, to choose candidates by: <c>new RecommendOptions { Allow = catalog.Where(item => item.Text("Category") == "lamps") }</c>.</summary>
/// <remarks>Immutable and thread-safe. Of rows with the same item the last one counts.</remarks>
public sealed class ItemCatalog
{
    private readonly Dictionary<string, CatalogItem> _items;

    private ItemCatalog(Dictionary<string, CatalogItem> items)
    {
        _items = items;
    }

    /// <summary>The number of items.</summary>
    public int Count => _items.Count;

    /// <summary>The properties of an item; null where it is not in the catalogue.</summary>
    public CatalogItem? this[string item] => _items.GetValueOrDefault(item);

    /// <summary>Reads the text and number columns of items.</summary>
    /// <param name="data">A row for each item.</param>
    /// <param name="itemColumnName">The column with the identifiers.</param>
    /// <exception cref="ArgumentOutOfRangeException">That column is missing or of another type.</exception>
    public static ItemCatalog Read(IDataView data, string itemColumnName = "ItemId")
    {
        ArgumentNullException.ThrowIfNull(data);
        var id = IdColumns.Find(data.Schema, itemColumnName);
        DataViewSchema.Column[] columns = [.. data.Schema.Where(column => !column.IsHidden && column.Index != id.Index && column.Type is TextDataViewType or NumberDataViewType)];
        using var cursor = data.GetRowCursor([id, .. columns]);
        var readId = IdColumns.MakeReader(cursor, id);
        var readers = new List<(string Name, Func<object?> Read)>();
        foreach (var column in columns)
        {
            if (column.Type is TextDataViewType)
                readers.Add((column.Name, IdColumns.MakeReader(cursor, column)));
            else if (column.Type.RawType is var type && (type == typeof(float) || type == typeof(double) || type == typeof(int) || type == typeof(long) || type == typeof(uint) || type == typeof(byte)))
                readers.Add((column.Name, Boxed(NumberColumns.MakeReader(cursor, column))));
        }
        var items = new Dictionary<string, CatalogItem>(StringComparer.Ordinal);
        while (cursor.MoveNext())
        {
            if (readId() is { } key)
                items[key] = new CatalogItem(key, readers.ToDictionary(reader => reader.Name, reader => reader.Read(), StringComparer.Ordinal));
        }
        return new ItemCatalog(items);

        static Func<object?> Boxed(Func<float> read) => () => read();
    }

    /// <summary>The items that a condition holds for.</summary>
    public IReadOnlySet<string> Where(Func<CatalogItem, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return _items.Values.Where(condition).Select(item => item.Id).ToHashSet(StringComparer.Ordinal);
    }
}

/// <summary>The properties of an item.</summary>
public sealed class CatalogItem
{
    private readonly Dictionary<string, object?> _values;

    internal CatalogItem(string id, Dictionary<string, object?> values)
    {
        Id = id;
        _values = values;
    }

    /// <summary>The identifier.</summary>
    public string Id { get; }

    /// <summary>The text in a column; empty where it is missing.</summary>
    /// <exception cref="KeyNotFoundException">There is no such text column.</exception>
    public string Text(string column) => Value(column) switch
    {
        null => "",
        string text => text,
        _ => throw new KeyNotFoundException($"The item column '{column}' holds numbers, not text."),
    };

    /// <summary>The number in a column.</summary>
    /// <exception cref="KeyNotFoundException">There is no such number column.</exception>
    public float Number(string column) => Value(column) is float number ? number : throw new KeyNotFoundException($"The item column '{column}' holds text, not numbers.");

    private object? Value(string column) => _values.TryGetValue(column, out var value)
        ? value
        : throw new KeyNotFoundException($"Items have no column '{column}'; they have {string.Join(", ", _values.Keys)}.");
}
