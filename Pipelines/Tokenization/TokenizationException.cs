namespace MLPipelines.Tokenization;

/// <summary>A tokenizer's files cannot be used, or a text cannot be encoded as asked; the message says which file, what is wrong with it and what is allowed.</summary>
public sealed class TokenizationException : Exception
{
    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">What caused it.</param>
    public TokenizationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
