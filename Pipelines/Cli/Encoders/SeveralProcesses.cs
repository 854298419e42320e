using MLPipelines.Cli.Infrastructure;
using MLPipelines.Training;

namespace MLPipelines.Cli.Encoders;

/// <summary>Runs a training command in several processes, of which the first measures, publishes and speaks.</summary>
internal static class SeveralProcesses
{
    /// <summary>Starts the processes with this one's arguments and waits for them.</summary>
    /// <exception cref="CommandFailure">One of them failed; its own message is passed on.</exception>
    public static async Task<int> RunAsync(Invocation invocation, int processes)
    {
        var arguments = invocation.Arguments.Tokens.Select(token => token.Value);
        invocation.Terminal.Note($"training in {processes} processes");
        var ends = await ProcessLauncher.RunAsync(processes, arguments, output: invocation.Terminal.WriteLine, cancellationToken: invocation.Cancellation).ConfigureAwait(false);
        if (ends.FirstOrDefault(end => end.ExitCode != 0) is not { } failed)
            return ExitCode.Success;
        const string prefix = "error: ";
        string message = failed.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..]
            ?? $"process {failed.Rank} of {processes} ended with exit code {failed.ExitCode}";
        throw new CommandFailure(failed.ExitCode > 0 ? failed.ExitCode : ExitCode.Failure, message);
    }
}
