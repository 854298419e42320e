using Microsoft.ML.Data;

namespace Microsoft.ML.AutoML;

/// <summary>The trainers of binary classification. Trees are not in this runtime and are left out.</summary>
public enum BinaryClassificationTrainer
{
    FastForest = 0,
    FastTree = 1,
    LightGbm = 2,
    LbfgsLogisticRegression = 3,
    SdcaLogisticRegression = 4,
}

/// <summary>The trainers of classification. Trees are not in this runtime and are left out.</summary>
public enum MulticlassClassificationTrainer
{
    FastForestOva = 0,
    FastTreeOva = 1,
    LightGbm = 2,
    LbfgsMaximumEntropy = 3,
    LbfgsLogisticRegressionOva = 4,
    SdcaMaximumEntropy = 5,
}

/// <summary>The trainers of regression. Trees are not in this runtime and are left out.</summary>
public enum RegressionTrainer
{
    FastForest = 0,
    FastTree = 1,
    FastTreeTweedie = 2,
    LightGbm = 3,
    LbfgsPoissonRegression = 4,
    StochasticDualCoordinateAscent = 5,
}

/// <summary>The settings of experiments of binary classification.</summary>
public sealed class BinaryExperimentSettings : ExperimentSettings
{
    /// <summary>What is made best. The default value is <see cref="BinaryClassificationMetric.Accuracy"/>.</summary>
    public BinaryClassificationMetric OptimizingMetric { get; set; } = BinaryClassificationMetric.Accuracy;

    /// <summary>The trainers that may be tried. The default value is all.</summary>
    public ICollection<BinaryClassificationTrainer> Trainers { get; } = [.. Enum.GetValues<BinaryClassificationTrainer>()];
}

/// <summary>The settings of experiments of classification.</summary>
public sealed class MulticlassExperimentSettings : ExperimentSettings
{
    /// <summary>What is made best. The default value is <see cref="MulticlassClassificationMetric.MicroAccuracy"/>.</summary>
    public MulticlassClassificationMetric OptimizingMetric { get; set; } = MulticlassClassificationMetric.MicroAccuracy;

    /// <summary>The trainers that may be tried. The default value is all.</summary>
    public ICollection<MulticlassClassificationTrainer> Trainers { get; } = [.. Enum.GetValues<MulticlassClassificationTrainer>()];
}

/// <summary>The settings of experiments of regression.</summary>
public sealed class RegressionExperimentSettings : ExperimentSettings
{
    /// <summary>What is made best. The default value is <see cref="RegressionMetric.RSquared"/>.</summary>
    public RegressionMetric OptimizingMetric { get; set; } = RegressionMetric.RSquared;

    /// <summary>The trainers that may be tried. The default value is all.</summary>
    public ICollection<RegressionTrainer> Trainers { get; } = [.. Enum.GetValues<RegressionTrainer>()];
}

/// <summary>Searches a binary classifier.</summary>
public sealed class BinaryClassificationExperiment : ExperimentBase<BinaryClassificationMetrics, BinaryExperimentSettings>
{
    internal BinaryClassificationExperiment(MLContext context, BinaryExperimentSettings settings)
        : base(context, settings)
    {
    }

    private protected override ILabelledMetric NewMetric(string label) => new BinaryMetricManager(Settings.OptimizingMetric, label, DefaultColumnNames.PredictedLabel);

    private protected override BinaryClassificationMetrics Evaluate(MLContext context, IDataView scored, string label) => context.BinaryClassification.EvaluateNonCalibrated(scored, label);

    private protected override double Optimized(BinaryClassificationMetrics metrics) => BinaryMetricManager.Of(Settings.OptimizingMetric, metrics);

    private protected override SweepablePipeline NewTrainers(string label, string features, string weight) => Context.Auto().BinaryClassification(
        label, features, weight,
        useLbfgsLogisticRegression: Settings.Trainers.Contains(BinaryClassificationTrainer.LbfgsLogisticRegression),
        useSdcaLogisticRegression: Settings.Trainers.Contains(BinaryClassificationTrainer.SdcaLogisticRegression));
}

/// <summary>Searches a classifier. A label that is no key is made one, and predictions are of its own type.</summary>
public sealed class MulticlassClassificationExperiment : ExperimentBase<MulticlassClassificationMetrics, MulticlassExperimentSettings>
{
    internal MulticlassClassificationExperiment(MLContext context, MulticlassExperimentSettings settings)
        : base(context, settings)
    {
    }

    private protected override ILabelledMetric NewMetric(string label) => new MulticlassMetricManager(Settings.OptimizingMetric, label, DefaultColumnNames.PredictedLabel);

    private protected override MulticlassClassificationMetrics Evaluate(MLContext context, IDataView scored, string label) => context.MulticlassClassification.Evaluate(scored, label);

    private protected override double Optimized(MulticlassClassificationMetrics metrics) => MulticlassMetricManager.Of(Settings.OptimizingMetric, metrics);

    private protected override IEstimator<ITransformer> LabelMapping(DataViewType label, string name) => label is KeyDataViewType ? null : Context.Transforms.Conversion.MapValueToKey(name);

    private protected override SweepablePipeline NewTrainers(string label, string features, string weight) => Context.Auto().MultiClassification(
        label, features, weight,
        useLbfgsMaximumEntrophy: Settings.Trainers.Contains(MulticlassClassificationTrainer.LbfgsMaximumEntropy),
        useLbfgsLogisticRegression: Settings.Trainers.Contains(MulticlassClassificationTrainer.LbfgsLogisticRegressionOva),
        useSdcaMaximumEntrophy: Settings.Trainers.Contains(MulticlassClassificationTrainer.SdcaMaximumEntropy),
        useSdcaLogisticRegression: false);
}

/// <summary>Searches a regression.</summary>
public sealed class RegressionExperiment : ExperimentBase<RegressionMetrics, RegressionExperimentSettings>
{
    internal RegressionExperiment(MLContext context, RegressionExperimentSettings settings)
        : base(context, settings)
    {
    }

    private protected override ILabelledMetric NewMetric(string label) => new RegressionMetricManager(Settings.OptimizingMetric, label, DefaultColumnNames.Score);

    private protected override RegressionMetrics Evaluate(MLContext context, IDataView scored, string label) => context.Regression.Evaluate(scored, label);

    private protected override double Optimized(RegressionMetrics metrics) => RegressionMetricManager.Of(Settings.OptimizingMetric, metrics);

    private protected override SweepablePipeline NewTrainers(string label, string features, string weight) => Context.Auto().Regression(
        label, features, weight,
        useLbfgsPoissonRegression: Settings.Trainers.Contains(RegressionTrainer.LbfgsPoissonRegression),
        useSdca: Settings.Trainers.Contains(RegressionTrainer.StochasticDualCoordinateAscent));
}

public sealed partial class AutoCatalog
{
    /// <summary>An experiment that searches a binary classifier.</summary>
    /// <param name="maxExperimentTimeInSeconds">(seconds) See <see cref="ExperimentSettings.MaxExperimentTimeInSeconds"/>.</param>
    public BinaryClassificationExperiment CreateBinaryClassificationExperiment(uint maxExperimentTimeInSeconds) => new(_context, new BinaryExperimentSettings { MaxExperimentTimeInSeconds = maxExperimentTimeInSeconds });

    /// <summary>An experiment that searches a binary classifier.</summary>
    public BinaryClassificationExperiment CreateBinaryClassificationExperiment(BinaryExperimentSettings experimentSettings) => new(_context, experimentSettings);

    /// <summary>An experiment that searches a classifier.</summary>
    /// <param name="maxExperimentTimeInSeconds">(seconds) See <see cref="ExperimentSettings.MaxExperimentTimeInSeconds"/>.</param>
    public MulticlassClassificationExperiment CreateMulticlassClassificationExperiment(uint maxExperimentTimeInSeconds) => new(_context, new MulticlassExperimentSettings { MaxExperimentTimeInSeconds = maxExperimentTimeInSeconds });

    /// <summary>An experiment that searches a classifier.</summary>
    public MulticlassClassificationExperiment CreateMulticlassClassificationExperiment(MulticlassExperimentSettings experimentSettings) => new(_context, experimentSettings);

    /// <summary>An experiment that searches a regression.</summary>
    /// <param name="maxExperimentTimeInSeconds">(seconds) See <see cref="ExperimentSettings.MaxExperimentTimeInSeconds"/>.</param>
    public RegressionExperiment CreateRegressionExperiment(uint maxExperimentTimeInSeconds) => new(_context, new RegressionExperimentSettings { MaxExperimentTimeInSeconds = maxExperimentTimeInSeconds });

    /// <summary>An experiment that searches a regression.</summary>
    public RegressionExperiment CreateRegressionExperiment(RegressionExperimentSettings experimentSettings) => new(_context, experimentSettings);
}
