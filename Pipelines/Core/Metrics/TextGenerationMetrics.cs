using System.Globalization;

namespace MLPipelines.Metrics;

/// <summary>How well generated texts match those that would be right, over all of them.</summary>
public sealed record TextGenerationMetrics
{
    /// <summary>How many texts were judged.</summary>
    public required int Count { get; init; }

    /// <summary>BLEU over all texts together.</summary>
    public required Bleu Bleu { get; init; }

    /// <summary>ROUGE, the means over texts.</summary>
    public required Rouge Rouge { get; init; }

    /// <summary>chrF2 over all texts together, 0 to 100.</summary>
    public required double ChrF { get; init; }

    /// <summary>The share of texts that are right to the letter, white space at the ends aside, 0 to 1.</summary>
    public required double ExactMatch { get; init; }

    /// <summary>The share of different words among all words of the predictions, 0 to 1 (Li et al., "A diversity-promoting objective function for neural conversation models", 2016).</summary>
    public required double Distinct1 { get; init; }

    /// <summary>The share of different pairs of words, 0 to 1.</summary>
    public required double Distinct2 { get; init; }

    /// <summary>e to the mean negative log-likelihood of a token of the right texts, 1 or more; <see langword="null"/> where the model was not asked for it.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Judges predictions with one right text each.</summary>
    /// <param name="predictions">One or more.</param>
    /// <param name="truths">A right text for each.</param>
    /// <param name="perplexity">The model's perplexity on the right texts, if it is known: see <see cref="PerplexityOf"/>.</param>
    /// <exception cref="ArgumentException">There are no predictions, or not as many truths.</exception>
    public static TextGenerationMetrics Compute(IReadOnlyList<string> predictions, IReadOnlyList<string> truths, double? perplexity = null)
    {
        ArgumentNullException.ThrowIfNull(truths);
        IReadOnlyList<IReadOnlyList<string>> each = [.. truths.Select(truth => new[] { truth })];
        return new TextGenerationMetrics
        {
            Bleu = Bleu.Compute(predictions, each),
            Rouge = Rouge.Compute(predictions, each),
            ChrF = Metrics.ChrF.Compute(predictions, each),
            Count = predictions.Count,
            ExactMatch = predictions.Where((prediction, i) => IsExact(prediction, truths[i])).Count() / (double)predictions.Count,
            Distinct1 = Distinct(predictions, 1),
            Distinct2 = Distinct(predictions, 2),
            Perplexity = perplexity,
        };
    }

    /// <summary>The share of different n-grams among all n-grams of texts, by the tokenisation 13a; 0 where there are none.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="n">The number of tokens of an n-gram, 1 or more.</param>
    public static double Distinct(IReadOnlyList<string> texts, int n)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        long all = 0;
        foreach (string text in texts)
        {
            foreach (var (run, count) in NGramCounts.Of(InternationalTokens.Split(text), n))
            {
                counts[run] = 1;
                all += count;
            }
        }
        return all == 0 ? 0 : counts.Count / (double)all;
    }

    /// <summary>The perplexity for log-likelihoods, in natural logarithms, of texts and the numbers of their tokens.</summary>
    /// <exception cref="ArgumentException">There are no tokens.</exception>
    public static double PerplexityOf(IEnumerable<(double LogLikelihood, int Tokens)> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var (sum, tokens) = texts.Aggregate((Sum: 0.0, Tokens: 0L), (total, text) => (total.Sum + text.LogLikelihood, total.Tokens + text.Tokens));
        return tokens > 0 ? Math.Exp(-sum / tokens) : throw new ArgumentException("There are no tokens, of which a perplexity is the mean.", nameof(texts));
    }

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Bleu}; ROUGE-1 {Rouge.Rouge1:f4}, ROUGE-2 {Rouge.Rouge2:f4}, ROUGE-L {Rouge.RougeL:f4}; chrF2 {ChrF:f2}; exact match {ExactMatch:p2}; distinct-1 {Distinct1:f4}, distinct-2 {Distinct2:f4}{(Perplexity is { } value ? $"; perplexity {value.ToString("f3", CultureInfo.InvariantCulture)}" : "")} ({Count} texts)");

    internal static bool IsExact(string prediction, string truth) => prediction.AsSpan().Trim().SequenceEqual(truth.AsSpan().Trim());
}
