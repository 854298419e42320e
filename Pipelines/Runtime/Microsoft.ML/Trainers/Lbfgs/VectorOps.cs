using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>Operations on each item of long vectors, which go over all cores; the result does not depend on their number.</summary>
internal static class VectorOps
{
    private const int ItemsPerTask = 1 << 17;

    /// <summary>What to do with the items from <c>start</c> on.</summary>
    public delegate void Part(int start, int count);

    public static void ForParts(int length, Part part)
    {
        if (length < 2 * ItemsPerTask)
        {
            part(0, length);
            return;
        }
        int parts = (length + ItemsPerTask - 1) / ItemsPerTask;
        Parallel.For(0, parts, i =>
        {
            int start = i * ItemsPerTask;
            part(start, Math.Min(ItemsPerTask, length - start));
        });
    }

    /// <summary>destination = left + scale · right, with the product rounded.</summary>
    public static void Combine(float[] left, float scale, float[] right, float[] destination)
    {
        if (scale == 0)
        {
            left.CopyTo(destination, 0);
            return;
        }
        ForParts(left.Length, (start, count) =>
        {
            var output = destination.AsSpan(start, count);
            var a = left.AsSpan(start, count);
            var b = right.AsSpan(start, count);
            int i = 0;
            if (count >= System.Numerics.Vector<float>.Count)
            {
                var factor = new System.Numerics.Vector<float>(scale);
                var outputs = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(output);
                var lefts = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(a);
                var rights = MemoryMarshal.Cast<float, System.Numerics.Vector<float>>(b);
                for (int j = 0; j < outputs.Length; j++)
                    outputs[j] = lefts[j] + rights[j] * factor;
                i = outputs.Length * System.Numerics.Vector<float>.Count;
            }
            for (; i < count; i++)
                output[i] = a[i] + scale * b[i];
        });
    }

    /// <summary>destination += scale · source</summary>
    public static void Add(float scale, float[] source, float[] destination)
    {
        if (scale == 0)
            return;
        ForParts(source.Length, (start, count) => VectorMath.AddMult(scale, source.AsSpan(start, count), destination.AsSpan(start, count)));
    }

    /// <summary>destination *= scale</summary>
    public static void Scale(float scale, float[] destination)
    {
        if (scale == 1)
            return;
        if (scale == 0)
            Array.Clear(destination);
        else
            ForParts(destination.Length, (start, count) => VectorMath.Scale(scale, destination.AsSpan(start, count)));
    }

    /// <summary>destination = -source</summary>
    public static void Negate(float[] source, float[] destination) =>
        ForParts(source.Length, (start, count) => TensorPrimitives.Multiply(source.AsSpan(start, count), -1, destination.AsSpan(start, count)));

    /// <summary>The Euclidean norm.</summary>
    public static float Norm(ReadOnlySpan<float> values) => (float)Math.Sqrt(VectorMath.SumSq(values));
}
