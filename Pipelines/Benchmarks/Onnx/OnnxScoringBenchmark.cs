using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Benchmarks.Encoders;
using MLPipelines.Scoring;
using MLPipelines.Tokenization;

namespace MLPipelines.Benchmarks.Onnx;

/// <summary>
/// Real texts classified by an encoder of BERT-base shape in ONNX, with random weights: ML.NET's ApplyOnnxModel, which takes one row of a fixed length at a time, our batches, and
/// @huggingface/transformers on onnxruntime-node. All sides run ONNX Runtime, in float32, with the same number of threads.
/// </summary>
internal static class OnnxScoringBenchmark
{
    private const int LeastRows = 256;

    public static int Run(EncoderBenchmarkOptions options)
    {
        if (PeerProcess.FindPython() is not { } python)
            return 2;
        var tokenizer = TextTokenizer.Load(options.Vocabulary);
        int batch = options.Rows ?? 32, length = options.MaximumLength ?? 128;
        string folder = Directory.CreateTempSubdirectory("onnx-scoring-").FullName;
        try
        {
            foreach (string set in options.Sets ?? ["banking77"])
            {
                var texts = EncoderTexts.Load(options.Data, set, tokenizer, length, Math.Max(LeastRows, batch * (options.Steps ?? 16)));
                var work = new PeerWork
                {
                    Mode = "export", Threads = options.Threads, Config = EncoderWork.PeerConfig(options, tokenizer.MaximumId + 1, texts.Classes), Seconds = options.Seconds, WarmUp = 1, Batches = texts.Batches(batch),
                };
                Directory.CreateDirectory(Path.Combine(folder, "onnx"));
                File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new { model_type = "bert", architectures = (string[])["BertForSequenceClassification"] }));
                string model = Path.Combine(folder, "onnx", "model.onnx");
                if (PeerProcess.Python(python, work with { Onnx = model }) == null)
                    return 1;
                Compare(options, texts, model, folder, batch, length, work);
            }
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(EncoderBenchmarkOptions options, EncoderTexts texts, string model, string folder, int batch, int length, PeerWork work)
    {
        Console.WriteLine($"{texts.Name}: {texts.Rows.Length} texts of {texts.Tokens / (double)texts.Rows.Length:N1} tokens in the mean, {options.Layers} layers x {options.Hidden}, {options.Threads} threads, ONNX Runtime {OnnxEngine.Version}");
        var context = new MLContext(seed: 1);
        var one = Rowwise(context, options, texts, model, length, out float[][] expected);
        Print("ApplyOnnxModel, a row a run, filled up to its fixed length", one, one);
        var asTheyCome = Batches(context, options, texts, model, batch, sorted: false, out _);
        Print($"ScoreOnnx, {batch} rows a run as they come, filled up to the longest", asTheyCome, one);
        var sorted = Batches(context, options, texts, model, batch, sorted: true, out float[][] scores);
        Print($"ScoreOnnx, up to {batch} rows a run, sorted by length", sorted, one);
        Console.WriteLine($"largest difference of a score from the row alone {expected.Zip(scores, (first, second) => first.Zip(second, (a, b) => Math.Abs(a - b)).Max()).Max():E1}");
        if (options.Node is { } node && PeerProcess.Node(node, work with { Model = folder }) is { } peer)
        {
            Print($"@huggingface/transformers {peer.Version} on onnxruntime-node, the same {batch} rows a run", peer.RowsPerSecond, one);
            Console.WriteLine($"time of ScoreOnnx over that of onnxruntime-node: {peer.RowsPerSecond / asTheyCome:N2} with the same batches, {peer.RowsPerSecond / sorted:N2} sorted");
        }
        else
        {
            Console.WriteLine("onnxruntime-node is left out: run 'npm ci --ignore-scripts' in Pipelines/Benchmarks/peers, and name that folder with --node.");
        }
        Console.WriteLine($"peak memory of this process {Measure.PeakMegabytes():N0} MB");
    }

    private static double Rowwise(MLContext context, EncoderBenchmarkOptions options, EncoderTexts texts, string model, int length, out float[][] scores)
    {
        var schema = SchemaDefinition.Create(typeof(PaddedRow));
        schema[nameof(PaddedRow.input_ids)].ColumnType = schema[nameof(PaddedRow.attention_mask)].ColumnType = new VectorDataViewType(NumberDataViewType.Int64, length);
        var rows = context.Data.LoadFromEnumerable(texts.Rows.Select(ids => new PaddedRow
        {
            input_ids = [.. ids.Select(id => (long)id), .. new long[length - ids.Length]],
            attention_mask = [.. ids.Select(_ => 1L), .. new long[length - ids.Length]],
        }), schema);
        using var scoring = context.Transforms.ApplyOnnxModel(new Microsoft.ML.Transforms.Onnx.OnnxOptions
        {
            ModelFile = model, IntraOpNumThreads = options.Threads,
            ShapeDictionary = new Dictionary<string, int[]> { ["input_ids"] = [1, length], ["attention_mask"] = [1, length] },
        }).Fit(rows);
        return RowsPerSecond(scoring.Transform(rows), "logits", options.Seconds, out scores);
    }

    private static double Batches(MLContext context, EncoderBenchmarkOptions options, EncoderTexts texts, string model, int batch, bool sorted, out float[][] scores)
    {
        var rows = context.Data.LoadFromEnumerable(texts.Rows.Select(ids => new Row { Ids = [.. ids.Select(id => (long)id)] }));
        var scoringOptions = new OnnxBatchOptions
        {
            ModelFile = model, BatchSize = batch, Session = new() { IntraOpThreads = options.Threads },
            Inputs = [OnnxInput.Column("input_ids", "Ids", padValue: 0), OnnxInput.Mask("attention_mask")],
        };
        if (!sorted)
            (scoringOptions.WindowRows, scoringOptions.MaximumPadding, scoringOptions.BatchElements) = (batch, 1, int.MaxValue);
        using var scoring = context.Transforms.ScoreOnnx(scoringOptions).Fit(rows);
        return RowsPerSecond(scoring.Transform(rows), "logits", options.Seconds, out scores);
    }

    private static double RowsPerSecond(IDataView scored, string column, double seconds, out float[][] scores)
    {
        // The first rows are not timed: memory is taken, and code compiled.
        _ = scored.GetColumn<float[]>(column).Take(8).Count();
        var all = new List<float[]>();
        var clock = Stopwatch.StartNew();
        foreach (float[] score in scored.GetColumn<float[]>(column))
        {
            all.Add(score);
            if (clock.Elapsed.TotalSeconds > seconds)
                break;
        }
        scores = [.. all];
        return all.Count / clock.Elapsed.TotalSeconds;
    }

    private static void Print(string what, double rowsPerSecond, double reference) =>
        Measure.Print(what, $"{rowsPerSecond:N1} rows/s", $"{rowsPerSecond / reference:N2}x");

    private sealed class PaddedRow
    {
        public long[] input_ids { get; set; } = [];

        public long[] attention_mask { get; set; } = [];
    }

    private sealed class Row
    {
        public long[] Ids { get; set; } = [];
    }
}
