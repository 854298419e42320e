using System.CommandLine;
using System.Globalization;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Sweeps;

namespace MLPipelines.Cli.Sweeps;

/// <summary><c>mlp sweep worker</c>.</summary>
internal static class WorkerCommand
{
    private const string LedgerVariable = "MLP_LEDGER";

    private static readonly Option<string?> Ledger = new("--ledger")
    {
        Description = $"Where the sweeps are written down: postgres://USER:PASSWORD@HOST:PORT/DATABASE, or a file of this machine; by default ${LedgerVariable}, which keeps passwords out of lists of processes.", HelpName = "URL",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(LedgerVariable),
    };

    private static readonly Option<string?> Experiment = new("--id") { Description = "The sweep; without it all that run, the oldest first.", HelpName = "ID" };
    private static readonly Option<int> Workers = new("--workers") { Description = "How many trials run at once, each in a process of its own.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Wait = new("--wait") { Description = "When all sweeps are done, wait for the next." };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("worker", "Joins sweeps that other processes or machines began, and runs trials of them until none is left. Their data must be readable here by the same paths.") { Ledger, Experiment, Workers, Wait };
        command.WithExamples("mlp sweep worker --ledger postgres://me:secret@host:5432/sweeps", "mlp sweep worker --ledger sweeps.db --id tickets --workers 2").SetHandler(RunAsync, terminal);
        return command;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(invocation.Get(Ledger)))
            faults.Add($"--ledger is missing; name the URL or the file where the sweeps are written down, or set {LedgerVariable}");
        if (invocation.Get(Workers) < 1)
            faults.Add($"--workers is {invocation.Get(Workers)}; it must be 1 or more");
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        int ended = await SweepWorker.RunAsync(invocation.Get(Ledger)!, new SweepWorkerOptions
        {
            Experiment = invocation.Get(Experiment), Slots = invocation.Get(Workers), Wait = invocation.Get(Wait), Progress = new Lines(invocation.Terminal), CancellationToken = invocation.Cancellation,
        }).ConfigureAwait(false);
        if (invocation.Terminal.Json)
            invocation.Terminal.WriteJson(new WorkerResult(ended), CliJson.Default.WorkerResult);
        else
            invocation.Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ended} trials ended here"));
        return invocation.Cancellation.IsCancellationRequested ? ExitCode.Cancelled : ExitCode.Success;
    }

    private sealed class Lines(Terminal terminal) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value)
        {
            var trial = value.Trial;
            string outcome = trial.State == TrialState.Failed ? $"failed: {trial.Failure!.Split('\n')[0].Trim()}" : string.Create(CultureInfo.InvariantCulture, $"{trial.State.ToString().ToLowerInvariant()}, {trial.Metric:0.####}");
            string best = value.Best is { } found ? string.Create(CultureInfo.InvariantCulture, $"; best {found.Metric:0.####} (trial {found.Id})") : "";
            terminal.Note(string.Create(CultureInfo.InvariantCulture, $"trial {trial.Id} {outcome} in {trial.Duration?.TotalSeconds:0.0} s; {value.Ended} of {value.Trials} ended{best}"));
        }
    }
}
