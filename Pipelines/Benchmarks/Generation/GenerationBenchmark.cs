using System.Diagnostics;
using System.Numerics.Tensors;
using System.Text.Json;
using MLPipelines.Benchmarks.Encoders;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Scoring;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Benchmarks.Generation;

/// <summary>
/// Generation at the shape of t5-small with random weights: 32 tokens in, 64 out; this project beside @huggingface/transformers over the same graphs, and plain PyTorch of the same shape.
/// Every side runs in a process of its own, several times in turns; the best of its runs counts.
/// </summary>
internal static class GenerationBenchmark
{
    private const int PromptTokens = 32;
    private const int NewTokens = 64;

    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="arguments">Of the command line: [--node FOLDER] [--threads N] [--seconds S] [--rounds N] [--model FOLDER] [--no-peers] [--losses FOLDER].</param>
    public static int Run(string[] arguments)
    {
        string? node = Value("--node"), kept = Value("--model");
        int threads = int.Parse(Value("--threads") ?? "2", System.Globalization.CultureInfo.InvariantCulture);
        double seconds = double.Parse(Value("--seconds") ?? "2", System.Globalization.CultureInfo.InvariantCulture);
        int rounds = int.Parse(Value("--rounds") ?? "3", System.Globalization.CultureInfo.InvariantCulture);
        string folder = kept ?? Directory.CreateTempSubdirectory("generation-").FullName;
        try
        {
            string model = Path.Combine(folder, "t5-small");
            var config = new T5Config();
            if (!Directory.Exists(model))
                Export(config, model, OnnxWeightType.Float32);
            string quantized = Path.Combine(folder, "t5-small-int8");
            if (!Directory.Exists(quantized))
                Export(config, quantized, OnnxWeightType.Int8);
            double read = StepBytes(config);
            Console.WriteLine($"t5-small, random weights, {PromptTokens} tokens in, {NewTokens} out, {threads} threads; a step reads {read / 1e6:0} MB of weights in float32; GB/s is what memory gave before or after each side, and its limit that over what a step reads");
            Console.WriteLine($"graphs on disk {new DirectoryInfo(model).EnumerateFiles("*.onnx*").Sum(file => file.Length) / 1e6:0} MB");
            Console.WriteLine($"{"",-34}{"rows",5}{"beams",6}{"tokens/s",10}{"steps/s",9}{"GB/s",7}{"of limit",9}{"peak MB",9}{"less bare",10}");
            foreach (var (rows, beams) in new[] { (1, 1), (16, 1), (1, 4), (16, 4) })
            {
                var work = new SideWork(model, threads, NewTokens, beams, seconds, Prompts(rows), SideShape.Of(config));
                var sides = new List<(string Name, bool ReadsFloats, Func<SideAnswer?> Run)> { ("this project, float32", true, () => Ours(work)), ("this project, int8", false, () => Ours(work with { Model = quantized })) };
                if (!arguments.Contains("--no-peers"))
                {
                    if (node != null && beams == 1)
                        sides.Add(("@huggingface/transformers", true, () => Javascript(work, node)));
                    if (PeerProcess.FindPython() is { } python)
                        sides.Add(("PyTorch, plain loop", true, () => Side(python, [Script("generation.py")], work, null)));
                }
                // In turns, so that what the host takes from all of them falls on all of them.
                var answers = new SideAnswer?[sides.Count];
                for (int round = 0; round < rounds; round++)
                {
                    for (int i = 0; i < sides.Count; i++)
                        answers[i] = SideAnswer.Better(answers[i], sides[i].Run());
                }
                for (int i = 0; i < sides.Count; i++)
                    Print(sides[i].Name, answers[i], rows, beams, sides[i].ReadsFloats ? read : double.NaN, i > 1 ? answers[0] : null);
            }
            if (Value("--losses") is { } checkpoints)
                PrintLosses(config, checkpoints);
            return 0;
        }
        finally
        {
            if (kept == null)
                Directory.Delete(folder, recursive: true);
        }

        string? Value(string name) => Array.IndexOf(arguments, name) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }

    /// <summary>One side's work in this process: what <see cref="Run"/> starts as a child.</summary>
    public static int RunSide(string file)
    {
        var work = JsonSerializer.Deserialize<SideWork>(File.ReadAllText(file), Snake)!;
        double bare = RunAnything();
        using var model = EncoderDecoderModel.Load(work.Model, new() { Threads = work.Threads });
        var options = new GenerationOptions { MinimumNewTokens = work.Tokens, MaximumNewTokens = work.Tokens, Beams = work.Beams };
        int tokens = model.Generate(work.Rows, options)[0][0].Ids.Length;
        double best = double.PositiveInfinity;
        int runs = 0;
        var clock = Stopwatch.StartNew();
        do
        {
            var run = Stopwatch.StartNew();
            model.Generate(work.Rows, options);
            best = Math.Min(best, run.Elapsed.TotalSeconds);
            runs++;
        }
        while (clock.Elapsed.TotalSeconds < work.Seconds);
        Console.WriteLine(JsonSerializer.Serialize(new SideAnswer("", runs, tokens, best, Measure.PeakMegabytes(), bare), Snake));
        return 0;
    }

    private static void PrintLosses(T5Config config, string folder)
    {
        WeightTypeLosses.PrintHeader();
        using (var weights = T5Weights.Random(config))
            WeightTypeLosses.Print("t5-small, random weights", weights);
        foreach (string checkpoint in Directory.EnumerateDirectories(folder, "t5*").Order(StringComparer.Ordinal))
        {
            using var weights = T5Weights.Open(checkpoint);
            WeightTypeLosses.Print(Path.GetFileName(checkpoint), weights);
        }
    }

    // What a process takes that runs any model at all, here one of one operator: .NET, ONNX Runtime and its registry of operators.
    private static double RunAnything()
    {
        var graph = new OnnxGraphBuilder("bare");
        string input = graph.Input("input", OnnxElementType.Float, 1L);
        graph.Output(graph.Node("Neg", [input]), new OnnxValue("output", OnnxElementType.Float, 1L));
        using var bytes = new MemoryStream();
        OnnxModelWriter.Write(graph, bytes);
        using var model = OnnxModel.Open(bytes.ToArray(), "bare");
        using var value = OnnxTensors.Create<float>([1], 1);
        model.Run(["input"], [value], ["output"])[0].Dispose();
        return Measure.PeakMegabytes();
    }

    private static void Export(T5Config config, string folder, OnnxWeightType weightType)
    {
        var clock = Stopwatch.StartNew();
        using var weights = T5Weights.Random(config);
        T5OnnxExporter.Export(weights, folder, new T5ExportOptions { WeightType = weightType });
        Console.WriteLine($"exported as {weightType} in {clock.Elapsed.TotalSeconds:0.0} s");
    }

    // What a step of the decoder reads: all but the embedding (of which it looks up a row) and the keys and values over the prompt (computed once).
    private static double StepBytes(T5Config config)
    {
        double inner = config.InnerSize, hidden = config.HiddenSize;
        return sizeof(float) * (config.DecoderLayers * (4 * hidden * inner + 2 * hidden * inner + 2 * hidden * config.IntermediateSize) + hidden * config.VocabularySize);
    }

    private static double Bandwidth(int threads)
    {
        var buffers = Enumerable.Range(0, threads).Select(_ => new float[64 << 20]).ToArray();
        foreach (float[] buffer in buffers)
            buffer.AsSpan().Fill(1);
        double best = 0;
        for (int round = 0; round < 5; round++)
        {
            var clock = Stopwatch.StartNew();
            Parallel.ForEach(buffers, buffer => TensorPrimitives.Sum<float>(buffer));
            best = Math.Max(best, threads * (double)buffers[0].Length * sizeof(float) / clock.Elapsed.TotalSeconds / 1e9);
        }
        return best;
    }

    private static int[][] Prompts(int rows)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, PromptTokens).Select(i => i == PromptTokens - 1 ? 1 : random.Next(3, 32000)).ToArray())];
    }

    private static SideAnswer? Ours(SideWork work)
    {
        string self = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [typeof(GenerationBenchmark).Assembly.Location, "generation-side"] : ["generation-side"];
        return Side(self, arguments, work, null);
    }

    private static SideAnswer? Javascript(SideWork work, string node)
    {
        string folder = Directory.CreateTempSubdirectory("generation-js-").FullName;
        try
        {
            string onnx = Path.Combine(folder, "onnx");
            Directory.CreateDirectory(onnx);
            foreach (string name in new[] { "config.json", "generation_config.json" })
                File.Copy(Path.Combine(work.Model, name), Path.Combine(folder, name));
            foreach (var (name, target) in new[] { ("encoder_model", "encoder_model"), ("decoder_model", "decoder_model"), ("decoder_model_merged", "decoder_with_past_model") })
                File.CreateSymbolicLink(Path.Combine(onnx, name + ".onnx"), Path.Combine(Path.GetFullPath(work.Model), target + ".onnx"));
            return Side("node", [Script("generation.mjs")], work with { Model = folder }, node);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "peers", name);

    private static SideAnswer? Side(string program, string[] arguments, SideWork work, string? folder)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, JsonSerializer.Serialize(work, Snake));
            var start = new ProcessStartInfo(program, [.. arguments, file]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
            start.Environment["OPENBLAS_NUM_THREADS"] = work.Threads.ToString(System.Globalization.CultureInfo.InvariantCulture);
            double bandwidth = Bandwidth(work.Threads);
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return JsonSerializer.Deserialize<SideAnswer>(output.TrimEnd().Split('\n')[^1], Snake)! with { Bandwidth = Math.Max(bandwidth, Bandwidth(work.Threads)) };
            Console.WriteLine($"{program} {arguments[0]} failed: {errors.GetAwaiter().GetResult().Trim()}");
            return null;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Print(string name, SideAnswer? answer, int rows, int beams, double bytesRead, SideAnswer? ours = null)
    {
        if (answer == null)
            return;
        double steps = answer.NewTokens / answer.Seconds;
        string times = ours == null ? "" : $"   ours {answer.Seconds / ours.Seconds:0.00}x";
        Console.WriteLine($"{name + " " + answer.Version,-34}{rows,5}{beams,6}{steps * rows,10:0.0}{steps,9:0.0}{answer.Bandwidth,7:0.0}{(double.IsNaN(bytesRead) ? "" : $"{steps * bytesRead / (answer.Bandwidth * 1e9):0%}"),9}{answer.PeakMegabytes,9:0}{(answer.BareMegabytes > 0 ? $"{answer.PeakMegabytes - answer.BareMegabytes:0}" : ""),10}{times}");
    }
}

/// <summary>What a side is given; peers/generation.py and peers/generation.mjs explain the fields.</summary>
internal sealed record SideWork(string Model, int Threads, int Tokens, int Beams, double Seconds, int[][] Rows, SideShape Config);

/// <summary>The shape of the network.</summary>
internal sealed record SideShape(int Vocabulary, int Hidden, int Layers, int Heads, int HeadSize, int Intermediate, int Buckets, int MaxDistance)
{
    public static SideShape Of(T5Config config) =>
        new(config.VocabularySize, config.HiddenSize, config.DecoderLayers, config.Heads, config.HeadSize, config.IntermediateSize, config.RelativeBuckets, config.RelativeMaximumDistance);
}

/// <summary>What a side got done: the new tokens of a row, and the seconds of its best run; and what memory gave beside it (GB/s).</summary>
internal sealed record SideAnswer(string Version, int Runs, int NewTokens, double Seconds, double PeakMegabytes, double BareMegabytes = 0, double Bandwidth = 0)
{
    /// <summary>The quicker of two, with the larger peak and the most that memory gave.</summary>
    public static SideAnswer? Better(SideAnswer? first, SideAnswer? second)
    {
        if (first is null || second is null)
            return first ?? second;
        var quicker = first.Seconds <= second.Seconds ? first : second;
        return quicker with { PeakMegabytes = Math.Max(first.PeakMegabytes, second.PeakMegabytes), Bandwidth = Math.Max(first.Bandwidth, second.Bandwidth) };
    }
}
