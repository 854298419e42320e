using System.Buffers;
using System.Collections.Concurrent;
using System.Numerics.Tensors;

namespace MLPipelines.Text;

/// <summary>
/// A trained linear text classifier: n-gram vocabulary, term weights, and per class a weight vector and bias into which
/// the calibration is folded, so that softmax of the scores gives probabilities. Immutable and thread-safe.
/// </summary>
internal sealed class LinearTextModel
{
    private readonly NGramTable _table;
    private readonly ConcurrentBag<LinearTextScratch> _scratch = [];

    /// <param name="parts">What the model consists of; kept, not copied.</param>
    public LinearTextModel(LinearTextModelParts parts)
    {
        Parts = parts;
        ColumnCount = OneVersusRestProblem.Columns(parts.Labels.Length);
        _table = new NGramTable(parts.Hashes.Length);
        foreach (ulong hash in parts.Hashes)
            _table.FindOrAdd(hash);
    }

    public LinearTextModelParts Parts { get; }

    public IReadOnlyList<string> Labels => Parts.Labels;

    public int ClassCount => Parts.Labels.Length;

    public int FeatureCount => Parts.Hashes.Length;

    private int ColumnCount { get; }

    /// <summary>Writes the probability of each class for <paramref name="text"/> and returns the most probable class, the first among equals.</summary>
    /// <param name="text">Any text; empty text gives the probabilities of no evidence.</param>
    /// <param name="probabilities">Receives <see cref="ClassCount"/> values that sum to 1.</param>
    public int Predict(ReadOnlySpan<char> text, Span<float> probabilities)
    {
        if (!_scratch.TryTake(out LinearTextScratch? scratch))
            scratch = new LinearTextScratch(FeatureCount);
        try
        {
            scratch.Read(text, Parts, _table);
            return Score(scratch, probabilities[..ClassCount]);
        }
        finally
        {
            _scratch.Add(scratch);
        }
    }

    private int Score(LinearTextScratch scratch, Span<float> probabilities)
    {
        ReadOnlySpan<int> features = scratch.Features;
        ReadOnlySpan<float> values = scratch.Values;
        float[] weights = Parts.Weights;
        if (ColumnCount == 1)
        {
            float score = Parts.Biases[0];
            for (int i = 0; i < features.Length; i++)
                score += values[i] * weights[features[i]];
            float positive = score >= 0 ? 1 / (1 + MathF.Exp(-score)) : MathF.Exp(score) / (1 + MathF.Exp(score));
            (probabilities[0], probabilities[1]) = (1 - positive, positive);
            return positive > 0.5f ? 1 : 0;
        }
        Parts.Biases.CopyTo(probabilities);
        int columns = ColumnCount;
        for (int i = 0; i < features.Length; i++)
            TensorPrimitives.MultiplyAdd(weights.AsSpan(features[i] * columns, columns), values[i], probabilities, probabilities);
        int best = TensorPrimitives.IndexOfMax<float>(probabilities);
        TensorPrimitives.Subtract(probabilities, probabilities[best], probabilities);
        TensorPrimitives.Exp<float>(probabilities, probabilities);
        TensorPrimitives.Divide(probabilities, TensorPrimitives.Sum<float>(probabilities), probabilities);
        return best;
    }
}
