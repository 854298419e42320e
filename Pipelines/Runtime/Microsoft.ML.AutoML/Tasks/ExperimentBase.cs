using Microsoft.ML.Data;

namespace Microsoft.ML.AutoML;

/// <summary>An experiment over all that a task can be done with: featurization and trainers are chosen by the columns.</summary>
/// <remarks>Data without validation data is measured by ten-fold cross-validation, of 15,000 rows or more by a tenth that is held out; the model is then that of the fold nearest to the mean.</remarks>
public abstract class ExperimentBase<TMetrics, TExperimentSettings>
    where TMetrics : class
    where TExperimentSettings : ExperimentSettings
{
    private const int FoldsOfFewRows = 10;
    private const int ManyRows = 15_000;
    private const double HeldOut = 0.1;
    private const string Features = "__Features__";

    internal ExperimentBase(MLContext context, TExperimentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(settings);
        (Context, Settings) = (context, settings);
    }

    private protected MLContext Context { get; }

    private protected TExperimentSettings Settings { get; }

    public virtual ExperimentResult<TMetrics> Execute(
        IDataView trainData, string labelColumnName = "Label", string samplingKeyColumn = null, IEstimator<ITransformer> preFeaturizer = null, IProgress<RunDetail<TMetrics>> progressHandler = null) =>
        Execute(trainData, new ColumnInformation { LabelColumnName = labelColumnName, SamplingKeyColumnName = samplingKeyColumn }, preFeaturizer, progressHandler);

    public virtual ExperimentResult<TMetrics> Execute(
        IDataView trainData, ColumnInformation columnInformation, IEstimator<ITransformer> preFeaturizer = null, IProgress<RunDetail<TMetrics>> progressHandler = null)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        ArgumentNullException.ThrowIfNull(columnInformation);
        return RunOnce(trainData, SetData, columnInformation, preFeaturizer, progressHandler);

        void SetData(AutoMLExperiment experiment, IDataView data)
        {
            if (HasFewRows(data))
                experiment.SetDataset(data, FoldsOfFewRows, columnInformation.SamplingKeyColumnName);
            else
                experiment.SetDataset(Context.Data.TrainTestSplit(data, HeldOut, columnInformation.SamplingKeyColumnName));
        }
    }

    public virtual ExperimentResult<TMetrics> Execute(
        IDataView trainData, IDataView validationData, string labelColumnName = "Label", IEstimator<ITransformer> preFeaturizer = null, IProgress<RunDetail<TMetrics>> progressHandler = null) =>
        Execute(trainData, validationData, new ColumnInformation { LabelColumnName = labelColumnName }, preFeaturizer, progressHandler);

    public virtual ExperimentResult<TMetrics> Execute(
        IDataView trainData, IDataView validationData, ColumnInformation columnInformation, IEstimator<ITransformer> preFeaturizer = null, IProgress<RunDetail<TMetrics>> progressHandler = null)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        ArgumentNullException.ThrowIfNull(validationData);
        ArgumentNullException.ThrowIfNull(columnInformation);
        return RunOnce(trainData, (experiment, data) => experiment.SetDataset(data, validationData), columnInformation, preFeaturizer, progressHandler);
    }

    public virtual CrossValidationExperimentResult<TMetrics> Execute(
        IDataView trainData, uint numberOfCVFolds, ColumnInformation columnInformation = null, IEstimator<ITransformer> preFeaturizer = null, IProgress<CrossValidationRunDetail<TMetrics>> progressHandler = null)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        columnInformation ??= new ColumnInformation();
        var details = new List<CrossValidationRunDetail<TMetrics>>();
        var best = Run(trainData, (experiment, data) => experiment.SetDataset(data, checked((int)numberOfCVFolds), columnInformation.SamplingKeyColumnName), columnInformation, preFeaturizer, trial =>
        {
            var detail = new CrossValidationRunDetail<TMetrics>(trial.TrainerName, trial.Estimator, trial.DurationInMilliseconds / 1000, trial.Results);
            details.Add(detail);
            progressHandler?.Report(detail);
            return detail;
        });
        return new CrossValidationExperimentResult<TMetrics>(details, best);
    }

    public virtual CrossValidationExperimentResult<TMetrics> Execute(
        IDataView trainData, uint numberOfCVFolds, string labelColumnName = "Label", string samplingKeyColumn = null, IEstimator<ITransformer> preFeaturizer = null,
        IProgress<CrossValidationRunDetail<TMetrics>> progressHandler = null) =>
        Execute(trainData, numberOfCVFolds, new ColumnInformation { LabelColumnName = labelColumnName, SamplingKeyColumnName = samplingKeyColumn }, preFeaturizer, progressHandler);

    private protected abstract ILabelledMetric NewMetric(string label);

    private protected abstract TMetrics Evaluate(MLContext context, IDataView scored, string label);

    /// <summary>The metric that is made best.</summary>
    private protected abstract double Optimized(TMetrics metrics);

    private protected abstract SweepablePipeline NewTrainers(string label, string features, string weight);

    /// <summary>What makes a key of the label; null where that is not needed.</summary>
    private protected virtual IEstimator<ITransformer> LabelMapping(DataViewType label, string name) => null;

    private ExperimentResult<TMetrics> RunOnce(
        IDataView trainData, Action<AutoMLExperiment, IDataView> setData, ColumnInformation columns, IEstimator<ITransformer> preFeaturizer, IProgress<RunDetail<TMetrics>> progressHandler)
    {
        var details = new List<RunDetail<TMetrics>>();
        var best = Run(trainData, setData, columns, preFeaturizer, trial =>
        {
            var result = trial.Results.Length == 1 ? trial.Results[0] : trial.Results.MinBy(part => Math.Abs(Optimized(part.ValidationMetrics) - trial.Metric));
            var detail = new RunDetail<TMetrics>(trial.TrainerName, trial.Estimator, trial.DurationInMilliseconds / 1000, result);
            details.Add(detail);
            progressHandler?.Report(detail);
            return detail;
        });
        return new ExperimentResult<TMetrics>(details, best);
    }

    private TDetail Run<TDetail>(
        IDataView trainData, Action<AutoMLExperiment, IDataView> setData, ColumnInformation columns, IEstimator<ITransformer> preFeaturizer, Func<TaskTrialResult<TMetrics>, TDetail> add)
        where TDetail : RunDetail
    {
        string label = columns.LabelColumnName;
        columns.Check(trainData.Schema);
        var mapping = LabelMapping(trainData.Schema[label].Type, label);
        var auto = Context.Auto();
        var pipeline = new SweepablePipeline();
        if (preFeaturizer is not null)
            pipeline = pipeline.Append(preFeaturizer);
        if (mapping is not null)
            pipeline = pipeline.Append(mapping);
        var featurized = preFeaturizer is null ? trainData : preFeaturizer.Fit(trainData).Transform(trainData);
        pipeline = pipeline.Append(auto.Featurizer(featurized, columns, Features)).Append(NewTrainers(label, Features, columns.ExampleWeightColumnName));

        var settings = new AutoMLExperiment.AutoMLExperimentSettings
        {
            MaxExperimentTimeInSeconds = Settings.MaxExperimentTimeInSeconds,
            MaxModels = Settings.MaxModels,
            MaximumMemoryUsageInMegaByte = Settings.MaximumMemoryUsageInMegaByte,
            CancellationToken = Settings.CancellationToken,
        };
        var experiment = auto.CreateExperiment(settings).SetMetric(NewMetric(label)).SetPipeline(pipeline);
        setData(experiment, Settings.CacheBeforeTrainer == CacheBeforeTrainer.On ? Context.Data.Cache(trainData) : trainData);
        var monitor = new TaskMonitor<TMetrics, TDetail>(pipeline, add);
        experiment.SetMonitor(monitor).SetTrialRunner(services => new TaskRunner<TMetrics>(
            services.Get<MLContext>(), pipeline, services.Get<IEvaluateMetricManager>(), services.Get<IDatasetManager>(), settings, (context, scored) => Evaluate(context, scored, label), mapping is not null));
        experiment.Run();
        return monitor.Best;
    }

    private static bool HasFewRows(IDataView data)
    {
        if (data.GetRowCount() is { } known)
            return known < ManyRows;
        long rows = 0;
        using var cursor = data.GetRowCursor([]);
        while (rows < ManyRows && cursor.MoveNext())
            rows++;
        return rows < ManyRows;
    }
}

/// <summary>A trial with all that it was measured by.</summary>
internal sealed class TaskTrialResult<TMetrics> : TrialResult
{
    public string TrainerName { get; set; }

    public IEstimator<ITransformer> Estimator { get; init; }

    public TrainResult<TMetrics>[] Results { get; init; }
}

/// <summary>Trains a pipeline and measures all that its task knows; a label that was made a key becomes what it was again in what is predicted.</summary>
internal sealed class TaskRunner<TMetrics>(
    MLContext context, SweepablePipeline pipeline, IEvaluateMetricManager metric, IDatasetManager data, AutoMLExperiment.AutoMLExperimentSettings settings, Func<MLContext, IDataView, TMetrics> evaluate, bool mapsLabel)
    : PipelineRunner(context, pipeline, metric, data, settings)
{
    private protected override TrialResult NewResult(IReadOnlyList<(IEstimator<ITransformer> Estimator, ITransformer Model, IDataView Scored)> parts)
    {
        var back = mapsLabel ? Context.Transforms.Conversion.MapKeyToValue(DefaultColumnNames.PredictedLabel) : null;
        return new TaskTrialResult<TMetrics>
        {
            Estimator = back is null ? parts[0].Estimator : parts[0].Estimator.Append(back),
            Results = [.. parts.Select(part => new TrainResult<TMetrics>(evaluate(Context, part.Scored), back is null ? part.Model : part.Model.Append(back.Fit(part.Scored)), null))],
        };
    }
}

/// <summary>Makes details of trials.</summary>
internal sealed class TaskMonitor<TMetrics, TDetail>(SweepablePipeline pipeline, Func<TaskTrialResult<TMetrics>, TDetail> add) : IMonitor
    where TDetail : RunDetail
{
    private TDetail _last;

    public TDetail Best { get; private set; }

    public void ReportCompletedTrial(TrialResult result)
    {
        var trial = (TaskTrialResult<TMetrics>)result;
        trial.TrainerName = NameOf(trial.TrialSettings);
        _last = add(trial);
    }

    public void ReportBestTrial(TrialResult result) => Best = _last;

    public void ReportFailTrial(TrialSettings settings, Exception exception = null) => add(new TaskTrialResult<TMetrics>
    {
        TrialSettings = settings,
        TrainerName = NameOf(settings),
        DurationInMilliseconds = (DateTime.UtcNow - settings.StartedAtUtc).TotalMilliseconds,
        Results = [new TrainResult<TMetrics>(default, null, exception)],
    });

    public void ReportRunningTrial(TrialSettings settings)
    {
    }

    private string NameOf(TrialSettings settings) => pipeline.Describe(settings.Parameter[AutoMLExperiment.PipelineSearchSpace]);
}
