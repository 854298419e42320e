using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Text;

/// <summary>Learns to classify texts by training an encoder (BERT, DistilBERT, RoBERTa), from a checkpoint or from random weights.</summary>
/// <remarks>
/// Reads its input once and leaves it alone. The same seed on the same rows and machine gives the same model. Labels come in the order of first occurrence, or of the key.
/// </remarks>
public sealed class EncoderTextClassificationEstimator : IEstimator<EncoderTextClassificationTransformer>
{
    private readonly EncoderTextClassificationOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public EncoderTextClassificationEstimator(EncoderTextClassificationOptions? options = null) => _options = options ?? new();

    /// <summary>Trains on the rows that have a label.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is nothing to learn from: no rows, no labels, or one class.</exception>
    /// <exception cref="Training.TrainingException">The loss was not a number, or memory ran out.</exception>
    /// <exception cref="OperationCanceledException">The token of the training options was cancelled.</exception>
    public EncoderTextClassificationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        var trained = SingleLabelTraining.Run(input, _options, ClassifierSettings.Of(_options));
        var columns = new ClassifierColumns(_options.TextColumnName, _options.PredictedLabelColumnName, _options.ScoreColumnName, _options.ConfidenceColumnName);
        return new EncoderTextClassificationTransformer(trained.Runner, columns, trained.Temperature, _options.AbstainThreshold, trained.Result);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.Find(_options.TextColumnName);
        inputSchema.Find(_options.LabelColumnName);
        return inputSchema.With(
            OutputColumn.KeyShape(_options.PredictedLabelColumnName), OutputColumn.ScoresShape(_options.ScoreColumnName), OutputColumn.NumberShape(_options.ConfidenceColumnName));
    }
}
