using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using TorchSharp;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>This project beside its peers on the texts of one set.</summary>
/// <param name="Options">What is measured.</param>
/// <param name="Tokenizer">The tokenizer of the texts.</param>
/// <param name="Texts">The texts.</param>
/// <param name="Rows">How many make a batch.</param>
/// <param name="Table">Takes the figures.</param>
/// <param name="Python">The interpreter of the peers; null without them.</param>
internal sealed record EncoderComparison(EncoderBenchmarkOptions Options, TextTokenizer Tokenizer, EncoderTexts Texts, int Rows, EncoderTables Table, string? Python)
{
    /// <summary>Measures on each set, and prints the tables.</summary>
    /// <param name="options">What is measured.</param>
    /// <param name="isTraining">Whether the work is training.</param>
    /// <param name="usualRows">How many texts make a batch where the options do not say.</param>
    /// <param name="usualSteps">How many batches there are where the options do not say.</param>
    /// <param name="measure">Fills a table.</param>
    public static int Run(EncoderBenchmarkOptions options, bool isTraining, int usualRows, int usualSteps, Action<EncoderComparison> measure)
    {
        torch.set_num_threads(options.Threads);
        string? python = options.Peers ? PeerProcess.FindPython() : null;
        var tokenizer = TextTokenizer.Load(options.Vocabulary);
        double peak = EncoderTables.PrintMachine(torch.device(options.Device), options);
        foreach (string set in options.Sets ?? ["banking77", "imdb"])
        {
            int rows = options.Rows ?? usualRows, length = options.MaximumLength ?? 128;
            var texts = EncoderTexts.Load(options.Data, set, tokenizer, length, rows * (options.Steps ?? usualSteps));
            EncoderTables.PrintTexts(texts, length, rows);
            var table = new EncoderTables(options, peak, isTraining, texts);
            measure(new EncoderComparison(options, tokenizer, texts, rows, table, python));
            table.Print();
        }
        Console.WriteLine($"peak memory of this project's process {Measure.PeakMegabytes():N0} MB");
        return 0;
    }

    /// <summary>An untrained classifier for the texts.</summary>
    public SequenceClassifier NewClassifier() => EncoderWork.NewClassifier(Options, Tokenizer.MaximumId + 1, Texts.Classes);

    /// <summary>The figures of the plain Python loop, where there is an interpreter.</summary>
    /// <param name="mode">What the loop does.</param>
    /// <param name="gpuWarmUp">Batches that are not timed on a GPU.</param>
    /// <returns>The work that the loop did; null without an interpreter.</returns>
    public PeerWork? AddPython(string mode, int gpuWarmUp)
    {
        if (Python is null)
            return null;
        bool isCpu = Options.Device == "cpu";
        var work = new PeerWork
        {
            Mode = mode,
            Device = Options.Device,
            Threads = Options.Threads,
            Config = EncoderWork.PeerConfig(Options, Tokenizer.MaximumId + 1, Texts.Classes),
            Seconds = Options.Seconds,
            WarmUp = isCpu ? 1 : gpuWarmUp,
            Batches = Texts.Batches(Rows),
        };
        Table.Add("Python loop", PeerProcess.Python(Python, work with { Precision = "autocast" }), isReference: true, note: "bf16 autocast");
        Table.Add("Python loop", PeerProcess.Python(Python, work), note: "float32");
        if (isCpu && EncoderWork.OpenBlasCore is { } core)
            Table.Add("Python loop", PeerProcess.Python(Python, work, ("OPENBLAS_CORETYPE", core)), note: $"float32, OPENBLAS_CORETYPE={core}");
        return work;
    }
}
