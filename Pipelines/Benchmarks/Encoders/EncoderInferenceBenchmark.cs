using System.Diagnostics;
using System.Text.Json;
using MLPipelines.Text.Encoders;
using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>
/// Classifying real texts with an encoder of BERT-base shape: ours, sorted by length, beside the plain Python loop and @huggingface/transformers, which take
/// the texts as they come and pad each batch to its longest.
/// </summary>
internal static class EncoderInferenceBenchmark
{
    public static int Run(EncoderBenchmarkOptions options) => EncoderComparison.Run(options, isTraining: false, usualRows: 32, usualSteps: 16, Compare);

    private static void Compare(EncoderComparison comparison)
    {
        var (options, device) = (comparison.Options, torch.device(comparison.Options.Device));
        using (var model = comparison.NewClassifier())
        {
            model.eval();
            if (options.Device != "cpu")
                model.to(device);
            foreach (var type in options.Precision switch { "float32" => [ScalarType.Float32], "bfloat16" => [ScalarType.BFloat16], _ => (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16] })
            {
                model.to(type);
                comparison.Table.Add("this project", Ours(model, comparison.Texts, device), note: type == ScalarType.BFloat16 ? "bfloat16" : "float32");
            }
        }
        if (comparison.AddPython("infer", gpuWarmUp: 5) is { } work && options.Device == "cpu")
            AddNode(comparison, work);
    }

    private static void AddNode(EncoderComparison comparison, PeerWork work)
    {
        if (comparison.Options.Node is not { } node)
        {
            Console.WriteLine("@huggingface/transformers is left out: install it with 'npm install --ignore-scripts @huggingface/transformers' and name the folder with --node.");
            return;
        }
        string folder = Directory.CreateTempSubdirectory("encoder-onnx-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "onnx"));
            File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new { model_type = "bert", architectures = (string[])["BertForSequenceClassification"] }));
            if (PeerProcess.Python(comparison.Python!, work with { Mode = "export", Onnx = Path.Combine(folder, "onnx", "model.onnx") }) != null)
                comparison.Table.Add("@huggingface/transformers", PeerProcess.Node(node, work with { Model = folder }), note: "onnxruntime-node, float32");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SideResult Ours(SequenceClassifier model, EncoderTexts texts, Device device)
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
