using System.Globalization;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Benchmarks.Generation;

/// <summary>What fewer bits a weight cost: the log-likelihood that exports of a T5 model give to texts which the float32 export drew, by teacher forcing.</summary>
internal static class WeightTypeLosses
{
    private const int Texts = 16;
    private const int PromptTokens = 32;
    private const int NewTokens = 32;

    private static readonly OnnxWeightType[] Types = [OnnxWeightType.Float32, OnnxWeightType.Float16, OnnxWeightType.Int8, OnnxWeightType.Int8Blocks, OnnxWeightType.Int4Blocks];

    public static void PrintHeader() => Console.WriteLine($"nats a token, {Texts} drawn texts of {NewTokens} tokens{"",-6}{string.Concat(Types.Select((type, i) => $"{(i == 0 ? "" : "Δ ") + type,14}"))}");

    public static void Print(string name, T5Weights weights)
    {
        var random = new Random(1);
        var config = weights.Config;
        int[][] prompts = [.. Enumerable.Range(0, Texts).Select(_ => Enumerable.Range(0, PromptTokens).Select(i => i == PromptTokens - 1 ? config.EosId : random.Next(3, config.VocabularySize)).ToArray())];
        int[][] outputs = [];
        double exact = 0;
        Console.Write($"{name,-48}");
        foreach (var type in Types)
        {
            string folder = Directory.CreateTempSubdirectory("generation-loss-").FullName;
            try
            {
                T5OnnxExporter.Export(weights, folder, new T5ExportOptions { WeightType = type });
                using var model = EncoderDecoderModel.Load(folder);
                if (type == OnnxWeightType.Float32)
                    outputs = [.. model.Generate(prompts, new GenerationOptions { Sample = true, TopK = 0, Seed = 1, MinimumNewTokens = NewTokens, MaximumNewTokens = NewTokens }).Select(sequences => sequences[0].Ids)];
                double likelihood = model.LogProbabilities(prompts, outputs).SelectMany(row => row).Average(value => (double)value);
                Console.Write(type == OnnxWeightType.Float32 ? string.Create(CultureInfo.InvariantCulture, $"{exact = likelihood,14:0.0000}") : string.Create(CultureInfo.InvariantCulture, $"{likelihood - exact,14:+0.00000;-0.00000}"));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        Console.WriteLine();
    }
}
