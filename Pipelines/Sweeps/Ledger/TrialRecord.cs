using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>How far a trial has come.</summary>
public enum TrialState
{
    /// <summary>It runs, or ran when its process was killed.</summary>
    Running = 0,

    /// <summary>It ended with a metric.</summary>
    Completed = 1,

    /// <summary>It was stopped early, because others were ahead of it at the same point; its metric is the last one that it reported.</summary>
    Pruned = 2,

    /// <summary>It ended with an exception, took too long or too much memory, or its process died.</summary>
    Failed = 3,
}

/// <summary>A metric that a trial reported on its way.</summary>
/// <param name="Step">How far it was: epochs, or a share of its budget; rising.</param>
/// <param name="Metric">The metric there.</param>
public readonly record struct MetricPoint(double Step, double Metric);

/// <summary>All that a ledger knows of a trial.</summary>
/// <param name="Id">Its number in the experiment, from 0.</param>
/// <param name="State">How far it has come.</param>
/// <param name="Parameter">What was tried.</param>
/// <param name="Metric">The metric that it ended with; null where it has none.</param>
/// <param name="Curve">The metrics that it reported, in order.</param>
/// <param name="StartedUtc">When it began.</param>
/// <param name="Duration">How long it took; null while it runs.</param>
/// <param name="MemoryMegabytes">The most memory (megabytes of 10^6 bytes) that its process held; in a process that it shares with others, what that holds at its end.</param>
/// <param name="Failure">Why it failed: the exception, the limit, or how its process ended; null where it did not.</param>
/// <param name="Log">What it wrote, and what its process wrote to the standard error; of a long log the end.</param>
public sealed record TrialRecord(
    int Id, TrialState State, Parameter Parameter, double? Metric, IReadOnlyList<MetricPoint> Curve, DateTime StartedUtc, TimeSpan? Duration, double? MemoryMegabytes, string? Failure, string Log)
{
    /// <summary>Which worker runs it or ran it last: machine, process, when that began, and slot.</summary>
    public string? Worker { get; init; }

    /// <summary>How often it was begun: more than once where a worker died or was cut off.</summary>
    public int Attempts { get; init; } = 1;
}

/// <summary>What an experiment is about; what goes on must be about the same.</summary>
/// <param name="Id">The name of the experiment.</param>
/// <param name="Task">What is trained, such as "recommender".</param>
/// <param name="Metric">What is made best.</param>
/// <param name="Maximize">Whether more is better.</param>
/// <param name="Tuner">What proposes trials.</param>
/// <param name="Seed">The seed of all random numbers.</param>
/// <param name="Space">The space, as <see cref="SpaceFile"/> writes it.</param>
/// <param name="CreatedUtc">When it was begun.</param>
public sealed record ExperimentRecord(string Id, string Task, string Metric, bool Maximize, string Tuner, int Seed, string Space, DateTime CreatedUtc)
{
    /// <summary>How many trials there are to be.</summary>
    public int Trials { get; init; }

    /// <summary>When no trial begins any more, by the clock of the ledger; null for no limit.</summary>
    public DateTime? DeadlineUtc { get; init; }

    /// <summary>What workers need besides.</summary>
    public SweepPlan Plan { get; init; } = new();
}

/// <summary>What whoever joins a sweep needs to run its trials as all others do.</summary>
public sealed record SweepPlan
{
    /// <summary>What is trained; null where trials run code of the process that began the sweep, which no other can join.</summary>
    public SweepJob? Job { get; init; }

    /// <summary>What stops trials early, as <see cref="Sweeps.Pruner.ToString"/> writes it; null for nothing.</summary>
    public string? Pruner { get; init; }

    /// <summary>Points to begin with, each as JSON.</summary>
    public IReadOnlyList<string> StartPoints { get; init; } = [];

    /// <summary>The limits of each trial.</summary>
    public TrialLimits Limits { get; init; } = new();

    internal string ToJson() => JsonSerializer.Serialize(this, Json);

    internal static SweepPlan Parse(string json) => JsonSerializer.Deserialize<SweepPlan>(json, Json) ?? new SweepPlan();

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}

/// <summary>What a trial may use. Threads and memory are limits of trials in processes of their own.</summary>
public sealed record TrialLimits
{
    /// <summary>The longest time. Legal range: above 0; <see langword="null"/> for no limit, which is the default value.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Threads of each numeric library. Legal range: 1 or more; <see langword="null"/>, the default value, shares the processors among the workers.</summary>
    public int? Threads { get; init; }

    /// <summary>The most memory (megabytes of 10^6 bytes). Legal range: 50 or more; <see langword="null"/> for no limit, which is the default value.</summary>
    public double? MemoryMegabytes { get; init; }

    /// <summary>How often a trial is begun whose worker is lost each time: killed, out of memory, or cut off. After that it counts as failed. Legal range: 1 or more. The default value is 3.</summary>
    public int Attempts { get; init; } = 3;

    internal IEnumerable<string> Faults()
    {
        if (Time <= TimeSpan.Zero)
            yield return $"TrialTime is {Time}; it must be above zero";
        if (Threads < 1)
            yield return $"TrialThreads is {Threads}; it must be 1 or more";
        if (MemoryMegabytes is { } memory && !(memory >= 50))
            yield return FormattableString.Invariant($"TrialMemoryMegabytes is {memory}; it must be 50 or more");
        if (Attempts < 1)
            yield return $"TrialAttempts is {Attempts}; it must be 1 or more";
    }
}
