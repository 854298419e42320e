using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Imaging;

/// <summary>Makes a picture of each prompt, with a Stable Diffusion that is trained already.</summary>
/// <remarks>Fitting reads no rows: it only opens the pipeline's folder, and checks the prompt column.</remarks>
public sealed class ImageGenerationEstimator : IEstimator<ImageGenerationTransformer>
{
    private readonly ImageGenerationOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public ImageGenerationEstimator(ImageGenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Opens the pipeline.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The prompt column is missing or of another type.</exception>
    /// <exception cref="ImagingException">A file of the pipeline is missing or cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public ImageGenerationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        PromptMapping.FindPrompt(input.Schema, _options.PromptColumnName);
        _options.CancellationToken.ThrowIfCancellationRequested();
        var request = _options.Request.Copy();
        request.CancellationToken = _options.CancellationToken;
        return new ImageGenerationTransformer(StableDiffusionPipeline.Open(_options.ModelFolder, _options.Model), request, _options.PromptColumnName, _options.ImageColumnName);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.Find(_options.PromptColumnName);
        return inputSchema.With(SchemaShapes.Column(_options.ImageColumnName, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.Byte));
    }
}

/// <summary>Image generation, where users of ML.NET look for transforms.</summary>
public static class ImagingCatalogExtensions
{
    /// <summary>Makes a picture of each prompt with Stable Diffusion.</summary>
    /// <example><code>
    /// var model = mlContext.Transforms.GenerateImage(new() { ModelFolder = "stable-diffusion-onnx", Request = new() { Steps = 20 } }).Fit(data);
    /// </code></example>
    public static ImageGenerationEstimator GenerateImage(this TransformsCatalog catalog, ImageGenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageGenerationEstimator(options);
    }
}
