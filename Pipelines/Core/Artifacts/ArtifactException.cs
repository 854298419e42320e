namespace MLPipelines.Artifacts;

/// <summary>An artifact or its store cannot be read, written or trusted. The message names the file, the entry, what is wrong and what to do.</summary>
public sealed class ArtifactException : IOException
{
    /// <summary>An exception with a message.</summary>
    public ArtifactException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
