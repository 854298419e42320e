using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Generation;
using MLPipelines.Tests.Generation;

namespace MLPipelines.Tests.Conformance;

/// <summary>A case for every estimator that generates text.</summary>
internal static class GenerationConformanceCases
{
    public static IEnumerable<ConformanceCase> All { get; } =
    [
        Case(
            typeof(GenerateTextEstimator),
            (context, seed, token) => context.Transforms.Text.GenerateText(new()
            {
                ModelFolder = TinyGenerators.Separate, Generation = new() { MaximumNewTokens = 5, Sample = true, Seed = seed, TopK = 0 }, CancellationToken = token,
            }),
            new TextGenerationCodec()),
        Case(
            typeof(ResponseEstimator),
            (context, seed, token) => context.Transforms.Text.GenerateResponses(new()
            {
                ModelFolder = TinyGenerators.Merged, ContentColumnName = "Text", IntentColumnName = "Label", SentimentColumnName = null, Candidates = 2,
                Generation = new() { MaximumNewTokens = 4 }, Template = "short", Templates = PromptTemplates.Default.Parse("short: {prompt: \"{intent} {content}\", maximumNewTokens: 4}", "short"), CancellationToken = token,
            }),
            new ResponseGenerationCodec()),
        Case(
            typeof(TextToTextEstimator),
            (context, seed, token) => context.Transforms.Text.TextToText(TinyTextToText.Options(seed, token)),
            new TextToTextCodec()) with { LearnsFromRows = true },
    ];

    private static ConformanceCase Case(Type type, Func<MLContext, int, CancellationToken, IEstimator<ITransformer>> create, StageCodec codec) => new(
        type,
        create,
        (context, empty) => context.Data.LoadFromEnumerable(empty ? [] : Rows()),
        InputColumn: "Text",
        context => context.Data.LoadFromEnumerable(new[] { new NumberRow { Text = 1, Label = "a" } }),
        codec) { LearnsFromRows = false, RowTolerance = 1e-4 };

    private static IEnumerable<Row> Rows()
    {
        for (int i = 0; i < 6; i++)
            yield return new Row { Text = $"where is parcel number {i}", Label = i % 2 == 0 ? "tracking" : "" };
        yield return new Row { Text = "", Label = "praise" };
        yield return new Row { Text = "Ω≈ç√∫ 東京 👍🏽", Label = "praise" };
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class NumberRow
    {
        public float Text { get; set; }

        public string Label { get; set; } = "";
    }
}
