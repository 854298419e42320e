using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>
/// The weights of several linear functions of the same features under an L1 threshold: the weights are those of an unregularised
/// solution, each shrunk towards zero by the threshold.
/// </summary>
/// <remarks>Several threads may update at once, without locks; updates may then be lost, as the algorithm allows.</remarks>
internal abstract class LinearFunctions
{
    /// <summary>The product of a row with the weights of each function.</summary>
    public abstract void Dot(in FeatureRow row, Span<float> products);

    /// <summary>Adds a multiple of a row to the unregularised weights of each function.</summary>
    public abstract void Add(in FeatureRow row, ReadOnlySpan<float> scales);

    /// <summary>Copies the weights of one function.</summary>
    public abstract void CopyTo(int function, Span<float> weights);

    /// <summary>The sums of the magnitudes and of the squares of the weights of each function.</summary>
    public abstract void Norms(Span<float> magnitudes, Span<float> squares);

    /// <summary>Keeps the weights as they are now, in place of those kept before.</summary>
    public abstract void Keep();

    /// <summary>Goes back to the weights that were kept.</summary>
    public abstract void Restore();

    /// <summary>Weights for rows of which all, or not all, are sparse.</summary>
    public static LinearFunctions Create(int functionCount, int featureCount, float threshold, bool allSparse) =>
        functionCount > 1 && allSparse
            ? new FeatureMajorFunctions(functionCount, featureCount, threshold)
            : new FunctionMajorFunctions(functionCount, featureCount, threshold);
}

/// <summary>The weights of each function in one array: for dense rows, and for a single function.</summary>
internal sealed class FunctionMajorFunctions : LinearFunctions
{
    private readonly float _threshold;
    private readonly float[][] _weights;
    private readonly float[][] _unregularised;
    private readonly float[][] _kept;

    public FunctionMajorFunctions(int functionCount, int featureCount, float threshold)
    {
        _threshold = threshold;
        _weights = Allocate(functionCount, featureCount);
        _unregularised = threshold == 0 ? _weights : Allocate(functionCount, featureCount);
        _kept = new float[functionCount][];
    }

    public override void Dot(in FeatureRow row, Span<float> products)
    {
        for (int i = 0; i < _weights.Length; i++)
            products[i] = row.Dot(_weights[i]);
    }

    public override void Add(in FeatureRow row, ReadOnlySpan<float> scales)
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            if (_threshold == 0)
                row.AddTo(scales[i], _weights[i]);
            else if (row.IsDense)
                VectorMath.SdcaL1Update(scales[i], row.Values, _threshold, _unregularised[i], _weights[i]);
            else
                VectorMath.SdcaL1Update(scales[i], row.Values, row.Indices, _threshold, _unregularised[i], _weights[i]);
        }
    }

    public override void CopyTo(int function, Span<float> weights) => _weights[function].CopyTo(weights);

    public override void Norms(Span<float> magnitudes, Span<float> squares)
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            magnitudes[i] = VectorMath.SumAbs(_weights[i]);
            squares[i] = VectorMath.SumSq(_weights[i]);
        }
    }

    public override void Keep()
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            _kept[i] ??= new float[_weights[i].Length];
            _weights[i].CopyTo(_kept[i], 0);
        }
    }

    public override void Restore() => _kept.CopyTo(_weights, 0);

    private static float[][] Allocate(int functionCount, int featureCount)
    {
        var arrays = new float[functionCount][];
        for (int i = 0; i < arrays.Length; i++)
            arrays[i] = new float[featureCount];
        return arrays;
    }
}
