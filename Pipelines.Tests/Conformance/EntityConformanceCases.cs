using Microsoft.ML;
using MLPipelines.Entities;
using MLPipelines.Tests.Entities;

namespace MLPipelines.Tests.Conformance;

/// <summary>A case for every estimator of entities.</summary>
internal static class EntityConformanceCases
{
    private static readonly Heroes.Row[] Rows =
    [
        .. Heroes.Make(40),
        new() { Name = "Ω≈ç√∫ 東京 👍🏽", Strength = float.NaN, Speed = float.NaN, Role = "日本 ☕", Element = "", Gear = "" },
    ];

    public static IEnumerable<ConformanceCase> All { get; } =
    [
        new(
            typeof(AutoencoderEstimator),
            (context, seed, token) =>
            {
                var options = Heroes.Options(seed, token);
                options.Epochs = 3;
                return context.Transforms.Autoencoder(options);
            },
            (context, empty) => context.Data.LoadFromEnumerable(empty ? [] : Rows),
            InputColumn: "Strength",
            context => context.Data.LoadFromEnumerable(new[] { new TextRow { Name = "a" }, new TextRow { Name = "b" } }),
            new AutoencoderCodec()),
    ];

    private sealed class TextRow
    {
        public string Name { get; set; } = "";
        public string Strength { get; set; } = "much";
        public float Speed { get; set; }
        public string Role { get; set; } = "";
        public string Element { get; set; } = "";
        public string Gear { get; set; } = "";
    }
}
