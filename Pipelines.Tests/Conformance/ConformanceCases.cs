using Microsoft.ML;
using MLPipelines.Text;

namespace MLPipelines.Tests.Conformance;

/// <summary>A case for every estimator that we ship.</summary>
internal static class ConformanceCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new ConformanceCase(
            typeof(LinearTextClassificationEstimator),
            (context, seed, token) => context.MulticlassClassification.Trainers.LinearText(new() { Seed = seed, CancellationToken = token, MinimumDocumentFrequency = 1 }),
            (context, empty) => context.Data.LoadFromEnumerable(empty ? [] : Texts!),
            InputColumn: "Text",
            context => context.Data.LoadFromEnumerable(new[] { new NumberRow { Text = 1, Label = "a" }, new NumberRow { Text = 2, Label = "b" } }),
            new LinearTextClassificationCodec()),
    ];

    private static readonly TextRow[] Texts =
    [
        .. Enumerable.Range(0, 60).Select(i => (i % 3) switch
        {
            0 => new TextRow { Text = $"where is my order number {i}", Label = "tracking" },
            1 => new TextRow { Text = $"please send the money back for item {i}", Label = "refund" },
            _ => new TextRow { Text = $"thank you, the {i} lamps look great", Label = "praise" },
        }),
        new TextRow { Text = "", Label = "praise" },
        new TextRow { Text = "no label here", Label = "" },
        new TextRow { Text = "Ω≈ç√∫ 東京 👍🏽", Label = "praise" },
    ];

    private sealed class TextRow
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
