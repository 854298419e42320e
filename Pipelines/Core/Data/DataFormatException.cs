namespace MLPipelines.Data;

/// <summary>A data file does not have the format that its reader expects; the exception says where and why.</summary>
public sealed class DataFormatException : FormatException
{
    /// <summary>Creates the exception for one problem of one file.</summary>
    /// <param name="file">The path of the file, or a name for the stream.</param>
    /// <param name="problem">What is wrong and where.</param>
    /// <param name="innerException">The exception that revealed the problem, if one did.</param>
    public DataFormatException(string file, DataProblem problem, Exception? innerException = null)
        : base($"{file}: {(problem ?? throw new ArgumentNullException(nameof(problem))).Describe()}", innerException)
    {
        File = file;
        Problem = problem;
    }

    /// <summary>The path of the file as the caller gave it, or the name of the stream.</summary>
    public string File { get; }

    /// <summary>The whole problem, with the field and the offending value.</summary>
    public DataProblem Problem { get; }

    /// <inheritdoc cref="DataProblem.Line"/>
    public long Line => Problem.Line;

    /// <inheritdoc cref="DataProblem.Column"/>
    public long Column => Problem.Column;

    /// <inheritdoc cref="DataProblem.ByteOffset"/>
    public long ByteOffset => Problem.ByteOffset;

    /// <inheritdoc cref="DataProblem.Reason"/>
    public string Reason => Problem.Reason;
}
