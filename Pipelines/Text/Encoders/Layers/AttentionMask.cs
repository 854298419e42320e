using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>What attention adds to its scores, made once per batch; nothing where no row is padded.</summary>
/// <param name="Scores">[rows, 1, 1, tokens], 0 where there is a token and the lowest number of the type where there is padding; <see langword="null"/> where there is none.</param>
/// <param name="HeadScores">The same per head, [rows · heads, 1, tokens].</param>
internal readonly record struct AttentionMask(Tensor? Scores, Tensor? HeadScores)
{
    /// <summary>Makes the mask of a batch.</summary>
    /// <param name="mask">[rows, tokens], not 0 where there is a token; or <see langword="null"/>.</param>
    /// <param name="heads">The number of attention heads.</param>
    /// <param name="type">The type of the scores.</param>
    public static AttentionMask Create(Tensor? mask, int heads, ScalarType type)
    {
        if (mask is null)
            return default;
        using var scope = NewDisposeScope();
        long rows = mask.shape[0];
        long tokens = mask.shape[1];
        var scores = zeros([rows, 1, 1, tokens], type, mask.device).masked_fill_(mask.eq(0).view(rows, 1, 1, tokens), Lowest(type));
        var headScores = scores.expand(rows, heads, 1, tokens).reshape(rows * heads, 1, tokens);
        return new AttentionMask(scores.MoveToOuterDisposeScope(), headScores.MoveToOuterDisposeScope());
    }

    private static double Lowest(ScalarType type) => type switch
    {
        ScalarType.BFloat16 => -3.3895313892515355e38,
        ScalarType.Float16 => -65504,
        _ => float.MinValue,
    };
}
