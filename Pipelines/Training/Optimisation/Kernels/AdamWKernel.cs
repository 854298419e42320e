using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLPipelines.Training;

/// <summary>
/// The passes over parameters on the processor: the update, and the sum of two gradients. All paths round alike, so that they give the same bits.
/// </summary>
internal static unsafe class AdamWKernel
{
    /// <summary>Updates elements from a float32 gradient, and writes the weights rounded to bfloat16 where <paramref name="rounded"/> is not null.</summary>
    public static void Update(in AdamWStep step, float* weights, float* first, float* second, float* gradient, ushort* rounded, nint count)
    {
        nint i = 0;
        if (Simd.Path == SimdPath.Vector512)
        {
            for (; i <= count - 16; i += 16)
            {
                var weight = Next(step, first + i, second + i, Vector512.Load(gradient + i), Vector512.Load(weights + i));
                weight.Store(weights + i);
                if (rounded != null)
                    BFloat16.Round(weight).Store(rounded + i);
            }
        }
        else if (Simd.Path == SimdPath.Vector256)
        {
            for (; i <= count - 8; i += 8)
            {
                var weight = Next(step, first + i, second + i, Vector256.Load(gradient + i), Vector256.Load(weights + i));
                weight.Store(weights + i);
                if (rounded != null)
                    BFloat16.Round(weight).Store(rounded + i);
            }
        }
        for (; i < count; i++)
        {
            weights[i] = Next(step, first + i, second + i, gradient[i], weights[i]);
            if (rounded != null)
                rounded[i] = BFloat16.Round(weights[i]);
        }
    }

    /// <summary>Updates elements from a bfloat16 gradient, and writes the weights rounded to bfloat16.</summary>
    public static void Update(in AdamWStep step, float* weights, float* first, float* second, ushort* gradient, ushort* rounded, nint count)
    {
        nint i = 0;
        if (Simd.Path == SimdPath.Vector512)
        {
            for (; i <= count - 16; i += 16)
            {
                var weight = Next(step, first + i, second + i, BFloat16.Widen(Vector256.Load(gradient + i)), Vector512.Load(weights + i));
                weight.Store(weights + i);
                BFloat16.Round(weight).Store(rounded + i);
            }
        }
        else if (Simd.Path == SimdPath.Vector256)
        {
            for (; i <= count - 8; i += 8)
            {
                var weight = Next(step, first + i, second + i, BFloat16.Widen(Vector128.Load(gradient + i)), Vector256.Load(weights + i));
                weight.Store(weights + i);
                BFloat16.Round(weight).Store(rounded + i);
            }
        }
        for (; i < count; i++)
        {
            weights[i] = Next(step, first + i, second + i, BFloat16.Widen(gradient[i]), weights[i]);
            rounded[i] = BFloat16.Round(weights[i]);
        }
    }

    /// <summary>Adds a gradient to a sum, or begins the sum with it.</summary>
    public static void Add(float* sum, float* gradient, nint count, bool begin)
    {
        var to = new Span<float>(sum, checked((int)count));
        var from = new ReadOnlySpan<float>(gradient, (int)count);
        if (begin)
            from.CopyTo(to);
        else
            System.Numerics.Tensors.TensorPrimitives.Add(to, from, to);
    }

    /// <summary>Adds a bfloat16 gradient to a sum, or begins the sum with it.</summary>
    public static void Add(float* sum, ushort* gradient, nint count, bool begin)
    {
        nint i = 0;
        if (Simd.Path == SimdPath.Vector512)
        {
            for (; i <= count - 16; i += 16)
            {
                var value = BFloat16.Widen(Vector256.Load(gradient + i));
                (begin ? value : value + Vector512.Load(sum + i)).Store(sum + i);
            }
        }
        else if (Simd.Path == SimdPath.Vector256)
        {
            for (; i <= count - 8; i += 8)
            {
                var value = BFloat16.Widen(Vector128.Load(gradient + i));
                (begin ? value : value + Vector256.Load(sum + i)).Store(sum + i);
            }
        }
        for (; i < count; i++)
            sum[i] = begin ? BFloat16.Widen(gradient[i]) : BFloat16.Widen(gradient[i]) + sum[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Next(in AdamWStep step, float* first, float* second, Vector512<float> gradient, Vector512<float> weight)
    {
        gradient *= step.GradientScale;
        var m = Vector512.FusedMultiplyAdd(Vector512.Load(first), Vector512.Create(step.Beta1), gradient * step.OneMinusBeta1);
        var v = Vector512.FusedMultiplyAdd(Vector512.Load(second), Vector512.Create(step.Beta2), gradient * gradient * step.OneMinusBeta2);
        m.Store(first);
        v.Store(second);
        var divisor = Vector512.FusedMultiplyAdd(Vector512.Sqrt(v), Vector512.Create(step.RootScale), Vector512.Create(step.Epsilon));
        return weight * step.Keep - m * step.Rate / divisor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Next(in AdamWStep step, float* first, float* second, Vector256<float> gradient, Vector256<float> weight)
    {
        gradient *= step.GradientScale;
        var m = Vector256.FusedMultiplyAdd(Vector256.Load(first), Vector256.Create(step.Beta1), gradient * step.OneMinusBeta1);
        var v = Vector256.FusedMultiplyAdd(Vector256.Load(second), Vector256.Create(step.Beta2), gradient * gradient * step.OneMinusBeta2);
        m.Store(first);
        v.Store(second);
        var divisor = Vector256.FusedMultiplyAdd(Vector256.Sqrt(v), Vector256.Create(step.RootScale), Vector256.Create(step.Epsilon));
        return weight * step.Keep - m * step.Rate / divisor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Next(in AdamWStep step, float* first, float* second, float gradient, float weight)
    {
        gradient *= step.GradientScale;
        float m = MathF.FusedMultiplyAdd(*first, step.Beta1, gradient * step.OneMinusBeta1);
        float v = MathF.FusedMultiplyAdd(*second, step.Beta2, gradient * gradient * step.OneMinusBeta2);
        *first = m;
        *second = v;
        float divisor = MathF.FusedMultiplyAdd(MathF.Sqrt(v), step.RootScale, step.Epsilon);
        return weight * step.Keep - m * step.Rate / divisor;
    }
}
