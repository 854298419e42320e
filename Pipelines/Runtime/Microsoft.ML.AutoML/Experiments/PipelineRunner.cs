using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.AutoML;

/// <summary>Trains a pipeline on the data of an experiment and measures it.</summary>
internal class PipelineRunner(MLContext context, SweepablePipeline pipeline, IEvaluateMetricManager metric, IDatasetManager data, AutoMLExperiment.AutoMLExperimentSettings settings) : ITrialRunner
{
    /// <summary>Folds must be the same for all trials, even without a seed.</summary>
    private const int FoldSeed = 1;

    protected MLContext Context => context;

    public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct) => Task.Run(() => Run(settings, ct), ct);

    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>The result of a trial whose data was split into <paramref name="parts"/>.</summary>
    private protected virtual TrialResult NewResult(IReadOnlyList<(IEstimator<ITransformer> Estimator, ITransformer Model, IDataView Scored)> parts) => new();

    private TrialResult Run(TrialSettings trial, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        using var cancelling = ct.Register(context.CancelExecution);
        try
        {
            var parameter = trial.Parameter[AutoMLExperiment.PipelineSearchSpace];
            var parts = new List<(IEstimator<ITransformer>, ITransformer, IDataView)>();
            double sum = 0;
            foreach (var (train, test) in Splits(trial))
            {
                ct.ThrowIfCancellationRequested();
                var estimator = pipeline.BuildFromOption(context, parameter);
                var model = estimator.Fit(train);
                var scored = model.Transform(test);
                sum += metric.Evaluate(context, scored);
                parts.Add((estimator, model, scored));
            }
            double value = sum / parts.Count;
            if (!double.IsFinite(value))
                throw new InvalidOperationException($"{metric.MetricName} is {value}: the validation data may be empty, or have only one label.");
            var result = NewResult(parts);
            (result.TrialSettings, result.Model, result.Metric, result.Loss, result.DurationInMilliseconds) = (trial, parts[0].Item2, value, metric.IsMaximize ? -value : value, watch.Elapsed.TotalMilliseconds);
            return result;
        }
        catch (Exception e) when (ct.IsCancellationRequested && e is not OperationCanceledException)
        {
            throw new OperationCanceledException(e.Message, e, ct);
        }
    }

    private IEnumerable<(IDataView Train, IDataView Test)> Splits(TrialSettings trial)
    {
        switch (data)
        {
            case ICrossValidateDatasetManager folds:
                return context.Data.CrossValidationSplit(folds.Dataset, folds.Fold, folds.SamplingKeyColumnName, settings.Seed ?? FoldSeed).Select(split => (split.TrainSet, split.TestSet));
            case ITrainValidateDatasetManager parts:
                return [(parts.LoadTrainDataset(context, trial), parts.LoadValidateDataset(context, trial))];
            default:
                throw new InvalidOperationException($"A pipeline cannot be trained on '{data.GetType()}': it must be an {nameof(ITrainValidateDatasetManager)} or an {nameof(ICrossValidateDatasetManager)}.");
        }
    }
}

/// <summary>Writes what happens to the log of the context.</summary>
internal sealed class LogMonitor(IChannel channel) : IMonitor
{
    public void ReportRunningTrial(TrialSettings settings) => channel.Trace(MessageSensitivity.None, $"Trial {settings.TrialId} begins: {settings.Parameter}");

    public void ReportCompletedTrial(TrialResult result) => channel.Info(MessageSensitivity.None, FormattableString.Invariant($"Trial {result.TrialSettings.TrialId} led to {result.Metric:R} in {result.DurationInMilliseconds:0} ms."));

    public void ReportBestTrial(TrialResult result) => channel.Info(MessageSensitivity.None, FormattableString.Invariant($"Trial {result.TrialSettings.TrialId} is the best so far."));

    public void ReportFailTrial(TrialSettings settings, Exception exception = null) => channel.Warning(MessageSensitivity.None, $"Trial {settings.TrialId} failed: {exception}");
}
