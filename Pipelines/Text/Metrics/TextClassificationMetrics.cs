using System.Globalization;

namespace MLPipelines.Text;

/// <summary>How well a classifier does whose rows have one label each.</summary>
public record TextClassificationMetrics
{
    internal const double SmallestProbability = 1e-15;

    /// <summary>Rows judged: those with a label that the model knows.</summary>
    public required int Rows { get; init; }

    /// <summary>Rows left out because their label is missing, or none that the model knows.</summary>
    public required int RowsWithoutKnownLabel { get; init; }

    /// <summary>The share of rows whose most probable class is right, 0 to 1; a missing prediction counts by its most probable class too.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The mean of the classes' F1 over those that occur or were predicted, 0 to 1.</summary>
    public required double MacroF1 { get; init; }

    /// <summary>The mean of the recalls of the classes that occur, 0 to 1.</summary>
    public required double MacroRecall { get; init; }

    /// <summary>The mean of -ln(probability of the right class), in nats; lower is better.</summary>
    public required double LogLoss { get; init; }

    /// <summary>How far confidence and accuracy lie apart, 0 to 1; see <see cref="ProbabilityMetrics.ExpectedCalibrationError"/>.</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>The share of rows for which the model did not abstain, 0 to 1.</summary>
    public required double Coverage { get; init; }

    /// <summary>The accuracy on the rows for which the model did not abstain, 0 to 1; NaN where it always did.</summary>
    public required double CoveredAccuracy { get; init; }

    /// <summary>Each class.</summary>
    public required IReadOnlyList<LabelMetrics> Labels { get; init; }

    /// <summary>Judges probabilities.</summary>
    /// <param name="labels">The names of the classes.</param>
    /// <param name="truth">The right class of each row, counted from 0; rows with -1 are left out.</param>
    /// <param name="probabilities">For each row, the probability of each class.</param>
    /// <param name="abstained">For each row, whether the model gave no class; null where it always did.</param>
    /// <exception cref="ArgumentException">No row has a class, or the lengths differ.</exception>
    public static TextClassificationMetrics Of(IReadOnlyList<string> labels, IReadOnlyList<int> truth, IReadOnlyList<float[]> probabilities, IReadOnlyList<bool>? abstained = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(probabilities);
        int judged = truth.Count(label => label >= 0);
        if (judged == 0 || probabilities.Count != truth.Count || (abstained ?? []).Count != (abstained is null ? 0 : truth.Count))
            throw TextErrors.MetricRows(judged, truth.Count, probabilities.Count);
        var (support, positives, correct) = (new int[labels.Count], new int[labels.Count], new int[labels.Count]);
        var confidences = new List<float>(judged);
        var hits = new List<bool>(judged);
        double loss = 0;
        int covered = 0, coveredHits = 0;
        for (int row = 0; row < truth.Count; row++)
        {
            if (truth[row] < 0)
                continue;
            var scores = probabilities[row];
            if (scores.Length != labels.Count)
                throw TextErrors.MetricLabels(row, labels.Count);
            int best = Largest(scores);
            bool hit = best == truth[row];
            support[truth[row]]++;
            positives[best]++;
            correct[best] += hit ? 1 : 0;
            confidences.Add(scores[best]);
            hits.Add(hit);
            loss -= Math.Log(Math.Max(scores[truth[row]], SmallestProbability));
            if (abstained is null || !abstained[row])
            {
                covered++;
                coveredHits += hit ? 1 : 0;
            }
        }
        LabelMetrics[] each = [.. labels.Select((label, i) => new LabelMetrics(label, support[i], positives[i], correct[i]))];
        return new TextClassificationMetrics
        {
            Rows = judged,
            RowsWithoutKnownLabel = truth.Count - judged,
            Accuracy = (double)hits.Count(hit => hit) / judged,
            MacroF1 = LabelMetrics.Mean([.. each.Where(label => label.Support + label.Predicted > 0)], label => label.F1),
            MacroRecall = LabelMetrics.Mean([.. each.Where(label => label.Support > 0)], label => label.Recall),
            LogLoss = loss / judged,
            ExpectedCalibrationError = ProbabilityMetrics.ExpectedCalibrationError(confidences, hits),
            Coverage = (double)covered / judged,
            CoveredAccuracy = covered == 0 ? double.NaN : (double)coveredHits / covered,
            Labels = each,
        };
    }

    /// <summary>The figures and a table of classes, for people.</summary>
    public override string ToString() => Text(
        ("accuracy", Accuracy), ("macro F1", MacroF1), ("macro recall", MacroRecall), ("log-loss", LogLoss),
        ("expected calibration error", ExpectedCalibrationError), ("coverage", Coverage), ("accuracy where covered", CoveredAccuracy));

    private protected string Text(params ReadOnlySpan<(string Name, double Value)> figures)
    {
        var text = MetricsText.Figures(figures);
        if (RowsWithoutKnownLabel > 0)
            text.Append(CultureInfo.InvariantCulture, $"{RowsWithoutKnownLabel} of {Rows + RowsWithoutKnownLabel} rows left out: no label that the model knows\n");
        return text.Rows(Labels).ToString();
    }

    internal static int Largest(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
                best = i;
        }
        return best;
    }
}
