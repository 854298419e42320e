using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Entities;
using MLPipelines.Generation;
using MLPipelines.Recommendation;
using MLPipelines.Scoring;
using MLPipelines.Text;

namespace MLPipelines.Cli.Classification;

/// <summary>The kinds of models that <c>mlp</c> writes and loads.</summary>
internal static class Models
{
    public static ModelPackage Package(MLContext context) => new(context,
        new LinearTextClassificationCodec(), new EncoderTextClassificationCodec(), new SentimentCodec(), new MultiLabelTextCodec(), new EntityRecognitionCodec(), new TextEmbeddingCodec(),
        new RecommenderCodec(), new OnnxBatchCodec(), new TextToTextCodec(), new AutoencoderCodec());
}
