namespace MLPipelines.Generation;

/// <summary>Forbids what would complete an n-gram that occurred already.</summary>
/// <param name="size">(tokens) n, 1 or more.</param>
public sealed class NoRepeatNGramProcessor(int size) : LogitsProcessor
{
    internal override bool OnlyForbids => true;

    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores) => Apply(context.Tokens, context.Tokens, scores, size);

    internal static void Apply(ReadOnlySpan<int> seen, ReadOnlySpan<int> tokens, Span<float> scores, int size)
    {
        if (tokens.Length + 1 < size)
            return;
        var ending = tokens[(tokens.Length - size + 1)..];
        for (int i = 0; i + size <= seen.Length; i++)
        {
            if (seen.Slice(i, size - 1).SequenceEqual(ending))
                Ban(scores, seen[i + size - 1]);
        }
    }
}

/// <summary>Forbids what would complete an n-gram of the prompt.</summary>
/// <param name="size">(tokens) n, 1 or more.</param>
public sealed class PromptNoRepeatNGramProcessor(int size) : LogitsProcessor
{
    internal override bool OnlyForbids => true;

    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores) => NoRepeatNGramProcessor.Apply(context.Prompt, context.Tokens, scores, size);
}

/// <summary>Forbids what would complete a bad word.</summary>
public sealed class BadWordsProcessor : LogitsProcessor
{
    private readonly int[][] _words;

    /// <summary>A rule.</summary>
    /// <param name="words">Sequences of one or more token ids.</param>
    /// <param name="endIds">The end-of-text tokens, which alone are no bad word.</param>
    public BadWordsProcessor(IEnumerable<IReadOnlyList<int>> words, IReadOnlyList<int> endIds)
    {
        ArgumentNullException.ThrowIfNull(words);
        _words = [.. words.Select(word => word.ToArray()).Where(word => !(word.Length == 1 && endIds.Contains(word[0])))];
    }

    internal override bool OnlyForbids => true;

    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        foreach (var word in _words)
        {
            if (word.Length <= Math.Max(1, context.Tokens.Length) && context.Tokens.EndsWith(word.AsSpan(..^1)))
                Ban(scores, word[^1]);
        }
    }
}

/// <summary>Forbids tokens.</summary>
/// <param name="ids">Their ids.</param>
public sealed class SuppressedTokensProcessor(IReadOnlyList<int> ids) : LogitsProcessor
{
    internal override bool OnlyForbids => true;

    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        foreach (int id in ids)
            Ban(scores, id);
    }
}

/// <summary>Forbids the end of text before a length.</summary>
/// <param name="length">(tokens) The length, start token and prefix included.</param>
/// <param name="endIds">The end-of-text tokens.</param>
public sealed class MinimumLengthProcessor(int length, IReadOnlyList<int> endIds) : LogitsProcessor
{
    internal override bool OnlyForbids => true;

    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        if (context.Tokens.Length >= length)
            return;
        foreach (int id in endIds)
            Ban(scores, id);
    }
}

/// <summary>Allows only one token at one length: the first token, or the last.</summary>
/// <param name="length">(tokens) The length at which, start token and prefix included: 1 for the first token, the maximum length less 1 for the last.</param>
/// <param name="id">The token.</param>
public sealed class ForcedTokenProcessor(int length, int id) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        if (context.Tokens.Length != length)
            return;
        scores.Fill(float.NegativeInfinity);
        scores[id] = 0;
    }
}
