using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Entities;
using MLPipelines.Generation;
using MLPipelines.Recommendation;
using MLPipelines.Scoring;
using MLPipelines.Text;

namespace MLPipelines.Sweeps;

/// <summary>The kinds of models that our pipelines publish and load, but for pictures.</summary>
public static class PipelineModels
{
    /// <summary>What packs and loads all of them.</summary>
    public static ModelPackage Package(MLContext context) => new(context, Codecs());

    /// <summary>What writes and reads each.</summary>
    public static StageCodec[] Codecs() =>
    [
        new LinearTextClassificationCodec(), new EncoderTextClassificationCodec(), new SentimentCodec(), new MultiLabelTextCodec(), new EntityRecognitionCodec(), new TextEmbeddingCodec(),
        new RecommenderCodec(), new OnnxBatchCodec(), new TextToTextCodec(), new AutoencoderCodec(), new TextGenerationCodec(), new ResponseGenerationCodec(),
    ];
}
