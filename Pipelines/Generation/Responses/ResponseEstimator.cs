using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Generation;

/// <summary>Answers the message of each row, with an encoder-decoder that was exported to ONNX.</summary>
/// <remarks>Fitting reads no rows: it only opens the model, and checks the columns.</remarks>
public sealed class ResponseEstimator : IEstimator<ResponseTransformer>
{
    private readonly ResponseOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public ResponseEstimator(ResponseOptions? options = null) => _options = options ?? new();

    /// <summary>Opens the model.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or not text.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    /// <inheritdoc cref="TextGenerator.Load" path="/exception"/>
    public ResponseTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        _options.CancellationToken.ThrowIfCancellationRequested();
        foreach (string name in ResponseTransformer.Inputs(_options))
            input.Schema.FindText(name);
        return new ResponseTransformer(GeneratorBundle.Open(_options.ModelFolder, _options.Model, _options.CancellationToken), _options.Clone());
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (string name in ResponseTransformer.Inputs(_options))
            inputSchema.Find(name);
        return inputSchema.With(
            TextColumns.TextShape(_options.ResponseColumnName), TextColumns.NumberShape(_options.ConfidenceColumnName), TextColumns.TextShape(_options.SourceColumnName));
    }
}
