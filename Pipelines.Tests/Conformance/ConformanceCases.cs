using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Tests.FineTuning;
using MLPipelines.Text;

namespace MLPipelines.Tests.Conformance;

/// <summary>A case for every estimator that we ship.</summary>
internal static class ConformanceCases
{
    // What training data holds in the wild.
    private static readonly TinyText.Row[] Odd =
    [
        new() { Text = "", Label = "praise" },
        new() { Text = "no label here", Label = "" },
        new() { Text = "Ω≈ç√∫ 東京 👍🏽", Label = "praise" },
    ];

    private static readonly TinyText.Row[] Texts = [.. TinyText.Intents(60), .. Odd];

    // What encoders promise in float32 for a row alone and among others.
    private const double RowTolerance = 1e-4;

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        OfText(
            typeof(LinearTextClassificationEstimator),
            (context, seed, token) => context.MulticlassClassification.Trainers.LinearText(new() { Seed = seed, CancellationToken = token, MinimumDocumentFrequency = 1 }),
            Texts,
            new LinearTextClassificationCodec()),
        OfText(
            typeof(EncoderTextClassificationEstimator),
            (context, seed, token) => context.MulticlassClassification.Trainers.EncoderText(new()
            {
                Encoder = TinyText.Scratch(), Training = TinyText.Training(seed: seed, cancellation: token), ValidationFraction = 0.4, AbstainThreshold = 0.4,
            }),
            Texts,
            new EncoderTextClassificationCodec("cpu")) with { RowTolerance = RowTolerance },
        OfText(
            typeof(SentimentEstimator),
            (context, seed, token) => context.MulticlassClassification.Trainers.Sentiment(new() { Encoder = TinyText.Scratch(), Training = TinyText.Training(seed: seed, cancellation: token) }),
            [.. TinyText.Sentiments(60), new() { Text = "", Label = "neutral" }, new() { Text = "no label here", Label = "" }],
            new SentimentCodec("cpu")) with { RowTolerance = RowTolerance },
        OfText(
            typeof(MultiLabelTextEstimator),
            (context, seed, token) => context.MulticlassClassification.Trainers.MultiLabelText(new()
            {
                Encoder = TinyText.Scratch(), Training = TinyText.Training(seed: seed, cancellation: token), ValidationFraction = 0.3,
            }),
            [.. TinyText.Topics(60), .. Odd],
            new MultiLabelTextCodec("cpu")) with { RowTolerance = RowTolerance },
        OfText(
            typeof(EntityRecognitionEstimator),
            (context, seed, token) => context.MulticlassClassification.Trainers.EntityRecognition(new() { Encoder = TinyText.Scratch(), Training = TinyText.Training(seed: seed, cancellation: token) }),
            [.. TinyText.Entities(60), new() { Text = "", Label = "" }, new() { Text = "no tags here", Label = "" }, new() { Text = "東京 👍🏽", Label = "B-place O" }],
            new EntityRecognitionCodec("cpu")) with { RowTolerance = RowTolerance },
        OfText(
            typeof(TextEmbeddingEstimator),
            (context, _, token) => context.Transforms.Text.EmbedText(new()
            {
                Encoder = TinyText.Checkpoint, Precision = MLPipelines.Training.TrainingPrecision.Float32, Device = "cpu", CancellationToken = token,
            }),
            Texts,
            new TextEmbeddingCodec("cpu")) with { LearnsFromRows = false, RowTolerance = RowTolerance },
        .. RecommendationConformanceCases.All,
        .. EntityConformanceCases.All,
        .. GenerationConformanceCases.All,
        .. ScoringConformanceCases.All,
        .. ImagingConformanceCases.All,
    ];

    private static ConformanceCase OfText(Type type, Func<MLContext, int, CancellationToken, IEstimator<ITransformer>> create, TinyText.Row[] rows, StageCodec codec) => new(
        type,
        create,
        (context, empty) => context.Data.LoadFromEnumerable(empty ? [] : rows),
        InputColumn: "Text",
        context => context.Data.LoadFromEnumerable(new[] { new NumberRow { Text = 1, Label = "a" }, new NumberRow { Text = 2, Label = "b" } }),
        codec);

    private sealed class NumberRow
    {
        public float Text { get; set; }

        public string Label { get; set; } = "";
    }
}
