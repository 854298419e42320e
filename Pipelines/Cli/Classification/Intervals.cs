using Microsoft.ML.Data;

namespace MLPipelines.Cli.Classification;

/// <summary>
/// 95 % confidence intervals: that of Wilson (1927) for shares of rows, and the percentiles of bootstrap samples of the rows
/// (Efron 1979) for the other figures.
/// </summary>
internal static class Intervals
{
    private const double Z = 1.959963984540054;
    private const int MostResamples = 1000;
    private const int FewestResamples = 100;
    private const int MostDraws = 20_000_000;
    private const int BootstrapSeed = 95;

    /// <summary>The figures of ML.NET and macro F1, each with its interval.</summary>
    public static IReadOnlyList<Figure> Add(MulticlassClassificationMetrics metrics, RowOutcomes outcomes, CancellationToken cancellation)
    {
        var samples = Bootstrap(outcomes, cancellation);
        return
        [
            OfShare("microAccuracy", metrics.MicroAccuracy, outcomes.Count),
            OfSamples("macroAccuracy", metrics.MacroAccuracy, samples, sample => sample.MacroAccuracy),
            OfSamples("macroF1", Summarize(outcomes, null).MacroF1, samples, sample => sample.MacroF1),
            OfSamples("logLoss", metrics.LogLoss, samples, sample => sample.LogLoss),
            OfSamples("logLossReduction", metrics.LogLossReduction, samples, sample => sample.LogLossReduction),
            OfShare("topKAccuracy", metrics.TopKAccuracy, outcomes.Count),
        ];
    }

    /// <summary>The interval of a share of <paramref name="count"/> independent rows.</summary>
    public static (double Low, double High) Wilson(double share, int count)
    {
        double squared = Z * Z;
        double middle = share + squared / (2 * count);
        double spread = Z * Math.Sqrt(share * (1 - share) / count + squared / (4.0 * count * count));
        double scale = 1 + squared / count;
        return (Math.Max(0, (middle - spread) / scale), Math.Min(1, (middle + spread) / scale));
    }

    private static Figure OfShare(string name, double value, int count)
    {
        var (low, high) = Wilson(value, count);
        return new Figure(name, value, low, high);
    }

    private static Figure OfSamples(string name, double value, IReadOnlyList<Summary> samples, Func<Summary, double> select)
    {
        double[] values = [.. samples.Select(select).Order()];
        // Where few rows stand for a class, percentiles of resamples can miss the value itself.
        return new Figure(name, value, Math.Min(value, Quantile(values, 0.025)), Math.Max(value, Quantile(values, 0.975)));
    }

    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        double rest = at - below;
        return rest == 0 ? sorted[below] : sorted[below] + rest * (sorted[below + 1] - sorted[below]);
    }

    private static Summary[] Bootstrap(RowOutcomes outcomes, CancellationToken cancellation)
    {
        var random = new Random(BootstrapSeed);
        var samples = new Summary[Math.Clamp(MostDraws / outcomes.Count, FewestResamples, MostResamples)];
        var rows = new int[outcomes.Count];
        for (int i = 0; i < samples.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int row = 0; row < rows.Length; row++)
                rows[row] = random.Next(rows.Length);
            samples[i] = Summarize(outcomes, rows);
        }
        return samples;
    }

    private readonly record struct Summary(double MacroAccuracy, double MacroF1, double LogLoss, double LogLossReduction);

    /// <summary>The figures over the rows of the given indices, or all.</summary>
    private static Summary Summarize(RowOutcomes outcomes, int[]? indices)
    {
        Span<int> labelled = new int[outcomes.Classes];
        Span<int> predicted = new int[outcomes.Classes];
        Span<int> correct = new int[outcomes.Classes];
        double loss = 0;
        for (int i = 0; i < outcomes.Count; i++)
        {
            int row = indices is null ? i : indices[i];
            labelled[outcomes.Label[row]]++;
            predicted[outcomes.Predicted[row]]++;
            if (outcomes.Label[row] == outcomes.Predicted[row])
                correct[outcomes.Label[row]]++;
            loss += outcomes.LogLoss[row];
        }
        loss /= outcomes.Count;
        double accuracy = 0, f1 = 0, prior = 0;
        int withRows = 0, seen = 0;
        for (int c = 0; c < outcomes.Classes; c++)
        {
            if (labelled[c] > 0)
            {
                withRows++;
                accuracy += (double)correct[c] / labelled[c];
                double share = (double)labelled[c] / outcomes.Count;
                prior -= share * Math.Log(share);
            }
            if (labelled[c] + predicted[c] > 0)
            {
                seen++;
                f1 += 2.0 * correct[c] / (labelled[c] + predicted[c]);
            }
        }
        return new Summary(accuracy / withRows, f1 / seen, loss, prior > 0 ? (prior - loss) / prior : 0);
    }
}
