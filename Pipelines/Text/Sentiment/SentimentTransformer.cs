using Microsoft.ML;
using MLPipelines.MLNet;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>The sentiment of a text.</summary>
/// <param name="Label">The most probable label.</param>
/// <param name="Confidence">Its probability, 0 to 1.</param>
/// <param name="Intensity">How strong the sentiment is, 0 to 1: the absolute value of <paramref name="Polarity"/>.</param>
/// <param name="Polarity">Σ probability × polarity over the labels, -1 for surely most negative to 1 for surely most positive.</param>
/// <param name="Probabilities">The probability of each label, in the order of <see cref="TextClassifierTransformer.Labels"/>.</param>
public sealed record TextSentiment(string Label, float Confidence, float Intensity, float Polarity, IReadOnlyList<float> Probabilities);

/// <summary>The columns that a sentiment classifier reads and adds.</summary>
internal sealed record SentimentColumns(string Text, string PredictedLabel, string Score, string Confidence, string Intensity);

/// <summary>Tells the sentiment of texts: adds the label, the probability of each label, the confidence and the intensity.</summary>
/// <inheritdoc cref="EncoderTransformer" path="/remarks"/>
public sealed class SentimentTransformer : TextClassifierTransformer
{
    internal SentimentTransformer(EncoderRunner runner, SentimentColumns columns, SentimentScale scale, double temperature, TrainingResult? training = null)
        : base(runner, training, temperature) => (Columns, Scale) = (columns, scale);

    /// <summary>The labels and their polarities.</summary>
    public SentimentScale Scale { get; }

    internal SentimentColumns Columns { get; }

    /// <summary>Tells the sentiment of texts without any data view. Thread-safe.</summary>
    /// <param name="texts">Any number of texts.</param>
    /// <param name="cancellationToken">Honoured between batches.</param>
    public IReadOnlyList<TextSentiment> Predict(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Array.ConvertAll(Probabilities(texts, cancellationToken), probabilities =>
        {
            int best = TextClassificationMetrics.Largest(probabilities);
            return new TextSentiment(Labels[best], probabilities[best], Scale.IntensityOf(probabilities), Scale.PolarityOf(probabilities), probabilities);
        });
    }

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new TextMapping<float[]>(
        inputSchema,
        Columns.Text,
        [
            OutputColumn.Key<float[]>(Columns.PredictedLabel, Labels, probabilities => (uint)TextClassificationMetrics.Largest(probabilities) + 1),
            OutputColumn.Scores<float[]>(Columns.Score, Labels, probabilities => probabilities),
            OutputColumn.Number<float[]>(Columns.Confidence, probabilities => probabilities.Max()),
            OutputColumn.Number<float[]>(Columns.Intensity, probabilities => Scale.IntensityOf(probabilities)),
        ],
        texts => Probabilities(texts));
}
