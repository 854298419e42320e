using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>Searches a pipeline of ML.NET's AutoML with the tuners, the ledger and the pruning of sweeps.</summary>
/// <remarks>
/// Estimators count only while they are part of the pipeline that a trial tries. With cross-validation each fold reports the mean so far, so that a pruner can stop a trial after the first
/// folds. ML.NET's trainers cannot be cancelled from here: cancellation ends a trial after the fold that it is at. Each trial has a context of its own with its own seed; estimators that the
/// pipeline does not make itself, but was given, keep that of their maker.
/// </remarks>
public sealed class PipelineSweep : SweepTask
{
    private const string SchemaOption = "_SCHEMA_";

    private readonly SweepablePipeline _pipeline;
    private readonly Func<MLContext, IDataView, double> _measure;
    private readonly IReadOnlyList<DataOperationsCatalog.TrainTestData> _folds;
    private readonly (IDataView Train, IDataView Validation)? _split;
    private readonly IDataView _all;
    private readonly Lock _building = new();

    /// <summary>Trains on one part of the data and measures on another.</summary>
    /// <param name="pipeline">What is searched.</param>
    /// <param name="metric">What trials are judged by.</param>
    /// <param name="measure">Measures scored data, such as <c>(context, scored) => context.Regression.Evaluate(scored).RSquared</c>.</param>
    /// <param name="train">What is trained on.</param>
    /// <param name="validation">What is measured on.</param>
    /// <param name="all">What the best is trained on in the end; <see langword="null"/> for <paramref name="train"/>.</param>
    public PipelineSweep(SweepablePipeline pipeline, SweepMetric metric, Func<MLContext, IDataView, double> measure, IDataView train, IDataView validation, IDataView? all = null)
        : this(pipeline, metric, measure, all ?? train)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        _split = (train, validation);
    }

    /// <summary>Measures by cross-validation; the best is trained on all data in the end.</summary>
    /// <param name="pipeline">What is searched.</param>
    /// <param name="metric">What trials are judged by.</param>
    /// <param name="measure">Measures scored data.</param>
    /// <param name="data">The data.</param>
    /// <param name="folds">How many folds there are, the same for all trials. Legal range: 2 or more.</param>
    /// <param name="samplingKeyColumnName">Rows that are equal in this column stay together; <see langword="null"/> where there is none.</param>
    /// <param name="seed">The seed of the folds.</param>
    public PipelineSweep(SweepablePipeline pipeline, SweepMetric metric, Func<MLContext, IDataView, double> measure, IDataView data, int folds, string? samplingKeyColumnName = null, int seed = 1)
        : this(pipeline, metric, measure, data)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        _folds = new MLContext(seed).Data.CrossValidationSplit(data, folds, samplingKeyColumnName, seed);
    }

    private PipelineSweep(SweepablePipeline pipeline, SweepMetric metric, Func<MLContext, IDataView, double> measure, IDataView all)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(measure);
        ArgumentNullException.ThrowIfNull(all);
        (_pipeline, _measure, _all, _folds, Metrics, Space) = (pipeline, measure, all, [], [metric], pipeline.SearchSpace);
        Conditions = ConditionsOf(Space);
    }

    /// <inheritdoc/>
    public override string Name => "pipeline";

    /// <inheritdoc/>
    public override IReadOnlyList<SweepMetric> Metrics { get; }

    /// <inheritdoc/>
    public override SearchSpace Space { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Condition> Conditions { get; }

    /// <inheritdoc/>
    public override double Run(SweepTrial trial, SweepMetric metric)
    {
        ArgumentNullException.ThrowIfNull(trial);
        if (_split is var (train, validation))
            return Measure(trial, train, validation);
        double sum = 0;
        for (int fold = 0; fold < _folds.Count; fold++)
        {
            sum += Measure(trial, _folds[fold].TrainSet, _folds[fold].TestSet);
            trial.Report(fold + 1, sum / (fold + 1));
        }
        return sum / _folds.Count;
    }

    /// <inheritdoc/>
    public override ITransformer Refit(Parameter parameter, int seed, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Build(new MLContext(seed), parameter).Fit(_all);
    }

    /// <summary>Runs the sweep and trains the best of it.</summary>
    /// <param name="options">The budget and the place of the ledger.</param>
    /// <returns>All trials, and the best one's pipeline trained on all data; dispose of the model where it can be.</returns>
    public async Task<(SweepResult Result, ITransformer Model)> RunAndRefitAsync(SweepOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var result = await RunAsync(options).ConfigureAwait(false);
        return (result, Refit(result.Best.Parameter, options.Seed, options.CancellationToken));
    }

    private double Measure(SweepTrial trial, IDataView train, IDataView validation)
    {
        trial.CancellationToken.ThrowIfCancellationRequested();
        var context = new MLContext(trial.Seed);
        var model = Build(context, trial.Parameter).Fit(train);
        using var held = (object)model as IDisposable;
        return _measure(context, model.Transform(validation));
    }

    /// <summary>A pipeline remembers what was built last, so that building must not overlap; training may.</summary>
    private EstimatorChain<ITransformer> Build(MLContext context, Parameter parameter)
    {
        lock (_building)
            return _pipeline.BuildFromOption(context, parameter);
    }

    private static List<Condition> ConditionsOf(SearchSpace space)
    {
        var schemas = ((ChoiceOption)space[SchemaOption]).Choices;
        var conditions = new List<Condition>();
        foreach (var (key, option) in space)
        {
            if (key == SchemaOption || option.FeatureSpaceDim == 0)
                continue;
            string name = key.StartsWith('e') ? key : $"e{key}";
            var with = Array.FindAll(schemas, schema => schema.AsType<string>().Split(" * ").Contains(name));
            if (with.Length < schemas.Length)
                conditions.Add(new Condition(key, SchemaOption, with));
        }
        return conditions;
    }
}
