using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLPipelines.Recommendation;

/// <summary>What the kernels do with a register of single-precision numbers, so that each is written once for registers of every width.</summary>
/// <typeparam name="TVector">The register.</typeparam>
internal unsafe interface IRegister<TVector> where TVector : struct
{
    /// <summary>How many numbers it holds.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* target);

    static abstract TVector Broadcast(float value);

    static abstract TVector Add(TVector first, TVector second);

    static abstract TVector Multiply(TVector first, TVector second);

    /// <summary>first * second + sum.</summary>
    static abstract TVector MultiplyAdd(TVector first, TVector second, TVector sum);

    /// <summary>value / the root of square.</summary>
    static abstract TVector DivideByRoot(TVector value, TVector square);

    static abstract float Sum(TVector value);

    /// <summary>The sums of four registers.</summary>
    static abstract Vector128<float> Sums(TVector a, TVector b, TVector c, TVector d);
}

/// <summary>Which registers the processor has.</summary>
internal static class Registers
{
    /// <summary>How many numbers the widest register holds that the processor computes with at full speed: 16, 8 or 4.</summary>
    public static int Width { get; } = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
}

/// <summary>Registers of 16 numbers: AVX-512.</summary>
internal readonly unsafe struct Register512 : IRegister<Vector512<float>>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> first, Vector512<float> second) => first + second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> first, Vector512<float> second) => first * second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> first, Vector512<float> second, Vector512<float> sum) => Vector512.MultiplyAddEstimate(first, second, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> DivideByRoot(Vector512<float> value, Vector512<float> square) => value / Vector512.Sqrt(square);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> value) => Register128.Sum(Fold(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d) => Register128.Sums(Fold(a), Fold(b), Fold(c), Fold(d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(Vector512<float> value) => Register256.Fold(value.GetLower() + value.GetUpper());
}

/// <summary>Registers of 8 numbers: AVX2.</summary>
internal readonly unsafe struct Register256 : IRegister<Vector256<float>>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> first, Vector256<float> second) => first + second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> first, Vector256<float> second) => first * second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> first, Vector256<float> second, Vector256<float> sum) => Vector256.MultiplyAddEstimate(first, second, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> DivideByRoot(Vector256<float> value, Vector256<float> square) => value / Vector256.Sqrt(square);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> value) => Register128.Sum(Fold(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) => Register128.Sums(Fold(a), Fold(b), Fold(c), Fold(d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Vector256<float> value) => value.GetLower() + value.GetUpper();
}

/// <summary>Registers of 4 numbers: SSE, Neon, or what the runtime does without any.</summary>
internal readonly unsafe struct Register128 : IRegister<Vector128<float>>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, float* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> first, Vector128<float> second) => first + second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> first, Vector128<float> second) => first * second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> first, Vector128<float> second, Vector128<float> sum) => Vector128.MultiplyAddEstimate(first, second, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> DivideByRoot(Vector128<float> value, Vector128<float> square) => value / Vector128.Sqrt(square);

    // The same order of additions as in Sums, so that a pair scores the same alone and among others.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> value) => value[0] + value[2] + (value[1] + value[3]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sums(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (!Sse.IsSupported)
            return Vector128.Create(Sum(a), Sum(b), Sum(c), Sum(d));
        var ab = Sse.UnpackLow(a, b) + Sse.UnpackHigh(a, b);
        var cd = Sse.UnpackLow(c, d) + Sse.UnpackHigh(c, d);
        return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);
    }
}
