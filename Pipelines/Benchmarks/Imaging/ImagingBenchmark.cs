using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Imaging;
using MLPipelines.Imaging.Schedulers;
using MLPipelines.Scoring;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Benchmarks.Imaging;

/// <summary>Seconds a step of the pipeline at the shapes of Stable Diffusion 1.5, beside a loop that only calls ONNX Runtime on the same file; each in a process of its own, so that peak memory is its own.</summary>
internal static class ImagingBenchmark
{
    public const string Usage = """
          imaging [FOLDER] [--fused] [--guidance] [--split] [--steps N] [--side LATENTS] [--any-size] [--tile PIXELS] [--vae-tile PIXELS] [--slices N] [--own-attention] [--no-decoding] [--alone] [--device cpu|cuda]
                               a step of Stable Diffusion 1.5's UNet and the decoding of its VAE (random weights, 3.6 GB, written to FOLDER
                               once) beside a bare loop over ONNX Runtime: seconds, overhead, peak memory; --split evaluates guidance in two
                               runs, --slices cuts attention, --own-attention has ONNX Runtime's operator put in its place when the file is
                               opened (--fused: when it is written); --any-size writes the UNet for all sizes, as exporters do;
                               --no-decoding leaves the VAE out, --alone the bare loop
        """;

    private const int Threads = 2;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (Parse(arguments) is not { } settings)
        {
            Console.Error.WriteLine("Usage:\n" + Usage);
            return 2;
        }
        if (settings.Child == "bare")
            return Bare(settings);
        if (settings.Child == "ours")
            return Ours(settings);
        Write(settings);
        Console.WriteLine($"UNet of Stable Diffusion 1.5, latents {settings.Size} × {settings.Size}{(settings.Tile > 0 ? $" in tiles of {settings.Tile} pixels" : "")}, {(!settings.Guidance ? "no guidance (batch 1)" : settings.Split ? "guidance (two runs of batch 1)" : "guidance (batch 2)")}, {(settings.Fused ? "fused attention" : settings.OwnAttention ? "attention fused when opened" : settings.Slices > 1 ? $"attention in {settings.Slices} slices" : "attention as exported")}, {(settings.Provider == OnnxExecutionProvider.Cuda ? "CUDA" : $"{Threads} threads")}, {settings.Steps} steps twice, medians");
        var bare = new List<double>();
        var ours = new List<double>();
        if (settings.Alone || settings.Tile > 0)
        {
            PrintOurs(Child("ours", settings, ours), ours);
            return 0;
        }
        double bareMemory = 0;
        (double Steps, double Picture, double Decoding) ourMemory = default;
        for (int round = 0; round < 2; round++)
        {
            bareMemory = Math.Max(bareMemory, Child("bare", settings, bare).Steps);
            ourMemory = Child("ours", settings, ours);
        }
        double bareStep = Median(bare), ourStep = Median(ours);
        var culture = CultureInfo.InvariantCulture;
        Measure.Print("bare loop over ONNX Runtime", string.Create(culture, $"{bareStep:F3} s/step"), string.Create(culture, $"peak {bareMemory:F0} MB"));
        PrintOurs(ourMemory, ours);
        Measure.Print("overhead over the bare loop", string.Create(culture, $"{100 * (ourStep / bareStep - 1):F2} %"), "bar: 2 %");
        return 0;

        void PrintOurs((double Steps, double Picture, double Decoding) peak, List<double> seconds)
        {
            Measure.Print("this pipeline", string.Create(CultureInfo.InvariantCulture, $"{Median(seconds):F3} s/step"), string.Create(CultureInfo.InvariantCulture, $"peak {peak.Steps:F0} MB"));
            if (settings.Decodes)
                Measure.Print("its VAE", string.Create(CultureInfo.InvariantCulture, $"{peak.Decoding:F1} s/picture"), string.Create(CultureInfo.InvariantCulture, $"peak {peak.Picture:F0} MB"));
        }
    }

    /// <summary>What is written once: the UNet and the VAE's decoder, and a stand-in for the text encoder that costs nothing.</summary>
    private static void Write(Settings settings)
    {
        var folder = settings.Folder;
        if (File.Exists(Path.Combine(folder, "model_index.json")))
            return;
        if (Measure.FindData(null) is not { } data)
            throw new InvalidOperationException("The CLIP tokenizer was not found in ../shared/data/tokenizers/clip-vit-base-patch32.");
        Console.WriteLine($"writing {folder}");
        foreach (var part in new[] { "text_encoder", "unet", "vae_decoder", "scheduler", "tokenizer" })
            Directory.CreateDirectory(Path.Combine(folder, part));
        foreach (var name in new[] { "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json" })
            File.Copy(Path.Combine(data, "tokenizers", "clip-vit-base-patch32", name), Path.Combine(folder, "tokenizer", name), overwrite: true);
        OnnxModelWriter.Write(Path.Combine(folder, "unet"), [new("model.onnx", new UnetGraph(settings.AnySize ? null : settings.Side, settings.Fused).Build())], OnnxWeightPlacement.Beside, "model.onnx_data");

        var encoder = new OnnxGraphBuilder("text_encoder");
        var table = encoder.Add(OnnxTensor.Of("table", Enumerable.Range(0, 49408 * 768).Select(i => MathF.Sin(i)).ToArray(), 49408, 768));
        var ids = encoder.Input("input_ids", OnnxElementType.Int64, "batch", 77);
        encoder.Output(encoder.Node("Gather", [table, ids]), new OnnxValue("last_hidden_state", OnnxElementType.Float, "batch", 77, 768));
        OnnxModelWriter.Write(Path.Combine(folder, "text_encoder"), [new("model.onnx", encoder)], OnnxWeightPlacement.Auto, "weights");

        OnnxModelWriter.Write(Path.Combine(folder, "vae_decoder"), [new("model.onnx", new VaeGraph().Build())], OnnxWeightPlacement.Beside, "model.onnx_data");

        File.WriteAllText(Path.Combine(folder, "scheduler", "scheduler_config.json"), """{"_class_name":"DDIMScheduler","beta_start":0.00085,"beta_end":0.012,"beta_schedule":"scaled_linear","clip_sample":false,"set_alpha_to_one":false,"steps_offset":1}""");
        File.WriteAllText(Path.Combine(folder, "unet", "config.json"), $$"""{"sample_size":{{settings.Side}}}""");
        File.WriteAllText(Path.Combine(folder, "model_index.json"), """{"_class_name":"OnnxStableDiffusionPipeline"}""");
    }

    private static int Bare(Settings settings)
    {
        using var options = new SessionOptions { IntraOpNumThreads = Threads, InterOpNumThreads = 1 };
        if (settings.Provider == OnnxExecutionProvider.Cuda)
            options.AppendExecutionProvider_CUDA(0);
        using var session = new InferenceSession(Path.Combine(settings.Folder, "unet", "model.onnx"), options);
        int rows = settings.Guidance ? 2 : 1;
        long[] shape = [rows, 4, settings.Side, settings.Side];
        var latents = Enumerable.Range(0, rows * 4 * settings.Side * settings.Side).Select(i => MathF.Sin(i)).ToArray();
        using var sample = OrtValue.CreateTensorValueFromMemory(latents, shape);
        using var timestep = OrtValue.CreateTensorValueFromMemory(new[] { 500f }, [1]);
        using var text = OrtValue.CreateTensorValueFromMemory(Enumerable.Range(0, rows * 77 * 768).Select(i => MathF.Cos(i)).ToArray(), [rows, 77, 768]);
        using var output = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float, shape);
        using var run = new RunOptions();
        for (int step = 0; step <= settings.Steps; step++)
        {
            var clock = Stopwatch.StartNew();
            session.Run(run, ["sample", "timestep", "encoder_hidden_states"], [sample, timestep, text], ["out_sample"], [output]);
            Report(step, clock.Elapsed.TotalSeconds);
        }
        return 0;
    }

    private static int Ours(Settings settings)
    {
        using var pipeline = StableDiffusionPipeline.Open(settings.Folder, new() { Session = new() { IntraOpThreads = Threads, Provider = settings.Provider }, SplitGuidance = settings.Split, ReleaseBetweenStages = true, UnetTileSize = settings.Tile, VaeTileSize = settings.VaeTile, AttentionSlices = settings.Slices, FusedAttention = settings.OwnAttention });
        using var stopping = new CancellationTokenSource();
        var watch = new Watch(settings.Decodes ? null : stopping);
        var request = new ImageRequest
        {
            Prompt = "a lighthouse at dusk", Steps = settings.Steps + 1, Guidance = settings.Guidance ? 7.5 : 1, Progress = watch, Scheduler = pipeline.Scheduler.With(SchedulerKind.Ddim),
            Width = settings.Size * 8, Height = settings.Size * 8, CancellationToken = stopping.Token,
        };
        try
        {
            pipeline.Generate(request);
        }
        catch (OperationCanceledException) when (!settings.Decodes)
        {
            return 0;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"picture {watch.SecondsSinceLast:R} {Measure.PeakMegabytes():R}"));
        return 0;
    }

    private static void Report(int step, double seconds) =>
        // The first step allocates.
        Console.WriteLine(step == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"step {seconds:R} {Measure.PeakMegabytes():R}"));

    private static (double Steps, double Picture, double Decoding) Child(string name, Settings settings, List<double> seconds)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(typeof(ImagingBenchmark).Assembly.Location);
        foreach (var argument in (string[])["imaging", settings.Folder, .. settings.Arguments, "--child", name])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        (double Steps, double Picture, double Decoding) memory = default;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.Split(' ') is not [var kind, var time, var peak])
                continue;
            var (elapsed, megabytes) = (double.Parse(time, CultureInfo.InvariantCulture), double.Parse(peak, CultureInfo.InvariantCulture));
            if (kind == "step")
                seconds.Add(elapsed);
            memory = kind == "step" ? memory with { Steps = megabytes } : memory with { Picture = megabytes, Decoding = elapsed };
        }
        process.WaitForExit();
        return process.ExitCode == 0 ? memory : throw new InvalidOperationException($"The process '{name}' ended with {process.ExitCode}.");
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[values.Count / 2 - 1] + values[values.Count / 2]) / 2;
    }

    private static Settings? Parse(ReadOnlySpan<string> arguments)
    {
        var settings = new Settings { Folder = Path.Combine(Path.GetTempPath(), "mlpipelines-sd15") };
        var passed = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--fused":
                    settings = settings with { Fused = true };
                    break;
                case "--split":
                    settings = settings with { Guidance = true, Split = true };
                    break;
                case "--any-size":
                    settings = settings with { AnySize = true };
                    break;
                case "--no-decoding":
                    settings = settings with { Decodes = false };
                    break;
                case "--own-attention":
                    settings = settings with { OwnAttention = true };
                    break;
                case "--alone":
                    settings = settings with { Alone = true };
                    break;
                case "--guidance":
                    settings = settings with { Guidance = true };
                    break;
                case "--steps" when int.TryParse(value, CultureInfo.InvariantCulture, out int steps) && steps is > 0 and < 900:
                    settings = settings with { Steps = steps };
                    break;
                case "--side" when int.TryParse(value, CultureInfo.InvariantCulture, out int side) && side is >= 8 and <= 128 && side % 8 == 0:
                    settings = settings with { Side = side };
                    break;
                case "--tile" when int.TryParse(value, CultureInfo.InvariantCulture, out int tile) && tile is >= 64 and <= 4096:
                    settings = settings with { Tile = tile };
                    break;
                case "--device" when value is "cpu" or "cuda":
                    settings = settings with { Provider = value == "cuda" ? OnnxExecutionProvider.Cuda : OnnxExecutionProvider.Cpu };
                    break;
                case "--vae-tile" when int.TryParse(value, CultureInfo.InvariantCulture, out int vaeTile) && vaeTile is 0 or >= 64 and <= 4096:
                    settings = settings with { VaeTile = vaeTile };
                    break;
                case "--slices" when int.TryParse(value, CultureInfo.InvariantCulture, out int slices) && slices is >= 1 and <= 64:
                    settings = settings with { Slices = slices };
                    break;
                case "--child" when value is "bare" or "ours":
                    settings = settings with { Child = value };
                    i++;
                    continue;
                case var folder when i == 0 && !folder.StartsWith("--", StringComparison.Ordinal):
                    settings = settings with { Folder = folder };
                    continue;
                default:
                    return null;
            }
            passed.Add(arguments[i]);
            if (arguments[i] is "--steps" or "--side" or "--tile" or "--vae-tile" or "--slices" or "--device")
                passed.Add(arguments[++i]);
        }
        return settings with { Arguments = [.. passed] };
    }

    /// <summary>Prints the time between steps as they are reported.</summary>
    private sealed class Watch(CancellationTokenSource? afterSteps) : IProgress<ImageProgress>
    {
        private long _last;

        public double SecondsSinceLast => Stopwatch.GetElapsedTime(_last).TotalSeconds;

        public void Report(ImageProgress value)
        {
            if (value.Stage == ImageStage.Decoding)
                afterSteps?.Cancel();
            if (value.Stage != ImageStage.Denoising)
                return;
            long now = Stopwatch.GetTimestamp();
            ImagingBenchmark.Report(value.Step - 1, Stopwatch.GetElapsedTime(_last, now).TotalSeconds);
            _last = Stopwatch.GetTimestamp();
        }
    }

    private sealed record Settings
    {
        public string Folder { get; init; } = "";

        public bool Fused { get; init; }

        public bool Guidance { get; init; }

        public bool Split { get; init; }

        public bool Alone { get; init; }

        public int Steps { get; init; } = 3;

        public int Side { get; init; } = 64;

        public int Tile { get; init; }

        public int VaeTile { get; init; } = 512;

        public int Slices { get; init; } = 1;

        public bool AnySize { get; init; }

        public bool Decodes { get; init; } = true;

        public bool OwnAttention { get; init; }

        public OnnxExecutionProvider Provider { get; init; }

        /// <summary>The side of the latents of the picture: twice the graph's where it is tiled.</summary>
        public int Size => Tile > 0 ? 2 * Side : Side;

        public string? Child { get; init; }

        public string[] Arguments { get; init; } = [];
    }
}
