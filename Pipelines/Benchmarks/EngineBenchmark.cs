using System.Diagnostics;
using Microsoft.ML;

namespace MLPipelines.Benchmarks;

/// <summary>Single predictions of a linear text model through a prediction engine, and how long its zip takes to load.</summary>
internal static class EngineBenchmark
{
    private const int Calls = 200_000;

    private sealed class Input
    {
        public string Text { get; set; } = "";
        public bool Label { get; set; }
    }

    private sealed class Output
    {
        public bool PredictedLabel { get; set; }
        public float Probability { get; set; }
    }

    public static int Run()
    {
        var context = new MLContext(seed: 1);
        var random = new Random(1);
        string[] words = [.. Enumerable.Range(0, 2000).Select(_ => RandomText.Word(random))];
        Input[] rows = [.. Enumerable.Range(0, 5000).Select(i => new Input { Text = RandomText.Sentence(random, words, 8), Label = i % 2 == 0 })];
        var data = context.Data.LoadFromEnumerable(rows);
        var model = context.Transforms.Text.FeaturizeText("Features", "Text")
            .Append(context.BinaryClassification.Trainers.SdcaLogisticRegression())
            .Fit(data);
        var engine = context.Model.CreatePredictionEngine<Input, Output>(model);

        var output = new Output();
        var ticks = new long[Calls];
        for (int i = 0; i < 20_000; i++)
            engine.Predict(rows[i % rows.Length], ref output);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Calls; i++)
        {
            long start = Stopwatch.GetTimestamp();
            engine.Predict(rows[i % rows.Length], ref output);
            ticks[i] = Stopwatch.GetTimestamp() - start;
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Array.Sort(ticks);
        Measure.Print("PredictionEngine, linear text model, p50", $"{Microseconds(ticks[Calls / 2]):F1} us", "ML.NET 5.0.0: 14.6 us");
        Measure.Print("  p99", $"{Microseconds(ticks[Calls / 100 * 99]):F1} us", "ML.NET 5.0.0: 75 us");
        Measure.Print("  allocated a call", $"{(double)allocated / Calls:F0} B", "ML.NET 5.0.0: 475 B");

        using var zip = new MemoryStream();
        context.Model.Save(model, data.Schema, zip);
        zip.Position = 0;
        Measure.Time(() => new MLContext().Model.Load(zip, out _), out double first);
        double warm = Measure.Median(9, () => new MLContext().Model.Load(zip, out _));
        Measure.Print($"loading its zip of {zip.Length / 1e6:F1} MB", $"{first * 1e3:F0} ms, warm {warm * 1e3:F0} ms", "ML.NET 5.0.0: 103 ms");
        return 0;
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
