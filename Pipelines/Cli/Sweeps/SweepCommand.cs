using System.CommandLine;
using MLPipelines.Cli.Infrastructure;

namespace MLPipelines.Cli.Sweeps;

/// <summary><c>mlp sweep</c>.</summary>
internal static class SweepCommand
{
    public static Command Create(Func<ParseResult, Terminal> terminal) => new("sweep", "Tunes pipelines.") { WorkerCommand.Create(terminal) };
}
