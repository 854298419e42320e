namespace MLPipelines.Text;

/// <summary>Whether probabilities mean what they say.</summary>
public static class ProbabilityMetrics
{
    /// <summary>
    /// Expected calibration error, 0 to 1 (Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015): rows are put into
    /// bins of equal width by confidence; the gaps between mean confidence and accuracy are averaged by the rows in them. 0 without rows.
    /// </summary>
    /// <param name="confidences">The probability of each row's prediction, 0 to 1.</param>
    /// <param name="isCorrect">Whether the prediction is right.</param>
    /// <param name="bins">The number of bins; 1 or more.</param>
    public static double ExpectedCalibrationError(IReadOnlyList<float> confidences, IReadOnlyList<bool> isCorrect, int bins = 15)
    {
        ArgumentNullException.ThrowIfNull(confidences);
        ArgumentNullException.ThrowIfNull(isCorrect);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(isCorrect.Count, confidences.Count);
        var gap = new double[bins];
        for (int i = 0; i < confidences.Count; i++)
        {
            // Bins are open below and closed above, as in the paper.
            int bin = Math.Clamp((int)Math.Ceiling(confidences[i] * bins) - 1, 0, bins - 1);
            gap[bin] += confidences[i] - (isCorrect[i] ? 1 : 0);
        }
        return LabelMetrics.Ratio(gap.Sum(Math.Abs), confidences.Count);
    }

    /// <summary>
    /// The area under the ROC curve, 0 to 1: how likely a random positive scores higher than a random negative, ties counting half. NaN where there are only
    /// positives, or only negatives.
    /// </summary>
    public static double AreaUnderRocCurve(IReadOnlyList<float> scores, IReadOnlyList<bool> isPositive)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(isPositive);
        ArgumentOutOfRangeException.ThrowIfNotEqual(isPositive.Count, scores.Count);
        double[] ranks = Ranks([.. scores]);
        double positives = isPositive.Count(value => value), negatives = scores.Count - positives;
        double sum = 0;
        for (int i = 0; i < ranks.Length; i++)
            sum += isPositive[i] ? ranks[i] : 0;
        return positives == 0 || negatives == 0 ? double.NaN : (sum - positives * (positives + 1) / 2) / (positives * negatives);
    }

    /// <summary>Ranks from 1 in rising order; equal values share the mean of their ranks.</summary>
    internal static double[] Ranks<T>(T[] values) where T : IComparable<T>
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort((T[])values.Clone(), order);
        var ranks = new double[values.Length];
        for (int start = 0; start < order.Length;)
        {
            int end = start + 1;
            while (end < order.Length && values[order[end]].CompareTo(values[order[start]]) == 0)
                end++;
            for (int i = start; i < end; i++)
                ranks[order[i]] = (start + 1 + end) / 2.0;
            start = end;
        }
        return ranks;
    }
}
