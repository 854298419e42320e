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

    /// <summary>It ended with an exception, or took too long.</summary>
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
/// <param name="MemoryMegabytes">The memory of its process at its end.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
/// <param name="Log">What it wrote.</param>
public sealed record TrialRecord(
    int Id, TrialState State, Parameter Parameter, double? Metric, IReadOnlyList<MetricPoint> Curve, DateTime StartedUtc, TimeSpan? Duration, double? MemoryMegabytes, string? Failure, string Log);

/// <summary>What an experiment is about; what goes on must be about the same.</summary>
/// <param name="Id">The name of the experiment.</param>
/// <param name="Task">What is trained, such as "recommender".</param>
/// <param name="Metric">What is made best.</param>
/// <param name="Maximize">Whether more is better.</param>
/// <param name="Tuner">What proposes trials.</param>
/// <param name="Seed">The seed of all random numbers.</param>
/// <param name="Space">The space, in words: names, ranges, choices and conditions.</param>
/// <param name="CreatedUtc">When it was begun.</param>
public sealed record ExperimentRecord(string Id, string Task, string Metric, bool Maximize, string Tuner, int Seed, string Space, DateTime CreatedUtc);
