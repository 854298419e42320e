using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Entities;
using MLPipelines.Generation;
using MLPipelines.Imaging;
using MLPipelines.Recommendation;
using MLPipelines.Scoring;
using MLPipelines.Text;

namespace MLPipelines.Cli.Classification;

/// <summary>The kinds of models that <c>mlp</c> writes and loads: all that there are.</summary>
internal static class Models
{
    /// <param name="context">Where models are loaded.</param>
    /// <param name="diffusion">How a Stable Diffusion is opened; null for the defaults.</param>
    public static ModelPackage Package(MLContext context, StableDiffusionOptions? diffusion = null) => new(context, Codecs(diffusion));

    internal static StageCodec[] Codecs(StableDiffusionOptions? diffusion = null) =>
    [
        new LinearTextClassificationCodec(), new EncoderTextClassificationCodec(), new SentimentCodec(), new MultiLabelTextCodec(), new EntityRecognitionCodec(), new TextEmbeddingCodec(),
        new RecommenderCodec(), new OnnxBatchCodec(), new TextToTextCodec(), new AutoencoderCodec(), new TextGenerationCodec(), new ResponseGenerationCodec(), new StableDiffusionCodec(diffusion),
    ];
}
