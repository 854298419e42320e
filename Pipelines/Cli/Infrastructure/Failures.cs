using MLPipelines.Artifacts;
using MLPipelines.Data;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>Turns exceptions into one line for the user and an exit code.</summary>
internal static class Failures
{
    public static int Report(Exception exception, Terminal terminal, bool verbose)
    {
        int code = CodeOf(exception);
        terminal.WriteError(code == ExitCode.Cancelled ? "stopped; nothing was published" : OneLine(exception));
        if (verbose)
            terminal.WritePlainError(exception.ToString());
        return code;
    }

    private static int CodeOf(Exception exception) => exception switch
    {
        CommandFailure failure => failure.ExitCode,
        OperationCanceledException => ExitCode.Cancelled,
        ArtifactException => ExitCode.Artifact,
        DataFormatException or InvalidDataException or FileNotFoundException or DirectoryNotFoundException => ExitCode.Data,
        ArgumentException => ExitCode.Usage,
        AggregateException { InnerExceptions: [var only] } => CodeOf(only),
        _ => ExitCode.Failure,
    };

    private static string OneLine(Exception exception)
    {
        string message = exception switch
        {
            AggregateException { InnerExceptions: [var only] } => OneLine(only),
            ArgumentException { ParamName: { } parameter } => exception.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal),
            CommandFailure or ArtifactException or DataFormatException or InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or NotSupportedException => exception.Message,
            OutOfMemoryException => "There is not enough memory for this. Train on fewer rows, or raise --min-document-frequency.",
            _ => $"{exception.GetType().Name}: {exception.Message} (run again with --verbose for details)",
        };
        return string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}
