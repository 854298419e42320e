using System.Numerics.Tensors;

namespace MLPipelines.Imaging.Schedulers;

/// <summary>Linear combinations of samples, element by element; the destination may be one of the sources.</summary>
internal static class Mix
{
    public static void Set(Span<float> destination, double a, ReadOnlySpan<float> x) => TensorPrimitives.Multiply(x, (float)a, destination);

    public static void Set(Span<float> destination, double a, ReadOnlySpan<float> x, double b, ReadOnlySpan<float> y)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (float)(a * x[i] + b * y[i]);
    }

    public static void Set(Span<float> destination, double a, ReadOnlySpan<float> x, double b, ReadOnlySpan<float> y, double c, ReadOnlySpan<float> z)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (float)(a * x[i] + b * y[i] + c * z[i]);
    }

    public static void Add(Span<float> destination, double a, ReadOnlySpan<float> x) => TensorPrimitives.MultiplyAdd(x, (float)a, destination, destination);
}
