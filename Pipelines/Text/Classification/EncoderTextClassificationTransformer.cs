using Microsoft.ML;
using MLPipelines.MLNet;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>The class of a text.</summary>
/// <param name="Label">The class; null where the model abstains.</param>
/// <param name="Confidence">The probability of the most probable class, 0 to 1.</param>
/// <param name="Probabilities">The probability of each class, in the order of <see cref="TextClassifierTransformer.Labels"/>.</param>
public sealed record ClassifiedText(string? Label, float Confidence, IReadOnlyList<float> Probabilities);

/// <summary>The columns that a classifier reads and adds.</summary>
internal sealed record ClassifierColumns(string Text, string PredictedLabel, string Score, string Confidence);

/// <summary>Classifies texts: adds the predicted class, the probability of each class and the confidence.</summary>
/// <inheritdoc cref="EncoderTransformer" path="/remarks"/>
public sealed class EncoderTextClassificationTransformer : TextClassifierTransformer
{
    internal EncoderTextClassificationTransformer(EncoderRunner runner, ClassifierColumns columns, double temperature, double abstainThreshold, TrainingResult? training = null)
        : base(runner, training, temperature) => (Columns, AbstainThreshold) = (columns, abstainThreshold);

    /// <summary>The confidence below which no class is given.</summary>
    public double AbstainThreshold { get; }

    internal ClassifierColumns Columns { get; }

    /// <summary>Classifies texts without any data view. Thread-safe.</summary>
    /// <param name="texts">Any number of texts.</param>
    /// <param name="cancellationToken">Honoured between batches.</param>
    public IReadOnlyList<ClassifiedText> Predict(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Array.ConvertAll(Probabilities(texts, cancellationToken), probabilities =>
        {
            uint key = KeyOf(probabilities);
            return new ClassifiedText(key == 0 ? null : Labels[(int)key - 1], probabilities.Max(), probabilities);
        });
    }

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new TextMapping<float[]>(
        inputSchema,
        Columns.Text,
        [
            OutputColumn.Key<float[]>(Columns.PredictedLabel, Labels, KeyOf),
            OutputColumn.Scores<float[]>(Columns.Score, Labels, probabilities => probabilities),
            OutputColumn.Number<float[]>(Columns.Confidence, probabilities => probabilities.Max()),
        ],
        texts => Probabilities(texts));

    private uint KeyOf(float[] probabilities)
    {
        int best = TextClassificationMetrics.Largest(probabilities);
        return probabilities[best] < AbstainThreshold ? 0 : (uint)best + 1;
    }
}
