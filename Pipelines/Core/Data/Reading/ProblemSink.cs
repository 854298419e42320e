namespace MLPipelines.Data;

/// <summary>Decides what becomes of the problems that a reader meets. Not thread-safe; one per pass over a file.</summary>
internal abstract class ProblemSink(string file)
{
    public string File { get; } = file;

    /// <summary>
    /// Asked once for every problem: true when it is noted and nobody will see its details, false when they are to be
    /// worked out and handed to <see cref="Take(DataProblem)"/>.
    /// </summary>
    public virtual bool Absorbs(DataSeverity severity) => severity == DataSeverity.Warning;

    /// <summary>Takes a problem that was not absorbed; throws when the reader must not go on.</summary>
    protected abstract void Take(DataProblem problem);

    /// <summary>Takes a problem after which nothing more can be read; where it returns, the reader ends.</summary>
    protected virtual void TakeFatal(DataProblem problem, Exception? cause) =>
        throw new DataFormatException(File, problem, cause);

    /// <summary>Reports a problem whose place is known already.</summary>
    public void Report(DataSeverity severity, TextPosition at, string? field, string reason, string? value = null)
    {
        if (!Absorbs(severity))
            Take(severity, at, field, reason, value);
    }

    /// <inheritdoc cref="Take(DataProblem)"/>
    public void Take(DataSeverity severity, TextPosition at, string? field, string reason, string? value = null) =>
        Take(Describe(severity, at, field, reason, value));

    /// <inheritdoc cref="TakeFatal"/>
    public void ReportFatal(TextPosition at, string? field, string reason, string? value = null, Exception? cause = null) =>
        TakeFatal(Describe(DataSeverity.Error, at, field, reason, value), cause);

    private static DataProblem Describe(DataSeverity severity, TextPosition at, string? field, string reason, string? value) => new()
    {
        Severity = severity,
        Line = at.Line,
        Column = at.Column,
        ByteOffset = at.ByteOffset,
        Field = field,
        Reason = reason,
        Value = value is null ? null : Utf8Text.Excerpt(value),
    };

    public static ProblemSink For(string file, DataReadOptions options) =>
        options.OnBadRow is { } callback ? new CallbackSink(file, callback) : new ThrowingSink(file);

    private sealed class ThrowingSink(string file) : ProblemSink(file)
    {
        protected override void Take(DataProblem problem) => throw new DataFormatException(File, problem);
    }

    private sealed class CallbackSink(string file, Action<DataProblem> callback) : ProblemSink(file)
    {
        protected override void Take(DataProblem problem) => callback(problem);
    }
}
