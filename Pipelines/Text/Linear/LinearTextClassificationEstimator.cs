using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Text;

/// <summary>
/// Learns to classify texts with a linear model over word and character n-grams: support vector machines, one a class, whose
/// scores are calibrated into probabilities on held-out training texts. Trains in seconds and is the baseline for every
/// larger model.
/// </summary>
/// <remarks>
/// Reads its input once. Deterministic for a seed, whatever the number of threads. The solver follows Hsieh et al., "A dual
/// coordinate descent method for large-scale linear SVM" (ICML 2008).
/// </remarks>
public sealed class LinearTextClassificationEstimator : IEstimator<LinearTextClassificationTransformer>
{
    private readonly LinearTextClassificationOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public LinearTextClassificationEstimator(LinearTextClassificationOptions? options = null)
    {
        _options = options ?? new LinearTextClassificationOptions();
    }

    /// <summary>Trains on the rows that have a label.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is nothing to learn from: no rows, no labels, or one class.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public LinearTextClassificationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        var (texts, labels, names) = LabelledTexts.Read(input, _options.TextColumnName, _options.LabelColumnName, _options.CancellationToken);
        var trained = LinearTextTrainer.Train(texts, labels, names, _options);
        return new LinearTextClassificationTransformer(trained.Model, LinearTextColumns.Of(_options), trained.HeldOut);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.Find(_options.TextColumnName);
        inputSchema.Find(_options.LabelColumnName);
        return inputSchema.With(OutputColumn.KeyShape(_options.PredictedLabelColumnName), OutputColumn.ScoresShape(_options.ScoreColumnName));
    }
}
