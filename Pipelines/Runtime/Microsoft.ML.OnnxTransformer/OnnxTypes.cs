using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Types of tensors and of columns, and how values get from the one to the other.</summary>
internal static class OnnxTypes
{
    public static PrimitiveDataViewType ItemTypeOf(string name, TensorElementType type) => type switch
    {
        TensorElementType.Float => NumberDataViewType.Single,
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
        _ => throw Contracts.ExceptNotSupp($"'{name}' of the model has elements of the type {type}, which no column can have."),
    };

    /// <summary>Makes what reads a column into a tensor.</summary>
    public static Func<OrtValue> MakeReader(DataViewRow row, DataViewSchema.Column column, OnnxNode node) =>
        GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, OnnxNode, Func<OrtValue>>(node.ItemType.RawType, MakeReader<int>, row, column, node);

    /// <summary>Makes the getter of an output column.</summary>
    public static Delegate MakeGetter(OnnxNode node, Func<OrtValue> current) =>
        GenericDispatch.Invoke<Func<OrtValue>, Delegate>(node.ItemType.RawType, MakeGetter<int>, current);

    private static Func<OrtValue> MakeReader<T>(DataViewRow row, DataViewSchema.Column column, OnnxNode node)
    {
        var values = MakeArrayReader<T>(row, column);
        long[] shape = Array.ConvertAll(node.Shape, size => (long)size);
        return () =>
        {
            T[] elements = values();
            if (elements.Length != node.Count)
                throw Contracts.Except($"Input shape mismatch: Input '{node.Name}' has shape {string.Join(",", node.Shape)}, but input data is of length {elements.Length}.");
            return Make(elements, shape);
        };
    }

    private static Func<T[]> MakeArrayReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            var read = row.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                read(ref value);
                return [value];
            };
        }
        var get = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> buffer = default;
        return () =>
        {
            get(ref buffer);
            return [.. buffer.DenseValues()];
        };
    }

    // The runtime takes arrays of signed and unsigned integers for one another: the type parameter decides.
    private static OrtValue Make<T>(T[] elements, long[] shape)
    {
        var type = default(T) switch
        {
            float => TensorElementType.Float,
            double => TensorElementType.Double,
            long => TensorElementType.Int64,
            ulong => TensorElementType.UInt64,
            int => TensorElementType.Int32,
            uint => TensorElementType.UInt32,
            short => TensorElementType.Int16,
            ushort => TensorElementType.UInt16,
            sbyte => TensorElementType.Int8,
            byte => TensorElementType.UInt8,
            bool => TensorElementType.Bool,
            _ => TensorElementType.String,
        };
        if (type == TensorElementType.String)
            return MakeTexts((ReadOnlyMemory<char>[])(object)elements, shape);
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape);
        BytesOf(elements).CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    private static OrtValue MakeTexts(ReadOnlyMemory<char>[] texts, long[] shape)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (int i = 0; i < texts.Length; i++)
            value.StringTensorSetElementAt(texts[i], i);
        return value;
    }

    private static Delegate MakeGetter<T>(Func<OrtValue> current) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
    {
        T[] values = Read<T>(current());
        var editor = VBufferEditor.Create(ref destination, values.Length);
        values.CopyTo(editor.Values);
        destination = editor.Commit();
    });

    private static T[] Read<T>(OrtValue value)
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            return (T[])(object)Array.ConvertAll(value.GetStringTensorAsArray(), text => text.AsMemory());
        var values = new T[value.GetTensorTypeAndShape().ElementCount];
        value.GetTensorMutableRawData().CopyTo(BytesOf(values));
        return values;
    }

    private static Span<byte> BytesOf<T>(T[] values) =>
        values.Length == 0 ? [] : MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference((Array)values), Buffer.ByteLength(values));
}
