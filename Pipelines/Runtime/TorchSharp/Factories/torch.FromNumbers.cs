namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor of no dimension that holds one value.</summary>
    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device device = null, bool requires_grad = false) => FromSpan([scalar], [], ScalarType.Float64, dtype, device, requires_grad, null);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), [rawArray.Length], ScalarType.Float64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(double[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.AsSpan(), dimensions.ToArray(), ScalarType.Float64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<double> rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rawArray.Count], ScalarType.Float64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<double> rawArray, long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [rows, columns], ScalarType.Float64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<double> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2], ScalarType.Float64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(IList<double> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values(rawArray), [dim0, dim1, dim2, dim3], ScalarType.Float64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(Memory<double> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(rawArray.Span, dimensions.ToArray(), ScalarType.Float64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(double[,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<double>(rawArray), Lengths(rawArray), ScalarType.Float64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(double[,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<double>(rawArray), Lengths(rawArray), ScalarType.Float64, dtype, device, requires_grad, names);

    /// <summary>A tensor with a copy of the values.</summary>
    public static Tensor tensor(double[,,,] rawArray, ScalarType? dtype = null, Device device = null, bool requires_grad = false, string[] names = null) => FromSpan(Values<double>(rawArray), Lengths(rawArray), ScalarType.Float64, dtype, device, requires_grad, names);
}
