using Microsoft.ML;
using MLPipelines.MLNet;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>Turns texts into vectors whose nearness is nearness of meaning, with an encoder that is trained already.</summary>
/// <remarks>Fitting reads no rows: it only opens the encoder, and checks the text column.</remarks>
public sealed class TextEmbeddingEstimator : IEstimator<TextEmbeddingTransformer>
{
    private readonly TextEmbeddingOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public TextEmbeddingEstimator(TextEmbeddingOptions? options = null) => _options = options ?? new();

    /// <summary>Opens the encoder.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The text column is missing or of another type.</exception>
    /// <exception cref="EncoderException">The checkpoint is not that of an encoder.</exception>
    /// <exception cref="Training.Checkpoints.CheckpointException">The checkpoint is missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public TextEmbeddingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        input.Schema.FindText(_options.TextColumnName);
        var opened = _options.Encoder!.Open([], _options.CancellationToken);
        var pooling = _options.Pooling ?? SentencePooling.Read(opened.Files!);
        int tokens = opened.Tokens(_options.MaximumTokens ?? pooling.MaximumTokens);
        var device = DeviceChoice.Device(new TrainingOptions { Device = _options.Device });
        var module = opened.MakeEncoder(seed: 1);
        try
        {
            FineTuner.Ready(module, device, DeviceChoice.Precision(_options.Precision, device));
            return new TextEmbeddingTransformer(
                TextEmbeddingTransformer.MakeRunner(module, opened.Tokenizer, tokens, pooling), pooling, _options.TextColumnName, _options.EmbeddingColumnName);
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.Find(_options.TextColumnName);
        return inputSchema.With(OutputColumn.NumbersShape(_options.EmbeddingColumnName, isVariable: false));
    }
}
