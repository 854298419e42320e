namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor of no dimension that holds one value.</summary>
    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device device = null, bool requires_grad = false) => FromSpan([scalar], [], ScalarType.Bool, dtype, device, requires_grad, null);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(bool[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), [rawArray.Length], ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(bool[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), dimensions.ToArray(), ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<bool> rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rawArray.Count], ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<bool> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), dimensions.ToArray(), ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<bool> rawArray, long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rows, columns], ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<bool> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2], ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<bool> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2, dim3], ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(Memory<bool> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.Span, dimensions.ToArray(), ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(bool[,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<bool>(rawArray), Lengths(rawArray), ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(bool[,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<bool>(rawArray), Lengths(rawArray), ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(bool[,,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<bool>(rawArray), Lengths(rawArray), ScalarType.Bool, dtype, device, requires_grad, names);

    /// <summary>A tensor of no dimension that holds one value.</summary>
    public static Tensor tensor(byte scalar, Device device = null, bool requires_grad = false) => FromSpan([scalar], [], ScalarType.Byte, null, device, requires_grad, null);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(byte[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), [rawArray.Length], ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(byte[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), dimensions.ToArray(), ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<byte> rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rawArray.Count], ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<byte> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), dimensions.ToArray(), ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<byte> rawArray, long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rows, columns], ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<byte> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2], ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<byte> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2, dim3], ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(Memory<byte> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.Span, dimensions.ToArray(), ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(byte[,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<byte>(rawArray), Lengths(rawArray), ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(byte[,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<byte>(rawArray), Lengths(rawArray), ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(byte[,,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<byte>(rawArray), Lengths(rawArray), ScalarType.Byte, dtype, device, requires_grad, names);

    /// <summary>A tensor of no dimension that holds one value.</summary>
    public static Tensor tensor(sbyte scalar, Device device = null, bool requires_grad = false) => FromSpan([scalar], [], ScalarType.Int8, null, device, requires_grad, null);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(sbyte[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), [rawArray.Length], ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(sbyte[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), dimensions.ToArray(), ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<sbyte> rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rawArray.Count], ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<sbyte> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), dimensions.ToArray(), ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<sbyte> rawArray, long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rows, columns], ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<sbyte> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2], ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<sbyte> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2, dim3], ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(Memory<sbyte> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.Span, dimensions.ToArray(), ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(sbyte[,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<sbyte>(rawArray), Lengths(rawArray), ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(sbyte[,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<sbyte>(rawArray), Lengths(rawArray), ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(sbyte[,,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<sbyte>(rawArray), Lengths(rawArray), ScalarType.Int8, dtype, device, requires_grad, names);

    /// <summary>A tensor of no dimension that holds one value.</summary>
    public static Tensor tensor(short scalar, Device device = null, bool requires_grad = false) => FromSpan([scalar], [], ScalarType.Int16, null, device, requires_grad, null);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(short[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), [rawArray.Length], ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(short[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), dimensions.ToArray(), ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<short> rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rawArray.Count], ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<short> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), dimensions.ToArray(), ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<short> rawArray, long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rows, columns], ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<short> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2], ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<short> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2, dim3], ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(Memory<short> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.Span, dimensions.ToArray(), ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(short[,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<short>(rawArray), Lengths(rawArray), ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(short[,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<short>(rawArray), Lengths(rawArray), ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(short[,,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<short>(rawArray), Lengths(rawArray), ScalarType.Int16, dtype, device, requires_grad, names);

    /// <summary>A tensor of no dimension that holds one value.</summary>
    public static Tensor tensor(int scalar, Device device = null, bool requires_grad = false) => FromSpan([scalar], [], ScalarType.Int32, null, device, requires_grad, null);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(int[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), [rawArray.Length], ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(int[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), dimensions.ToArray(), ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<int> rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rawArray.Count], ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<int> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), dimensions.ToArray(), ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<int> rawArray, long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rows, columns], ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<int> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2], ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(int[] rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2, dim3], ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(Memory<int> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.Span, dimensions.ToArray(), ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(int[,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<int>(rawArray), Lengths(rawArray), ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(int[,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<int>(rawArray), Lengths(rawArray), ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(int[,,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<int>(rawArray), Lengths(rawArray), ScalarType.Int32, dtype, device, requires_grad, names);

    /// <summary>A tensor of no dimension that holds one value.</summary>
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device device = null, bool requires_grad = false) => FromSpan([scalar], [], ScalarType.Int64, dtype, device, requires_grad, null);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(dataArray.AsSpan(), [dataArray.Length], ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(long[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(dataArray.AsSpan(), dimensions.ToArray(), ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<long> rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rawArray.Count], ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<long> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), dimensions.ToArray(), ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<long> rawArray, long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rows, columns], ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<long> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2], ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<long> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2, dim3], ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(Memory<long> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.Span, dimensions.ToArray(), ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(long[,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<long>(rawArray), Lengths(rawArray), ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(long[,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<long>(rawArray), Lengths(rawArray), ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(long[,,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<long>(rawArray), Lengths(rawArray), ScalarType.Int64, dtype, device, requires_grad, names);

    /// <summary>A tensor of no dimension that holds one value.</summary>
    public static Tensor tensor(float scalar, Device device = null, bool requires_grad = false) => FromSpan([scalar], [], ScalarType.Float32, null, device, requires_grad, null);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), [rawArray.Length], ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), dimensions.ToArray(), ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<float> rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rawArray.Count], ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<float> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), dimensions.ToArray(), ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<float> rawArray, long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rows, columns], ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<float> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2], ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<float> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2, dim3], ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(Memory<float> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.Span, dimensions.ToArray(), ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(float[,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<float>(rawArray), Lengths(rawArray), ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(float[,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<float>(rawArray), Lengths(rawArray), ScalarType.Float32, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(float[,,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<float>(rawArray), Lengths(rawArray), ScalarType.Float32, dtype, device, requires_grad, names);
}
