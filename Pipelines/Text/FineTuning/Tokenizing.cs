using MLPipelines.Tokenization;

namespace MLPipelines.Text;

/// <summary>How texts become tokens.</summary>
internal static class Tokenizing
{
    /// <summary>Cut off at the right, not padded.</summary>
    public static TokenizingOptions Options(int maximumTokens) => new() { MaximumLength = maximumTokens, Padding = PaddingStrategy.None };

    /// <summary>The tokens of texts. All cores take part; cancellation is honoured in between.</summary>
    public static TokenizedText[] Tokenize(this TextTokenizer tokenizer, IReadOnlyList<string> texts, int maximumTokens, CancellationToken cancellation = default) =>
        tokenizer.TokenizeBatch(texts, pairs: null, Options(maximumTokens), cancellation);
}
