using System.Numerics;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <summary>Makes what reads a column into an array of the type of a tensor's elements.</summary>
internal static class RowReaders
{
    private static readonly MethodInfo MakeNumbersMethod = typeof(RowReaders).GetMethod(nameof(MakeNumbers), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static Func<Array> Make(DataViewRow row, DataViewSchema.Column column, TensorElementType type) =>
        ElementTypes.Dispatch(type, new Maker(row, column), () => ScoringErrors.UnsupportedType(column.Name, type));

    private static Func<Array> MakeNumbers<TColumn, T>(DataViewRow row, DataViewSchema.Column column)
        where TColumn : INumberBase<TColumn>
        where T : INumberBase<T>
    {
        Converter<TColumn, T> convert = value =>
        {
            try
            {
                return T.CreateChecked(value);
            }
            catch (OverflowException e)
            {
                throw ScoringErrors.TooLarge(column.Name, row.Position, $"{value}", typeof(T).Name, e);
            }
        };
        return MakeValues(row, column, typeof(TColumn) == typeof(T) ? null : convert);
    }

    private static Func<Array> MakeValues<TColumn, T>(DataViewRow row, DataViewSchema.Column column, Converter<TColumn, T>? convert)
    {
        if (column.Type is VectorDataViewType)
        {
            var get = row.GetGetter<VBuffer<TColumn>>(column);
            VBuffer<TColumn> buffer = default;
            return () =>
            {
                get(ref buffer);
                TColumn[] values = [.. buffer.DenseValues()];
                return convert is null ? values : Array.ConvertAll(values, convert);
            };
        }
        var read = row.GetGetter<TColumn>(column);
        return () =>
        {
            TColumn value = default!;
            read(ref value);
            return convert is null ? new[] { value } : new[] { convert(value) };
        };
    }

    private sealed class Maker(DataViewRow row, DataViewSchema.Column column) : ITypeAction<Func<Array>>
    {
        public Func<Array> Number<T>() where T : unmanaged, INumberBase<T>
        {
            var item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
            return (Func<Array>)MakeNumbersMethod.MakeGenericMethod(item.RawType, typeof(T)).Invoke(null, [row, column])!;
        }

        public Func<Array> Truth() => MakeValues<bool, bool>(row, column, null);

        public Func<Array> Text() => MakeValues<ReadOnlyMemory<char>, string>(row, column, text => text.ToString());
    }
}
