using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>A trial while it runs: what to try, and where to report.</summary>
public sealed class SweepTrial
{
    private readonly Func<MetricPoint, Task>? _report;

    internal SweepTrial(int id, Parameter parameter, int seed, Func<MetricPoint, Task>? report, CancellationToken cancellationToken) =>
        (Id, Parameter, Seed, _report, CancellationToken) = (id, parameter, seed, report, cancellationToken);

    /// <summary>The number of the trial, from 0.</summary>
    public int Id { get; }

    /// <summary>What to try; options that do not count are not in it.</summary>
    public Parameter Parameter { get; }

    /// <summary>The seed of the trial.</summary>
    public int Seed { get; }

    /// <summary>Cancelled when the sweep is, or when the trial takes too long.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Whether what is reported may stop the trial. Where it may not, nothing should be done only to report it.</summary>
    public bool IsWatched { get; internal init; } = true;

    internal BoundedLog Log { get; init; } = new();

    /// <summary>The most memory that a process of its own held; null where it runs in this process.</summary>
    internal double? MemoryMegabytes { get; set; }

    /// <summary>Reports a metric on the way.</summary>
    /// <param name="step">How far the trial is, such as the epochs that are done; above 0 and rising.</param>
    /// <param name="metric">The metric there.</param>
    /// <exception cref="TrialPrunedException">Others are too far ahead: let it pass, the sweep knows.</exception>
    public void Report(double step, double metric) => ReportAsync(new MetricPoint(step, metric)).GetAwaiter().GetResult();

    /// <summary>Writes a line of the trial's log. Of a long log the end is kept.</summary>
    public void Write(string line) => Log.Add(line);

    /// <summary>The same trial with other values; what it reports and writes is this one's.</summary>
    internal SweepTrial With(Parameter parameter) => new(Id, parameter, Seed, _report, CancellationToken) { Log = Log, IsWatched = IsWatched };

    internal Task ReportAsync(MetricPoint point)
    {
        CancellationToken.ThrowIfCancellationRequested();
        return _report?.Invoke(point) ?? Task.CompletedTask;
    }
}

/// <summary>Ends a trial that is not worth going on with.</summary>
public sealed class TrialPrunedException : Exception
{
    internal TrialPrunedException(double step)
        : base(FormattableString.Invariant($"Others were ahead at step {step}."))
    {
    }
}

/// <summary>A failure of a trial whose message says all: no stack of this process would add to it.</summary>
internal sealed class TrialFailedException(string message) : Exception(message);
