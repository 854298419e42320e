using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>
/// The weights of all functions for one feature side by side, so that a sparse row touches few cache lines and eight functions
/// are computed at once. Each function is computed in the very order of <see cref="Internal.VectorMath"/>.
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
        if (_threshold == 0)
            Dot<Plain>(row.Values, row.Indices, products);
        else
            Dot<Shrunk>(row.Values, row.Indices, products);
    }

    public override void Add(in FeatureRow row, ReadOnlySpan<float> scales)
    {
        ref float weights = ref MemoryMarshal.GetArrayDataReference(_unregularised);
        Span<float> padded = stackalloc float[_stride];
        padded.Clear();
        scales[.._functionCount].CopyTo(padded);
        var indices = row.Indices;
        var values = row.Values[..indices.Length];
        int fused = UsesVectors(indices.Length) && Fma.IsSupported ? indices.Length - indices.Length % Lanes : 0;
        for (int first = 0; first < padded.Length; first += Lanes)
        {
            var scale = Vector256.Create(padded.Slice(first, Lanes));
            for (int i = 0; i < indices.Length; i++)
            {
                nuint place = (nuint)(uint)CheckedIndex(indices[i]) * (nuint)_stride + (nuint)first;
                var current = Vector256.LoadUnsafe(ref weights, place);
                var value = Vector256.Create(values[i]);
                var updated = i < fused ? Fma.MultiplyAdd(value, scale, current) : current + scale * value;
                updated.StoreUnsafe(ref weights, place);
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

    public override void Keep()
    {
        _kept ??= new float[_unregularised.Length];
        _unregularised.CopyTo(_kept, 0);
    }

    public override void Restore() => _unregularised = _kept;

    private void Dot<TRegularisation>(ReadOnlySpan<float> values, ReadOnlySpan<int> indices, Span<float> products)
        where TRegularisation : IRegularisation
    {
        ref float weights = ref MemoryMarshal.GetArrayDataReference(_unregularised);
        values = values[..indices.Length];
        Span<float> result = stackalloc float[Lanes];
        for (int first = 0; first < _functionCount; first += Lanes)
        {
            var sum = Vector256<float>.Zero;
            var eights = Vector256<float>.Zero;
            int i = 0;
            if (UsesVectors(indices.Length))
            {
                Vector256<float> lane0 = default, lane1 = default, lane2 = default, lane3 = default, lane4 = default, lane5 = default, lane6 = default, lane7 = default;
                for (; i <= indices.Length - 8; i += 8)
                {
                    lane0 = MultiplyAdd<TRegularisation>(ref weights, values, indices, i, first, lane0);
                    lane1 = MultiplyAdd<TRegularisation>(ref weights, values, indices, i + 1, first, lane1);
                    lane2 = MultiplyAdd<TRegularisation>(ref weights, values, indices, i + 2, first, lane2);
                    lane3 = MultiplyAdd<TRegularisation>(ref weights, values, indices, i + 3, first, lane3);
                    lane4 = MultiplyAdd<TRegularisation>(ref weights, values, indices, i + 4, first, lane4);
                    lane5 = MultiplyAdd<TRegularisation>(ref weights, values, indices, i + 5, first, lane5);
                    lane6 = MultiplyAdd<TRegularisation>(ref weights, values, indices, i + 6, first, lane6);
                    lane7 = MultiplyAdd<TRegularisation>(ref weights, values, indices, i + 7, first, lane7);
                }
                eights = ((lane0 + lane1) + (lane2 + lane3)) + ((lane4 + lane5) + (lane6 + lane7));
                if (i <= indices.Length - 4)
                {
                    sum = (Product<TRegularisation>(ref weights, values, indices, i, first) + Product<TRegularisation>(ref weights, values, indices, i + 1, first))
                        + (Product<TRegularisation>(ref weights, values, indices, i + 2, first) + Product<TRegularisation>(ref weights, values, indices, i + 3, first));
                    i += 4;
                }
            }
            for (; i < indices.Length; i++)
                sum += Product<TRegularisation>(ref weights, values, indices, i, first);
            (sum + eights).CopyTo(result);
            result[..Math.Min(Lanes, _functionCount - first)].CopyTo(products[first..]);
        }
    }

    private Vector256<float> MultiplyAdd<TRegularisation>(ref float weights, ReadOnlySpan<float> values, ReadOnlySpan<int> indices, int i, int first, Vector256<float> addend)
        where TRegularisation : IRegularisation
    {
        var weight = Load<TRegularisation>(ref weights, indices[i], first);
        var value = Vector256.Create(values[i]);
        return Fma.IsSupported ? Fma.MultiplyAdd(value, weight, addend) : value * weight + addend;
    }

    private Vector256<float> Product<TRegularisation>(ref float weights, ReadOnlySpan<float> values, ReadOnlySpan<int> indices, int i, int first)
        where TRegularisation : IRegularisation =>
        Vector256.Create(values[i]) * Load<TRegularisation>(ref weights, indices[i], first);

    private Vector256<float> Load<TRegularisation>(ref float weights, int feature, int first) where TRegularisation : IRegularisation =>
        TRegularisation.Apply(Vector256.LoadUnsafe(ref weights, (nuint)(uint)CheckedIndex(feature) * (nuint)_stride + (nuint)first), _threshold);

    /// <summary>The index, once it is known to lie within the weights.</summary>
    private int CheckedIndex(int feature) => (uint)feature < (uint)_featureCount ? feature : throw new IndexOutOfRangeException();

    private static bool UsesVectors(int count) => count >= MinVectorCount && Avx.IsSupported;

    private interface IRegularisation
    {
        static abstract Vector256<float> Apply(Vector256<float> weights, float threshold);
    }

    private readonly struct Plain : IRegularisation
    {
        public static Vector256<float> Apply(Vector256<float> weights, float threshold) => weights;
    }

    private readonly struct Shrunk : IRegularisation
    {
        public static Vector256<float> Apply(Vector256<float> weights, float threshold)
        {
            var sign = weights & Vector256.Create(-0f);
            var magnitude = weights ^ sign;
            var limit = Vector256.Create(threshold);
            // The sign and the magnitude are apart: magnitude − threshold rounds as value − copysign(threshold, value) does.
            return Vector256.GreaterThan(magnitude, limit) & (magnitude - limit | sign);
        }
    }
}
