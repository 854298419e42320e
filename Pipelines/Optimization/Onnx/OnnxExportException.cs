namespace MLPipelines.Optimization.Onnx;

/// <summary>A model cannot be exported, or its export does not compute what it does; the message says what, where and what to do.</summary>
public sealed class OnnxExportException : Exception
{
    /// <summary>An exception with a message.</summary>
    public OnnxExportException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and what caused it.</summary>
    public OnnxExportException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
