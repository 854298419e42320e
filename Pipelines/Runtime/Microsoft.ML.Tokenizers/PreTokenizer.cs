namespace Microsoft.ML.Tokenizers;

/// <summary>Splits a text into words.</summary>
public abstract class PreTokenizer
{
    /// <summary>Gives the words of a text in order.</summary>
    /// <param name="text">The text.</param>
    /// <returns>First character and number of characters of each word.</returns>
    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(string text);

    /// <summary>Gives the words of a text in order.</summary>
    /// <param name="text">The text.</param>
    /// <returns>First character and number of characters of each word.</returns>
    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text);
}
