using Microsoft.ML.Evaluation;

namespace Microsoft.ML.Data;

/// <summary>Figures of a classifier of two classes.</summary>
public class BinaryClassificationMetrics
{
    internal BinaryClassificationMetrics(BinaryEvaluation evaluation)
    {
        AreaUnderRocCurve = evaluation.AreaUnderRocCurve();
        Accuracy = evaluation.Accuracy;
        PositivePrecision = evaluation.PositivePrecision;
        PositiveRecall = evaluation.PositiveRecall;
        NegativePrecision = evaluation.NegativePrecision;
        NegativeRecall = evaluation.NegativeRecall;
        F1Score = evaluation.F1Score;
        AreaUnderPrecisionRecallCurve = evaluation.AreaUnderPrecisionRecallCurve();
        ConfusionMatrix = evaluation.ConfusionMatrix;
    }

    public double AreaUnderRocCurve { get; }

    public double Accuracy { get; }

    public double PositivePrecision { get; }

    public double PositiveRecall { get; }

    public double NegativePrecision { get; }

    public double NegativeRecall { get; }

    public double F1Score { get; }

    public double AreaUnderPrecisionRecallCurve { get; }

    public ConfusionMatrix ConfusionMatrix { get; }
}

/// <summary>Figures of a classifier of two classes that gives probabilities; losses and entropy in bits.</summary>
public sealed class CalibratedBinaryClassificationMetrics : BinaryClassificationMetrics
{
    internal CalibratedBinaryClassificationMetrics(BinaryEvaluation evaluation) : base(evaluation)
    {
        LogLoss = evaluation.LogLoss;
        LogLossReduction = evaluation.LogLossReduction;
        Entropy = evaluation.Entropy;
    }

    public double LogLoss { get; }

    public double LogLossReduction { get; }

    public double Entropy { get; }
}

/// <summary>Figures of a classifier of several classes; losses in nats.</summary>
public sealed class MulticlassClassificationMetrics
{
    internal MulticlassClassificationMetrics(MulticlassEvaluation evaluation)
    {
        MicroAccuracy = evaluation.MicroAccuracy;
        MacroAccuracy = evaluation.MacroAccuracy;
        LogLoss = evaluation.LogLoss;
        LogLossReduction = evaluation.LogLossReduction;
        PerClassLogLoss = evaluation.PerClassLogLoss;
        TopKPredictionCount = evaluation.TopKPredictionCount;
        TopKAccuracyForAllK = evaluation.TopKAccuracyForAllK;
        TopKAccuracy = TopKPredictionCount > 0 ? TopKAccuracyForAllK[Math.Min(TopKPredictionCount, TopKAccuracyForAllK.Count) - 1] : 0;
        ConfusionMatrix = evaluation.ConfusionMatrix;
    }

    public double LogLoss { get; }

    public double LogLossReduction { get; }

    public double MacroAccuracy { get; }

    public double MicroAccuracy { get; }

    public double TopKAccuracy { get; }

    public int TopKPredictionCount { get; }

    public IReadOnlyList<double> TopKAccuracyForAllK { get; }

    public IReadOnlyList<double> PerClassLogLoss { get; }

    public ConfusionMatrix ConfusionMatrix { get; }
}
