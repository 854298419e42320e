using System.Globalization;

namespace MLPipelines.Text;

/// <summary>Where each label of a sentiment classifier stands between -1, most negative, and 1, most positive.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class SentimentScale
{
    private static readonly Dictionary<string, double> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["very negative"] = -1, ["very_negative"] = -1, ["negative"] = -1, ["neg"] = -1, ["bad"] = -1,
        ["neutral"] = 0, ["neu"] = 0, ["mixed"] = 0, ["none"] = 0,
        ["positive"] = 1, ["pos"] = 1, ["good"] = 1, ["very positive"] = 1, ["very_positive"] = 1,
    };

    /// <summary>A scale.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="polarities">The polarity of each, -1 to 1.</param>
    /// <exception cref="ArgumentException">The lengths differ, a polarity is out of range, or all are the same.</exception>
    public SentimentScale(IReadOnlyList<string> labels, IReadOnlyList<double> polarities)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(polarities);
        if (labels.Count != polarities.Count || polarities.Any(value => !(value is >= -1 and <= 1)) || polarities.Distinct().Count() < 2)
            throw TextErrors.BadPolarities(labels, polarities);
        Labels = labels;
        Polarities = polarities;
        MostPositive = IndexOf(polarities.Max());
        MostNegative = IndexOf(polarities.Min());

        int IndexOf(double value) => polarities.ToList().IndexOf(value);
    }

    /// <summary>The labels, in the order of the scores.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The polarity of each label, -1 to 1.</summary>
    public IReadOnlyList<double> Polarities { get; }

    /// <summary>The label with the highest polarity.</summary>
    public int MostPositive { get; }

    /// <summary>The label with the lowest polarity.</summary>
    public int MostNegative { get; }

    /// <summary>
    /// The scale of labels by their names: negative, neutral, positive and the like (with "very …" present, the plain ones stand at ±0.5); or numbers, such as stars,
    /// which are spread evenly from -1 for the lowest to 1 for the highest.
    /// </summary>
    /// <param name="labels">The labels.</param>
    /// <param name="given">Polarities that go before the names'.</param>
    /// <exception cref="ArgumentException">The polarity of a label is neither given nor known.</exception>
    public static SentimentScale Of(IReadOnlyList<string> labels, IReadOnlyDictionary<string, double>? given = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        bool isGraded = labels.Any(label => label.StartsWith("very", StringComparison.OrdinalIgnoreCase));
        double[] numbers = [.. labels.Select(label => double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
        bool areNumbers = numbers.All(double.IsFinite) && numbers.Distinct().Count() > 1;
        var (least, most) = areNumbers ? (numbers.Min(), numbers.Max()) : (0, 0);
        var polarities = new double[labels.Count];
        var unknown = new List<string>();
        for (int i = 0; i < polarities.Length; i++)
        {
            if (given?.TryGetValue(labels[i], out double polarity) == true)
                polarities[i] = polarity;
            else if (areNumbers)
                polarities[i] = 2 * (numbers[i] - least) / (most - least) - 1;
            else if (Known.TryGetValue(labels[i], out polarity))
                polarities[i] = isGraded && !labels[i].StartsWith("very", StringComparison.OrdinalIgnoreCase) ? polarity / 2 : polarity;
            else
                unknown.Add(labels[i]);
        }
        return unknown.Count == 0 ? new SentimentScale(labels, polarities) : throw TextErrors.UnknownPolarity(unknown);
    }

    /// <summary>The expected polarity, -1 to 1: the sum over labels of probability times polarity.</summary>
    public float PolarityOf(ReadOnlySpan<float> probabilities)
    {
        double sum = 0;
        for (int i = 0; i < probabilities.Length; i++)
            sum += probabilities[i] * Polarities[i];
        return (float)Math.Clamp(sum, -1, 1);
    }

    /// <summary>
    /// How strong the sentiment is, 0 to 1: |Σ probability × polarity|, the distance of the expected polarity from 0. A text that is surely positive or
    /// surely negative has 1; one that is neutral, or as likely positive as negative, has 0.
    /// </summary>
    public float IntensityOf(ReadOnlySpan<float> probabilities) => Math.Abs(PolarityOf(probabilities));
}
