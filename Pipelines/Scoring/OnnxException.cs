namespace MLPipelines.Scoring;

/// <summary>An ONNX file was refused, or ONNX Runtime could not open or run it; the message says what, where and what to do.</summary>
public sealed class OnnxException : Exception
{
    /// <summary>An exception with a message.</summary>
    public OnnxException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and what caused it.</summary>
    public OnnxException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
