using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Generation;

/// <summary>Generates a text for each row, with an encoder-decoder that was exported to ONNX.</summary>
/// <remarks>Fitting reads no rows: it only opens the model, and checks the columns that the prompt names.</remarks>
public sealed class GenerateTextEstimator : IEstimator<GenerateTextTransformer>
{
    private readonly GenerateTextOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public GenerateTextEstimator(GenerateTextOptions? options = null) => _options = options ?? new();

    /// <summary>Opens the model.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column that the prompt names is missing or not text.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    /// <inheritdoc cref="TextGenerator.Load" path="/exception"/>
    public GenerateTextTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        _options.CancellationToken.ThrowIfCancellationRequested();
        var prompt = _options.PromptOf();
        foreach (string name in prompt.Names)
            input.Schema.FindText(name);
        var bundle = GeneratorBundle.Open(_options.ModelFolder, _options.Model, _options.CancellationToken);
        return new GenerateTextTransformer(bundle, prompt, _options.GenerationOf(bundle.Generator.DefaultOptions), _options.GeneratedColumnName, _options.ConfidenceColumnName);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (string name in _options.PromptOf().Names)
            inputSchema.Find(name);
        return inputSchema.With(TextColumns.TextShape(_options.GeneratedColumnName), TextColumns.NumberShape(_options.ConfidenceColumnName));
    }
}
