namespace MLPipelines.Generation.T5;

/// <summary>A checkpoint's files do not make a T5 model, or a model was given what it cannot process; the message says what, where and what to do.</summary>
public sealed class T5Exception : Exception
{
    /// <summary>An exception with a message.</summary>
    public T5Exception(string message)
        : base(message)
    {
    }

    /// <summary>An exception with a message and what caused it.</summary>
    public T5Exception(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
