namespace MLPipelines.Generation;

/// <summary>What a rule knows about the row whose next token is chosen.</summary>
public readonly ref struct DecodingContext
{
    /// <summary>A context.</summary>
    /// <param name="tokens">The output so far, start token and prefix included.</param>
    /// <param name="prompt">The tokens of the prompt, without padding.</param>
    /// <param name="chosen">The tokens that other beams chose in this step already.</param>
    public DecodingContext(ReadOnlySpan<int> tokens, ReadOnlySpan<int> prompt = default, ReadOnlySpan<int> chosen = default)
    {
        Tokens = tokens;
        Prompt = prompt;
        Chosen = chosen;
    }

    /// <summary>The output so far, start token and prefix included.</summary>
    public ReadOnlySpan<int> Tokens { get; }

    /// <summary>The tokens of the prompt, without padding.</summary>
    public ReadOnlySpan<int> Prompt { get; }

    /// <summary>The tokens that the beams of earlier groups chose in this step.</summary>
    public ReadOnlySpan<int> Chosen { get; }
}

/// <summary>A rule that changes the scores of the next token: logits, or log-probabilities in a beam search.</summary>
/// <remarks>Stateless and thread-safe. The arithmetic is that of transformers' logits processors and warpers.</remarks>
public abstract class LogitsProcessor
{
    /// <summary>Changes the scores; -∞ forbids a token.</summary>
    /// <param name="context">The row.</param>
    /// <param name="scores">One for each token of the vocabulary.</param>
    public abstract void Process(in DecodingContext context, Span<float> scores);

    /// <summary>Whether it changes no score but to -∞, whatever the scores are.</summary>
    internal virtual bool OnlyForbids => false;

    private protected static void Ban(Span<float> scores, int id)
    {
        if ((uint)id < (uint)scores.Length)
            scores[id] = float.NegativeInfinity;
    }
}

/// <summary>Rules that are applied one after the other.</summary>
/// <param name="steps">The rules, in order.</param>
public sealed class LogitsProcessors(IReadOnlyList<LogitsProcessor> steps) : LogitsProcessor
{
    /// <summary>The rules, in order.</summary>
    public IReadOnlyList<LogitsProcessor> Steps { get; } = steps;

    internal override bool OnlyForbids => Steps.All(step => step.OnlyForbids);

    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        for (int i = 0; i < Steps.Count; i++)
            Steps[i].Process(context, scores);
    }
}
