using System.Diagnostics;

namespace MLPipelines.Sweeps;

/// <summary>One process's part in an experiment: claims trials, runs them, writes down what came of them, until there are none left.</summary>
/// <param name="ledger">The ledger.</param>
/// <param name="experiment">The experiment.</param>
/// <param name="tuner">Makes its tuner.</param>
/// <param name="objective">Runs a trial.</param>
/// <param name="settings">How.</param>
internal sealed class TrialLoop(SweepLedger ledger, ExperimentRecord experiment, Func<Tuner> tuner, Func<SweepTrial, Task<double>> objective, TrialLoopSettings settings) : IDisposable
{
    private const int SeedStride = 1_000_003;

    private readonly Pruner? _pruner = settings.Pruner ?? (experiment.Plan.Pruner is { } text ? Pruner.Parse(text) : null);
    private readonly TunerReplica _replica = new(tuner, experiment.Maximize);
    private readonly SemaphoreSlim _progress = new(1);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly TimeSpan? _trialTime = experiment.Plan.Limits.Time;
    private int _endedBefore;
    private int _endedHere;
    private int _held;
    private bool _isAlone;
    private TrialRecord? _best;

    /// <summary>How many trials this process ended.</summary>
    public int Ended => _endedHere;

    /// <summary>Runs trials in all slots until none is left, or until it is cancelled.</summary>
    /// <exception cref="InvalidOperationException">Trials cannot be run here at all.</exception>
    public async Task WorkAsync()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(settings.CancellationToken);
        try
        {
            await ledger.ReleaseDeadAsync(experiment.Id, WorkerName.IsDead, stop.Token).ConfigureAwait(false);
            await ledger.WarmAsync(experiment.Id, stop.Token).ConfigureAwait(false);
            _endedBefore = (await ledger.CountAsync(experiment.Id, experiment.Maximize, stop.Token).ConfigureAwait(false)).Ended;
        }
        catch (OperationCanceledException) when (settings.CancellationToken.IsCancellationRequested)
        {
            return;
        }
        await Task.WhenAll(Enumerable.Range(0, settings.Slots).Select(slot => Task.Run(async () =>
        {
            try
            {
                await WorkAsync(slot, stop.Token).ConfigureAwait(false);
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }))).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _replica.Dispose();
        _progress.Dispose();
    }

    private async Task WorkAsync(int slot, CancellationToken stop)
    {
        string worker = settings.Name is { } name ? $"{name} {slot}" : WorkerName.Of(slot);
        double wait = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var claim = await ClaimAsync(worker, stop).ConfigureAwait(false);
                if (claim.IsTrial)
                {
                    wait = 0;
                    for (var next = claim; next is not null;)
                        next = await HoldAsync(next, worker, stop).ConfigureAwait(false);
                    continue;
                }
                if (claim == TrialClaim.NoMore)
                    return;
                // Others run the last trials; should one of them die, its trial is run here.
                wait = Math.Clamp(wait * 1.5, 20, Math.Min(1000, settings.Lease.TotalMilliseconds / 4));
                await Task.Delay(TimeSpan.FromMilliseconds(wait), stop).ConfigureAwait(false);
                await ledger.ReleaseDeadAsync(experiment.Id, WorkerName.IsDead, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<TrialClaim> ClaimAsync(string worker, CancellationToken stop)
    {
        await _replica.Gate.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            var claim = await ledger.ClaimAsync(experiment.Id, _replica, worker, settings.Lease, experiment.Plan.Limits.Attempts, stop).ConfigureAwait(false);
            _isAlone = claim.IsTrial && claim.Id == _replica.Last && _replica.Running <= _held;
            if (claim.IsTrial)
                Interlocked.Increment(ref _held);
            return claim;
        }
        finally
        {
            _replica.Gate.Release();
        }
    }

    private async Task<TrialClaim?> HoldAsync(TrialClaim claim, string worker, CancellationToken stop)
    {
        TrialClaim? next = null;
        try
        {
            next = await RunAsync(claim, worker, stop).ConfigureAwait(false);
            return next;
        }
        finally
        {
            if (next is null)
                Interlocked.Decrement(ref _held);
        }
    }

    /// <summary>Notes how a trial ended; a worker that is alone takes the next at once.</summary>
    private async Task<(bool IsEnded, TrialClaim? Next)> EndAsync(TrialClaim claim, TrialRecord record, string worker, CancellationToken stop)
    {
        if (_isAlone && !stop.IsCancellationRequested)
        {
            await _replica.Gate.WaitAsync(stop).ConfigureAwait(false);
            try
            {
                // A copy that has forgotten what happened, and the end of the sweep, are for the usual claim.
                if (_isAlone && _replica.Last >= 0 && _replica.Last + 1 < experiment.Trials)
                {
                    var (isEnded, next) = await ledger.EndAndClaimAsync(experiment, claim, record, _replica, worker, settings.Lease, stop).ConfigureAwait(false);
                    _isAlone = next is not null;
                    return (isEnded, next);
                }
            }
            finally
            {
                _replica.Gate.Release();
            }
        }
        // What is done is written down even when the sweep is being stopped.
        return (await ledger.EndAsync(experiment.Id, claim, record, stop.IsCancellationRequested ? CancellationToken.None : stop).ConfigureAwait(false), null);
    }

    /// <summary>Runs a trial to its end.</summary>
    /// <returns>The next trial, where it was taken already.</returns>
    private async Task<TrialClaim?> RunAsync(TrialClaim claim, string worker, CancellationToken stop)
    {
        using var lost = new CancellationTokenSource();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop, lost.Token);
        using var done = new CancellationTokenSource();
        var renewing = RenewAsync(claim, lost, done.Token);
        if (_trialTime is { } time)
            cancellation.CancelAfter(time);
        double? metric = null;
        var curve = new List<MetricPoint>();
        var trial = new SweepTrial(claim.Id, claim.Parameter, unchecked(experiment.Seed * SeedStride + claim.Id), ReportAsync, cancellation.Token) { IsWatched = _pruner is not null };
        var watch = Stopwatch.StartNew();
        var state = TrialState.Completed;
        string? failure = null;
        bool isOurs = true;
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
        catch (TrialHostException)
        {
            isOurs = false;
            throw;
        }
        catch (Exception) when (stop.IsCancellationRequested || lost.IsCancellationRequested)
        {
            isOurs = false;
        }
        catch (Exception e)
        {
            (state, metric) = (TrialState.Failed, null);
            failure = e is OperationCanceledException && cancellation.IsCancellationRequested ? $"It took longer than {_trialTime}." : e is TrialFailedException ? e.Message : e.ToString();
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await renewing.ConfigureAwait(false);
            if (!isOurs && !lost.IsCancellationRequested)
                await ledger.TryReleaseAsync(experiment.Id, claim).ConfigureAwait(false);
        }
        if (!isOurs)
            return null;
        var record = new TrialRecord(
            claim.Id, state, claim.Parameter, metric, curve, DateTime.UtcNow - watch.Elapsed, watch.Elapsed, trial.MemoryMegabytes ?? Environment.WorkingSet / 1e6, failure, trial.Log.ToString());
        var (isEnded, next) = await EndAsync(claim, record, worker, stop).ConfigureAwait(false);
        if (isEnded)
        {
            Interlocked.Increment(ref _endedHere);
            await TellAsync(record, stop).ConfigureAwait(false);
        }
        if (next is null || !stop.IsCancellationRequested)
            return next;
        await ledger.TryReleaseAsync(experiment.Id, next).ConfigureAwait(false);
        return null;

        async Task ReportAsync(MetricPoint point)
        {
            var (isHeld, isBehind) = await ledger.ReportAsync(experiment.Id, claim, point, _pruner, experiment.Maximize, cancellation.Token).ConfigureAwait(false);
            if (!isHeld)
            {
                await lost.CancelAsync().ConfigureAwait(false);
                cancellation.Token.ThrowIfCancellationRequested();
            }
            curve.Add(point);
            metric = point.Metric;
            if (isBehind)
                throw new TrialPrunedException(point.Step);
        }
    }

    /// <summary>Keeps the lease while the trial runs; a trial that another worker has taken over is cancelled.</summary>
    private async Task RenewAsync(TrialClaim claim, CancellationTokenSource lost, CancellationToken done)
    {
        try
        {
            while (true)
            {
                await Task.Delay(settings.Lease / 3, done).ConfigureAwait(false);
                if (!await ledger.RenewAsync(experiment.Id, claim, settings.Lease, done).ConfigureAwait(false))
                {
                    await lost.CancelAsync().ConfigureAwait(false);
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (done.IsCancellationRequested)
        {
            return;
        }
        catch (InvalidDataException)
        {
            // The database has been away for long; the end of the trial will say so, or find it back.
            return;
        }
    }

    private async Task TellAsync(TrialRecord trial, CancellationToken stop)
    {
        if (settings.Progress is null)
            return;
        await _progress.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            var counts = await ledger.CountAsync(experiment.Id, experiment.Maximize, stop).ConfigureAwait(false);
            if (counts.Best is { } best && best != _best?.Id)
                _best = best == trial.Id ? trial : (await ledger.TrialsAsync(experiment.Id, stop).ConfigureAwait(false)).FirstOrDefault(other => other.Id == best);
            double each = _watch.Elapsed.TotalSeconds / Math.Max(1, counts.Ended - _endedBefore);
            var left = TimeSpan.FromSeconds(each * Math.Max(0, experiment.Trials - counts.Ended));
            if (experiment.DeadlineUtc is { } deadline && deadline - DateTime.UtcNow < left)
                left = deadline > DateTime.UtcNow ? deadline - DateTime.UtcNow : TimeSpan.Zero;
            settings.Progress.Report(new SweepProgress(trial, _best, counts.Ended, counts.Failed, counts.Pruned, experiment.Trials, left) { Running = counts.Running });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            _progress.Release();
        }
    }
}

/// <summary>How a process runs trials.</summary>
internal sealed record TrialLoopSettings
{
    public int Slots { get; init; } = 1;

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Stands for the process in the ledger; null for its own name, by which others can tell that it is dead.</summary>
    public string? Name { get; init; }

    /// <summary>The pruner, where the process has it as an object.</summary>
    public Pruner? Pruner { get; init; }

    public IProgress<SweepProgress>? Progress { get; init; }

    public CancellationToken CancellationToken { get; init; }
}
