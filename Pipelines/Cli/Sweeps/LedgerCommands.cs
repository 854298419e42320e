using System.CommandLine;
using System.Globalization;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Sweeps;
using Spectre.Console;

namespace MLPipelines.Cli.Sweeps;

/// <summary><c>mlp sweep list</c>, <c>show</c> and <c>report</c>: what a ledger has.</summary>
internal static class LedgerCommands
{
    private const int MostShown = 10;

    private static readonly Argument<string> Id = new("ID") { Description = "The sweep, as `mlp sweep list` names it." };
    private static readonly Option<string?> Output = new("--output", "-o") { Description = "The file; by default the sweep's name with .html.", HelpName = "FILE" };

    public static IEnumerable<Command> Create(Func<ParseResult, Terminal> terminal)
    {
        var list = new Command("list", "Lists the sweeps of a ledger with their best.") { SweepArguments.Ledger };
        list.WithExamples("mlp sweep list", "mlp sweep list --ledger sweeps.db --json").SetHandler(ListAsync, terminal);
        var show = new Command("show", $"Shows a sweep: its best parameters and its {MostShown} best trials, with --json all trials with their curves and failures.") { Id, SweepArguments.Ledger };
        show.WithExamples("mlp sweep show text-classification-1", "mlp sweep show text-classification-1 --json").SetHandler(ShowAsync, terminal);
        var report = new Command("report", "Writes a sweep as one HTML file: history, parallel coordinates, importance of options, learning curves, all trials. It needs no server, and asks nothing of any.") { Id, Output, SweepArguments.Ledger };
        report.WithExamples("mlp sweep report text-classification-1 -o report.html").SetHandler(ReportAsync, terminal);
        return [list, show, report];
    }

    private static Task<int> ListAsync(Invocation invocation)
    {
        using var ledger = SweepArguments.OpenExisting(SweepArguments.LedgerPath(invocation));
        SweepSnapshot[] sweeps = [.. ledger.Experiments().Select(experiment => new SweepSnapshot(experiment, ledger.Trials(experiment.Id)))];
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(new SweepListResult(ledger.Path, [.. sweeps.Select(SweepOutput.Listed)]), CliJson.Default.SweepListResult);
            return Task.FromResult(ExitCode.Success);
        }
        if (sweeps.Length == 0)
        {
            invocation.Terminal.WriteLine($"there is no sweep in {ledger.Path}");
            return Task.FromResult(ExitCode.Success);
        }
        var table = SweepOutput.Table("sweep", "task", "metric", "best", "trials", "begun");
        foreach (var sweep in sweeps)
        {
            table.AddRow(
                Cells(sweep.Experiment.Id, sweep.Experiment.Task, sweep.Experiment.Metric, Number(sweep.Best?.Metric), sweep.Counts, sweep.Experiment.CreatedUtc.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
        }
        invocation.Terminal.Out.Write(table);
        return Task.FromResult(ExitCode.Success);
    }

    private static Task<int> ShowAsync(Invocation invocation)
    {
        var snapshot = Read(invocation);
        var (experiment, terminal) = (snapshot.Experiment, invocation.Terminal);
        if (terminal.Json)
        {
            terminal.WriteJson(
                new SweepShowResult(SweepOutput.Listed(snapshot), experiment.Plan.Job?.Data, experiment.Plan.Pruner, experiment.Space, snapshot.Best is null ? null : SweepOutput.Of(snapshot.Best), [.. snapshot.Trials.Select(trial => SweepOutput.Of(trial))]),
                CliJson.Default.SweepShowResult);
            return Task.FromResult(ExitCode.Success);
        }
        terminal.WriteLine($"{experiment.Id}: {experiment.Task}, {experiment.Metric}, {(experiment.Maximize ? "more" : "less")} is better; {SweepArguments.Kebab(experiment.Tuner)}, seed {experiment.Seed.ToString(CultureInfo.InvariantCulture)}");
        if (experiment.Plan.Job is { } job)
            terminal.WriteLine($"data {job.Data}");
        terminal.WriteLine($"{snapshot.Counts} of {experiment.Trials.ToString(CultureInfo.InvariantCulture)} trials");
        SweepOutput.WriteBest(terminal, snapshot);
        var table = SweepOutput.Table("trial", "state", experiment.Metric, "time", "parameters");
        var ranked = snapshot.Trials.OrderBy(trial => trial.State == TrialState.Completed ? 0 : 1).ThenBy(trial => (trial.Metric ?? double.NaN) * (experiment.Maximize ? -1 : 1));
        foreach (var trial in ranked.Take(MostShown))
        {
            string words = trial.State == TrialState.Failed ? trial.Failure?.Split('\n')[0].Trim() ?? "" : SweepSnapshot.Text(trial.Parameter, ", ");
            table.AddRow(Cells($"{trial.Id}", trial.State.ToString().ToLowerInvariant(), Number(trial.Metric), trial.Duration is { } time ? Durations.Text(time) : "–", words));
        }
        table.Columns[^1].NoWrap = false;
        terminal.Out.Write(table);
        return Task.FromResult(ExitCode.Success);
    }

    private static Task<int> ReportAsync(Invocation invocation)
    {
        var snapshot = Read(invocation);
        string file = invocation.Get(Output) ?? string.Concat(snapshot.Experiment.Id.Split(Path.GetInvalidFileNameChars())) + ".html";
        SweepReport.Write(file, snapshot.Experiment, snapshot.Trials, $"mlp sweep --resume {snapshot.Experiment.Id}{SweepArguments.Where(invocation)}");
        if (invocation.Terminal.Json)
            invocation.Terminal.WriteJson(new SweepReportResult(snapshot.Experiment.Id, Path.GetFullPath(file), snapshot.Trials.Count), CliJson.Default.SweepReportResult);
        else
            invocation.Terminal.WriteLine($"{snapshot.Trials.Count} trials of {snapshot.Experiment.Id} in {file}");
        return Task.FromResult(ExitCode.Success);
    }

    private static SweepSnapshot Read(Invocation invocation)
    {
        string path = SweepArguments.LedgerPath(invocation);
        var experiment = SweepArguments.Find(path, invocation.Get(Id));
        using var ledger = SweepArguments.OpenExisting(path);
        return new SweepSnapshot(experiment, ledger.Trials(experiment.Id));
    }

    private static string[] Cells(params string[] cells) => Array.ConvertAll(cells, Markup.Escape);

    private static string Number(double? metric) => metric is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{metric:0.0000}");
}
