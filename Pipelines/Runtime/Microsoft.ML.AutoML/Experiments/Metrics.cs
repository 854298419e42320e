using Microsoft.ML.Data;

namespace Microsoft.ML.AutoML;

/// <summary>What an experiment is measured by.</summary>
public interface IMetricManager
{
    /// <summary>Whether more is better.</summary>
    bool IsMaximize { get; }

    string MetricName { get; }
}

/// <summary>A metric of scored data.</summary>
public interface IEvaluateMetricManager : IMetricManager
{
    double Evaluate(MLContext context, IDataView eval);
}

/// <summary>A metric of binary classifiers.</summary>
public enum BinaryClassificationMetric
{
    Accuracy = 0,
    AreaUnderRocCurve = 1,
    AreaUnderPrecisionRecallCurve = 2,
    F1Score = 3,
    PositivePrecision = 4,
    PositiveRecall = 5,
    NegativePrecision = 6,
    NegativeRecall = 7,
}

/// <summary>A metric of classifiers.</summary>
public enum MulticlassClassificationMetric
{
    MicroAccuracy = 0,
    MacroAccuracy = 1,
    LogLoss = 2,
    LogLossReduction = 3,
    TopKAccuracy = 4,
}

/// <summary>A metric of regression.</summary>
public enum RegressionMetric
{
    MeanAbsoluteError = 0,
    MeanSquaredError = 1,
    RootMeanSquaredError = 2,
    RSquared = 3,
}

/// <summary>A metric that knows the label that it needs.</summary>
internal interface ILabelledMetric : IEvaluateMetricManager
{
    string LabelColumn { get; }

    bool IsClassification { get; }

    /// <exception cref="ArgumentException">The column cannot be the label of this metric.</exception>
    void CheckLabel(SchemaShape.Column label);
}

internal abstract class LabelledMetric(string metricName, string labelColumn, string needed, bool isClassification) : ILabelledMetric
{
    public string LabelColumn => labelColumn;

    public string MetricName => metricName;

    public bool IsClassification => isClassification;

    public abstract bool IsMaximize { get; }

    public abstract double Evaluate(MLContext context, IDataView eval);

    public void CheckLabel(SchemaShape.Column label)
    {
        if (label.Kind != SchemaShape.Column.VectorKind.Scalar || !Fits(label))
            throw AutoMLErrors.WrongLabel(metricName, labelColumn, label.GetTypeString(), needed);
    }

    protected abstract bool Fits(SchemaShape.Column label);
}

internal sealed class BinaryMetricManager(BinaryClassificationMetric metric, string labelColumn, string predictedColumn)
    : LabelledMetric(metric.ToString(), labelColumn, "Boolean, as binary classification needs", isClassification: true)
{
    public override bool IsMaximize => true;

    public override double Evaluate(MLContext context, IDataView eval) =>
        Of(metric, context.BinaryClassification.EvaluateNonCalibrated(eval, LabelColumn, predictedLabelColumnName: predictedColumn));

    public static double Of(BinaryClassificationMetric metric, BinaryClassificationMetrics metrics) => metric switch
    {
        BinaryClassificationMetric.Accuracy => metrics.Accuracy,
        BinaryClassificationMetric.AreaUnderRocCurve => metrics.AreaUnderRocCurve,
        BinaryClassificationMetric.AreaUnderPrecisionRecallCurve => metrics.AreaUnderPrecisionRecallCurve,
        BinaryClassificationMetric.F1Score => metrics.F1Score,
        BinaryClassificationMetric.PositivePrecision => metrics.PositivePrecision,
        BinaryClassificationMetric.PositiveRecall => metrics.PositiveRecall,
        BinaryClassificationMetric.NegativePrecision => metrics.NegativePrecision,
        BinaryClassificationMetric.NegativeRecall => metrics.NegativeRecall,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "There is no such metric of binary classification."),
    };

    protected override bool Fits(SchemaShape.Column label) => !label.IsKey && label.ItemType is BooleanDataViewType;
}

internal sealed class MulticlassMetricManager(MulticlassClassificationMetric metric, string labelColumn, string predictedColumn)
    : LabelledMetric(metric.ToString(), labelColumn, "a key, as classification needs (MapValueToKey makes one of texts)", isClassification: true)
{
    public override bool IsMaximize => metric is not MulticlassClassificationMetric.LogLoss;

    public override double Evaluate(MLContext context, IDataView eval) =>
        Of(metric, context.MulticlassClassification.Evaluate(eval, LabelColumn, predictedLabelColumnName: predictedColumn));

    public static double Of(MulticlassClassificationMetric metric, MulticlassClassificationMetrics metrics) => metric switch
    {
        MulticlassClassificationMetric.MicroAccuracy => metrics.MicroAccuracy,
        MulticlassClassificationMetric.MacroAccuracy => metrics.MacroAccuracy,
        MulticlassClassificationMetric.LogLoss => metrics.LogLoss,
        MulticlassClassificationMetric.LogLossReduction => metrics.LogLossReduction,
        MulticlassClassificationMetric.TopKAccuracy => metrics.TopKAccuracy,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "There is no such metric of classification."),
    };

    protected override bool Fits(SchemaShape.Column label) => label.IsKey;
}

internal sealed class RegressionMetricManager(RegressionMetric metric, string labelColumn, string scoreColumn)
    : LabelledMetric(metric.ToString(), labelColumn, "a number of type Single, as regression needs", isClassification: false)
{
    public override bool IsMaximize => metric is RegressionMetric.RSquared;

    public override double Evaluate(MLContext context, IDataView eval) => Of(metric, context.Regression.Evaluate(eval, LabelColumn, scoreColumn));

    public static double Of(RegressionMetric metric, RegressionMetrics metrics) => metric switch
    {
        RegressionMetric.MeanAbsoluteError => metrics.MeanAbsoluteError,
        RegressionMetric.MeanSquaredError => metrics.MeanSquaredError,
        RegressionMetric.RootMeanSquaredError => metrics.RootMeanSquaredError,
        RegressionMetric.RSquared => metrics.RSquared,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "There is no such metric of regression."),
    };

    protected override bool Fits(SchemaShape.Column label) => !label.IsKey && label.ItemType is NumberDataViewType { RawType: var type } && type == typeof(float);
}
