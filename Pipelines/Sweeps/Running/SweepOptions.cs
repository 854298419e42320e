using System.Text.Json;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>What is searched, for how long, and where it is written down.</summary>
public sealed class SweepOptions
{
    /// <summary>The name of the experiment in the ledger. The default value is "sweep".</summary>
    public string Id { get; set; } = "sweep";

    /// <summary>What is trained, for those who read the ledger. The default value is "custom".</summary>
    public string Task { get; set; } = "custom";

    /// <summary>The file of the ledger, or the URL of a PostgreSQL database, such as "postgres://user:password@host:5432/database". The default value is "Artifacts/sweeps.db".</summary>
    public string LedgerPath { get; set; } = Path.Combine("Artifacts", "sweeps.db");

    /// <summary>What is searched. The default value is an empty space, which is an error.</summary>
    public SearchSpace Space { get; set; } = new();

    /// <summary>Which options count only while another has certain values. The default value is none.</summary>
    public IReadOnlyList<Condition> Conditions { get; set; } = [];

    /// <summary>The name of the metric. The default value is "metric".</summary>
    public string Metric { get; set; } = "metric";

    /// <summary>Whether more is better. The default value is <see langword="true"/>.</summary>
    public bool Maximize { get; set; } = true;

    /// <summary>What proposes trials. The default value is <see cref="SweepTuner.GaussianProcess"/>.</summary>
    public SweepTuner Tuner { get; set; } = SweepTuner.GaussianProcess;

    /// <summary>What stops trials early; one that reports no metrics on its way is never stopped. The default value is <see langword="null"/>: nothing.</summary>
    public Pruner? Pruner { get; set; }

    /// <summary>Points to begin with. The default value is none: the default of the space comes first.</summary>
    public IReadOnlyList<Parameter> StartPoints { get; set; } = [];

    /// <summary>How many trials there are, those of the ledger included. Legal range: 1 or more. The default value is 50.</summary>
    public int Trials { get; set; } = 50;

    /// <summary>No trial begins after this time. Legal range: above 0; <see langword="null"/> for no limit, which is the default value.</summary>
    public TimeSpan? Time { get; set; }

    /// <summary>A trial that takes longer is cancelled and counts as failed. Legal range: above 0; <see langword="null"/> for no limit, which is the default value.</summary>
    public TimeSpan? TrialTime { get; set; }

    /// <summary>Threads of each numeric library in a trial of a job. Legal range: 1 or more; <see langword="null"/>, the default value, shares the processors among the workers.</summary>
    public int? TrialThreads { get; set; }

    /// <summary>The most memory (megabytes of 10^6 bytes) of a trial of a job; one that takes more is ended and counts as failed. Legal range: 50 or more; <see langword="null"/> for no limit, which is the default value.</summary>
    public double? TrialMemoryMegabytes { get; set; }

    /// <summary>
    /// How often a trial is begun whose worker is lost each time, because it was killed, ran out of memory or was cut off; after that the trial counts as failed. A worker that is stopped and gives its
    /// trial back does not count. Legal range: 1 or more. The default value is 3.
    /// </summary>
    public int TrialAttempts { get; set; } = new TrialLimits().Attempts;

    /// <summary>Whether trials of a job run in child processes, so that a crash loses one trial only. The default value is <see langword="true"/>.</summary>
    public bool IsolateTrials { get; set; } = true;

    /// <summary>How long a trial stays this process's after its last sign of life to the ledger. Legal range: 1 second or more. The default value is 30 seconds.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many trials run at once. Legal range: 1 or more. The default value is 1.</summary>
    public int Workers { get; set; } = 1;

    /// <summary>Seed of all random numbers; trials get seeds of their own from it. The default value is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Whether an experiment of that name goes on where it stopped; otherwise there must be none. The default value is <see langword="false"/>.</summary>
    public bool Resume { get; set; }

    /// <summary>Receives what a trial led to. The default value is <see langword="null"/>.</summary>
    public IProgress<SweepProgress>? Progress { get; set; }

    /// <summary>Stops the sweep: running trials are cancelled and run anew when it goes on; what is done is kept. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(SweepOptions))
            .If(string.IsNullOrWhiteSpace(Id), $"{nameof(Id)} is empty")
            .If(string.IsNullOrWhiteSpace(LedgerPath), $"{nameof(LedgerPath)} is empty")
            .If(string.IsNullOrWhiteSpace(Metric), $"{nameof(Metric)} is empty")
            .OneOf(Tuner, nameof(Tuner))
            .Range(Trials, 1, int.MaxValue, nameof(Trials))
            .Range(Workers, 1, int.MaxValue, nameof(Workers))
            .If(Time <= TimeSpan.Zero, $"{nameof(Time)} is {Time}; it must be above zero")
            .If(Lease < TimeSpan.FromSeconds(1), $"{nameof(Lease)} is {Lease}; it must be a second or more")
            .AddRange(TrialLimits.Faults())
            .Throw();
        SweepErrors.CheckSpace(Space, Conditions);
    }

    internal TrialLimits TrialLimits => new() { Time = TrialTime, Threads = TrialThreads, MemoryMegabytes = TrialMemoryMegabytes, Attempts = TrialAttempts };

    /// <summary>Makes the tuner.</summary>
    /// <param name="start">Points to begin with, as JSON.</param>
    internal Tuner NewTuner(IReadOnlyList<string> start)
    {
        var tuner = NewTuner();
        foreach (string point in start)
            tuner.Enqueue(JsonSerializer.Deserialize<Parameter>(point)!);
        return tuner;
    }

    private Tuner NewTuner() => Tuner switch
    {
        SweepTuner.Random => new RandomTuner(Space, Seed, Conditions),
        SweepTuner.QuasiRandom => new QuasiRandomTuner(Space, Seed, Conditions),
        SweepTuner.Grid => new GridTuner(Space, seed: Seed, conditions: Conditions),
        SweepTuner.CostFrugal => new CostFrugalTuner(Space, Seed, Conditions),
        SweepTuner.Tpe => new TpeTuner(Space, Seed, Conditions),
        SweepTuner.Forest => new ForestTuner(Space, Seed, Conditions),
        _ => new GaussianProcessTuner(Space, Seed, Conditions),
    };
}

/// <summary>What proposes trials.</summary>
public enum SweepTuner
{
    /// <summary>See <see cref="GaussianProcessTuner"/>.</summary>
    GaussianProcess = 0,

    /// <summary>See <see cref="TpeTuner"/>.</summary>
    Tpe = 1,

    /// <summary>See <see cref="CostFrugalTuner"/>.</summary>
    CostFrugal = 2,

    /// <summary>See <see cref="ForestTuner"/>.</summary>
    Forest = 3,

    /// <summary>See <see cref="QuasiRandomTuner"/>.</summary>
    QuasiRandom = 4,

    /// <summary>See <see cref="RandomTuner"/>.</summary>
    Random = 5,

    /// <summary>See <see cref="GridTuner"/>.</summary>
    Grid = 6,
}

/// <summary>How far a sweep has come.</summary>
/// <param name="Trial">The trial that ended last.</param>
/// <param name="Best">The best so far; null while there is none.</param>
/// <param name="Ended">How many have ended.</param>
/// <param name="Failed">How many of these failed.</param>
/// <param name="Pruned">How many were stopped early.</param>
/// <param name="Trials">How many there will be.</param>
/// <param name="Left">The time that is expected to be left; null while it is not known.</param>
public readonly record struct SweepProgress(TrialRecord Trial, TrialRecord? Best, int Ended, int Failed, int Pruned, int Trials, TimeSpan? Left)
{
    /// <summary>How many run now, those of other workers included.</summary>
    public int Running { get; init; }
}
