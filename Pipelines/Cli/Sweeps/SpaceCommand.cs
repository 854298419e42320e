using System.CommandLine;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Sweeps;

namespace MLPipelines.Cli.Sweeps;

/// <summary><c>mlp sweep space</c>.</summary>
internal static class SpaceCommand
{
    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("space", "Prints what a sweep of a task would search, as a file for --space; the data decides in part, so it is read.");
        JobArguments.AddTo(command);
        command.WithExamples("mlp sweep space text-classification --data tickets.csv --text content --label intent > space.yaml").SetHandler(RunAsync, terminal);
        return command;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var faults = new List<string>();
        var job = JobArguments.Read(invocation, faults) ?? throw CommandFailure.Usage(faults);
        var task = await Task.Run(() => SweepTasks.Open(job, invocation.Cancellation), invocation.Cancellation).ConfigureAwait(false);
        string text = SpaceFile.Write(task.Space, task.Conditions);
        if (invocation.Terminal.Json)
            invocation.Terminal.WriteJson(text, CliJson.Default.String);
        else
            invocation.Terminal.Write(text);
        return ExitCode.Success;
    }
}
