using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Text;

/// <summary>Learns the sentiment of texts by training an encoder: label, probabilities, confidence and intensity.</summary>
/// <remarks>Reads its input once and leaves it alone. The same seed on the same rows and machine gives the same model.</remarks>
public sealed class SentimentEstimator : IEstimator<SentimentTransformer>
{
    private readonly SentimentOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public SentimentEstimator(SentimentOptions? options = null) => _options = options ?? new();

    /// <summary>Trains on the rows that have a label.</summary>
    /// <exception cref="ArgumentException">Options are out of range, or the polarity of a label is neither given nor known.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is nothing to learn from: no rows, no labels, or one label.</exception>
    /// <exception cref="Training.TrainingException">The loss was not a number, or memory ran out.</exception>
    /// <exception cref="OperationCanceledException">The token of the training options was cancelled.</exception>
    public SentimentTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        var trained = SingleLabelTraining.Run(input, _options, ClassifierSettings.Of(_options), labels => SentimentScale.Of(labels, _options.Polarities));
        var columns = new SentimentColumns(_options.TextColumnName, _options.PredictedLabelColumnName, _options.ScoreColumnName, _options.ConfidenceColumnName, _options.IntensityColumnName);
        return new SentimentTransformer(trained.Runner, columns, SentimentScale.Of(trained.Runner.Config.Labels, _options.Polarities), trained.Temperature, trained.Result);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.Find(_options.TextColumnName);
        inputSchema.Find(_options.LabelColumnName);
        return inputSchema.With(
            OutputColumn.KeyShape(_options.PredictedLabelColumnName), OutputColumn.ScoresShape(_options.ScoreColumnName),
            OutputColumn.NumberShape(_options.ConfidenceColumnName), OutputColumn.NumberShape(_options.IntensityColumnName));
    }
}
