using Microsoft.ML;
using MLPipelines.Imaging;
using MLPipelines.Tests.Imaging;

namespace MLPipelines.Tests.Conformance;

/// <summary>The case of image generation.</summary>
internal static class ImagingConformanceCases
{
    private static readonly ImageGenerationTests.Row[] Prompts = [new() { Prompt = "a cat" }, new() { Prompt = "" }, new() { Prompt = "Ω≈ç√∫ 東京 👍🏽" }];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new ConformanceCase(
            typeof(ImageGenerationEstimator),
            (context, seed, token) => context.Transforms.GenerateImage(ImageGenerationTests.Options(token, seed)),
            (context, empty) => context.Data.LoadFromEnumerable(empty ? [] : Prompts),
            InputColumn: "Prompt",
            context => context.Data.LoadFromEnumerable(new[] { new NumberRow { Prompt = 1 } }),
            new StableDiffusionCodec()) { LearnsFromRows = false },
    ];

    private sealed class NumberRow
    {
        public float Prompt { get; set; }
    }
}
