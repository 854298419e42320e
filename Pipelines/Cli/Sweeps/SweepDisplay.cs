using System.Globalization;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Sweeps;
using Spectre.Console;

namespace MLPipelines.Cli.Sweeps;

/// <summary>Shows a sweep while it runs: on a terminal a view that is drawn anew, elsewhere a line for each trial.</summary>
internal static class SweepDisplay
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs a sweep.</summary>
    /// <param name="terminal">Where it is shown.</param>
    /// <param name="options">The options; their progress is set here.</param>
    /// <param name="run">Runs it.</param>
    public static Task<SweepResult> RunAsync(Terminal terminal, SweepOptions options, Func<Task<SweepResult>> run)
    {
        if (terminal.Quiet || !terminal.Error.Profile.Capabilities.Interactive)
        {
            options.Progress = new Lines(terminal);
            return run();
        }
        var last = new Last();
        options.Progress = last;
        return terminal.Error.Live(new Markup("reading the data …")).AutoClear(false).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Bottom).StartAsync(async context =>
        {
            var running = Task.Run(run);
            SweepLedger? ledger = null;
            try
            {
                while (true)
                {
                    await Task.WhenAny(running, Task.Delay(Beat)).ConfigureAwait(false);
                    bool isDone = running.IsCompleted;
                    if (TryRead(ref ledger, options) is { } snapshot)
                    {
                        context.UpdateTarget(SweepView.Draw(snapshot, isDone ? TimeSpan.Zero : last.Left(snapshot), DateTime.UtcNow, terminal.Error.Profile.Width));
                        context.Refresh();
                    }
                    if (isDone)
                        return await running.ConfigureAwait(false);
                }
            }
            finally
            {
                ledger?.Dispose();
            }
        });
    }

    /// <summary>What the ledger has; null while it cannot be read, such as before the sweep has begun it. The sweep itself reports what is wrong with it.</summary>
    private static SweepSnapshot? TryRead(ref SweepLedger? ledger, SweepOptions options)
    {
        try
        {
            if (ledger is null && !options.LedgerPath.Contains("://", StringComparison.Ordinal) && !File.Exists(options.LedgerPath))
                return null;
            ledger ??= SweepLedger.Open(options.LedgerPath);
            return ledger.Find(options.Id) is { } experiment ? new SweepSnapshot(experiment, ledger.Trials(options.Id)) : null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or System.Data.Common.DbException)
        {
            return null;
        }
    }

    private sealed class Last : IProgress<SweepProgress>
    {
        private volatile Estimate? _last;

        private sealed record Estimate(TimeSpan? Left, DateTime At);

        public void Report(SweepProgress value) => _last = new Estimate(value.Left, DateTime.UtcNow);

        /// <summary>The last estimate, less what has gone by since; never beyond the deadline.</summary>
        public TimeSpan? Left(SweepSnapshot snapshot)
        {
            var deadline = snapshot.Experiment.DeadlineUtc - DateTime.UtcNow;
            var left = _last is { Left: { } estimate } last ? Positive(estimate - (DateTime.UtcNow - last.At)) : deadline;
            return deadline < left ? Positive(deadline.Value) : left;
        }

        private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
    }

    private sealed class Lines(Terminal terminal) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value)
        {
            var trial = value.Trial;
            string outcome = trial.State switch
            {
                TrialState.Failed => $"failed: {trial.Failure?.Split('\n')[0].Trim()}",
                TrialState.Pruned => string.Create(CultureInfo.InvariantCulture, $"stopped early at {trial.Metric:0.0000}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"{trial.Metric:0.0000}"),
            };
            string best = value.Best is { } found ? string.Create(CultureInfo.InvariantCulture, $"; best {found.Metric:0.0000}, trial {found.Id}") : "";
            string left = value.Left is { } time && value.Ended < value.Trials ? $"; about {Durations.Text(time)} left" : "";
            terminal.Note($"trial {trial.Id}: {outcome} in {Durations.Text(trial.Duration ?? TimeSpan.Zero)} ({SweepSnapshot.Text(trial.Parameter, ", ")}); {value.Ended}/{value.Trials} ended{best}{left}");
        }
    }
}
