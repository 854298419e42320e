using System.Globalization;

namespace MLPipelines.Optimization.Onnx;

/// <summary>How far the logits of an exported model are from those of the same model on LibTorch.</summary>
public sealed record OnnxParity
{
    /// <summary>The batches compared.</summary>
    public required int Samples { get; init; }

    /// <summary>The largest difference of a logit.</summary>
    public required double MaximumDifference { get; init; }

    /// <summary>The mean difference of a logit.</summary>
    public required double MeanDifference { get; init; }

    /// <summary>The share of positions, or of rows of a classifier, whose largest logit is the same, 0 to 1.</summary>
    public required double Agreement { get; init; }

    /// <summary>For generators, what is lost of the log-likelihood of a token (in nats) that LibTorch thinks the most probable, the right ones before it given; else null.</summary>
    public double? LogLikelihoodLoss { get; init; }

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"logits differ by {MaximumDifference:g3} at most, {MeanDifference:g3} on average; the largest is the same at {Agreement:p2}{(LogLikelihoodLoss is { } loss ? string.Create(CultureInfo.InvariantCulture, $"; {loss:g3} nats lost a token") : "")} ({Samples} batches)");
}

/// <summary>What an export came to.</summary>
/// <param name="ModelType">The family, as the checkpoint names it.</param>
/// <param name="Files">The names of the files written.</param>
/// <param name="Bytes">The bytes of the files with graphs and weights.</param>
/// <param name="Parity">How far it is from the model on LibTorch; null where that was not asked for.</param>
public sealed record OnnxExportReport(string ModelType, IReadOnlyList<string> Files, long Bytes, OnnxParity? Parity);

/// <summary>Adds up differences.</summary>
internal sealed class ParityCounter
{
    private double _largest, _sum, _lost;
    private long _count, _rows, _agreeing;
    private int _samples;

    /// <summary>Compares logits, row by row.</summary>
    public void Add(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, int width)
    {
        _samples++;
        for (int start = 0; start < expected.Length; start += width)
        {
            var right = expected.Slice(start, width);
            var seen = actual.Slice(start, width);
            for (int i = 0; i < width; i++)
            {
                double difference = Math.Abs((double)right[i] - seen[i]);
                // What is not a number differs by all there is.
                _largest = difference <= _largest ? _largest : double.IsNaN(difference) ? double.PositiveInfinity : difference;
                _sum += difference;
            }
            int best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(right);
            _agreeing += System.Numerics.Tensors.TensorPrimitives.IndexOfMax(seen) == best ? 1 : 0;
            _lost += LogProbability(right, best) - LogProbability(seen, best);
            _rows++;
            _count += width;
        }
    }

    public OnnxParity Result(bool isGenerator) => new()
    {
        Samples = _samples,
        MaximumDifference = _largest,
        MeanDifference = _sum / Math.Max(1, _count),
        Agreement = (double)_agreeing / Math.Max(1, _rows),
        LogLikelihoodLoss = isGenerator ? _lost / Math.Max(1, _rows) : null,
    };

    private static double LogProbability(ReadOnlySpan<float> logits, int index)
    {
        double largest = System.Numerics.Tensors.TensorPrimitives.Max(logits), sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - largest);
        return logits[index] - largest - Math.Log(sum);
    }
}
