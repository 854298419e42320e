using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>
/// Fine-tuning a classifier of BERT-base shape on real texts: ours, which batches by length, beside the plain Python loop, which shuffles and pads. All sides
/// see the same texts, as many to an optimiser step; forward, backward, clipping and AdamW are timed.
/// </summary>
internal static class EncoderTrainingBenchmark
{
    public static int Run(EncoderBenchmarkOptions options)
    {
        torch.set_num_threads(options.Threads);
        var device = torch.device(options.Device);
        string? python = options.Peers ? PeerProcess.FindPython() : null;
        var tokenizer = TextTokenizer.Load(options.Vocabulary);
        double peak = EncoderTables.PrintMachine(device, options);
        foreach (string set in options.Sets ?? ["banking77", "imdb"])
        {
            int rows = options.Rows ?? 16;
            int length = options.MaximumLength ?? 128;
            var texts = EncoderTexts.Load(options.Data, set, tokenizer, length, rows * (options.Steps ?? 24));
            EncoderTables.PrintTexts(texts, length, rows);
            var table = new EncoderTables(options, peak, isTraining: true, texts);
            table.Add("this project", Ours(options, texts, tokenizer, rows, out var precision), note: precision == torch.ScalarType.BFloat16 ? "bfloat16" : "float32");
            if (python != null)
                Peers(options, texts, tokenizer, rows, python, table);
            table.Print();
        }
        Console.WriteLine($"peak memory of this project's process {Measure.PeakMegabytes():N0} MB");
        return 0;
    }

    private static void Peers(EncoderBenchmarkOptions options, EncoderTexts texts, TextTokenizer tokenizer, int rows, string python, EncoderTables table)
    {
        var work = new PeerWork
        {
            Mode = "train",
            Device = options.Device,
            Threads = options.Threads,
            Config = EncoderWork.PeerConfig(options, tokenizer.MaximumId + 1, texts.Classes),
            Seconds = options.Seconds,
            WarmUp = options.Device == "cpu" ? 1 : 10,
            Batches = texts.Batches(rows),
        };
        table.Add("Python loop", PeerProcess.Python(python, work with { Precision = "autocast" }), isReference: true, note: "bf16 autocast");
        table.Add("Python loop", PeerProcess.Python(python, work), note: "float32");
        if (options.Device == "cpu" && EncoderWork.OpenBlasCore is { } core)
            table.Add("Python loop", PeerProcess.Python(python, work, ("OPENBLAS_CORETYPE", core)), note: $"float32, OPENBLAS_CORETYPE={core}");
    }

    private static SideResult Ours(EncoderBenchmarkOptions options, EncoderTexts texts, TextTokenizer tokenizer, int rows, out torch.ScalarType precision)
    {
        using var model = EncoderWork.NewClassifier(options, tokenizer.MaximumId + 1, texts.Classes);
        using var task = new EncoderBenchmarkTask(model, texts);
        var settings = new TrainingOptions
        {
            BatchSize = rows,
            Epochs = 1,
            LearningRate = 2e-5,
            Device = options.Device,
            Threads = options.Threads,
            Precision = Enum.Parse<TrainingPrecision>(options.Precision, ignoreCase: true),
        };
        // Not timed: the first steps make what the later ones use again.
        settings.MaximumSteps = options.Device == "cpu" ? 2 : 10;
        Trainer.Train(task, settings);
        settings.MaximumSteps = null;
        var result = Trainer.Train(task, settings);
        precision = result.Precision;
        double seconds = result.Elapsed.TotalSeconds;
        long tokens = texts.Tokens;
        return new SideResult(typeof(Trainer).Assembly.GetName().Version!.ToString(3), result.Steps, texts.Rows.Length, tokens, (long)(tokens / (1 - result.PaddingShare)), seconds);
    }
}
