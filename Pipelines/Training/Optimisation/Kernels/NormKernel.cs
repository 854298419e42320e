using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLPipelines.Training;

/// <summary>Sums of squares, accumulated in float64.</summary>
internal static unsafe class NormKernel
{
    public static double SumOfSquares(float* values, nint count)
    {
        nint i = 0;
        double sum = 0;
        if (Simd.Path == SimdPath.Vector512)
        {
            Vector512<double> a = default, b = default;
            for (; i <= count - 16; i += 16)
                Accumulate(Vector512.Load(values + i), ref a, ref b);
            sum = Vector512.Sum(a + b);
        }
        else if (Simd.Path == SimdPath.Vector256)
        {
            Vector256<double> a = default, b = default;
            for (; i <= count - 8; i += 8)
                Accumulate(Vector256.Load(values + i), ref a, ref b);
            sum = Vector256.Sum(a + b);
        }
        for (; i < count; i++)
            sum += (double)values[i] * values[i];
        return sum;
    }

    public static double SumOfSquares(ushort* values, nint count)
    {
        nint i = 0;
        double sum = 0;
        if (Simd.Path == SimdPath.Vector512)
        {
            Vector512<double> a = default, b = default;
            for (; i <= count - 16; i += 16)
                Accumulate(BFloat16.Widen(Vector256.Load(values + i)), ref a, ref b);
            sum = Vector512.Sum(a + b);
        }
        else if (Simd.Path == SimdPath.Vector256)
        {
            Vector256<double> a = default, b = default;
            for (; i <= count - 8; i += 8)
                Accumulate(BFloat16.Widen(Vector128.Load(values + i)), ref a, ref b);
            sum = Vector256.Sum(a + b);
        }
        for (; i < count; i++)
        {
            double value = BFloat16.Widen(values[i]);
            sum += value * value;
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(Vector512<float> values, ref Vector512<double> a, ref Vector512<double> b)
    {
        var (lower, upper) = Vector512.Widen(values);
        a = Vector512.FusedMultiplyAdd(lower, lower, a);
        b = Vector512.FusedMultiplyAdd(upper, upper, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(Vector256<float> values, ref Vector256<double> a, ref Vector256<double> b)
    {
        var (lower, upper) = Vector256.Widen(values);
        a = Vector256.FusedMultiplyAdd(lower, lower, a);
        b = Vector256.FusedMultiplyAdd(upper, upper, b);
    }
}
