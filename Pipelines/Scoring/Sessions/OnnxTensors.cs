using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <summary>Makes and reads the values that models take and give, in the memory of the processor.</summary>
public static class OnnxTensors
{
    /// <summary>A tensor of a type and shape, whose elements are not set.</summary>
    /// <param name="type">The type of its elements; not <see cref="TensorElementType.String"/>.</param>
    /// <param name="shape">The sizes of its dimensions; any may be 0.</param>
    public static OrtValue Allocate(TensorElementType type, params ReadOnlySpan<long> shape) =>
        OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape.ToArray());

    /// <summary>A tensor with a copy of elements.</summary>
    /// <param name="elements">The elements, the last dimension fastest.</param>
    /// <param name="shape">The sizes of its dimensions.</param>
    public static OrtValue Create<T>(ReadOnlySpan<T> elements, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        var value = Allocate(TypeOf<T>(), shape);
        var target = Elements<T>(value);
        if (target.Length != elements.Length)
        {
            value.Dispose();
            throw ScoringErrors.WrongElements($"of the shape [{string.Join(", ", shape.ToArray())}]", $"{target.Length} elements", $"{elements.Length} were given, as many are");
        }
        elements.CopyTo(target);
        return value;
    }

    /// <summary>A tensor over an array, which is pinned and not copied: what the one changes, the other has.</summary>
    /// <param name="elements">The elements, the last dimension fastest.</param>
    /// <param name="shape">The sizes of its dimensions.</param>
    public static OrtValue Over<T>(T[] elements, params ReadOnlySpan<long> shape) where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(elements, shape.ToArray());

    /// <summary>A tensor over numbers of a type as 16-bit floats, for models that take those.</summary>
    public static OrtValue CreateHalf(ReadOnlySpan<float> elements, params ReadOnlySpan<long> shape)
    {
        var value = Allocate(TensorElementType.Float16, shape);
        TensorPrimitives.ConvertToHalf(elements, MemoryMarshal.Cast<byte, Half>(value.GetTensorMutableRawData()));
        return value;
    }

    /// <summary>The shape of a tensor.</summary>
    public static long[] ShapeOf(OrtValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.GetTensorTypeAndShape().Shape;
    }

    /// <summary>The elements of a tensor where they are, to read and to write; valid as long as the value is. <see cref="Half"/> stands for 16-bit floats.</summary>
    /// <exception cref="OnnxException">They are of another type.</exception>
    public static Span<T> Elements<T>(OrtValue value) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(value);
        var type = value.GetTensorTypeAndShape().ElementDataType;
        return type == TypeOf<T>() ? MemoryMarshal.Cast<byte, T>(value.GetTensorMutableRawData()) : throw ScoringErrors.WrongElements("", $"{type}", $"{typeof(T).Name} is");
    }

    /// <summary>The elements of a tensor of floating-point numbers of any width, as 32-bit ones.</summary>
    /// <exception cref="OnnxException">They are no floating-point numbers.</exception>
    public static float[] ToFloats(OrtValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var floats = new float[checked((int)value.GetTensorTypeAndShape().ElementCount)];
        CopyFloats(value, floats);
        return floats;
    }

    /// <summary>Copies the elements of a tensor of floating-point numbers of any width.</summary>
    /// <exception cref="OnnxException">They are no floating-point numbers.</exception>
    public static void CopyFloats(OrtValue value, Span<float> target)
    {
        ArgumentNullException.ThrowIfNull(value);
        var type = value.GetTensorTypeAndShape().ElementDataType;
        var bytes = value.GetTensorMutableRawData();
        switch (type)
        {
            case TensorElementType.Float:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(target);
                break;
            case TensorElementType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), target);
                break;
            case TensorElementType.BFloat16:
                var bits = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < bits.Length; i++)
                    target[i] = BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
                break;
            case TensorElementType.Double:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(bytes), target);
                break;
            default:
                throw ScoringErrors.WrongElements("", $"{type}", "floating-point numbers are");
        }
    }

    internal static string Describe(OrtValue value)
    {
        if (!value.IsTensor)
            return "no tensor";
        var info = value.GetTensorTypeAndShape();
        return $"{info.ElementDataType}[{string.Join(", ", info.Shape)}]";
    }

    internal static TensorElementType TypeOf<T>() where T : unmanaged => default(T) switch
    {
        float => TensorElementType.Float,
        double => TensorElementType.Double,
        Half or Float16 => TensorElementType.Float16,
        BFloat16 => TensorElementType.BFloat16,
        long => TensorElementType.Int64,
        int => TensorElementType.Int32,
        short => TensorElementType.Int16,
        sbyte => TensorElementType.Int8,
        ulong => TensorElementType.UInt64,
        uint => TensorElementType.UInt32,
        ushort => TensorElementType.UInt16,
        byte => TensorElementType.UInt8,
        bool => TensorElementType.Bool,
        _ => throw ScoringErrors.WrongElements("", typeof(T).Name, "a type of ONNX is"),
    };
}
