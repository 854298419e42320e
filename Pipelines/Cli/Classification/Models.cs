using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Imaging;
using MLPipelines.Sweeps;

namespace MLPipelines.Cli.Classification;

/// <summary>The kinds of models that <c>mlp</c> writes and loads: all that there are.</summary>
internal static class Models
{
    /// <param name="context">Where models are loaded.</param>
    /// <param name="diffusion">How a Stable Diffusion is opened; null for the defaults.</param>
    public static ModelPackage Package(MLContext context, StableDiffusionOptions? diffusion = null) => new(context, Codecs(diffusion));

    internal static StageCodec[] Codecs(StableDiffusionOptions? diffusion = null) => [.. PipelineModels.Codecs(), new StableDiffusionCodec(diffusion)];
}
