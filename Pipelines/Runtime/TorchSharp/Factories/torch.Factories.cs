using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    private static readonly Operator ZerosOperator = new("zeros");
    private static readonly Operator OnesOperator = new("ones");
    private static readonly Operator EmptyOperator = new("empty", "memory_format");
    private static readonly Operator FullOperator = new("full");
    private static readonly Operator EyeOperator = new("eye", "m");
    private static readonly Operator ArangeOperator = new("arange", "start_step");
    private static readonly Operator LinspaceOperator = new("linspace");
    private static readonly Operator ZerosLikeOperator = new("zeros_like");
    private static readonly Operator OnesLikeOperator = new("ones_like");
    private static readonly Operator EmptyLikeOperator = new("empty_like");
    private static readonly Operator FullLikeOperator = new("full_like");

    private static ScalarType defaultType = ScalarType.Float32;

    /// <summary>The element type of tensors made without one; 32-bit floating-point numbers unless set otherwise.</summary>
    public static ScalarType get_default_dtype() => defaultType;

    /// <summary>Sets the element type of tensors made without one.</summary>
    public static void set_default_dtype(ScalarType dtype)
    {
        if (!is_floating_point(dtype))
            TorchErrors.Argument($"The default must be a type of floating-point numbers, not {dtype}.", nameof(dtype));
        defaultType = dtype;
    }

    /// <summary>The numbers from start, included, to stop, excluded.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device device = null, bool requires_grad = false)
    {
        bool floating = start.IsFloating || stop.IsFloating || step.IsFloating;
        return Finish(ArangeOperator.Call(start, stop, step, dtype ?? (floating ? defaultType : ScalarType.Int64), Argument.None, device), requires_grad, null);
    }

    /// <summary>The numbers from start, included, to stop, excluded.</summary>
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    /// <summary>The numbers from 0 to stop, excluded.</summary>
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>Numbers evenly spaced from start to end, both included.</summary>
    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device device = null, bool requires_grad = false) =>
        Finish(LinspaceOperator.Call(start, end, steps, dtype ?? defaultType, Argument.None, device), requires_grad, null);

    /// <summary>A matrix with ones on its diagonal and zeros elsewhere.</summary>
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        Finish(EyeOperator.Call(rows, columns < 0 ? rows : columns, dtype ?? defaultType, Argument.None, device), requires_grad, names);

    /// <summary>Zeros in the shape of another tensor, of its type and on its device unless told otherwise.</summary>
    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        Finish(ZerosLikeOperator.Call(input, dtype, Argument.None, device), requires_grad, names);

    /// <summary>Ones in the shape of another tensor, of its type and on its device unless told otherwise.</summary>
    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        Finish(OnesLikeOperator.Call(input, dtype, Argument.None, device), requires_grad, names);

    /// <summary>Memory as it was found, in the shape of another tensor, of its type and on its device unless told otherwise.</summary>
    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        Finish(EmptyLikeOperator.Call(input, dtype, Argument.None, device), requires_grad, names);

    /// <summary>One value in the shape of another tensor, of its type and on its device unless told otherwise.</summary>
    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) =>
        Finish(FullLikeOperator.Call(input, value, dtype, Argument.None, device), requires_grad, names);

    /// <summary>The tensor as it is, moved and converted where asked for.</summary>
    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device device = null) => data.to(dtype ?? data.dtype, device ?? data.device);

    /// <summary>A tensor with a copy of an array of any number of dimensions.</summary>
    public static Tensor from_array(Array rawArray, Device device = null) => from_array(rawArray, null, device);

    /// <summary>A tensor with a copy of an array of any number of dimensions.</summary>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device device = null, bool requires_grad = false, string[] names = null)
    {
        TorchErrors.ThrowIfNull(rawArray, nameof(rawArray));
        return rawArray.GetType().GetElementType() switch
        {
            var type when type == typeof(bool) => FromSpan(Values<bool>(rawArray), Lengths(rawArray), ScalarType.Bool, dtype, device, requires_grad, names),
            var type when type == typeof(byte) => FromSpan(Values<byte>(rawArray), Lengths(rawArray), ScalarType.Byte, dtype, device, requires_grad, names),
            var type when type == typeof(sbyte) => FromSpan(Values<sbyte>(rawArray), Lengths(rawArray), ScalarType.Int8, dtype, device, requires_grad, names),
            var type when type == typeof(short) => FromSpan(Values<short>(rawArray), Lengths(rawArray), ScalarType.Int16, dtype, device, requires_grad, names),
            var type when type == typeof(int) => FromSpan(Values<int>(rawArray), Lengths(rawArray), ScalarType.Int32, dtype, device, requires_grad, names),
            var type when type == typeof(long) => FromSpan(Values<long>(rawArray), Lengths(rawArray), ScalarType.Int64, dtype, device, requires_grad, names),
            var type when type == typeof(float) => FromSpan(Values<float>(rawArray), Lengths(rawArray), ScalarType.Float32, dtype, device, requires_grad, names),
            var type when type == typeof(double) => FromSpan(Values<double>(rawArray), Lengths(rawArray), ScalarType.Float64, dtype, device, requires_grad, names),
            var type => throw new ArgumentException($"A tensor cannot be made of elements of the type {type}.", nameof(rawArray)),
        };
    }

    internal static Tensor FromScalar(Scalar scalar) => scalar.Type switch
    {
        ScalarType.Bool => tensor(scalar.Integer != 0),
        _ when scalar.IsFloating => FromSpan([scalar.Number], [], ScalarType.Float64, scalar.Type, null, false, null),
        _ => FromSpan([scalar.Integer], [], ScalarType.Int64, scalar.Type, null, false, null),
    };

    private static unsafe Tensor FromSpan<T>(ReadOnlySpan<T> values, long[] shape, ScalarType natural, ScalarType? dtype, Device device, bool requiresGrad, string[] names) where T : unmanaged
    {
        long elements = 1;
        foreach (long length in shape)
            elements *= length;
        if (elements > values.Length || elements < 0)
            TorchErrors.WrongElementCount(elements, values.Length);
        var made = EmptyOperator.Call(shape, natural, Argument.None, CPU);
        values[..(int)elements].CopyTo(new Span<T>((void*)made.DataPointer(), (int)elements));
        var type = dtype ?? natural;
        if (type != natural || (device is not null && device.type != DeviceType.CPU))
        {
            var moved = made.to(type, device ?? CPU);
            made.Dispose();
            made = moved;
        }
        return Finish(made, requiresGrad, names);
    }

    private static ReadOnlySpan<T> Values<T>(IList<T> values) where T : unmanaged => values switch
    {
        T[] array => array,
        List<T> list => CollectionsMarshal.AsSpan(list),
        _ => values.ToArray(),
    };

    private static ReadOnlySpan<T> Values<T>(Array array) where T : unmanaged =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length);

    private static long[] Lengths(Array array)
    {
        var lengths = new long[array.Rank];
        for (int i = 0; i < lengths.Length; i++)
            lengths[i] = array.GetLongLength(i);
        return lengths;
    }

    private static Tensor Made(Operator operation, long[] size, ScalarType? dtype, Device device, bool requiresGrad, string[] names) =>
        Finish(operation.Call(size, dtype ?? defaultType, Argument.None, device), requiresGrad, names);

    private static Tensor Filled(long[] size, Scalar value, ScalarType? dtype, Device device, bool requiresGrad, string[] names)
    {
        TorchErrors.ThrowIfNull(value, nameof(value));
        var type = dtype ?? (value.IsFloating ? defaultType : value.Type == ScalarType.Bool ? ScalarType.Bool : ScalarType.Int64);
        return Finish(FullOperator.Call(size, value, type, Argument.None, device), requiresGrad, names);
    }

    private static Tensor Finish(Tensor made, bool requiresGrad, string[] names)
    {
        if (names is not null)
            TorchErrors.NotSupported("Named dimensions are not supported.");
        if (requiresGrad)
            made.requires_grad = true;
        return made;
    }
}
