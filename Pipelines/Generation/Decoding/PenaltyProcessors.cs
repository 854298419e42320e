namespace MLPipelines.Generation;

/// <summary>Makes tokens that occurred already less probable: positive scores are divided by the penalty, negative ones multiplied (Keskar et al. 2019).</summary>
/// <param name="penalty">Above 0; below 1 makes them more probable.</param>
public sealed class RepetitionPenaltyProcessor(float penalty) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores) => Apply(context.Tokens, scores, penalty);

    internal static void Apply(ReadOnlySpan<int> tokens, Span<float> scores, float penalty)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            int id = tokens[i];
            if ((uint)id >= (uint)scores.Length || tokens[..i].Contains(id))
                continue;
            scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty;
        }
    }
}

/// <summary>Makes tokens of the prompt more probable: the repetition penalty's inverse.</summary>
/// <param name="penalty">Above 0.</param>
public sealed class PromptRepetitionPenaltyProcessor(float penalty) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores) => RepetitionPenaltyProcessor.Apply(context.Prompt, scores, 1 / penalty);
}

/// <summary>Makes the end of text more probable with every token after a certain length: its score is multiplied by a power of the factor.</summary>
/// <param name="start">(tokens) The length from which on, start token and prefix included.</param>
/// <param name="factor">Above 1 where scores are positive.</param>
/// <param name="endIds">The end-of-text tokens.</param>
public sealed class EndBoostProcessor(int start, float factor, IReadOnlyList<int> endIds) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        int beyond = context.Tokens.Length - start;
        if (beyond <= 0)
            return;
        float power = (float)Math.Pow(factor, beyond);
        foreach (int id in endIds)
            scores[id] *= power;
    }
}

/// <summary>Takes a penalty off tokens for every beam of an earlier group that chose them in this step (Vijayakumar et al. 2018).</summary>
/// <param name="penalty">(log-probability) Above 0.</param>
public sealed class DiversityProcessor(float penalty) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        foreach (int id in context.Chosen)
            scores[id] -= penalty;
    }
}
