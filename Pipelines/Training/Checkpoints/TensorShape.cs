using System.Globalization;

namespace MLPipelines.Training.Checkpoints;

/// <summary>Sizes of tensors, in arithmetic that does not wrap around.</summary>
internal static class TensorShape
{
    /// <summary>The largest tensor that is read, in bytes: what strides of 0 claim costs the writer of a file nothing.</summary>
    public const long MaximumBytes = 1L << 40;

    /// <summary>The most dimensions that a tensor may have.</summary>
    public const int MaximumDimensions = 64;

    /// <summary>How many elements a shape has, or null where that is negative or more than 2^63.</summary>
    public static long? Elements(ReadOnlySpan<long> shape)
    {
        long count = 1;
        bool isEmpty = false;
        foreach (long size in shape)
        {
            if (size < 0)
                return null;
            if (size == 0)
                isEmpty = true;
            else if (count > long.MaxValue / size)
                return null;
            else
                count *= size;
        }
        return isEmpty ? 0 : count;
    }

    /// <summary>How many bytes a shape takes, or null where that is more than 2^63.</summary>
    public static long? Bytes(ReadOnlySpan<long> shape, TensorDataType type) =>
        Elements(shape) is { } count && count <= long.MaxValue / type.ByteSize() ? count * type.ByteSize() : null;

    /// <summary>The strides, in elements, of a tensor whose last dimension is dense.</summary>
    public static long[] DenseStrides(ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        long stride = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= Math.Max(1, shape[d]);
        }
        return strides;
    }

    public static string Text(ReadOnlySpan<long> shape)
    {
        var parts = new string[shape.Length];
        for (int d = 0; d < parts.Length; d++)
            parts[d] = shape[d].ToString(CultureInfo.InvariantCulture);
        return $"[{string.Join(", ", parts)}]";
    }
}
