namespace MLPipelines.Generation;

/// <summary>Why a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it.</summary>
    EndOfText,

    /// <summary>It reached its maximum length.</summary>
    Length,

    /// <summary>A stop string occurred.</summary>
    StopString,
}

/// <summary>A generated sequence of tokens. Immutable but for its arrays, which belong to the caller.</summary>
/// <param name="Ids">The tokens, prefix included, without the start token; the end-of-text token is the last where the model gave it.</param>
/// <param name="LogProbabilities">The model's log-probability of each generated token (prefix left out), before any rule or temperature was applied.</param>
/// <param name="Score">What beams are ranked by: the sum of log-probabilities after the rules, over the length to the power of the length penalty; without beams, the same of <paramref name="LogProbabilities"/>.</param>
/// <param name="Reason">Why it ended.</param>
public sealed record GeneratedSequence(int[] Ids, float[] LogProbabilities, float Score, FinishReason Reason)
{
    /// <summary>The text, without special tokens and stop string; "" where only tokens were asked for.</summary>
    public string Text { get; init; } = "";

    /// <summary>The geometric mean of the tokens' probabilities, 0 to 1: how sure the model is. 0 where nothing was generated.</summary>
    public float Confidence => LogProbabilities.Length == 0 ? 0 : MathF.Exp(LogProbabilities.Average());
}
