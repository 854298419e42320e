using MLPipelines.Artifacts;
using MLPipelines.Text.Encoders;
using TorchSharp;

namespace MLPipelines.Text;

/// <summary>Writes classifiers with one label a text.</summary>
/// <param name="device">Where loaded models compute: "auto", "cpu", "cuda", "cuda:1" ….</param>
public sealed class EncoderTextClassificationCodec(string device = "auto") : EncoderStageCodec<EncoderTextClassificationTransformer>(device)
{
    /// <inheritdoc/>
    public override string Kind => "encoder-text";

    private protected override EncoderStageSettings Describe(EncoderTextClassificationTransformer transformer) => new()
    {
        Columns = [transformer.Columns.Text, transformer.Columns.PredictedLabel, transformer.Columns.Score, transformer.Columns.Confidence],
        Temperature = transformer.Temperature,
        AbstainThreshold = transformer.AbstainThreshold,
    };

    private protected override EncoderTextClassificationTransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
    {
        var columns = Columns(settings, 4, invalid);
        return new EncoderTextClassificationTransformer(
            RunnerOf(module, opened, settings), new ClassifierColumns(columns[0], columns[1], columns[2], columns[3]),
            Value(settings.Temperature, value => value > 0 && double.IsFinite(value), "temperature", invalid),
            Value(settings.AbstainThreshold, value => value is >= 0 and <= 1, "abstainThreshold", invalid));
    }
}

/// <summary>Writes sentiment classifiers.</summary>
/// <inheritdoc cref="EncoderTextClassificationCodec" path="/param"/>
public sealed class SentimentCodec(string device = "auto") : EncoderStageCodec<SentimentTransformer>(device)
{
    /// <inheritdoc/>
    public override string Kind => "sentiment";

    private protected override EncoderStageSettings Describe(SentimentTransformer transformer) => new()
    {
        Columns = [transformer.Columns.Text, transformer.Columns.PredictedLabel, transformer.Columns.Score, transformer.Columns.Confidence, transformer.Columns.Intensity],
        Temperature = transformer.Temperature,
        Polarities = transformer.Scale.Polarities,
    };

    private protected override SentimentTransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
    {
        var columns = Columns(settings, 5, invalid);
        var polarities = Values(settings.Polarities, opened.Config.Labels.Count, value => value is >= -1 and <= 1, "polarities", invalid);
        if (polarities.Distinct().Count() < 2)
            throw invalid("has the same polarity for all labels");
        return new SentimentTransformer(
            RunnerOf(module, opened, settings), new SentimentColumns(columns[0], columns[1], columns[2], columns[3], columns[4]), new SentimentScale(opened.Config.Labels, polarities),
            Value(settings.Temperature, value => value > 0 && double.IsFinite(value), "temperature", invalid));
    }
}

/// <summary>Writes multi-label classifiers.</summary>
/// <inheritdoc cref="EncoderTextClassificationCodec" path="/param"/>
public sealed class MultiLabelTextCodec(string device = "auto") : EncoderStageCodec<MultiLabelTextTransformer>(device)
{
    /// <inheritdoc/>
    public override string Kind => "multi-label-text";

    private protected override EncoderStageSettings Describe(MultiLabelTextTransformer transformer) => new()
    {
        Columns = [transformer.Columns.Text, transformer.Columns.PredictedLabels, transformer.Columns.Score],
        Thresholds = transformer.Thresholds,
        PredictsAtLeastOne = transformer.PredictsAtLeastOne,
    };

    private protected override MultiLabelTextTransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
    {
        var columns = Columns(settings, 3, invalid);
        return new MultiLabelTextTransformer(
            RunnerOf(module, opened, settings), new MultiLabelColumns(columns[0], columns[1], columns[2]),
            Values(settings.Thresholds, opened.Config.Labels.Count, value => value is >= 0 and <= 1, "thresholds", invalid), settings.PredictsAtLeastOne == true);
    }
}

/// <summary>Writes recognisers of entities.</summary>
/// <inheritdoc cref="EncoderTextClassificationCodec" path="/param"/>
public sealed class EntityRecognitionCodec(string device = "auto") : EncoderStageCodec<EntityRecognitionTransformer>(device)
{
    /// <inheritdoc/>
    public override string Kind => "entity-recognition";

    private protected override EncoderStageSettings Describe(EntityRecognitionTransformer transformer) => new()
    {
        Columns = [transformer.Columns.Text, transformer.Columns.PredictedTags, transformer.Columns.Entities, transformer.Columns.Score],
        Scheme = transformer.Scheme.ToString(),
    };

    private protected override torch.nn.Module Make(OpenedEncoder opened) => EncoderModels.LoadTokenClassifier(opened.Files!).Model;

    private protected override EntityRecognitionTransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
    {
        var columns = Columns(settings, 4, invalid);
        if (!Enum.TryParse(settings.Scheme, out SpanScheme scheme) || !Enum.IsDefined(scheme))
            throw invalid($"has the scheme '{settings.Scheme}'");
        return new EntityRecognitionTransformer(RunnerOf(module, opened, settings), new EntityColumns(columns[0], columns[1], columns[2], columns[3]), scheme);
    }
}

/// <summary>Writes sentence encoders.</summary>
/// <inheritdoc cref="EncoderTextClassificationCodec" path="/param"/>
public sealed class TextEmbeddingCodec(string device = "auto") : EncoderStageCodec<TextEmbeddingTransformer>(device)
{
    /// <inheritdoc/>
    public override string Kind => "text-embedding";

    private protected override EncoderStageSettings Describe(TextEmbeddingTransformer transformer) => new()
    {
        Columns = [transformer.TextColumn, transformer.EmbeddingColumn],
        PoolingModes = (int)transformer.Pooling.Modes,
        Normalizes = transformer.Pooling.Normalize,
    };

    private protected override torch.nn.Module Make(OpenedEncoder opened) => EncoderModels.LoadEncoder(opened.Files!).Model;

    private protected override TextEmbeddingTransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
    {
        var columns = Columns(settings, 2, invalid);
        var modes = (PoolingModes)Value(settings.PoolingModes, value => value is >= 1 and <= 15, "poolingModes", invalid);
        var pooling = new SentencePooling(modes, settings.Normalizes == true, settings.MaximumTokens);
        return new TextEmbeddingTransformer(
            TextEmbeddingTransformer.MakeRunner((EncoderModule)module, opened.Tokenizer, settings.MaximumTokens, pooling), pooling, columns[0], columns[1]);
    }
}
