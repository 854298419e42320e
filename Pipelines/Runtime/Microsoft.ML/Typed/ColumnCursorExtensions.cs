using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Reads single columns.</summary>
public static class ColumnCursorExtensions
{
    /// <summary>The values of a column, read lazily, anew in each enumeration.</summary>
    /// <remarks>
    /// <typeparamref name="T"/> is the raw type of the column, string for text, or an array for a vector.
    /// </remarks>
    public static IEnumerable<T> GetColumn<T>(this IDataView data, string columnName)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckNonEmpty(columnName, nameof(columnName));
        return data.GetColumn<T>(data.Schema[columnName]);
    }

    /// <inheritdoc cref="GetColumn{T}(IDataView, string)"/>
    public static IEnumerable<T> GetColumn<T>(this IDataView data, DataViewSchema.Column column)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckNonEmpty(column.Name, nameof(column));
        if (typeof(T) == column.Type.RawType)
        {
            return (IEnumerable<T>)(column.Type is VectorDataViewType vector
                ? GenericDispatch.Invoke<IDataView, DataViewSchema.Column, object>(vector.ItemType.RawType, Buffers<int>, data, column)
                : Values<T>(data, column));
        }
        if (typeof(T) == typeof(string) && column.Type is TextDataViewType)
            return (IEnumerable<T>)Converted<ReadOnlyMemory<char>, string>(data, column, (in ReadOnlyMemory<char> text) => text.ToString());
        if (typeof(T) == typeof(string[]) && column.Type is VectorDataViewType { ItemType: TextDataViewType })
            return (IEnumerable<T>)Converted<VBuffer<ReadOnlyMemory<char>>, string[]>(data, column, (in VBuffer<ReadOnlyMemory<char>> texts) => [.. texts.DenseValues().Select(text => text.ToString())]);
        if (typeof(T).IsArray && column.Type is VectorDataViewType { ItemType.RawType: var item } && typeof(T).GetElementType() == item)
            return (IEnumerable<T>)GenericDispatch.Invoke<IDataView, DataViewSchema.Column, object>(item, Arrays<int>, data, column);
        throw Contracts.ExceptParam(nameof(column), $"Could not map a data view column '{column.Name}' of type {column.Type} to {typeof(T)}.");
    }

    private delegate TTo Conversion<TFrom, TTo>(in TFrom value);

    private static object Buffers<T>(IDataView data, DataViewSchema.Column column) => Converted<VBuffer<T>, VBuffer<T>>(data, column, Copy);

    private static VBuffer<T> Copy<T>(in VBuffer<T> buffer)
    {
        VBuffer<T> copy = default;
        buffer.CopyTo(ref copy);
        return copy;
    }

    private static object Arrays<T>(IDataView data, DataViewSchema.Column column) =>
        Converted(data, column, (in VBuffer<T> buffer) =>
        {
            var items = new T[buffer.Length];
            buffer.CopyTo(items);
            return items;
        });

    private static IEnumerable<T> Values<T>(IDataView data, DataViewSchema.Column column)
    {
        using var cursor = data.GetRowCursor([column]);
        var getter = cursor.GetGetter<T>(column);
        while (cursor.MoveNext())
        {
            T value = default;
            getter(ref value);
            yield return value;
        }
    }

    private static IEnumerable<TTo> Converted<TFrom, TTo>(IDataView data, DataViewSchema.Column column, Conversion<TFrom, TTo> convert)
    {
        using var cursor = data.GetRowCursor([column]);
        var getter = cursor.GetGetter<TFrom>(column);
        TFrom value = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            yield return convert(in value);
        }
    }
}
