using System.Diagnostics;
using System.Text.Json;
using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>
/// Classifying real texts with an encoder of BERT-base shape: ours, sorted by length, beside the plain Python loop and @huggingface/transformers, which take
/// the texts as they come and pad each batch to its longest.
/// </summary>
internal static class EncoderInferenceBenchmark
{
    public static int Run(EncoderBenchmarkOptions options)
    {
        set_num_threads(options.Threads);
        var device = torch.device(options.Device);
        string? python = options.Peers ? PeerProcess.FindPython() : null;
        var tokenizer = TextTokenizer.Load(options.Vocabulary);
        double peak = EncoderTables.PrintMachine(device, options);
        foreach (string set in options.Sets ?? ["banking77", "imdb"])
        {
            int rows = options.Rows ?? 32;
            int length = options.MaximumLength ?? 128;
            var texts = EncoderTexts.Load(options.Data, set, tokenizer, length, rows * (options.Steps ?? 16));
            EncoderTables.PrintTexts(texts, length, rows);
            var table = new EncoderTables(options, peak, isTraining: false, texts);
            using (var model = EncoderWork.NewClassifier(options, tokenizer.MaximumId + 1, texts.Classes))
            {
                model.eval();
                if (options.Device != "cpu")
                    model.to(device);
                foreach (var type in options.Precision switch { "float32" => [ScalarType.Float32], "bfloat16" => [ScalarType.BFloat16], _ => (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16] })
                {
                    model.to(type);
                    table.Add("this project", Ours(options, model, texts, device), note: type == ScalarType.BFloat16 ? "bfloat16" : "float32");
                }
            }
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
            Mode = "infer",
            Device = options.Device,
            Threads = options.Threads,
            Config = EncoderWork.PeerConfig(options, tokenizer.MaximumId + 1, texts.Classes),
            Seconds = options.Seconds,
            WarmUp = options.Device == "cpu" ? 1 : 5,
            Batches = texts.Batches(rows),
        };
        table.Add("Python loop", PeerProcess.Python(python, work with { Precision = "autocast" }), isReference: true, note: "bf16 autocast");
        table.Add("Python loop", PeerProcess.Python(python, work), note: "float32");
        if (options.Device != "cpu")
            return;
        if (EncoderWork.OpenBlasCore is { } core)
            table.Add("Python loop", PeerProcess.Python(python, work, ("OPENBLAS_CORETYPE", core)), note: $"float32, OPENBLAS_CORETYPE={core}");
        if (options.Node == null)
        {
            Console.WriteLine("@huggingface/transformers is left out: install it with 'npm install --ignore-scripts @huggingface/transformers' and name the folder with --node.");
            return;
        }
        string folder = Directory.CreateTempSubdirectory("encoder-onnx-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "onnx"));
            File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new { model_type = "bert", architectures = (string[])["BertForSequenceClassification"] }));
            if (PeerProcess.Python(python, work with { Mode = "export", Onnx = Path.Combine(folder, "onnx", "model.onnx") }) != null)
                table.Add("@huggingface/transformers", PeerProcess.Node(options.Node, work with { Model = folder }), note: "onnxruntime-node, float32");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SideResult Ours(EncoderBenchmarkOptions options, SequenceClassifier model, EncoderTexts texts, Device device)
    {
        var order = Enumerable.Range(0, texts.Rows.Length).OrderBy(i => texts.Rows[i].Length).ToArray();
        var batches = new List<int[]>();
        for (int start = 0; start < order.Length;)
        {
            int end = start;
            // A batch's tokens at the length of its longest, which is its last.
            while (end < order.Length && (end + 1 - start) * texts.Rows[order[end]].Length <= EncoderWork.InferenceTokens(device))
                end++;
            end = Math.Max(end, start + 1);
            batches.Add(order[start..end]);
            start = end;
        }
        Classify(batches[batches.Count / 2]);
        long cells = 0;
        var clock = Stopwatch.StartNew();
        foreach (int[] batch in batches)
            cells += Classify(batch);
        double seconds = clock.Elapsed.TotalSeconds;
        return new SideResult(typeof(SequenceClassifier).Assembly.GetName().Version!.ToString(3), batches.Count, texts.Rows.Length, texts.Tokens, cells, seconds);

        long Classify(int[] batch)
        {
            using var mode = inference_mode();
            using var scope = NewDisposeScope();
            var input = EncoderInput.Create(model.Config, Array.ConvertAll(batch, i => texts.Rows[i]), device: device);
            model.forward(input).to(ScalarType.Float32).argmax(1).cpu();
            return input.InputIds.numel();
        }
    }
}
