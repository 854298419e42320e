namespace MLPipelines.Text;

/// <summary>Finds the score from which each label of a multi-label classifier counts.</summary>
public static class LabelThresholds
{
    /// <summary>The threshold of labels with too few rows to tune on.</summary>
    public const float Usual = 0.5f;

    /// <summary>
    /// For each label the threshold of best F1 on rows that were not trained on, halfway between two scores; among equally good ones the nearest to 0.5.
    /// </summary>
    /// <param name="scores">For each row, the score of each label, 0 to 1.</param>
    /// <param name="truth">For each row, which labels are right.</param>
    /// <param name="minimumSupport">Labels that are right for fewer rows keep 0.5: their best threshold would be chance. 1 or more.</param>
    public static float[] Tune(IReadOnlyList<float[]> scores, IReadOnlyList<bool[]> truth, int minimumSupport = 3)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentOutOfRangeException.ThrowIfNotEqual(truth.Count, scores.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumSupport, 1);
        var thresholds = new float[scores.Count == 0 ? 0 : scores[0].Length];
        var column = new float[scores.Count];
        var rows = new int[scores.Count];
        for (int label = 0; label < thresholds.Length; label++)
        {
            for (int row = 0; row < rows.Length; row++)
                (column[row], rows[row]) = (-scores[row][label], row);
            Array.Sort(column, rows);
            thresholds[label] = Best(column, rows, truth, label, minimumSupport);
        }
        return thresholds;
    }

    // Scores are negated, so that the highest comes first.
    private static float Best(float[] negated, int[] rows, IReadOnlyList<bool[]> truth, int label, int minimumSupport)
    {
        int support = rows.Count(row => truth[row][label]), correct = 0;
        if (support < minimumSupport)
            return Usual;
        var (best, threshold) = (-1.0, Usual);
        for (int i = 0; i < rows.Length; i++)
        {
            correct += truth[rows[i]][label] ? 1 : 0;
            if (i + 1 < rows.Length && negated[i + 1] == negated[i])
                continue;
            double f1 = 2.0 * correct / (i + 1 + support);
            float below = i + 1 < rows.Length ? -negated[i + 1] : 0;
            float candidate = (-negated[i] + below) / 2;
            // Of two neighbours halfway in floating point, the upper one must still be reached.
            candidate = Math.Min(candidate, -negated[i]);
            if (f1 > best || f1 == best && Math.Abs(candidate - Usual) < Math.Abs(threshold - Usual))
                (best, threshold) = (f1, candidate);
        }
        return threshold;
    }
}
