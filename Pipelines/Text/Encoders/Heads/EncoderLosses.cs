using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>The losses that transformers trains these models with, in float32.</summary>
public static class EncoderLosses
{
    /// <summary>The label of tokens that take no part in a loss.</summary>
    public const long Ignored = -100;

    /// <summary>The mean loss of sequence classifiers.</summary>
    /// <param name="logits">[rows, labels].</param>
    /// <param name="labels">
    /// For <see cref="EncoderProblemType.SingleLabel"/> the right class, int64 [rows]; for <see cref="EncoderProblemType.MultiLabel"/> 0 or 1, floating point [rows, labels];
    /// for <see cref="EncoderProblemType.Regression"/> the values, floating point [rows, labels] or, with one label, [rows].
    /// </param>
    /// <param name="problemType">What the labels are.</param>
    /// <returns>A float32 scalar: the mean over rows, over rows and labels for the other two.</returns>
    public static Tensor Sequences(Tensor logits, Tensor labels, EncoderProblemType problemType)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var wide = logits.to(ScalarType.Float32);
        var loss = problemType switch
        {
            EncoderProblemType.MultiLabel => nn.functional.binary_cross_entropy_with_logits(wide, labels.to(ScalarType.Float32)),
            EncoderProblemType.Regression => nn.functional.mse_loss(wide.reshape(-1), labels.to(ScalarType.Float32).reshape(-1)),
            _ => nn.functional.cross_entropy(wide, labels),
        };
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>The mean loss of token classifiers and masked language models over the labelled tokens.</summary>
    /// <param name="logits">[…, classes].</param>
    /// <param name="labels">The right class, or <see cref="Ignored"/>, int64 […].</param>
    /// <returns>A float32 scalar; NaN where no token is labelled.</returns>
    public static Tensor Tokens(Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        return nn.functional.cross_entropy(logits.reshape(-1, logits.shape[^1]).to(ScalarType.Float32), labels.reshape(-1), ignore_index: Ignored).MoveToOuterDisposeScope();
    }
}
