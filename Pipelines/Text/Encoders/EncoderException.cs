namespace MLPipelines.Text.Encoders;

/// <summary>A checkpoint's files do not make an encoder, or an encoder was given what it cannot process; the message says what, where and what to do.</summary>
public sealed class EncoderException : Exception
{
    /// <summary>An exception with a message.</summary>
    public EncoderException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and what caused it.</summary>
    public EncoderException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
