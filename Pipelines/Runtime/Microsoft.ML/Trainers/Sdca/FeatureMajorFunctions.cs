using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>
/// The weights of all functions for one feature side by side, so that a sparse row touches few cache lines and eight functions
/// are computed at once. Each function is computed in the very order of <see cref="VectorMath"/>.
/// </summary>
internal sealed class FeatureMajorFunctions : LinearFunctions
{
    private const int Lanes = 8;

    // Fewer items are summed one after another.
    private const int MinVectorCount = 16;

    private readonly int _functionCount;
    private readonly int _featureCount;
    private readonly int _stride;
    private readonly float _threshold;
    private float[] _unregularised;
    private float[] _kept;

    public FeatureMajorFunctions(int functionCount, int featureCount, float threshold)
    {
        _functionCount = functionCount;
        _featureCount = featureCount;
        _stride = (functionCount + Lanes - 1) / Lanes * Lanes;
        _threshold = threshold;
        Contracts.Check((long)_stride * featureCount <= Array.MaxLength, $"{functionCount} classes of {featureCount} features are more weights than fit into an array.");
        _unregularised = new float[_stride * featureCount];
    }

    public override void Dot(in FeatureRow row, Span<float> products)
    {
        CheckRow(in row);
        if (_threshold == 0)
            Dot<Plain>(in row, products);
        else
            Dot<Shrunk>(in row, products);
    }

    public override void Add(in FeatureRow row, ReadOnlySpan<float> scales)
    {
        CheckRow(in row);
        const int LargestOnStack = 1024;
        Span<float> padded = _stride <= LargestOnStack ? stackalloc float[_stride] : new float[_stride];
        padded.Clear();
        scales[.._functionCount].CopyTo(padded);
        int count = row.Indices.Length;
        ref int indices = ref MemoryMarshal.GetReference(row.Indices);
        ref float values = ref MemoryMarshal.GetReference(row.Values);
        int fused = UsesVectors(count) && Fma.IsSupported ? count - count % Lanes : 0;
        for (int first = 0; first < padded.Length; first += Lanes)
        {
            var scale = Vector256.Create(padded.Slice(first, Lanes));
            ref float weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_unregularised), first);
            int i = 0;
            for (; i < fused; i++)
            {
                ref float place = ref Unsafe.Add(ref weights, Place(Unsafe.Add(ref indices, i)));
                Fma.MultiplyAdd(Vector256.Create(Unsafe.Add(ref values, i)), scale, Vector256.LoadUnsafe(ref place)).StoreUnsafe(ref place);
            }
            for (; i < count; i++)
            {
                ref float place = ref Unsafe.Add(ref weights, Place(Unsafe.Add(ref indices, i)));
                (Vector256.LoadUnsafe(ref place) + scale * Vector256.Create(Unsafe.Add(ref values, i))).StoreUnsafe(ref place);
            }
        }
    }

    public override void CopyTo(int function, Span<float> weights)
    {
        for (int i = 0; i < _featureCount; i++)
        {
            float value = _unregularised[i * _stride + function];
            weights[i] = Math.Abs(value) > _threshold ? value - MathF.CopySign(_threshold, value) : 0;
        }
    }

    public override void Norms(Span<float> magnitudes, Span<float> squares)
    {
        var weights = new float[Lanes * _featureCount];
        for (int first = 0; first < _functionCount; first += Lanes)
        {
            Transpose(first, weights);
            for (int i = 0; i < Lanes && first + i < _functionCount; i++)
            {
                var function = weights.AsSpan(i * _featureCount, _featureCount);
                magnitudes[first + i] = VectorMath.SumAbs(function);
                squares[first + i] = VectorMath.SumSq(function);
            }
        }
    }

    public override void Keep()
    {
        _kept ??= new float[_unregularised.Length];
        _unregularised.CopyTo(_kept, 0);
    }

    public override void Restore() => _unregularised = _kept;

    private void Dot<TRegularisation>(in FeatureRow row, Span<float> products) where TRegularisation : IRegularisation
    {
        int count = row.Indices.Length;
        ref int indices = ref MemoryMarshal.GetReference(row.Indices);
        ref float values = ref MemoryMarshal.GetReference(row.Values);
        var limit = Vector256.Create(_threshold);
        Span<float> result = stackalloc float[Lanes];
        for (int first = 0; first < _functionCount; first += Lanes)
        {
            ref float weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_unregularised), first);
            var sum = Vector256<float>.Zero;
            var eights = Vector256<float>.Zero;
            int i = 0;
            if (UsesVectors(count))
            {
                Vector256<float> lane0 = default, lane1 = default, lane2 = default, lane3 = default, lane4 = default, lane5 = default, lane6 = default, lane7 = default;
                for (; i <= count - 8; i += 8)
                {
                    lane0 = MultiplyAdd<TRegularisation>(ref weights, ref values, ref indices, i, limit, lane0);
                    lane1 = MultiplyAdd<TRegularisation>(ref weights, ref values, ref indices, i + 1, limit, lane1);
                    lane2 = MultiplyAdd<TRegularisation>(ref weights, ref values, ref indices, i + 2, limit, lane2);
                    lane3 = MultiplyAdd<TRegularisation>(ref weights, ref values, ref indices, i + 3, limit, lane3);
                    lane4 = MultiplyAdd<TRegularisation>(ref weights, ref values, ref indices, i + 4, limit, lane4);
                    lane5 = MultiplyAdd<TRegularisation>(ref weights, ref values, ref indices, i + 5, limit, lane5);
                    lane6 = MultiplyAdd<TRegularisation>(ref weights, ref values, ref indices, i + 6, limit, lane6);
                    lane7 = MultiplyAdd<TRegularisation>(ref weights, ref values, ref indices, i + 7, limit, lane7);
                }
                eights = ((lane0 + lane1) + (lane2 + lane3)) + ((lane4 + lane5) + (lane6 + lane7));
                if (i <= count - 4)
                {
                    sum = (Product<TRegularisation>(ref weights, ref values, ref indices, i, limit) + Product<TRegularisation>(ref weights, ref values, ref indices, i + 1, limit))
                        + (Product<TRegularisation>(ref weights, ref values, ref indices, i + 2, limit) + Product<TRegularisation>(ref weights, ref values, ref indices, i + 3, limit));
                    i += 4;
                }
            }
            for (; i < count; i++)
                sum += Product<TRegularisation>(ref weights, ref values, ref indices, i, limit);
            (sum + eights).CopyTo(result);
            result[..Math.Min(Lanes, _functionCount - first)].CopyTo(products[first..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> MultiplyAdd<TRegularisation>(ref float weights, ref float values, ref int indices, int i, Vector256<float> limit, Vector256<float> addend)
        where TRegularisation : IRegularisation
    {
        var weight = TRegularisation.Apply(Vector256.LoadUnsafe(ref weights, Place(Unsafe.Add(ref indices, i))), limit);
        var value = Vector256.Create(Unsafe.Add(ref values, i));
        return Fma.IsSupported ? Fma.MultiplyAdd(value, weight, addend) : value * weight + addend;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<float> Product<TRegularisation>(ref float weights, ref float values, ref int indices, int i, Vector256<float> limit)
        where TRegularisation : IRegularisation =>
        Vector256.Create(Unsafe.Add(ref values, i)) * TRegularisation.Apply(Vector256.LoadUnsafe(ref weights, Place(Unsafe.Add(ref indices, i))), limit);

    /// <summary>Writes the weights of eight functions one function after another.</summary>
    private void Transpose(int first, float[] destination)
    {
        var limit = Vector256.Create(_threshold);
        ref float weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_unregularised), first);
        for (int i = 0; i < _featureCount; i++)
        {
            var eight = Shrunk.Apply(Vector256.LoadUnsafe(ref weights, Place(i)), limit);
            for (int function = 0; function < Lanes; function++)
                destination[function * _featureCount + i] = eight.GetElement(function);
        }
    }

    /// <summary>Where the weights of a feature start.</summary>
    private nuint Place(int feature) => (nuint)(uint)feature * (nuint)(uint)_stride;

    /// <summary>Makes sure that a row fits the weights: indices are increasing, so that the last one is the largest.</summary>
    private void CheckRow(in FeatureRow row)
    {
        var indices = row.Indices;
        if (row.Values.Length != indices.Length || indices.Length > 0 && (indices[0] < 0 || indices[^1] >= _featureCount))
            throw Contracts.Except($"A sparse row does not fit {_featureCount} features.");
    }

    private static bool UsesVectors(int count) => count >= MinVectorCount && Avx.IsSupported;

    private interface IRegularisation
    {
        static abstract Vector256<float> Apply(Vector256<float> weights, Vector256<float> limit);
    }

    private readonly struct Plain : IRegularisation
    {
        public static Vector256<float> Apply(Vector256<float> weights, Vector256<float> limit) => weights;
    }

    private readonly struct Shrunk : IRegularisation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Apply(Vector256<float> weights, Vector256<float> limit)
        {
            var sign = weights & Vector256.Create(-0f);
            var magnitude = weights ^ sign;
            // The sign and the magnitude are apart: magnitude − threshold rounds as value − copysign(threshold, value) does.
            return Vector256.GreaterThan(magnitude, limit) & (magnitude - limit | sign);
        }
    }
}
