using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Internal;

/// <summary>The single-precision kernels of trainers, in the order of operations on which their printed figures depend.</summary>
/// <remarks>
/// <para>Those that <see cref="TensorPrimitives"/> has take its order (which follows the widest vectors of the processor).</para>
/// <para>The others go in groups of eight, then at most one of four, then single items; fewer than
/// <see cref="MinVectorCount"/> items, or a processor without AVX, single items only. Groups of eight are fused
/// multiply-adds where the processor has them, the rest are products and sums rounded each. A sum is that of the four and
/// the single items, plus that of the eights; lanes are added in neighbouring pairs.</para>
/// <para>Empty input gives 0 and changes nothing.</para>
/// </remarks>
internal static class VectorMath
{
    private const int MinVectorCount = 16;

    public static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right) =>
        left.IsEmpty ? 0 : TensorPrimitives.Dot(left, right);

    /// <summary>The product of a dense vector and the sparse one that has <paramref name="values"/> at <paramref name="indices"/>.</summary>
    public static float Dot(ReadOnlySpan<float> dense, ReadOnlySpan<float> values, ReadOnlySpan<int> indices)
    {
        values = values[..indices.Length];
        float sum = 0;
        int i = 0;
        float eights = 0;
        if (UseVectors(indices.Length))
        {
            var lanes = Vector256<float>.Zero;
            for (; i <= indices.Length - 8; i += 8)
                lanes = MultiplyAdd(Load8(values, i), Gather8(dense, indices, i), lanes);
            eights = SumLanes(lanes);
            if (i <= indices.Length - 4)
            {
                sum = SumLanes(Load4(values, i) * Gather4(dense, indices, i));
                i += 4;
            }
        }
        for (; i < indices.Length; i++)
            sum += dense[indices[i]] * values[i];
        return sum + eights;
    }

    /// <summary>destination += scale · source</summary>
    public static void AddMult(float scale, ReadOnlySpan<float> source, Span<float> destination) =>
        TensorPrimitives.MultiplyAdd(source, scale, destination[..source.Length], destination);

    /// <summary>destination += scale · (the sparse vector that has <paramref name="values"/> at <paramref name="indices"/>)</summary>
    public static void AddMult(float scale, ReadOnlySpan<float> values, ReadOnlySpan<int> indices, Span<float> destination)
    {
        values = values[..indices.Length];
        int i = 0;
        if (UseVectors(indices.Length))
        {
            for (; i <= indices.Length - 8; i += 8)
                Scatter8(MultiplyAdd(Load8(values, i), Vector256.Create(scale), Gather8(destination, indices, i)), destination, indices, i);
        }
        for (; i < indices.Length; i++)
            destination[indices[i]] += scale * values[i];
    }

    /// <summary>result = addend + scale · source</summary>
    public static void AddMult(float scale, ReadOnlySpan<float> source, ReadOnlySpan<float> addend, Span<float> result) =>
        TensorPrimitives.MultiplyAdd(source, scale, addend, result);

    /// <summary>destination += value</summary>
    public static void Add(float value, Span<float> destination) => TensorPrimitives.Add(destination, value, destination);

    /// <summary>destination += source</summary>
    public static void Add(ReadOnlySpan<float> source, Span<float> destination) =>
        TensorPrimitives.Add(source, destination[..source.Length], destination);

    /// <summary>destination += (the sparse vector that has <paramref name="values"/> at <paramref name="indices"/>)</summary>
    public static void Add(ReadOnlySpan<float> values, ReadOnlySpan<int> indices, Span<float> destination)
    {
        for (int i = 0; i < indices.Length; i++)
            destination[indices[i]] += values[i];
    }

    /// <summary>destination *= scale</summary>
    public static void Scale(float scale, Span<float> destination) => TensorPrimitives.Multiply(destination, scale, destination);

    /// <summary>destination = scale · source</summary>
    public static void Scale(float scale, ReadOnlySpan<float> source, Span<float> destination) =>
        TensorPrimitives.Multiply(source, scale, destination);

    /// <summary>destination = scale · (destination + addend)</summary>
    public static void ScaleAdd(float scale, float addend, Span<float> destination)
    {
        foreach (ref float item in destination)
            item = scale * (item + addend);
    }

    /// <summary>destination = left · right, item by item.</summary>
    public static void Multiply(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> destination) =>
        TensorPrimitives.Multiply(left, right, destination);

    public static float Sum(ReadOnlySpan<float> values) => TensorPrimitives.Sum(values);

    public static float SumSq(ReadOnlySpan<float> values) => TensorPrimitives.SumOfSquares(values);

    /// <summary>The sum of the squares of the distances from <paramref name="mean"/>.</summary>
    public static float SumSq(float mean, ReadOnlySpan<float> values)
    {
        float sum = 0;
        int i = 0;
        float eights = 0;
        if (UseVectors(values.Length))
        {
            var lanes = Vector256<float>.Zero;
            for (; i <= values.Length - 8; i += 8)
            {
                var difference = Load8(values, i) - Vector256.Create(mean);
                lanes = MultiplyAdd(difference, difference, lanes);
            }
            eights = SumLanes(lanes);
            if (i <= values.Length - 4)
            {
                var difference = Load4(values, i) - Vector128.Create(mean);
                sum = SumLanes(difference * difference);
                i += 4;
            }
        }
        for (; i < values.Length; i++)
            sum += (values[i] - mean) * (values[i] - mean);
        return sum + eights;
    }

    public static float SumAbs(ReadOnlySpan<float> values) => TensorPrimitives.SumOfMagnitudes(values);

    /// <summary>The sum of the distances from <paramref name="mean"/>.</summary>
    public static float SumAbs(float mean, ReadOnlySpan<float> values)
    {
        float sum = 0;
        int i = 0;
        float eights = 0;
        if (UseVectors(values.Length))
        {
            var lanes = Vector256<float>.Zero;
            for (; i <= values.Length - 8; i += 8)
                lanes += Vector256.Abs(Load8(values, i) - Vector256.Create(mean));
            eights = SumLanes(lanes);
            if (i <= values.Length - 4)
            {
                sum = SumLanes(Vector128.Abs(Load4(values, i) - Vector128.Create(mean)));
                i += 4;
            }
        }
        for (; i < values.Length; i++)
            sum += Math.Abs(values[i] - mean);
        return sum + eights;
    }

    public static float MaxAbs(ReadOnlySpan<float> values) =>
        values.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(values));

    /// <summary>The largest distance from <paramref name="mean"/>; NaN counts for nothing.</summary>
    public static float MaxAbsDiff(float mean, ReadOnlySpan<float> values)
    {
        float max = 0;
        foreach (float value in values)
        {
            float distance = Math.Abs(value - mean);
            if (distance > max)
                max = distance;
        }
        return max;
    }

    /// <summary>The square of the distance, which is rounded before it is squared.</summary>
    public static float L2DistSquared(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        if (left.IsEmpty)
            return 0;
        float distance = TensorPrimitives.Distance(left, right);
        return distance * distance;
    }

    /// <summary>
    /// An update of SDCA under L1: primal += update · source, and weights the primal shrunk towards zero by <paramref name="threshold"/>.
    /// </summary>
    public static void SdcaL1Update(float update, ReadOnlySpan<float> source, float threshold, Span<float> primal, Span<float> weights)
    {
        int i = 0;
        if (UseVectors(source.Length))
        {
            for (; i <= source.Length - 8; i += 8)
                MultiplyAdd(Load8(source, i), Vector256.Create(update), Load8(primal, i)).CopyTo(primal[i..]);
        }
        for (; i < source.Length; i++)
            primal[i] += source[i] * update;
        for (i = 0; i < source.Length; i++)
            weights[i] = Shrink(primal[i], threshold);
    }

    /// <inheritdoc cref="SdcaL1Update(float, ReadOnlySpan{float}, float, Span{float}, Span{float})"/>
    public static void SdcaL1Update(float update, ReadOnlySpan<float> values, ReadOnlySpan<int> indices, float threshold, Span<float> primal, Span<float> weights)
    {
        AddMult(update, values, indices, primal);
        foreach (int index in indices)
            weights[index] = Shrink(primal[index], threshold);
    }

    private static float Shrink(float value, float threshold) =>
        Math.Abs(value) > threshold ? value - MathF.CopySign(threshold, value) : 0;

    private static bool UseVectors(int count) => count >= MinVectorCount && Avx.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> addend) =>
        Fma.IsSupported ? Fma.MultiplyAdd(left, right, addend) : left * right + addend;

    private static float SumLanes(Vector256<float> lanes) => SumLanes(lanes.GetLower()) + SumLanes(lanes.GetUpper());

    private static float SumLanes(Vector128<float> lanes) =>
        (lanes.GetElement(0) + lanes.GetElement(1)) + (lanes.GetElement(2) + lanes.GetElement(3));

    private static Vector256<float> Load8(ReadOnlySpan<float> values, int start) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(values.Slice(start, 8)));

    private static Vector128<float> Load4(ReadOnlySpan<float> values, int start) =>
        Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(values.Slice(start, 4)));

    private static Vector256<float> Gather8(ReadOnlySpan<float> dense, ReadOnlySpan<int> indices, int start) =>
        Vector256.Create(Gather4(dense, indices, start), Gather4(dense, indices, start + 4));

    private static Vector128<float> Gather4(ReadOnlySpan<float> dense, ReadOnlySpan<int> indices, int start)
    {
        var four = indices.Slice(start, 4);
        return Vector128.Create(dense[four[0]], dense[four[1]], dense[four[2]], dense[four[3]]);
    }

    private static void Scatter8(Vector256<float> items, Span<float> destination, ReadOnlySpan<int> indices, int start)
    {
        var eight = indices.Slice(start, 8);
        for (int i = 0; i < eight.Length; i++)
            destination[eight[i]] = items.GetElement(i);
    }
}
