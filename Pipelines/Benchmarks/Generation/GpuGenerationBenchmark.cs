using System.Globalization;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Scoring;

namespace MLPipelines.Benchmarks.Generation;

/// <summary>Generation at the shape of t5-small with random weights on a GPU: 32 tokens in, 64 out, greedy and with beams, float32.</summary>
internal static class GpuGenerationBenchmark
{
    private const int PromptTokens = 32;
    private const int NewTokens = 64;
    private const int Runs = 5;

    public static int Run()
    {
        string folder = Directory.CreateTempSubdirectory("generation-gpu-").FullName;
        try
        {
            using (var weights = T5Weights.Random(new T5Config()))
                T5OnnxExporter.Export(weights, folder, new T5ExportOptions());
            using var model = EncoderDecoderModel.Load(folder, new() { Provider = OnnxExecutionProvider.Cuda });
            var random = new Random(1);
            foreach (var (rows, beams) in new[] { (1, 1), (16, 1), (64, 1), (1, 4), (16, 4) })
            {
                int[][] prompts = [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, PromptTokens).Select(i => i == PromptTokens - 1 ? 1 : random.Next(3, 32000)).ToArray())];
                var options = new GenerationOptions { MinimumNewTokens = NewTokens, MaximumNewTokens = NewTokens, Beams = beams };
                model.Generate(prompts, options);
                double seconds = Measure.Median(Runs, () => model.Generate(prompts, options));
                Measure.Print(string.Create(CultureInfo.InvariantCulture, $"t5-small on CUDA, {rows} rows, {beams} beams"), string.Create(CultureInfo.InvariantCulture, $"{rows * NewTokens / seconds:F0} tokens/s"));
            }
            return 0;
        }
        catch (OnnxException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
