namespace MLPipelines.Training.Checkpoints;

/// <summary>
/// A checkpoint cannot be found, fetched, read or trusted, or does not fit the module that it is loaded into. The message names
/// the file, the tensor, what is wrong and what to do.
/// </summary>
public class CheckpointException : IOException
{
    /// <summary>An exception with a message.</summary>
    public CheckpointException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
