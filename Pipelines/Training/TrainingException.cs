namespace MLPipelines.Training;

/// <summary>Training cannot start or go on. The message says what is wrong, where, and what to do.</summary>
public class TrainingException : InvalidOperationException
{
    /// <summary>An exception with a message.</summary>
    public TrainingException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
