using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Generation.T5;

/// <summary>The loss that outputs are learnt by when the right ones are given (teacher forcing).</summary>
public static class T5Losses
{
    /// <summary>The label of positions that take no part in the loss.</summary>
    public const long Ignored = -100;

    /// <summary>What the decoder reads for labels: these shifted right by one, behind the start id, with padding for ignored ones.</summary>
    /// <param name="labels">int64 [rows, tokens].</param>
    /// <param name="config">The model's configuration.</param>
    public static Tensor ShiftRight(Tensor labels, T5Config config)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(config);
        using var scope = NewDisposeScope();
        var start = full([labels.shape[0], 1], config.DecoderStartId, ScalarType.Int64, labels.device);
        var shifted = cat([start, labels.narrow(1, 0, labels.shape[1] - 1)], 1);
        return where(shifted.eq(Ignored), full_like(shifted, config.PadId), shifted).MoveToOuterDisposeScope();
    }

    /// <summary>The mean cross-entropy over the labelled positions.</summary>
    /// <param name="logits">[rows, tokens, vocabulary].</param>
    /// <param name="labels">The right ids, or <see cref="Ignored"/>, int64 [rows, tokens].</param>
    /// <param name="labelSmoothing">The share of the target that is spread evenly over the vocabulary, 0 up to, not including, 1.</param>
    /// <returns>A float32 scalar.</returns>
    public static Tensor CrossEntropy(Tensor logits, Tensor labels, double labelSmoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var flat = logits.reshape(-1, logits.shape[^1]).to(ScalarType.Float32);
        return nn.functional.cross_entropy(flat, labels.reshape(-1), ignore_index: Ignored, label_smoothing: labelSmoothing).MoveToOuterDisposeScope();
    }
}
