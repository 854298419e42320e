using Microsoft.ML;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// What a sweep tunes: a space, the metrics that its points can be judged by, and how to train one of them.
/// </summary>
/// <remarks>A task holds its data. Trials may run on several threads at once; none changes the task.</remarks>
public abstract class SweepTask
{
    /// <summary>The name of the task, such as "text-classification".</summary>
    public abstract string Name { get; }

    /// <summary>The metrics that trials can be judged by, the usual one first.</summary>
    public abstract IReadOnlyList<SweepMetric> Metrics { get; }

    /// <summary>What is searched.</summary>
    public abstract SearchSpace Space { get; }

    /// <summary>Which options count only while another has certain values.</summary>
    public virtual IReadOnlyList<Condition> Conditions => [];

    /// <summary>Trains what a trial tries on a part of the data and measures it on the rest.</summary>
    /// <param name="trial">What to try; where to report metrics on the way.</param>
    /// <param name="metric">One of <see cref="Metrics"/>.</param>
    /// <returns>The metric.</returns>
    public abstract double Run(SweepTrial trial, SweepMetric metric);

    /// <summary>Trains on all data.</summary>
    /// <param name="parameter">What to train, such as the parameter of the best trial.</param>
    /// <param name="seed">The seed of its random numbers.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public abstract ITransformer Refit(Parameter parameter, int seed, CancellationToken cancellationToken = default);

    /// <summary>The metric of that name.</summary>
    /// <param name="name">Its name, in any case; <see langword="null"/> for the usual one.</param>
    /// <exception cref="ArgumentException">The task has no such metric; the message lists those that it has.</exception>
    public SweepMetric MetricOf(string? name) =>
        name is null ? Metrics[0] : Metrics.FirstOrDefault(metric => string.Equals(metric.Name, name, StringComparison.OrdinalIgnoreCase)) ?? throw SweepErrors.NoSuchMetric(this, name);

    /// <summary>Sets what is searched, the task and its metric.</summary>
    /// <param name="options">The options; what says how long and where stays as it is.</param>
    /// <param name="metric">See <see cref="MetricOf"/>.</param>
    public SweepOptions Configure(SweepOptions options, string? metric = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var chosen = MetricOf(metric);
        (options.Space, options.Conditions, options.Task, options.Metric, options.Maximize) = (Space, Conditions, Name, chosen.Name, chosen.Maximize);
        return options;
    }

    /// <summary>Runs a sweep over the task, with trials in this process.</summary>
    /// <param name="options">The budget and the place of the ledger.</param>
    /// <param name="metric">See <see cref="MetricOf"/>.</param>
    public Task<SweepResult> RunAsync(SweepOptions options, string? metric = null)
    {
        var chosen = MetricOf(metric);
        return Sweep.RunAsync(Configure(options, metric), trial => Task.FromResult(Run(trial, chosen)));
    }
}

/// <summary>A metric that a sweep can make best.</summary>
/// <param name="Name">Its name, such as "macro-f1".</param>
/// <param name="Maximize">Whether more is better.</param>
public sealed record SweepMetric(string Name, bool Maximize = true);
