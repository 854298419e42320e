namespace MLPipelines.Sweeps;

/// <summary>Runs trials until the budget is spent and writes down every one, failed ones too.</summary>
/// <remarks>
/// A sweep that was killed goes on with <see cref="SweepOptions.Resume"/>: only trials that ran are run anew, with the same parameters and seeds. With one worker
/// its trials are the same that an undisturbed sweep would have made. With several, the tuners that look at no results (random, quasi-random, grid) make the same trials, and so find the
/// same best; the others learn from results in the order in which they come, which several workers do not repeat.
/// </remarks>
public static class Sweep
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(10);

    /// <summary>Runs an objective over a space, in this process.</summary>
    /// <param name="options">What is searched, and for how long.</param>
    /// <param name="objective">Runs a trial and returns its metric. It may be called on several threads at once.</param>
    /// <returns>All trials, those of an earlier run included.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or the space cannot be searched.</exception>
    /// <exception cref="InvalidOperationException">There is an experiment of that name that is not to go on, or one that is about something else; or every trial failed.</exception>
    public static Task<SweepResult> RunAsync(SweepOptions options, Func<SweepTrial, Task<double>> objective)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(objective);
        options.Validate();
        return RunAsync(options, null, objective);
    }

    /// <summary>Runs a sweep over a job, each trial in a child process unless <see cref="SweepOptions.IsolateTrials"/> is off; other processes and machines can join it.</summary>
    /// <param name="options">For how long, and where it is written down; what is searched is set from the job.</param>
    /// <param name="job">What is trained.</param>
    /// <returns>All trials, those of an earlier run and of other workers included.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or the job cannot be done.</exception>
    /// <exception cref="InvalidOperationException">As for the other overload; or the program does not run trials (see <see cref="SweepProcess.RunIfTrialAsync"/>).</exception>
    public static async Task<SweepResult> RunAsync(SweepOptions options, SweepJob job)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(job);
        var objective = JobObjective.Open(job, options.IsolateTrials, options.TrialLimits, options.Workers, options.CancellationToken, options.Time);
        await using (objective.ConfigureAwait(false))
        {
            objective.Configure(options);
            options.Validate();
            return await RunAsync(options, job, objective.RunAsync).ConfigureAwait(false);
        }
    }

    /// <summary>Writes a sweep into its ledger without running a trial of it: workers do that (see <see cref="SweepWorker"/>).</summary>
    /// <param name="options">For how long, and where it is written down; what is searched is set from the job.</param>
    /// <param name="job">What is trained; its data must be readable here too.</param>
    /// <returns>What the ledger has of it.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or the job cannot be done.</exception>
    /// <exception cref="InvalidOperationException">There is an experiment of that name that is not to go on, or one that is about something else.</exception>
    public static async Task<ExperimentRecord> BeginAsync(SweepOptions options, SweepJob job)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(job);
        SweepTasks.Open(job, options.CancellationToken).Configure(options, job.Metric);
        options.Validate();
        using var ledger = await SweepLedger.OpenAsync(options.LedgerPath, LongestStart, options.CancellationToken).ConfigureAwait(false);
        return await BeginOrResumeAsync(ledger, options, job).ConfigureAwait(false);
    }

    private static async Task<SweepResult> RunAsync(SweepOptions options, SweepJob? job, Func<SweepTrial, Task<double>> objective)
    {
        using var ledger = await SweepLedger.OpenAsync(options.LedgerPath, LongestStart, options.CancellationToken).ConfigureAwait(false);
        var experiment = await BeginOrResumeAsync(ledger, options, job).ConfigureAwait(false);
        var start = experiment.Plan.StartPoints;
        using (var loop = new TrialLoop(ledger, experiment, () => options.NewTuner(start), objective, new TrialLoopSettings
        {
            Slots = options.Workers, Lease = options.Lease, Pruner = options.Pruner, Progress = options.Progress, CancellationToken = options.CancellationToken,
        }))
        {
            await loop.WorkAsync().ConfigureAwait(false);
        }
        var trials = await ledger.TrialsAsync(experiment.Id, CancellationToken.None).ConfigureAwait(false);
        var best = trials.Where(trial => trial.State == TrialState.Completed).MinBy(trial => TunerReplica.Loss(trial.State, trial.Metric, experiment.Maximize));
        return new SweepResult(experiment, trials, best ?? throw SweepErrors.NothingSucceeded(options.Id, trials, options.CancellationToken.IsCancellationRequested));
    }

    private static async Task<ExperimentRecord> BeginOrResumeAsync(SweepLedger ledger, SweepOptions options, SweepJob? job)
    {
        var plan = new SweepPlan { Job = job, Pruner = options.Pruner?.ToString(), StartPoints = [.. options.StartPoints.Select(point => point.ToString())], Limits = options.TrialLimits };
        var record = new ExperimentRecord(options.Id, options.Task, options.Metric, options.Maximize, options.Tuner.ToString(), options.Seed, SpaceFile.Write(options.Space, options.Conditions), DateTime.UtcNow)
        {
            Trials = options.Trials, Plan = plan,
        };
        if (options.Resume && await ledger.FindAsync(options.Id, options.CancellationToken).ConfigureAwait(false) is { } before)
        {
            if (!IsSame(before, record))
                throw SweepErrors.OtherExperiment(before, record);
            // What the tuner began with stays, or what it proposes would not be what it proposed.
            await ledger.ExtendAsync(options.Id, options.Trials, options.Time, plan with { StartPoints = before.Plan.StartPoints }, options.CancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ledger.BeginAsync(record, options.Time, options.CancellationToken).ConfigureAwait(false);
        }
        return (await ledger.FindAsync(options.Id, options.CancellationToken).ConfigureAwait(false))!;
    }

    private static bool IsSame(ExperimentRecord before, ExperimentRecord now) =>
        before with { CreatedUtc = now.CreatedUtc, Trials = now.Trials, DeadlineUtc = now.DeadlineUtc, Plan = now.Plan } == now && before.Plan.Job?.ToJson() == now.Plan.Job?.ToJson();
}

/// <summary>What a sweep led to.</summary>
/// <param name="Experiment">What it was about.</param>
/// <param name="Trials">All trials, by number.</param>
/// <param name="Best">The one with the best metric; of equal ones the first.</param>
public sealed record SweepResult(ExperimentRecord Experiment, IReadOnlyList<TrialRecord> Trials, TrialRecord Best);
