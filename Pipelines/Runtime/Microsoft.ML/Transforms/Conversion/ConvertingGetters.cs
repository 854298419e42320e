using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Getters that give a column as another type, by the standard conversions.</summary>
internal static class ConvertingGetters
{
    /// <summary>The getter of a scalar column as <paramref name="type"/>, whose raw type is <typeparamref name="TDst"/>.</summary>
    public static ValueGetter<TDst> Scalar<TDst>(DataViewRow row, DataViewSchema.Column column, PrimitiveDataViewType type) =>
        GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, PrimitiveDataViewType, ValueGetter<TDst>>(
            column.Type.RawType, typeof(TDst), ScalarCore<int, TDst>, row, column, type);

    /// <summary>
    /// The getter of a vector column as vectors of <paramref name="itemType"/>. Items that a sparse vector leaves out stay out,
    /// whatever the conversion makes of the default.
    /// </summary>
    public static ValueGetter<VBuffer<TDst>> Vector<TDst>(DataViewRow row, DataViewSchema.Column column, PrimitiveDataViewType itemType) =>
        GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, PrimitiveDataViewType, ValueGetter<VBuffer<TDst>>>(
            column.Type.ItemTypeOrSelf().RawType, typeof(TDst), VectorCore<int, TDst>, row, column, itemType);

    private static ValueGetter<TDst> ScalarCore<TSrc, TDst>(DataViewRow row, DataViewSchema.Column column, PrimitiveDataViewType type)
    {
        var convert = Find<TSrc, TDst>(column, type, out bool identity);
        var source = row.GetGetter<TSrc>(column);
        if (identity)
            return (ValueGetter<TDst>)(Delegate)source;
        TSrc value = default;
        return (ref TDst destination) =>
        {
            source(ref value);
            convert(in value, ref destination);
        };
    }

    private static ValueGetter<VBuffer<TDst>> VectorCore<TSrc, TDst>(DataViewRow row, DataViewSchema.Column column, PrimitiveDataViewType itemType)
    {
        var convert = Find<TSrc, TDst>(column, itemType, out bool identity);
        var source = row.GetGetter<VBuffer<TSrc>>(column);
        if (identity)
            return (ValueGetter<VBuffer<TDst>>)(Delegate)source;
        VBuffer<TSrc> buffer = default;
        return (ref VBuffer<TDst> destination) =>
        {
            source(ref buffer);
            var values = buffer.GetValues();
            var editor = VBufferEditor.Create(ref destination, buffer.Length, values.Length);
            buffer.GetIndices().CopyTo(editor.Indices);
            for (int i = 0; i < values.Length; i++)
                convert(in values[i], ref editor.Values[i]);
            destination = editor.Commit();
        };
    }

    private static ValueMapper<TSrc, TDst> Find<TSrc, TDst>(DataViewSchema.Column column, PrimitiveDataViewType type, out bool identity) =>
        Conversions.TryGet<TSrc, TDst>(column.Type.ItemTypeOrSelf(), type, out var mapper, out identity)
            ? mapper
            : throw Contracts.Except($"No standard conversion from '{column.Type.ItemTypeOrSelf()}' to '{type}' for column '{column.Name}'");
}
