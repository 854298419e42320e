using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <summary>Which types of columns go with which types of tensors.</summary>
internal static class ElementTypes
{
    /// <summary>Does something with the type of a tensor's elements; <see cref="Half"/> stands for 16-bit floats, <see cref="string"/> for texts.</summary>
    public static TResult Dispatch<TResult>(TensorElementType type, ITypeAction<TResult> action, Func<Exception> unsupported) => type switch
    {
        TensorElementType.Float => action.Number<float>(),
        TensorElementType.Double => action.Number<double>(),
        TensorElementType.Float16 => action.Number<Half>(),
        TensorElementType.Int64 => action.Number<long>(),
        TensorElementType.Int32 => action.Number<int>(),
        TensorElementType.Int16 => action.Number<short>(),
        TensorElementType.Int8 => action.Number<sbyte>(),
        TensorElementType.UInt64 => action.Number<ulong>(),
        TensorElementType.UInt32 => action.Number<uint>(),
        TensorElementType.UInt16 => action.Number<ushort>(),
        TensorElementType.UInt8 => action.Number<byte>(),
        TensorElementType.Bool => action.Truth(),
        TensorElementType.String => action.Text(),
        _ => throw unsupported(),
    };

    /// <summary>The type of the column that a tensor becomes; null where there is none.</summary>
    public static PrimitiveDataViewType? ColumnTypeOf(TensorElementType type) => type switch
    {
        TensorElementType.Float or TensorElementType.Float16 or TensorElementType.BFloat16 => NumberDataViewType.Single,
        TensorElementType.Double => NumberDataViewType.Double,
        TensorElementType.Int64 => NumberDataViewType.Int64,
        TensorElementType.Int32 => NumberDataViewType.Int32,
        TensorElementType.Int16 => NumberDataViewType.Int16,
        TensorElementType.Int8 => NumberDataViewType.SByte,
        TensorElementType.UInt64 => NumberDataViewType.UInt64,
        TensorElementType.UInt32 => NumberDataViewType.UInt32,
        TensorElementType.UInt16 => NumberDataViewType.UInt16,
        TensorElementType.UInt8 => NumberDataViewType.Byte,
        TensorElementType.Bool => BooleanDataViewType.Instance,
        TensorElementType.String => TextDataViewType.Instance,
        _ => null,
    };

    /// <summary>Whether a column of that item type can be an input: numbers go into wider ones, whole numbers into any that hold them.</summary>
    public static bool Fits(DataViewType item, TensorElementType type) => type switch
    {
        TensorElementType.Bool => item is BooleanDataViewType,
        TensorElementType.String => item is TextDataViewType,
        TensorElementType.Float or TensorElementType.Double or TensorElementType.Float16 => item is NumberDataViewType,
        _ => item is NumberDataViewType && item != NumberDataViewType.Single && item != NumberDataViewType.Double,
    };
}

/// <summary>What is done with a type of elements.</summary>
internal interface ITypeAction<TResult>
{
    TResult Number<T>() where T : unmanaged, INumberBase<T>;

    TResult Truth();

    TResult Text();
}
