using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.AutoML;

/// <summary>Sets what an experiment is about.</summary>
public static class AutoMLExperimentExtension
{
    /// <summary>Trains on one part of the data and measures on the other.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="train">What is trained on.</param>
    /// <param name="validation">What is measured on.</param>
    /// <param name="subSamplingTrainDataset">Whether the share of <paramref name="train"/> to train on is searched too, from 0.1 on.</param>
    public static AutoMLExperiment SetDataset(this AutoMLExperiment experiment, IDataView train, IDataView validation, bool subSamplingTrainDataset = false)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        var manager = new TrainValidateDatasetManager(train, validation);
        if (subSamplingTrainDataset)
            experiment.AddSearchSpace(TrainValidateDatasetManager.SpaceName, TrainValidateDatasetManager.NewSpace());
        experiment.Services.Remove<ICrossValidateDatasetManager>();
        experiment.Services.SetInstance<ITrainValidateDatasetManager>(manager);
        experiment.Services.SetInstance<IDatasetManager>(manager);
        return experiment;
    }

    /// <summary>Trains on the train set and measures on the test set.</summary>
    public static AutoMLExperiment SetDataset(this AutoMLExperiment experiment, DataOperationsCatalog.TrainTestData trainValidationSplit) =>
        experiment.SetDataset(trainValidationSplit.TrainSet, trainValidationSplit.TestSet);

    /// <summary>Measures by cross-validation; <see cref="TrialResult.Model"/> is that of the first fold.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="dataset">The data.</param>
    /// <param name="fold">How many folds there are. Legal range: 2 or more. All trials have the same.</param>
    /// <param name="samplingKeyColumnName">Rows that are equal in this column stay together; null where there is none.</param>
    public static AutoMLExperiment SetDataset(this AutoMLExperiment experiment, IDataView dataset, int fold = 10, string samplingKeyColumnName = null)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(dataset);
        AutoMLErrors.CheckRange(fold >= 2, nameof(fold), fold, "2 or more");
        if (samplingKeyColumnName is not null && dataset.Schema.GetColumnOrNull(samplingKeyColumnName) is null)
            throw AutoMLErrors.NoColumn(samplingKeyColumnName, "sampling key", dataset.Schema);
        var manager = new CrossValidateDatasetManager(dataset, fold, samplingKeyColumnName);
        experiment.Services.Remove<ITrainValidateDatasetManager>();
        experiment.Services.SetInstance<ICrossValidateDatasetManager>(manager);
        experiment.Services.SetInstance<IDatasetManager>(manager);
        return experiment;
    }

    public static AutoMLExperiment SetBinaryClassificationMetric(this AutoMLExperiment experiment, BinaryClassificationMetric metric, string labelColumn = "label", string predictedColumn = "PredictedLabel") =>
        experiment.SetMetric(new BinaryMetricManager(Defined(metric), Named(labelColumn), Named(predictedColumn)));

    public static AutoMLExperiment SetMulticlassClassificationMetric(this AutoMLExperiment experiment, MulticlassClassificationMetric metric, string labelColumn = "label", string predictedColumn = "PredictedLabel") =>
        experiment.SetMetric(new MulticlassMetricManager(Defined(metric), Named(labelColumn), Named(predictedColumn)));

    public static AutoMLExperiment SetRegressionMetric(this AutoMLExperiment experiment, RegressionMetric metric, string labelColumn = "Label", string scoreColumn = "Score") =>
        experiment.SetMetric(new RegressionMetricManager(Defined(metric), Named(labelColumn), Named(scoreColumn)));

    /// <summary>Searches a pipeline, by the tuner of <see cref="SetEciCostFrugalTuner"/>, and reports to the log of the context. What of these is to be otherwise is set afterwards.</summary>
    public static AutoMLExperiment SetPipeline(this AutoMLExperiment experiment, SweepablePipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(pipeline);
        experiment.AddSearchSpace(AutoMLExperiment.PipelineSearchSpace, pipeline.SearchSpace);
        experiment.Services.SetInstance(pipeline);
        return experiment.SetTrialRunner<PipelineRunner>().SetMonitor<LogMonitor>().SetTuner<EciCostFrugalTuner>();
    }

    /// <summary>Measures what trials use at intervals.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="checkIntervalInMilliseconds">(milliseconds) Legal range: above 0. The default value is 1000.</param>
    public static AutoMLExperiment SetPerformanceMonitor(this AutoMLExperiment experiment, int checkIntervalInMilliseconds = 1000)
    {
        AutoMLErrors.CheckRange(checkIntervalInMilliseconds > 0, nameof(checkIntervalInMilliseconds), checkIntervalInMilliseconds, "above 0");
        return experiment.SetPerformanceMonitor(services => new DefaultPerformanceMonitor(services.Get<AutoMLExperiment.AutoMLExperimentSettings>(), services.Get<IChannel>(), checkIntervalInMilliseconds));
    }

    public static AutoMLExperiment SetPerformanceMonitor<TPerformanceMonitor>(this AutoMLExperiment experiment, Func<IServiceProvider, TPerformanceMonitor> factory)
        where TPerformanceMonitor : class, IPerformanceMonitor
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(factory);
        experiment.Services.SetTransient<IPerformanceMonitor>(factory);
        return experiment;
    }

    public static AutoMLExperiment SetPerformanceMonitor<TPerformanceMonitor>(this AutoMLExperiment experiment)
        where TPerformanceMonitor : class, IPerformanceMonitor =>
        experiment.SetPerformanceMonitor(Services.Make<TPerformanceMonitor>);

    /// <summary>Searches by sequential model-based algorithm configuration (Hutter, Hoos and Leyton-Brown 2011).</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="numberInitialPopulation">How many points are drawn at random before the first model. Legal range: 1 or more.</param>
    /// <param name="fitModelEveryNTrials">How many points each model proposes. Legal range: 1 or more.</param>
    /// <param name="numberOfTrees">How many trees the model has. Legal range: 1 or more.</param>
    /// <param name="nMinForSpit">How many trials a node needs to be split. Legal range: 2 or more.</param>
    /// <param name="splitRatio">The share of the coordinates that are tried at each split. Legal range: above 0, at most 1.</param>
    /// <param name="localSearchParentCount">From how many of the best trials a local search sets out. Legal range: 0 or more.</param>
    /// <param name="numRandomEISearchConfigurations">How many random points are looked at for each model. Legal range: at least <paramref name="fitModelEveryNTrials"/>.</param>
    /// <param name="epsilon">A local search ends when the expected improvement rises by no more. Legal range: 0 or more.</param>
    /// <param name="numNeighboursForNumericalParams">How many neighbours a local search looks at for each number. Legal range: 1 or more.</param>
    public static AutoMLExperiment SetSmacTuner(
        this AutoMLExperiment experiment,
        int numberInitialPopulation = 20,
        int fitModelEveryNTrials = 10,
        int numberOfTrees = 10,
        int nMinForSpit = 2,
        float splitRatio = 0.8f,
        int localSearchParentCount = 5,
        int numRandomEISearchConfigurations = 5000,
        double epsilon = 1E-05,
        int numNeighboursForNumericalParams = 4)
    {
        var smac = new SmacSettings(
            numberInitialPopulation, fitModelEveryNTrials, numberOfTrees, nMinForSpit, splitRatio, localSearchParentCount, numRandomEISearchConfigurations, epsilon, numNeighboursForNumericalParams);
        smac.Check();
        return experiment.SetTuner(settings => new SmacTuner(settings.SearchSpace, settings.Seed, smac));
    }

    /// <summary>Searches by a walk from the default, which is expected to be cheap (Wu, Wang and Huang 2021).</summary>
    public static AutoMLExperiment SetCostFrugalTuner(this AutoMLExperiment experiment) => experiment.SetTuner(settings => new CostFrugalTuner(settings.SearchSpace, settings.Seed));

    /// <summary>Searches at random.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="seed">The seed; null for that of the experiment.</param>
    public static AutoMLExperiment SetRandomSearchTuner(this AutoMLExperiment experiment, int? seed = null) => experiment.SetTuner(settings => new RandomSearchTuner(settings.SearchSpace, seed ?? settings.Seed));

    /// <summary>Searches a grid, each point of it once.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="step">How many values of a number are tried. Legal range: 2 or more.</param>
    public static AutoMLExperiment SetGridSearchTuner(this AutoMLExperiment experiment, int step = 10)
    {
        AutoMLErrors.CheckRange(step >= 2, nameof(step), step, "2 or more");
        return experiment.SetTuner(settings => new GridSearchTuner(settings.SearchSpace, step));
    }

    /// <summary>Writes trials down in a folder, and goes on with those that an experiment over the same space and metric left there.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="folder">The folder; it is made where there is none.</param>
    public static AutoMLExperiment SetCheckpoint(this AutoMLExperiment experiment, string folder)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        experiment.Services.SetShared(services => new Checkpoint(folder, services.Get<AutoMLExperiment.AutoMLExperimentSettings>().SearchSpace, services.Get<IMetricManager>()?.MetricName));
        return experiment;
    }

    /// <summary>Searches each way through a pipeline by a walk of its own and goes on with the one that is expected to become the best soonest (Wang, Wu, Weimer and Zhu 2021). It needs a pipeline.</summary>
    public static AutoMLExperiment SetEciCostFrugalTuner(this AutoMLExperiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return experiment.SetTuner(services => services.Get<SweepablePipeline>() is { } pipeline
            ? new EciCostFrugalTuner(pipeline, services.Get<AutoMLExperiment.AutoMLExperimentSettings>())
            : throw AutoMLErrors.NotReady([$"{nameof(SetEciCostFrugalTuner)} needs a pipeline; call {nameof(SetPipeline)}"]));
    }

    internal static AutoMLExperiment SetMetric(this AutoMLExperiment experiment, IEvaluateMetricManager metric)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        experiment.Services.SetInstance(metric);
        experiment.Services.SetInstance<IMetricManager>(metric);
        return experiment;
    }

    private static AutoMLExperiment SetTuner(this AutoMLExperiment experiment, Func<AutoMLExperiment.AutoMLExperimentSettings, PointTuner> make)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        return experiment.SetTuner(services => make(services.Get<AutoMLExperiment.AutoMLExperimentSettings>()));
    }

    private static string Named(string column)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        return column;
    }

    private static T Defined<T>(T value)
        where T : struct, Enum
    {
        AutoMLErrors.CheckRange(Enum.IsDefined(value), "metric", value, $"one of {string.Join(", ", Enum.GetNames<T>())}");
        return value;
    }
}
