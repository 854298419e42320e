namespace MLPipelines.Sweeps;

/// <summary>
/// Joins sweeps that others began with a <see cref="SweepJob"/>: claims trials in their ledger, runs them and writes down what came of them. Workers may join, leave, die or be cut off
/// at any moment.
/// </summary>
/// <remarks>
/// Every trial has a lease, which its worker renews; a trial whose lease has run out is run by another worker, and whatever the first one still has to say about it is refused. Before it proposes
/// a trial, a worker tells its own copy of the tuner all that happened meanwhile, in the ledger's order; there is no scheduler.
/// The data of a job must be readable where the worker runs; relative paths count from its working directory.
/// </remarks>
public static class SweepWorker
{
    /// <summary>A database that is just being restarted is waited for; an address where there is none is told.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(1);

    /// <summary>Runs trials until there are none left.</summary>
    /// <param name="ledger">A PostgreSQL URL, or a file that processes of this machine share.</param>
    /// <param name="options">What is joined, and how; <see langword="null"/> for the defaults.</param>
    /// <returns>How many trials were run to their end here.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or a job's data cannot be used here.</exception>
    /// <exception cref="InvalidDataException">The ledger cannot be used, or was away for too long.</exception>
    /// <exception cref="InvalidOperationException">The experiment that is named is not there, or cannot be joined.</exception>
    public static async Task<int> RunAsync(string ledger, SweepWorkerOptions? options = null)
    {
        options ??= new SweepWorkerOptions();
        options.Validate();
        using var opened = await SweepLedger.OpenAsync(ledger, options.Patience < LongestStart ? options.Patience : LongestStart, options.CancellationToken).ConfigureAwait(false);
        opened.Patience = options.Patience;
        var done = new HashSet<string>(StringComparer.Ordinal);
        int ended = 0;
        while (!options.CancellationToken.IsCancellationRequested)
        {
            if (await NextAsync(opened, options, done).ConfigureAwait(false) is { } experiment)
            {
                ended += await JoinAsync(opened, experiment, options).ConfigureAwait(false);
                done.Add(experiment.Id);
                continue;
            }
            if (!options.Wait)
                break;
            done.Clear();
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1), options.CancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
        return ended;
    }

    private static async Task<ExperimentRecord?> NextAsync(SweepLedger ledger, SweepWorkerOptions options, HashSet<string> done)
    {
        if (options.Experiment is { } id)
        {
            if (done.Contains(id))
                return null;
            var named = await ledger.FindAsync(id, options.CancellationToken).ConfigureAwait(false);
            if (named is null && !options.Wait)
                throw SweepErrors.NoSuchExperiment(id, ledger.Path);
            return named is not null && await IsOpenAsync(ledger, named, options.CancellationToken).ConfigureAwait(false) ? named : null;
        }
        foreach (var experiment in await ledger.ExperimentsAsync(options.CancellationToken).ConfigureAwait(false))
        {
            if (!done.Contains(experiment.Id) && experiment.Plan.Job is not null && await IsOpenAsync(ledger, experiment, options.CancellationToken).ConfigureAwait(false))
                return experiment;
        }
        return null;
    }

    /// <summary>Whether there is something to do, or may be when another worker dies.</summary>
    private static async Task<bool> IsOpenAsync(SweepLedger ledger, ExperimentRecord experiment, CancellationToken cancellationToken)
    {
        if (experiment.DeadlineUtc <= DateTime.UtcNow)
            return false;
        var counts = await ledger.CountAsync(experiment.Id, experiment.Maximize, cancellationToken).ConfigureAwait(false);
        return counts.Ended < experiment.Trials;
    }

    private static async Task<int> JoinAsync(SweepLedger ledger, ExperimentRecord experiment, SweepWorkerOptions options)
    {
        var job = experiment.Plan.Job ?? throw SweepErrors.NoJob(experiment.Id, ledger.Path);
        var objective = JobObjective.Open(job, options.IsolateTrials, experiment.Plan.Limits, options.Slots, options.CancellationToken);
        await using (objective.ConfigureAwait(false))
        {
            string space = SpaceFile.Write(objective.Space, objective.Conditions);
            if (space != experiment.Space)
                throw SweepErrors.OtherSpace(experiment.Id, experiment.Space, space);
            var kind = Enum.Parse<SweepTuner>(experiment.Tuner);
            var sweep = new SweepOptions { Tuner = kind, Seed = experiment.Seed };
            objective.Configure(sweep);
            using var loop = new TrialLoop(ledger, experiment, () => sweep.NewTuner(experiment.Plan.StartPoints), objective.RunAsync, new TrialLoopSettings
            {
                Slots = options.Slots, Lease = options.Lease, Progress = options.Progress, CancellationToken = options.CancellationToken,
            });
            await loop.WorkAsync().ConfigureAwait(false);
            return loop.Ended;
        }
    }
}

/// <summary>What a worker joins, and how it runs trials.</summary>
public sealed class SweepWorkerOptions
{
    /// <summary>The experiment. The default value is <see langword="null"/>: all that can be joined, one after another, the oldest first.</summary>
    public string? Experiment { get; set; }

    /// <summary>How many trials run at once. Legal range: 1 or more. The default value is 1.</summary>
    public int Slots { get; set; } = 1;

    /// <summary>Whether each trial runs in a child process, so that a crash loses this trial only. The default value is <see langword="true"/>.</summary>
    public bool IsolateTrials { get; set; } = true;

    /// <summary>Whether to wait for further sweeps, until it is cancelled. The default value is <see langword="false"/>.</summary>
    public bool Wait { get; set; }

    /// <summary>How long a trial stays a worker's after the last sign of life. Legal range: 1 second or more. The default value is 30 seconds.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a ledger that does not answer is waited for. Legal range: 0 or more. The default value is 10 minutes.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Receives what trials led to. The default value is <see langword="null"/>.</summary>
    public IProgress<SweepProgress>? Progress { get; set; }

    /// <summary>Stops the worker; its trials are run by others. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(SweepWorkerOptions))
            .If(Experiment is not null && string.IsNullOrWhiteSpace(Experiment), $"{nameof(Experiment)} is empty")
            .Range(Slots, 1, int.MaxValue, nameof(Slots))
            .If(Lease < TimeSpan.FromSeconds(1), $"{nameof(Lease)} is {Lease}; it must be a second or more")
            .If(Patience < TimeSpan.Zero, $"{nameof(Patience)} is {Patience}; it must not be below zero")
            .Throw();
    }
}
