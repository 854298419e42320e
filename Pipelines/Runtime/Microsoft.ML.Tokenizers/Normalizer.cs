namespace Microsoft.ML.Tokenizers;

/// <summary>Rewrites a text before it is split into words.</summary>
public abstract class Normalizer
{
    /// <summary>Gives the normalised form of a text.</summary>
    /// <param name="original">The text.</param>
    public abstract string Normalize(string original);

    /// <summary>Gives the normalised form of a text.</summary>
    /// <param name="original">The text.</param>
    public abstract string Normalize(ReadOnlySpan<char> original);
}
