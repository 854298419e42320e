using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Training;

namespace MLPipelines.Tests.Generation;

/// <summary>Text-to-text models that train in a moment.</summary>
internal static class TinyTextToText
{
    public static T5Config Shape => new() { HiddenSize = 32, Heads = 2, HeadSize = 16, IntermediateSize = 64, EncoderLayers = 1, DecoderLayers = 1, Dropout = 0 };

    /// <summary>Options over the columns Text and Label.</summary>
    public static TextToTextOptions Options(int seed = 1, CancellationToken token = default) => new()
    {
        InputColumnName = "Text", TargetColumnName = "Label", Model = T5Source.Scratch(Shape, 400), MaximumTargetTokens = 6, ValidationFraction = 0.2,
        Training = new TrainingOptions { Epochs = 3, BatchSize = 4, LearningRate = 1e-3, Precision = TrainingPrecision.Float32, Device = "cpu", Seed = seed, CancellationToken = token },
    };

    /// <summary>Sentences, and what is to be said of them.</summary>
    public static IEnumerable<Row> Rows()
    {
        string[] things = ["lamp", "table", "chair", "mirror"];
        string[] places = ["kitchen", "garden", "attic"];
        foreach (string thing in things)
        {
            foreach (string place in places)
            {
                yield return new Row { Input = $"where is the {thing}? it is in the {place}", Target = $"the {thing} is in the {place}" };
                yield return new Row { Input = $"put the {thing} into the {place}", Target = $"done: {thing} to {place}" };
            }
        }
    }

    public sealed class Row
    {
        public string Input { get; set; } = "";

        public string Target { get; set; } = "";
    }
}
