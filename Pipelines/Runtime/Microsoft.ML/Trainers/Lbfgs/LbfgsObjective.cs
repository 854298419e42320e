using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>
/// The mean loss of a linear model over a training set plus an L2 penalty, as a function of its parameters: the biases, then
/// the weights of each class.
/// </summary>
internal abstract class LbfgsObjective
{
    private const int RowsBetweenStopChecks = 1024;
    private const int SmallestChunk = 10;
    private const int RowsPerChunk = 100;

    private readonly IHost _host;
    private readonly float _l2;
    private readonly float _scale;
    private readonly double _offset;
    private readonly int[] _bounds;
    private readonly float[][] _chunkGradients;
    private readonly float[] _chunkLosses;

    /// <param name="host">Says when to stop.</param>
    /// <param name="examples">The training set.</param>
    /// <param name="biasCount">The number of classes.</param>
    /// <param name="l2">The weight of the L2 penalty.</param>
    /// <param name="weightSum">The sum of the weights of the examples.</param>
    /// <param name="threads">The number of parts, each summed on its own, into which to cut the examples.</param>
    /// <param name="offset">A constant added to the mean loss.</param>
    protected LbfgsObjective(IHost host, TrainingSet examples, int biasCount, float l2, double weightSum, int threads, double offset = 0)
    {
        _host = host;
        Examples = examples;
        BiasCount = biasCount;
        _l2 = l2;
        _scale = 1 / (float)weightSum;
        _offset = offset;
        _bounds = Cut(examples.Count, threads);
        _chunkLosses = new float[_bounds.Length - 1];
        _chunkGradients = new float[_chunkLosses.Length][];
        for (int i = 1; i < _chunkGradients.Length; i++)
            _chunkGradients[i] = new float[ParameterCount];
    }

    public int ParameterCount => BiasCount + BiasCount * Examples.FeatureCount;

    protected TrainingSet Examples { get; }

    protected int BiasCount { get; }

    /// <summary>The value at <paramref name="x"/>; writes the gradient there.</summary>
    public float Evaluate(float[] x, float[] gradient)
    {
        _chunkGradients[0] = gradient;
        Prepare(x);
        Parallel.For(0, _chunkLosses.Length, chunk => _chunkLosses[chunk] = SumChunk(chunk, x));
        float loss = _chunkLosses[0];
        for (int i = 1; i < _chunkLosses.Length; i++)
        {
            var part = _chunkGradients[i];
            VectorOps.ForParts(part.Length, (start, count) => VectorMath.Add(part.AsSpan(start, count), gradient.AsSpan(start, count)));
            loss += _chunkLosses[i];
        }
        float value = (loss + Penalty(x, gradient)) * _scale;
        VectorOps.Scale(_scale, gradient);
        return _offset == 0 ? value : value + (float)_offset;
    }

    /// <summary>The gradient of one example alone, without a penalty.</summary>
    public void EvaluateOne(int row, float[] x, float[] gradient)
    {
        Array.Clear(gradient);
        AddExample(Examples.Features(row), Examples.Labels[row], Examples.Weight(row), x, gradient, new float[BiasCount]);
    }

    /// <summary>Called before the parts of a pass.</summary>
    protected virtual void Prepare(float[] x)
    {
    }

    /// <summary>Adds the gradients of the given rows, in their order, to those in <paramref name="gradient"/>, which are zero.</summary>
    /// <returns>The sum of their losses.</returns>
    protected virtual double AddExamples(ReadOnlySpan<int> rows, float[] x, float[] gradient)
    {
        double loss = 0;
        Span<float> scratch = new float[BiasCount];
        for (int i = 0; i < rows.Length; i++)
        {
            if (i % RowsBetweenStopChecks == 0)
                CheckAlive();
            int row = rows[i];
            loss += AddExample(Examples.Features(row), Examples.Labels[row], Examples.Weight(row), x, gradient, scratch);
        }
        return loss;
    }

    /// <summary>Adds the gradient of an example; gives its loss.</summary>
    protected abstract float AddExample(FeatureRow features, float label, float weight, ReadOnlySpan<float> x, Span<float> gradient, Span<float> scratch);

    protected void CheckAlive() => _host.CheckAlive();

    private float SumChunk(int chunk, float[] x)
    {
        var gradient = _chunkGradients[chunk];
        Array.Clear(gradient);
        var rows = Examples.Order()[_bounds[chunk].._bounds[chunk + 1]];
        return (float)AddExamples(rows, x, gradient);
    }

    /// <summary>Half the squared norm of the weights, which it adds to the gradient too.</summary>
    private float Penalty(float[] x, float[] gradient)
    {
        if (!(_l2 > 0))
            return 0;
        double norm = 0;
        for (int i = BiasCount; i < x.Length; i++)
        {
            float value = x[i];
            if (value == 0)
                continue;
            norm += value * value;
            gradient[i] += _l2 * value;
        }
        return (float)(norm * _l2 * 0.5);
    }

    /// <summary>Parts of as equal a size as possible, larger ones first; fewer where they would hold too few examples.</summary>
    private static int[] Cut(int count, int threads)
    {
        if (threads > 1 && count / threads < SmallestChunk)
            threads = Math.Max(1, count / RowsPerChunk);
        var bounds = new int[threads + 1];
        for (int i = 0; i < threads; i++)
        {
            int left = threads - i;
            bounds[i + 1] = bounds[i] + (count - bounds[i] + left - 1) / left;
        }
        return bounds;
    }
}

/// <summary>The logistic loss of two classes.</summary>
internal sealed class LogisticObjective(IHost host, TrainingSet examples, float l2, double weightSum, int threads)
    : LbfgsObjective(host, examples, 1, l2, weightSum, threads)
{
    protected override float AddExample(FeatureRow features, float label, float weight, ReadOnlySpan<float> x, Span<float> gradient, Span<float> scratch)
    {
        float score = x[0] + features.Dot(x[1..]);
        float half = score / 2;
        float logSum = ScalarMath.LogSumExp(half, -half);
        float target = Math.Min(1, Math.Max(label, 0));
        float probability = (float)Math.Exp(half - logSum);
        float loss = logSum - (2 * target - 1) * half;
        Contracts.Check(!float.IsNaN(loss), "Unexpected NaN");
        float slope = weight * (probability - target);
        features.AddTo(slope, gradient[1..]);
        gradient[0] += slope;
        return weight * loss;
    }
}

/// <summary>The negative log-likelihood of counts whose mean is the exponential of the score.</summary>
internal sealed class PoissonObjective(IHost host, TrainingSet examples, float l2, double weightSum, int threads, double offset)
    : LbfgsObjective(host, examples, 1, l2, weightSum, threads, offset)
{
    protected override float AddExample(FeatureRow features, float label, float weight, ReadOnlySpan<float> x, Span<float> gradient, Span<float> scratch)
    {
        float score = features.Dot(x[1..]) + x[0];
        float mean = (float)Math.Exp(score);
        float slope = -(label - mean) * weight;
        features.AddTo(slope, gradient[1..]);
        gradient[0] += slope;
        return float.IsPositiveInfinity(mean) ? mean : -(label * score - mean) * weight;
    }
}

/// <summary>The cross-entropy of the softmax of the scores of several classes.</summary>
internal sealed class MaximumEntropyObjective(IHost host, TrainingSet examples, int classCount, float l2, double weightSum, int threads)
    : LbfgsObjective(host, examples, classCount, l2, weightSum, threads)
{
    protected override float AddExample(FeatureRow features, float label, float weight, ReadOnlySpan<float> x, Span<float> gradient, Span<float> scratch)
    {
        var scores = scratch;
        for (int c = 0; c < scores.Length; c++)
            scores[c] = x[c] + features.Dot(x.Slice(scores.Length + c * features.Length, features.Length));
        float logSum = ScalarMath.LogSumExp(scores);
        float loss = logSum;
        for (int c = 0; c < scores.Length; c++)
        {
            float target = (int)label == c ? 1 : 0;
            loss -= target * scores[c];
            float slope = weight * ((float)Math.Exp(scores[c] - logSum) - target);
            features.AddTo(slope, gradient.Slice(scores.Length + c * features.Length, features.Length));
            gradient[c] += slope;
        }
        Contracts.Check(float.IsFinite(loss), "Data contain bad values.");
        return weight * loss;
    }
}
