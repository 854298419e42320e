namespace MLPipelines.Cli.Infrastructure;

/// <summary>Ends a command with a message for the user and an exit code of <see cref="ExitCode"/>.</summary>
internal sealed class CommandFailure(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>All that is wrong with the command line, at once.</summary>
    public static CommandFailure Usage(params IEnumerable<string> faults) => new(Infrastructure.ExitCode.Usage, string.Join("; ", faults.Select(fault => fault.TrimEnd('.'))) + ".");
}
