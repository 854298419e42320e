using System.Diagnostics;
using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>Runs trials until the budget is spent and writes down every one, failed ones too.</summary>
/// <remarks>
/// A sweep that was killed goes on with <see cref="SweepOptions.Resume"/>: only trials that ran are run anew, with the same parameters and seeds. With one worker
/// its trials are the same that an undisturbed sweep would have made.
/// </remarks>
public static class Sweep
{
    private const int SeedStride = 1_000_003;

    /// <summary>Runs an objective over a space.</summary>
    /// <param name="options">What is searched, and for how long.</param>
    /// <param name="objective">Runs a trial and returns its metric. It may be called on several threads at once.</param>
    /// <returns>All trials, those of an earlier run included.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or the space cannot be searched.</exception>
    /// <exception cref="InvalidOperationException">There is an experiment of that name that is not to go on, or one that is about something else; or every trial failed.</exception>
    public static async Task<SweepResult> RunAsync(SweepOptions options, Func<SweepTrial, Task<double>> objective)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(objective);
        options.Validate();
        using var ledger = SweepLedger.Open(options.LedgerPath);
        var run = new Run(options, objective, ledger);
        run.BeginOrResume();
        await run.Work().ConfigureAwait(false);
        return run.Result();
    }

    private sealed class Run(SweepOptions options, Func<SweepTrial, Task<double>> objective, SweepLedger ledger)
    {
        private readonly Tuner _tuner = options.NewTuner();
        private readonly Lock _lock = new();
        private readonly Queue<(int Id, Parameter Parameter)> _interrupted = new();
        private readonly SortedDictionary<int, TrialRecord> _trials = [];
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private int _next;
        private int _endedHere;

        /// <summary>Makes a new experiment, or tells the tuner all that happened in the order in which it did.</summary>
        public void BeginOrResume()
        {
            foreach (var point in options.StartPoints)
                _tuner.Enqueue(point);
            var record = new ExperimentRecord(options.Id, options.Task, options.Metric, options.Maximize, options.Tuner.ToString(), options.Seed, SpaceText.Of(options.Space, options.Conditions), DateTime.UtcNow);
            if (!options.Resume || ledger.Find(options.Id) is not { } before)
            {
                ledger.Begin(record);
                return;
            }
            if (before with { CreatedUtc = record.CreatedUtc } != record)
                throw SweepErrors.OtherExperiment(before, record);
            foreach (var trial in ledger.Trials(options.Id))
                _trials.Add(trial.Id, trial);
            foreach (var (id, ended) in ledger.Events(options.Id))
            {
                var trial = _trials[id];
                var settings = new TrialSettings { TrialId = id, Parameter = trial.Parameter };
                if (!ended)
                    _tuner.Propose(settings);
                else
                    _tuner.Update(new TrialResult { TrialSettings = settings, Loss = LossOf(trial) });
                _next = Math.Max(_next, id + 1);
            }
            foreach (var trial in _trials.Values)
            {
                if (trial.State == TrialState.Running)
                    _interrupted.Enqueue((trial.Id, trial.Parameter));
                foreach (var point in trial.State == TrialState.Running ? [] : trial.Curve)
                    options.Pruner?.Report(trial.Id, point.Step, Loss(point.Metric));
            }
        }

        public Task Work() => Task.WhenAll(Enumerable.Range(0, options.Workers).Select(_ => Task.Run(WorkOn)));

        public SweepResult Result()
        {
            var trials = _trials.Values.ToArray();
            return new SweepResult(ledger.Find(options.Id)!, trials, Best(trials) ?? throw SweepErrors.NothingSucceeded(options.Id, trials, options.CancellationToken.IsCancellationRequested));
        }

        private async Task WorkOn()
        {
            while (!options.CancellationToken.IsCancellationRequested && Claim() is var (id, parameter))
                await RunTrial(id, parameter).ConfigureAwait(false);
        }

        private (int Id, Parameter Parameter)? Claim()
        {
            lock (_lock)
            {
                if (options.Time is { } time && _watch.Elapsed >= time)
                    return null;
                if (_interrupted.TryDequeue(out var again))
                {
                    ledger.Restart(options.Id, again.Id);
                    return again;
                }
                if (_next >= options.Trials)
                    return null;
                var settings = new TrialSettings { TrialId = _next++ };
                var parameter = _tuner.Propose(settings);
                ledger.Start(options.Id, settings.TrialId, parameter);
                _trials.Add(settings.TrialId, new TrialRecord(settings.TrialId, TrialState.Running, parameter, null, [], DateTime.UtcNow, null, null, null, ""));
                return (settings.TrialId, parameter);
            }
        }

        private async Task RunTrial(int id, Parameter parameter)
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken);
            if (options.TrialTime is { } time)
                cancellation.CancelAfter(time);
            double? metric = null;
            var curve = new List<MetricPoint>();
            var trial = new SweepTrial(id, parameter, unchecked(options.Seed * SeedStride + id), Report, cancellation.Token);
            var watch = Stopwatch.StartNew();
            var state = TrialState.Completed;
            string? failure = null;
            try
            {
                double value = await objective(trial).ConfigureAwait(false);
                metric = value;
                if (!double.IsFinite(value))
                    (metric, state, failure) = (null, TrialState.Failed, FormattableString.Invariant($"The metric was {value}."));
            }
            catch (TrialPrunedException)
            {
                state = TrialState.Pruned;
            }
            catch (OperationCanceledException) when (options.CancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                (state, metric) = (TrialState.Failed, null);
                failure = e is OperationCanceledException && cancellation.IsCancellationRequested ? $"It took longer than {options.TrialTime}." : e.ToString();
            }
            End(new TrialRecord(id, state, parameter, metric, curve, DateTime.UtcNow - watch.Elapsed, watch.Elapsed, Environment.WorkingSet / 1e6, failure, trial.Log));

            void Report(MetricPoint point)
            {
                ledger.Report(options.Id, id, point);
                curve.Add(point);
                metric = point.Metric;
                if (options.Pruner?.Report(id, point.Step, Loss(point.Metric)) == true)
                    throw new TrialPrunedException(point.Step);
            }
        }

        private void End(TrialRecord trial)
        {
            SweepProgress progress;
            lock (_lock)
            {
                ledger.End(options.Id, trial);
                _trials[trial.Id] = trial;
                _tuner.Update(new TrialResult { TrialSettings = new TrialSettings { TrialId = trial.Id, Parameter = trial.Parameter }, Loss = LossOf(trial) });
                int ended = _trials.Values.Count(other => other.State != TrialState.Running);
                double each = _watch.Elapsed.TotalSeconds / ++_endedHere;
                var left = TimeSpan.FromSeconds(each * Math.Max(0, options.Trials - ended));
                if (options.Time is { } time && time - _watch.Elapsed < left)
                    left = time > _watch.Elapsed ? time - _watch.Elapsed : TimeSpan.Zero;
                progress = new SweepProgress(
                    trial, Best(_trials.Values), ended, _trials.Values.Count(other => other.State == TrialState.Failed), _trials.Values.Count(other => other.State == TrialState.Pruned), options.Trials, left);
            }
            options.Progress?.Report(progress);
        }

        private double Loss(double metric) => options.Maximize ? -metric : metric;

        private double LossOf(TrialRecord trial) => trial.State != TrialState.Failed && trial.Metric is { } metric ? Loss(metric) : double.PositiveInfinity;

        private TrialRecord? Best(IEnumerable<TrialRecord> trials) => trials.Where(trial => trial.State == TrialState.Completed).MinBy(LossOf);
    }
}

/// <summary>What a sweep led to.</summary>
/// <param name="Experiment">What it was about.</param>
/// <param name="Trials">All trials, by number.</param>
/// <param name="Best">The one with the best metric; of equal ones the first.</param>
public sealed record SweepResult(ExperimentRecord Experiment, IReadOnlyList<TrialRecord> Trials, TrialRecord Best);
