using System.Globalization;

namespace MLPipelines.Metrics;

/// <summary>
/// BLEU (Papineni et al., "BLEU: a method for automatic evaluation of machine translation", 2002) as sacrebleu defines it: n-grams up to 4 over the tokenisation 13a,
/// case kept, exponential smoothing.
/// </summary>
/// <param name="Score">0 to 100, higher is better.</param>
/// <param name="Precisions">The share of right n-grams for n from 1 to 4, smoothed, each 0 to 100.</param>
/// <param name="BrevityPenalty">What the score is multiplied by because the predictions are shorter than the truths, 0 to 1.</param>
/// <param name="PredictedTokens">The tokens of all predictions.</param>
/// <param name="TrueTokens">The tokens of the truths that are nearest in length.</param>
public sealed record Bleu(double Score, IReadOnlyList<double> Precisions, double BrevityPenalty, long PredictedTokens, long TrueTokens)
{
    private const int Order = 4;

    /// <summary>The score of predictions taken together; not the mean of their own scores.</summary>
    /// <param name="predictions">One or more.</param>
    /// <param name="truths">For each prediction one or more texts that would be right.</param>
    /// <exception cref="ArgumentException">There are no predictions, or not as many truths.</exception>
    public static Bleu Compute(IReadOnlyList<string> predictions, IReadOnlyList<IReadOnlyList<string>> truths)
    {
        MetricThrow.IfUnequal(predictions, truths);
        var sums = new Counts();
        for (int i = 0; i < predictions.Count; i++)
            sums.Add(predictions[i], truths[i]);
        return sums.Score(usesEffectiveOrder: false);
    }

    /// <summary>The score of one prediction, of n-grams up to the length that it has.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="truths">One or more texts that would be right.</param>
    public static Bleu OfSentence(string prediction, params IReadOnlyList<string> truths)
    {
        MetricThrow.IfUnequal([prediction], [truths]);
        var sums = new Counts();
        sums.Add(prediction, truths);
        return sums.Score(usesEffectiveOrder: true);
    }

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"BLEU {Score:f2} ({string.Join('/', Precisions.Select(precision => precision.ToString("f1", CultureInfo.InvariantCulture)))}, brevity penalty {BrevityPenalty:f3})");

    private sealed class Counts
    {
        private readonly long[] _right = new long[Order];
        private readonly long[] _all = new long[Order];
        private long _predicted;
        private long _true;

        public void Add(string prediction, IReadOnlyList<string> truths)
        {
            string[] tokens = InternationalTokens.Split(prediction);
            string[][] right = [.. truths.Select(InternationalTokens.Split)];
            _predicted += tokens.Length;
            // Of two truths that are equally near in length the shorter one counts.
            _true += right.Select(truth => truth.Length).OrderBy(length => Math.Abs(length - tokens.Length)).ThenBy(length => length).First();
            for (int n = 1; n <= Order; n++)
            {
                var most = new Dictionary<string, int>(StringComparer.Ordinal);
                foreach (string[] truth in right)
                {
                    foreach (var (run, count) in NGramCounts.Of(truth, n))
                        most[run] = Math.Max(most.GetValueOrDefault(run), count);
                }
                _right[n - 1] += NGramCounts.Matches(NGramCounts.Of(tokens, n), most);
                _all[n - 1] += Math.Max(0, tokens.Length - n + 1);
            }
        }

        public Bleu Score(bool usesEffectiveOrder)
        {
            double penalty = _predicted >= _true ? 1 : _predicted == 0 ? 0 : Math.Exp(1 - ((double)_true / _predicted));
            var precisions = new double[Order];
            if (_right.All(count => count == 0))
                return new Bleu(0, precisions, penalty, _predicted, _true);
            int order = Order;
            double halving = 1;
            for (int n = 1; n <= Order && _all[n - 1] > 0; n++)
            {
                if (usesEffectiveOrder)
                    order = n;
                if (_right[n - 1] == 0)
                    halving *= 2;
                precisions[n - 1] = 100 * (_right[n - 1] == 0 ? 1 / (halving * _all[n - 1]) : (double)_right[n - 1] / _all[n - 1]);
            }
            double score = penalty * Math.Exp(precisions.Take(order).Sum(Math.Log) / order);
            return new Bleu(score, precisions, penalty, _predicted, _true);
        }
    }
}
