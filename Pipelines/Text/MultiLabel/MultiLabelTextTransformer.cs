using Microsoft.ML;
using MLPipelines.MLNet;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>The labels of a text.</summary>
/// <param name="Labels">The labels predicted, most probable first.</param>
/// <param name="Probabilities">The probability of each label, in the order of <see cref="MultiLabelTextTransformer.Labels"/>.</param>
public sealed record MultiLabelledText(IReadOnlyList<string> Labels, IReadOnlyList<float> Probabilities);

/// <summary>The columns that a multi-label classifier reads and adds.</summary>
internal sealed record MultiLabelColumns(string Text, string PredictedLabels, string Score);

/// <summary>Gives texts any number of labels: adds the labels predicted and the probability of each label.</summary>
/// <inheritdoc cref="EncoderTransformer" path="/remarks"/>
public sealed class MultiLabelTextTransformer : EncoderTransformer
{
    private readonly float[] _thresholds;

    internal MultiLabelTextTransformer(EncoderRunner runner, MultiLabelColumns columns, float[] thresholds, bool predictsAtLeastOne, TrainingResult? training = null)
        : base(runner, training) => (Columns, _thresholds, PredictsAtLeastOne) = (columns, thresholds, predictsAtLeastOne);

    /// <summary>The labels, in the order of the probabilities.</summary>
    public IReadOnlyList<string> Labels => Config.Labels;

    /// <summary>The probability from which each label is predicted.</summary>
    public IReadOnlyList<float> Thresholds => _thresholds;

    /// <summary>Whether a text without any predicted label gets its most probable one.</summary>
    public bool PredictsAtLeastOne { get; }

    internal MultiLabelColumns Columns { get; }

    /// <summary>Labels texts without any data view. Thread-safe.</summary>
    /// <param name="texts">Any number of texts.</param>
    /// <param name="cancellationToken">Honoured between batches.</param>
    public IReadOnlyList<MultiLabelledText> Predict(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Array.ConvertAll(Probabilities(Runner, texts, cancellationToken), probabilities => new MultiLabelledText(Select(probabilities), probabilities));
    }

    /// <summary>What each token of a text did for a label: gradient × input, as <see cref="TextClassifierTransformer.Explain"/> says.</summary>
    /// <param name="text">The text.</param>
    /// <param name="label">The label to explain; null for the most probable one.</param>
    /// <exception cref="ArgumentException">There is no such label.</exception>
    public TextExplanation Explain(string text, string? label = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TokenAttributions.Explain(Runner, text, label);
    }

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new TextMapping<float[]>(
        inputSchema,
        Columns.Text,
        [OutputColumn.Texts<float[]>(Columns.PredictedLabels, Select), OutputColumn.Scores<float[]>(Columns.Score, Labels, probabilities => probabilities)],
        texts => Probabilities(Runner, texts));

    internal static float[][] Probabilities(EncoderRunner runner, IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        var probabilities = new float[texts.Count][];
        runner.Run(
            texts,
            (row, logits) =>
            {
                var values = new float[logits.Length];
                for (int i = 0; i < values.Length; i++)
                    values[i] = (float)(1 / (1 + Math.Exp(-logits[i])));
                probabilities[row] = values;
            },
            cancellation);
        return probabilities;
    }

    private string[] Select(float[] probabilities)
    {
        int[] chosen = [.. Enumerable.Range(0, probabilities.Length).Where(label => probabilities[label] >= _thresholds[label]).OrderByDescending(label => probabilities[label])];
        if (chosen.Length == 0 && PredictsAtLeastOne)
            chosen = [TextClassificationMetrics.Largest(probabilities)];
        return Array.ConvertAll(chosen, label => Labels[label]);
    }
}
