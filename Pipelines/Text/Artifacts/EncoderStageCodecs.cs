using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Text.Encoders;
using TorchSharp;

namespace MLPipelines.Text;

/// <summary>Writes classifiers with one label a text.</summary>
/// <param name="device">Where loaded models compute: "auto", "cpu", "cuda", "cuda:1" ….</param>
public sealed class EncoderTextClassificationCodec(string device = "auto") : EncoderStageCodec(device)
{
    /// <inheritdoc/>
    public override string Kind => "encoder-text";

    /// <inheritdoc/>
    public override bool CanWrite(ITransformer transformer) => transformer is EncoderTextClassificationTransformer;

    private protected override EncoderStageSettings Describe(ITransformer transformer)
    {
        var model = (EncoderTextClassificationTransformer)transformer;
        return new()
        {
            Columns = [model.Columns.Text, model.Columns.PredictedLabel, model.Columns.Score, model.Columns.Confidence],
            Temperature = model.Temperature,
            AbstainThreshold = model.AbstainThreshold,
        };
    }

    private protected override torch.nn.Module Make(OpenedEncoder opened) => EncoderModels.LoadSequenceClassifier(opened.Files!).Model;

    private protected override ITransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
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
public sealed class SentimentCodec(string device = "auto") : EncoderStageCodec(device)
{
    /// <inheritdoc/>
    public override string Kind => "sentiment";

    /// <inheritdoc/>
    public override bool CanWrite(ITransformer transformer) => transformer is SentimentTransformer;

    private protected override EncoderStageSettings Describe(ITransformer transformer)
    {
        var model = (SentimentTransformer)transformer;
        return new()
        {
            Columns = [model.Columns.Text, model.Columns.PredictedLabel, model.Columns.Score, model.Columns.Confidence, model.Columns.Intensity],
            Temperature = model.Temperature,
            Polarities = model.Scale.Polarities,
        };
    }

    private protected override torch.nn.Module Make(OpenedEncoder opened) => EncoderModels.LoadSequenceClassifier(opened.Files!).Model;

    private protected override ITransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
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
public sealed class MultiLabelTextCodec(string device = "auto") : EncoderStageCodec(device)
{
    /// <inheritdoc/>
    public override string Kind => "multi-label-text";

    /// <inheritdoc/>
    public override bool CanWrite(ITransformer transformer) => transformer is MultiLabelTextTransformer;

    private protected override EncoderStageSettings Describe(ITransformer transformer)
    {
        var model = (MultiLabelTextTransformer)transformer;
        return new()
        {
            Columns = [model.Columns.Text, model.Columns.PredictedLabels, model.Columns.Score],
            Thresholds = model.Thresholds,
            PredictsAtLeastOne = model.PredictsAtLeastOne,
        };
    }

    private protected override torch.nn.Module Make(OpenedEncoder opened) => EncoderModels.LoadSequenceClassifier(opened.Files!).Model;

    private protected override ITransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
    {
        var columns = Columns(settings, 3, invalid);
        return new MultiLabelTextTransformer(
            RunnerOf(module, opened, settings), new MultiLabelColumns(columns[0], columns[1], columns[2]),
            Values(settings.Thresholds, opened.Config.Labels.Count, value => value is >= 0 and <= 1, "thresholds", invalid), settings.PredictsAtLeastOne == true);
    }
}

/// <summary>Writes recognisers of entities.</summary>
/// <inheritdoc cref="EncoderTextClassificationCodec" path="/param"/>
public sealed class EntityRecognitionCodec(string device = "auto") : EncoderStageCodec(device)
{
    /// <inheritdoc/>
    public override string Kind => "entity-recognition";

    /// <inheritdoc/>
    public override bool CanWrite(ITransformer transformer) => transformer is EntityRecognitionTransformer;

    private protected override EncoderStageSettings Describe(ITransformer transformer)
    {
        var model = (EntityRecognitionTransformer)transformer;
        return new()
        {
            Columns = [model.Columns.Text, model.Columns.PredictedTags, model.Columns.Entities, model.Columns.Score],
            Scheme = model.Scheme.ToString(),
        };
    }

    private protected override torch.nn.Module Make(OpenedEncoder opened) => EncoderModels.LoadTokenClassifier(opened.Files!).Model;

    private protected override ITransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
    {
        var columns = Columns(settings, 4, invalid);
        if (!Enum.TryParse(settings.Scheme, out SpanScheme scheme) || !Enum.IsDefined(scheme))
            throw invalid($"has the scheme '{settings.Scheme}'");
        return new EntityRecognitionTransformer(RunnerOf(module, opened, settings), new EntityColumns(columns[0], columns[1], columns[2], columns[3]), scheme);
    }
}

/// <summary>Writes sentence encoders.</summary>
/// <inheritdoc cref="EncoderTextClassificationCodec" path="/param"/>
public sealed class TextEmbeddingCodec(string device = "auto") : EncoderStageCodec(device)
{
    /// <inheritdoc/>
    public override string Kind => "text-embedding";

    /// <inheritdoc/>
    public override bool CanWrite(ITransformer transformer) => transformer is TextEmbeddingTransformer;

    private protected override EncoderStageSettings Describe(ITransformer transformer)
    {
        var model = (TextEmbeddingTransformer)transformer;
        return new()
        {
            Columns = [model.TextColumn, model.EmbeddingColumn],
            PoolingModes = (int)model.Pooling.Modes,
            Normalizes = model.Pooling.Normalize,
        };
    }

    private protected override torch.nn.Module Make(OpenedEncoder opened) => EncoderModels.LoadEncoder(opened.Files!).Model;

    private protected override ITransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid)
    {
        var columns = Columns(settings, 2, invalid);
        var modes = (PoolingModes)Value(settings.PoolingModes, value => value is >= 1 and <= 15, "poolingModes", invalid);
        var pooling = new SentencePooling(modes, settings.Normalizes == true, settings.MaximumTokens);
        return new TextEmbeddingTransformer(
            TextEmbeddingTransformer.MakeRunner((EncoderModule)module, opened.Tokenizer, settings.MaximumTokens, pooling), pooling, columns[0], columns[1]);
    }
}
