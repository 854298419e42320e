using MLPipelines.Tokenization.Decoding;
using MLPipelines.Tokenization.Models;
using MLPipelines.Tokenization.Normalization;
using MLPipelines.Tokenization.Processing;
using MLPipelines.Tokenization.Splitting;

namespace MLPipelines.Tokenization.Files;

/// <summary>The parts of a tokenizer.</summary>
internal sealed record TokenizerDefinition
{
    public TextNormalizer? Normalizer { get; init; }

    public TextSplitter? Splitter { get; init; }

    public required SubwordModel Model { get; init; }

    public PostProcessor PostProcessor { get; init; } = PostProcessor.None;

    public TokenDecoder? Decoder { get; init; }

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>How texts are encoded where nothing else is asked for.</summary>
    public TokenizingOptions Defaults { get; init; } = new();
}
