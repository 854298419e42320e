using System.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Makes the getters of the columns of a row class.</summary>
internal static class RowReader<TRow> where TRow : class
{
    /// <summary>A <see cref="ValueGetter{T}"/> of the column's raw type over the row in the holder.</summary>
    public static Delegate MakeGetter(RowColumn column, RowHolder<TRow> holder)
    {
        var type = column.MemberType;
        if (type == column.Type.RawType)
        {
            return column.Type switch
            {
                KeyDataViewType => GenericDispatch.Invoke<RowColumn, RowHolder<TRow>, Delegate>(type, Key<int>, column, holder),
                VectorDataViewType vector => GenericDispatch.Invoke<RowColumn, RowHolder<TRow>, Delegate>(vector.ItemType.RawType, Buffer<int>, column, holder),
                _ => GenericDispatch.Invoke<RowColumn, RowHolder<TRow>, Delegate>(type, Value<int>, column, holder),
            };
        }
        if (type == typeof(string))
            return Text(column, holder);
        if (type == typeof(string[]))
            return Texts(column, holder);
        return GenericDispatch.Invoke<RowColumn, RowHolder<TRow>, Delegate>(type.GetElementType(), Items<int>, column, holder);
    }

    private static Delegate Value<T>(RowColumn column, RowHolder<TRow> holder)
    {
        var read = MemberAccess<TRow>.Reader<T>(column.Member, holder);
        return (ValueGetter<T>)((ref T value) => value = read());
    }

    private static Delegate Key<T>(RowColumn column, RowHolder<TRow> holder) where T : IBinaryInteger<T>
    {
        var read = MemberAccess<TRow>.Reader<T>(column.Member, holder);
        ulong count = ((KeyDataViewType)column.Type).Count;
        return (ValueGetter<T>)((ref T value) =>
        {
            value = read();
            value = ulong.CreateTruncating(value) < count ? value + T.One : T.Zero;
        });
    }

    private static Delegate Buffer<T>(RowColumn column, RowHolder<TRow> holder)
    {
        var read = MemberAccess<TRow>.Reader<VBuffer<T>>(column.Member, holder);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => read().CopyTo(ref value));
    }

    private static ValueGetter<ReadOnlyMemory<char>> Text(RowColumn column, RowHolder<TRow> holder)
    {
        var read = MemberAccess<TRow>.Reader<string>(column.Member, holder);
        return (ref ReadOnlyMemory<char> value) => value = read().AsMemory();
    }

    private static ValueGetter<VBuffer<ReadOnlyMemory<char>>> Texts(RowColumn column, RowHolder<TRow> holder)
    {
        var read = MemberAccess<TRow>.Reader<string[]>(column.Member, holder);
        return (ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            var texts = read() ?? [];
            var editor = VBufferEditor.Create(ref value, texts.Length);
            for (int i = 0; i < texts.Length; i++)
                editor.Values[i] = texts[i].AsMemory();
            value = editor.Commit();
        };
    }

    private static Delegate Items<T>(RowColumn column, RowHolder<TRow> holder)
    {
        var read = MemberAccess<TRow>.Reader<T[]>(column.Member, holder);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            var items = read().AsSpan();
            var editor = VBufferEditor.Create(ref value, items.Length);
            items.CopyTo(editor.Values);
            value = editor.Commit();
        });
    }
}
