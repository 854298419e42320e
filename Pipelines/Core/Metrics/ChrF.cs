using System.Globalization;
using System.Text;

namespace MLPipelines.Metrics;

/// <summary>
/// chrF2 (Popović, "chrF: character n-gram F-score for automatic MT evaluation", 2015) as sacrebleu defines it: character n-grams up to 6 without white space, case kept,
/// recall counting twice as much as precision.
/// </summary>
public static class ChrF
{
    private const int Order = 6;
    private const double Factor = 4; // β², with β = 2

    /// <summary>The score of predictions taken together, 0 to 100; not the mean of their own scores.</summary>
    /// <param name="predictions">One or more.</param>
    /// <param name="truths">For each prediction one or more texts that would be right; the one that scores best counts.</param>
    /// <exception cref="ArgumentException">There are no predictions, or not as many truths.</exception>
    public static double Compute(IReadOnlyList<string> predictions, IReadOnlyList<IReadOnlyList<string>> truths)
    {
        MetricThrow.IfUnequal(predictions, truths);
        var sums = new Counts[Order];
        for (int i = 0; i < predictions.Count; i++)
        {
            var prediction = NGrams(predictions[i]);
            var best = truths[i].Select(truth => Compare(prediction, NGrams(truth))).MaxBy(Score)!;
            for (int n = 0; n < Order; n++)
                sums[n] = new Counts(sums[n].Predicted + best[n].Predicted, sums[n].True + best[n].True, sums[n].Right + best[n].Right);
        }
        return Score(sums);
    }

    /// <summary>The score of one prediction.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="truths">One or more texts that would be right.</param>
    public static double OfSentence(string prediction, params IReadOnlyList<string> truths) => Compute([prediction], [truths]);

    private static Dictionary<string, int>[] NGrams(string text)
    {
        string[] characters = [.. text.EnumerateRunes().Where(rune => !Rune.IsWhiteSpace(rune)).Select(rune => rune.ToString())];
        return [.. Enumerable.Range(1, Order).Select(length => NGramCounts.Of(characters, length))];
    }

    private static Counts[] Compare(Dictionary<string, int>[] prediction, Dictionary<string, int>[] truth) => [.. Enumerable.Range(0, Order).Select(n => new Counts(
        truth[n].Count > 0 ? prediction[n].Values.Sum() : 0, truth[n].Values.Sum(), NGramCounts.Matches(prediction[n], truth[n])))];

    private static double Score(Counts[] counts)
    {
        var counted = counts.Where(count => count.Predicted > 0 && count.True > 0).ToList();
        if (counted.Count == 0)
            return 0;
        double precision = counted.Average(count => (double)count.Right / count.Predicted);
        double recall = counted.Average(count => (double)count.Right / count.True);
        return precision + recall == 0 ? 0 : 100 * (1 + Factor) * precision * recall / ((Factor * precision) + recall);
    }

    private readonly record struct Counts(long Predicted, long True, long Right);
}
