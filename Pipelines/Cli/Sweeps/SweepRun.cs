using System.Diagnostics;
using System.Globalization;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Encoders;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Cli.Recommendation;
using MLPipelines.Cli.TextGeneration;
using MLPipelines.Sweeps;

namespace MLPipelines.Cli.Sweeps;

/// <summary>Runs <c>mlp sweep TASK</c>: searches, then publishes the best.</summary>
internal static class SweepRun
{
    public static async Task<int> RunAsync(Invocation invocation)
    {
        var request = SweepArguments.Read(invocation);
        var options = request.Options;
        var terminal = invocation.Terminal;
        string where = SweepArguments.Where(invocation), resume = $"mlp sweep --resume {options.Id}{where}";
        var clock = Stopwatch.StartNew();
        var task = await Task.Run(() => SweepTasks.Open(request.Job, invocation.Cancellation), invocation.Cancellation).ConfigureAwait(false);
        foreach (string remark in task.Remarks)
            terminal.Note(remark);
        task.CheckBudget(options.Time, invocation.Cancellation);
        SweepResult? result = null;
        try
        {
            result = await SweepDisplay.RunAsync(terminal, options, () => Sweep.RunAsync(options, request.Job)).ConfigureAwait(false);
        }
        catch (Exception e) when (invocation.Cancellation.IsCancellationRequested && e is OperationCanceledException or InvalidOperationException)
        {
            // It was stopped before a trial was completed: what there is, is in the ledger.
        }
        bool isStopped = invocation.Cancellation.IsCancellationRequested;
        var snapshot = result is null ? Read(options) : new SweepSnapshot(result.Experiment, result.Trials);
        if (snapshot is not null && request.ReportFile is { } file)
            SweepReport.Write(file, snapshot.Experiment, snapshot.Trials, resume);
        using var publication = isStopped || result is null || request.Publish is null ? null : await PublishAsync(invocation, request, task, result).ConfigureAwait(false);
        var published = publication is null ? null : new SweepArtifactResult(publication.Published.Name, publication.Published.Version.ToString(), publication.Published.Path);
        if (terminal.Json && snapshot is not null)
        {
            terminal.WriteJson(
                new SweepRunResult(
                    options.Id, snapshot.Experiment.Task, snapshot.Experiment.Metric, snapshot.Experiment.Maximize, options.LedgerPath.Contains('@', StringComparison.Ordinal) ? "postgres" : options.LedgerPath,
                    Math.Round(clock.Elapsed.TotalSeconds, 3), isStopped, SweepOutput.Counts(snapshot), snapshot.Best is null ? null : SweepOutput.Of(snapshot.Best), published, request.ReportFile, resume),
                CliJson.Default.SweepRunResult);
        }
        else if (snapshot is not null)
        {
            Write(terminal, snapshot, clock.Elapsed, isStopped);
            WriteEnd(terminal, options.Id, where, request, published, publication?.Manifest.Task);
        }
        if (!isStopped)
            return ExitCode.Success;
        terminal.WriteError($"stopped; nothing was published; go on with: {resume}");
        return ExitCode.Cancelled;
    }

    private static async Task<SweepPublication> PublishAsync(Invocation invocation, SweepRequest request, SweepTask task, SweepResult result) =>
        await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(
            async () =>
            {
                var chosen = result.Best;
                if (request.Finalists > 1)
                {
                    progress.Report(new StepProgress("measuring the best again", 0, null, ""));
                    chosen = task.Choose(result, request.Finalists, cancellationToken: invocation.Cancellation);
                    if (chosen.Id != result.Best.Id)
                        invocation.Terminal.Note($"measured again, trial {chosen.Id} is ahead of trial {result.Best.Id}");
                }
                progress.Report(new StepProgress("training the best on all data", 0, null, ""));
                return await task.PublishAsync(result, invocation.Store, request.Publish!, request.Publishing with { Trial = chosen }, invocation.Cancellation).ConfigureAwait(false);
            },
            invocation.Cancellation)).ConfigureAwait(false);

    private static SweepSnapshot? Read(SweepOptions options)
    {
        using var ledger = SweepLedger.Open(options.LedgerPath);
        return ledger.Find(options.Id) is { } experiment ? new SweepSnapshot(experiment, ledger.Trials(options.Id)) : null;
    }

    private static void Write(Terminal terminal, SweepSnapshot snapshot, TimeSpan time, bool isStopped)
    {
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{snapshot.Experiment.Id}: {snapshot.Trials.Count} trials ({snapshot.Counts}) {(isStopped ? "until it was stopped, after" : "in")} {Durations.Text(time)}"));
        SweepOutput.WriteBest(terminal, snapshot);
        if (snapshot.Trials.FirstOrDefault(trial => trial.State == TrialState.Failed) is { } failed)
            terminal.WriteLine($"trial {failed.Id} failed: {failed.Failure?.Split('\n')[0].Trim()}");
    }

    private static void WriteEnd(Terminal terminal, string id, string where, SweepRequest request, SweepArtifactResult? published, string? modelTask)
    {
        if (published is not null)
            terminal.WriteLine($"published as {published.Path}");
        if (request.ReportFile is { } file)
            terminal.WriteLine($"report in {file}");
        terminal.WriteLine("look at it:");
        terminal.WriteLine($"  mlp sweep report {id}{where} -o {id}.html");
        if (published is null)
            return;
        string store = where.Contains(" --store ", StringComparison.Ordinal) ? where.Split(" --ledger ")[0] : "";
        terminal.WriteLine("use it:");
        terminal.WriteLine($"  mlp {Use(modelTask, published.Name, store)}");
    }

    /// <summary>The command that does what a model was trained for; of models that no command uses, the one that shows them.</summary>
    private static string Use(string? modelTask, string name, string store) => modelTask switch
    {
        RecommenderTraining.Task => $"recommend {name}{store} --user ID",
        TrainGeneratorCommand.Task => $"generate {name}{store} \"some text\"",
        TextClassifier.Task or TextClassifier.SentimentTask or MultiLabelModel.Task or EntityModel.Task => $"predict {name}{store} \"some text\"",
        _ => $"artifacts show {name}{store}",
    };
}
