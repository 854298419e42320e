namespace MLPipelines.Metrics;

/// <summary>
/// ROUGE (Lin, "ROUGE: a package for automatic evaluation of summaries", 2004) as the package rouge_score computes it without stemming: lower case, runs of the letters a to z
/// and digits as words (texts in other scripts have none), F1.
/// </summary>
/// <param name="Rouge1">F1 of words, 0 to 1.</param>
/// <param name="Rouge2">F1 of pairs of words, 0 to 1.</param>
/// <param name="RougeL">F1 of the longest common subsequence of words, 0 to 1.</param>
public sealed record Rouge(double Rouge1, double Rouge2, double RougeL)
{
    /// <summary>The means over predictions.</summary>
    /// <param name="predictions">One or more.</param>
    /// <param name="truths">For each prediction one or more texts that would be right; the one that scores best counts, for each measure.</param>
    /// <exception cref="ArgumentException">There are no predictions, or not as many truths.</exception>
    public static Rouge Compute(IReadOnlyList<string> predictions, IReadOnlyList<IReadOnlyList<string>> truths)
    {
        MetricThrow.IfUnequal(predictions, truths);
        Rouge[] all = [.. predictions.Select((prediction, i) => OfSentence(prediction, truths[i]))];
        return new Rouge(all.Average(one => one.Rouge1), all.Average(one => one.Rouge2), all.Average(one => one.RougeL));
    }

    /// <summary>The scores of one prediction.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="truths">One or more texts that would be right.</param>
    public static Rouge OfSentence(string prediction, params IReadOnlyList<string> truths)
    {
        MetricThrow.IfUnequal([prediction], [truths]);
        string[] tokens = Words(prediction);
        Rouge[] all = [.. truths.Select(truth => Compare(tokens, Words(truth)))];
        return new Rouge(all.Max(one => one.Rouge1), all.Max(one => one.Rouge2), all.Max(one => one.RougeL));
    }

    private static Rouge Compare(string[] prediction, string[] truth)
    {
        return new Rouge(OfRuns(1), OfRuns(2), F1(LongestCommon(prediction, truth), prediction.Length, truth.Length));

        double OfRuns(int length) => F1(
            NGramCounts.Matches(NGramCounts.Of(prediction, length), NGramCounts.Of(truth, length)), Math.Max(0, prediction.Length - length + 1), Math.Max(0, truth.Length - length + 1));
    }

    private static double F1(int right, int predicted, int all) => right == 0 ? 0 : 2.0 * right / (predicted + all);

    private static int LongestCommon(string[] first, string[] second)
    {
        var above = new int[second.Length + 1];
        foreach (string word in first)
        {
            int diagonal = 0;
            for (int j = 1; j <= second.Length; j++)
            {
                int before = above[j];
                above[j] = word == second[j - 1] ? diagonal + 1 : Math.Max(before, above[j - 1]);
                diagonal = before;
            }
        }
        return above[^1];
    }

    private static string[] Words(string text)
    {
        var words = new List<string>();
        string lower = text.ToLowerInvariant();
        for (int start = 0; start < lower.Length;)
        {
            int end = start;
            while (end < lower.Length && char.IsAsciiLetterOrDigit(lower[end]))
                end++;
            if (end > start)
                words.Add(lower[start..end]);
            start = end + 1;
        }
        return [.. words];
    }
}
