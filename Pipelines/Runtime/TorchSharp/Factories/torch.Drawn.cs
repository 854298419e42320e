namespace TorchSharp;

public static partial class torch
{
    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(long[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, size, generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, size.ToArray(), generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(long size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, [size], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, [rows, columns], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, [dim0, dim1, dim2], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, [dim0, dim1, dim2, dim3], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(int size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, [size], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(int rows, int columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, [rows, columns], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(int dim0, int dim1, int dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, [dim0, dim1, dim2], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn evenly from [0, 1).</summary>
    public static Tensor rand(int dim0, int dim1, int dim2, int dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandOperator, [dim0, dim1, dim2, dim3], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(long[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, size, generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, size.ToArray(), generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(long size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, [size], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, [rows, columns], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, [dim0, dim1, dim2], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, [dim0, dim1, dim2, dim3], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(int size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, [size], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(int rows, int columns, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, [rows, columns], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(int dim0, int dim1, int dim2, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, [dim0, dim1, dim2], generator, dtype, device, requires_grad, names);

    /// <summary>Numbers drawn from the normal distribution of the mean 0 and the variance 1.</summary>
    public static Tensor randn(int dim0, int dim1, int dim2, int dim3, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) => Drawn(RandnOperator, [dim0, dim1, dim2, dim3], generator, dtype, device, requires_grad, names);
}
