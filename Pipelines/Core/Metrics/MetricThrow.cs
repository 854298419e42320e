using System.Globalization;

namespace MLPipelines.Metrics;

/// <summary>Builds the exceptions of metrics.</summary>
internal static class MetricThrow
{
    public static void IfUnequal(IReadOnlyList<string> predictions, IReadOnlyList<IReadOnlyList<string>> truths)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(truths);
        if (predictions.Count == 0 || predictions.Count != truths.Count)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There are {predictions.Count} predictions and {truths.Count} truths; there must be at least one, and as many of both."));
        for (int i = 0; i < truths.Count; i++)
        {
            if (truths[i].Count == 0)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Prediction {i} has no truth to be compared with; give at least one."));
        }
    }

    public static void IfUnequal(int queries, int predictions, int truths)
    {
        if (predictions == 0 || queries != predictions || truths != predictions)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There are {queries} queries, {predictions} predictions and {truths} truths; there must be at least one, and as many of each."));
    }
}
