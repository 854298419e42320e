using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using MLPipelines.Artifacts;

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

    /// <summary>Points to begin with, where a sweep has none of its own.</summary>
    public virtual IReadOnlyList<Parameter> StartPoints => [];

    /// <summary>What is worth knowing of the data, such as labels that occur once.</summary>
    public virtual IReadOnlyList<string> Remarks => [];

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

    /// <summary>The best of the best trials, measured again where the task can do so.</summary>
    /// <param name="result">What a sweep led to.</param>
    /// <param name="finalists">How many of the best are measured again. Legal range: 1 or more.</param>
    /// <param name="repeats">How often each is, at most. Legal range: 1 or more.</param>
    /// <param name="time">No further measure of all of them begins after this time; null for no limit.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public virtual TrialRecord Choose(SweepResult result, int finalists = 5, int repeats = 2, TimeSpan? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Best;
    }

    /// <summary>Refuses a budget that would not do for one trial.</summary>
    /// <param name="time">The budget; null for none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <remarks>Trains on small parts of the data to know: a twentieth of a trial where the budget is ample, up to a fifth where it is not.</remarks>
    /// <exception cref="ArgumentException">The budget is too small; the message has the estimate.</exception>
    public void CheckBudget(TimeSpan? time, CancellationToken cancellationToken = default)
    {
        if (time is { } budget && EstimateTrial(budget, cancellationToken) is { } needed && needed > budget)
            throw SweepErrors.BudgetTooSmall(Name, budget, needed);
    }

    /// <summary>How long a trial takes; null where the task cannot tell, or where the budget is far from it.</summary>
    internal virtual TimeSpan? EstimateTrial(TimeSpan budget, CancellationToken cancellationToken) => null;

    /// <summary>What a manifest says of a model, beside how the sweep found it; null where the models of the task cannot be published.</summary>
    /// <param name="model">A model that was trained on all data.</param>
    protected virtual SweptModel? Describe(ITransformer model) => null;

    internal SweptModel? DescribeModel(ITransformer model) => Describe(model);

    /// <summary>What the task cannot do of a space that a file made of its own.</summary>
    internal virtual IReadOnlyList<string> FaultsOf(SpaceDefinition space) => [];

    /// <summary>Trains a trial's model on all data and publishes it, as the commands that train one do.</summary>
    /// <param name="result">What a sweep of this task led to.</param>
    /// <param name="store">Where to publish.</param>
    /// <param name="name">Under which name.</param>
    /// <param name="publishing">Which trial, as which version, and more; null for the best.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The version, its manifest and the model, which is to be disposed of.</returns>
    /// <exception cref="InvalidOperationException">Models of this task cannot be published.</exception>
    public async Task<SweepPublication> PublishAsync(SweepResult result, ArtifactStore store, string name, SweepPublishing? publishing = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(store);
        publishing ??= new SweepPublishing();
        var trial = publishing.Trial ?? result.Best;
        int seed = publishing.Seed ?? result.Experiment.Seed;
        var clock = Stopwatch.StartNew();
        var model = Refit(trial.Parameter, seed, cancellationToken);
        try
        {
            var seconds = clock.Elapsed;
            var description = DescribeModel(model) ?? throw SweepErrors.CannotPublish(Name);
            var manifest = SweepManifest.Make(result, trial, description, name, seed, seconds, publishing, MetricOf(result.Experiment.Metric));
            var (content, complete) = PipelineModels.Package(new MLContext(seed)).Pack(model, manifest, description.Sample, description.GoldenRows);
            var published = await store.PublishAsync(content, complete, publishing.Version, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new SweepPublication(published, complete, model);
        }
        catch
        {
            (model as IDisposable)?.Dispose();
            throw;
        }
    }

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
        if (options.StartPoints.Count == 0)
            options.StartPoints = StartPoints;
        return options;
    }

    /// <summary>Runs a sweep over the task, with trials in this process.</summary>
    /// <param name="options">The budget and the place of the ledger.</param>
    /// <param name="metric">See <see cref="MetricOf"/>.</param>
    /// <exception cref="ArgumentException">Options are out of range, or the time is too short for one trial.</exception>
    public Task<SweepResult> RunAsync(SweepOptions options, string? metric = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var chosen = MetricOf(metric);
        CheckBudget(options.Time, options.CancellationToken);
        return Sweep.RunAsync(Configure(options, metric), trial => Task.FromResult(Run(trial, chosen)));
    }
}

/// <summary>A metric that a sweep can make best.</summary>
/// <param name="Name">Its name, such as "macro-f1".</param>
/// <param name="Maximize">Whether more is better.</param>
public sealed record SweepMetric(string Name, bool Maximize = true);
