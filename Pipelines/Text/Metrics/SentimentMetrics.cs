namespace MLPipelines.Text;

/// <summary>How well a sentiment classifier does.</summary>
public sealed record SentimentMetrics : TextClassificationMetrics
{
    /// <summary>
    /// The mean of the F1 of the most positive and of the most negative label, 0 to 1: the measure of SemEval's sentiment tasks beside macro recall.
    /// </summary>
    public required double PolarF1 { get; init; }

    /// <summary>The mean distance between the expected polarity and that of the right label, 0 to 2; polarities run from -1 to 1.</summary>
    public required double PolarityError { get; init; }

    internal static SentimentMetrics Of(SentimentScale scale, IReadOnlyList<int> truth, IReadOnlyList<float[]> probabilities)
    {
        var labels = Of(scale.Labels, truth, probabilities);
        double error = 0;
        for (int row = 0; row < truth.Count; row++)
        {
            if (truth[row] >= 0)
                error += Math.Abs(scale.PolarityOf(probabilities[row]) - scale.Polarities[truth[row]]);
        }
        return new SentimentMetrics
        {
            Rows = labels.Rows,
            RowsWithoutKnownLabel = labels.RowsWithoutKnownLabel,
            Accuracy = labels.Accuracy,
            MacroF1 = labels.MacroF1,
            MacroRecall = labels.MacroRecall,
            LogLoss = labels.LogLoss,
            ExpectedCalibrationError = labels.ExpectedCalibrationError,
            Coverage = labels.Coverage,
            CoveredAccuracy = labels.CoveredAccuracy,
            Labels = labels.Labels,
            PolarF1 = (labels.Labels[scale.MostPositive].F1 + labels.Labels[scale.MostNegative].F1) / 2,
            PolarityError = error / labels.Rows,
        };
    }

    /// <summary>The figures and a table of labels, for people.</summary>
    public override string ToString() => Text(
        ("accuracy", Accuracy), ("macro F1", MacroF1), ("macro recall", MacroRecall), ("F1 of the two poles", PolarF1), ("polarity error", PolarityError),
        ("log-loss", LogLoss), ("expected calibration error", ExpectedCalibrationError));
}
