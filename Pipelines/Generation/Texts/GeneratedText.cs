namespace MLPipelines.Generation;

/// <summary>What was generated for a prompt.</summary>
/// <param name="Sequences">One or more, best first.</param>
/// <param name="PromptTokens">(tokens) How long the prompt was, as the model saw it.</param>
/// <param name="IsPromptTruncated">Whether the prompt was longer than what the model takes, and its end was cut off.</param>
public sealed record GeneratedText(IReadOnlyList<GeneratedSequence> Sequences, int PromptTokens, bool IsPromptTruncated)
{
    /// <summary>The best text.</summary>
    public string Text => Sequences[0].Text;

    /// <summary>How sure the model is of it: the geometric mean of its tokens' probabilities, 0 to 1.</summary>
    public float Confidence => Sequences[0].Confidence;

    /// <summary>The best text.</summary>
    public override string ToString() => Text;
}
