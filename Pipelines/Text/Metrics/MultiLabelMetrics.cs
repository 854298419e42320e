namespace MLPipelines.Text;

/// <summary>How well a classifier does whose rows have any number of labels.</summary>
public sealed record MultiLabelMetrics
{
    /// <summary>Rows judged.</summary>
    public required int Rows { get; init; }

    /// <summary>Precision over all pairs of row and label, 0 to 1.</summary>
    public required double MicroPrecision { get; init; }

    /// <summary>Recall over all pairs of row and label, 0 to 1.</summary>
    public required double MicroRecall { get; init; }

    /// <summary>F1 over all pairs of row and label, 0 to 1.</summary>
    public required double MicroF1 { get; init; }

    /// <summary>The mean of the labels' F1, 0 to 1; a label that neither occurs nor was predicted counts as 0.</summary>
    public required double MacroF1 { get; init; }

    /// <summary>The share of rows whose labels are all right, 0 to 1.</summary>
    public required double SubsetAccuracy { get; init; }

    /// <summary>The share of pairs of row and label that are wrong, 0 to 1; lower is better.</summary>
    public required double HammingLoss { get; init; }

    /// <summary>
    /// Label ranking average precision, 0 to 1: for each right label of a row, the share of right ones among those scored at least as high; averaged over labels, then rows.
    /// Rows with no label, or all, count as 1.
    /// </summary>
    public required double RankingAveragePrecision { get; init; }

    /// <summary>Each label.</summary>
    public required IReadOnlyList<LabelMetrics> Labels { get; init; }

    /// <summary>Judges predictions.</summary>
    /// <param name="labels">The names of the labels.</param>
    /// <param name="truth">For each row, which labels are right.</param>
    /// <param name="predicted">For each row, which labels were predicted.</param>
    /// <param name="scores">For each row, a score for each label; higher is likelier.</param>
    /// <exception cref="ArgumentException">There are no rows, or the lengths differ.</exception>
    public static MultiLabelMetrics Of(IReadOnlyList<string> labels, IReadOnlyList<bool[]> truth, IReadOnlyList<bool[]> predicted, IReadOnlyList<float[]> scores)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(scores);
        int rows = truth.Count, count = labels.Count;
        if (rows == 0 || predicted.Count != rows || scores.Count != rows)
            throw TextErrors.MetricRows(rows, predicted.Count, scores.Count);
        var support = new int[count];
        var positives = new int[count];
        var correct = new int[count];
        long wrong = 0;
        int exact = 0;
        double ranking = 0;
        for (int row = 0; row < rows; row++)
        {
            var (right, given) = (truth[row], predicted[row]);
            if (right.Length != count || given.Length != count || scores[row].Length != count)
                throw TextErrors.MetricLabels(row, count);
            int wrongHere = 0;
            for (int label = 0; label < count; label++)
            {
                support[label] += right[label] ? 1 : 0;
                positives[label] += given[label] ? 1 : 0;
                correct[label] += right[label] && given[label] ? 1 : 0;
                wrongHere += right[label] == given[label] ? 0 : 1;
            }
            wrong += wrongHere;
            exact += wrongHere == 0 ? 1 : 0;
            ranking += RankingPrecision(right, scores[row]);
        }
        LabelMetrics[] each = [.. labels.Select((label, i) => new LabelMetrics(label, support[i], positives[i], correct[i]))];
        var all = LabelMetrics.Micro(each);
        return new MultiLabelMetrics
        {
            Rows = rows,
            MicroPrecision = all.Precision,
            MicroRecall = all.Recall,
            MicroF1 = all.F1,
            MacroF1 = LabelMetrics.Mean(each, label => label.F1),
            SubsetAccuracy = (double)exact / rows,
            HammingLoss = LabelMetrics.Ratio(wrong, (double)rows * count),
            RankingAveragePrecision = ranking / rows,
            Labels = each,
        };
    }

    /// <summary>The figures and a table of labels, for people.</summary>
    public override string ToString() =>
        MetricsText.Figures(
            ("micro F1", MicroF1), ("  precision", MicroPrecision), ("  recall", MicroRecall), ("macro F1", MacroF1),
            ("subset accuracy", SubsetAccuracy), ("Hamming loss", HammingLoss), ("ranking average precision", RankingAveragePrecision)).Rows(Labels).ToString();

    private static double RankingPrecision(bool[] right, float[] scores)
    {
        int rights = right.Count(value => value);
        if (rights == 0 || rights == right.Length)
            return 1;
        double sum = 0;
        for (int label = 0; label < right.Length; label++)
        {
            if (!right[label])
                continue;
            int above = 0, rightAbove = 0;
            for (int other = 0; other < right.Length; other++)
            {
                if (scores[other] < scores[label])
                    continue;
                above++;
                rightAbove += right[other] ? 1 : 0;
            }
            sum += (double)rightAbove / above;
        }
        return sum / rights;
    }
}
