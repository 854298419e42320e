namespace Microsoft.ML.Tokenizers;

/// <summary>What encoding a text gave.</summary>
/// <typeparam name="T">An id, or an <see cref="EncodedToken"/>.</typeparam>
public struct EncodeResults<T>
{
    /// <summary>The tokens in the order of the text.</summary>
    public IReadOnlyList<T> Tokens { get; set; }

    /// <summary>The normalised text where offsets refer to it; null where they refer to the text as it was given.</summary>
    public string? NormalizedText { get; set; }

    /// <summary>How many characters of the text the tokens stand for.</summary>
    public int CharsConsumed { get; set; }
}
