using System.Text.Json;
using System.Text.Json.Nodes;
using MLPipelines.Generation.T5;
using MLPipelines.Scoring.Writing;
using MLPipelines.Text.Encoders;

namespace MLPipelines.Optimization.Onnx;

/// <summary>
/// Exports checkpoints to ONNX: BERT, DistilBERT, RoBERTa and their kin as <c>model.onnx</c> with their classifier, T5 and mT5 in the layout of Hugging Face's Optimum. Each export is
/// run in ONNX Runtime and compared with the model on LibTorch before it is reported.
/// </summary>
/// <remarks>Batch and sequence lengths vary. Files of the layout's names are replaced; the tokenizer's files are copied.</remarks>
public static class OnnxExporter
{
    /// <summary>The file of an exported encoder.</summary>
    public const string ModelFile = "model.onnx";

    /// <summary>Exports a checkpoint.</summary>
    /// <param name="checkpointFolder">A folder with config.json, weights and a tokenizer.</param>
    /// <param name="folder">Where to; made where it does not exist.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="OnnxExportException">The architecture is not known, or the export differs from the model.</exception>
    /// <exception cref="T5Exception">A T5 checkpoint's configuration cannot be used, or weights are missing.</exception>
    /// <exception cref="EncoderException">An encoder's configuration cannot be used.</exception>
    /// <exception cref="Training.Checkpoints.CheckpointException">Weights are missing, damaged or of another shape.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static OnnxExportReport Export(string checkpointFolder, string folder, OnnxExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpointFolder);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new OnnxExportOptions();
        options.Validate();
        options.CancellationToken.ThrowIfCancellationRequested();
        string? type = ModelType(checkpointFolder);
        switch (type)
        {
            case "t5" or "mt5":
                var written = T5OnnxExporter.Export(checkpointFolder, folder, new T5ExportOptions { WeightType = options.WeightType, Placement = options.Placement, Merged = options.Merged, Portable = options.Portable, CancellationToken = options.CancellationToken });
                using (var weights = T5Weights.Open(checkpointFolder))
                    return Report(type, folder, written, options.ParitySamples == 0 ? null : T5Parity.Measure(weights, folder, options), options);
            case "bert" or "distilbert" or "roberta" or "xlm-roberta" or "camembert":
                var files = EncoderFiles.InFolder(checkpointFolder);
                using (var model = Load(files))
                {
                    var report = Export(model, folder, options);
                    return report with { Files = [.. report.Files, .. CopyTokenizer(checkpointFolder, folder)] };
                }
            default:
                throw OptimizationErrors.UnknownModelType(checkpointFolder, type);
        }
    }

    /// <summary>Exports a classifier of texts or of tokens, without a tokenizer.</summary>
    /// <param name="model">The model, in evaluation mode; low-rank updates must have been merged.</param>
    /// <param name="folder">Where to; made where it does not exist.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <exception cref="OnnxExportException">The architecture is not known, or the export differs from the model.</exception>
    public static OnnxExportReport Export(EncoderModel model, string folder, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new OnnxExportOptions();
        options.Validate();
        var graph = new EncoderGraphBuilder(model, options).Build();
        var written = new List<string>(OnnxModelWriter.Write(folder, [KeyValuePair.Create(ModelFile, graph)], options.Placement, ModelFile + "_data", options.CancellationToken));
        File.WriteAllBytes(Path.Combine(folder, EncoderFiles.ConfigFile), model.Config.ToJson());
        written.Add(EncoderFiles.ConfigFile);
        return Report(model.Config.ModelType, folder, written, options.ParitySamples == 0 ? null : EncoderParity.Measure(model, Path.Combine(folder, ModelFile), options), options);
    }

    private static OnnxExportReport Report(string type, string folder, IReadOnlyList<string> written, OnnxParity? parity, OnnxExportOptions options)
    {
        if (parity is not null && options.WeightType == OnnxWeightType.Float32 && !(parity.MaximumDifference <= options.Tolerance))
            throw OptimizationErrors.ParityFailed(folder, parity, options.Tolerance);
        long bytes = written.Where(name => name.Contains(".onnx", StringComparison.Ordinal)).Sum(name => new FileInfo(Path.Combine(folder, name)).Length);
        return new OnnxExportReport(type, written, bytes, parity);
    }

    private static EncoderModel Load(EncoderFiles files)
    {
        var config = files.ReadConfig();
        return config.Architectures.Any(name => name.EndsWith("ForTokenClassification", StringComparison.Ordinal))
            ? EncoderModels.LoadTokenClassifier(files).Model
            : EncoderModels.LoadSequenceClassifier(files).Model;
    }

    private static string? ModelType(string folder)
    {
        string file = Path.Combine(folder, EncoderFiles.ConfigFile);
        if (!File.Exists(file))
            throw OptimizationErrors.NoConfig(folder);
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file)) is JsonObject keys && keys["model_type"] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw OptimizationErrors.BadConfig(folder, e);
        }
    }

    private static List<string> CopyTokenizer(string from, string to)
    {
        string[] names = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model"];
        var copied = new List<string>();
        foreach (string name in names.Where(name => File.Exists(Path.Combine(from, name))))
        {
            if (Path.GetFullPath(from) != Path.GetFullPath(to))
                File.Copy(Path.Combine(from, name), Path.Combine(to, name), overwrite: true);
            copied.Add(name);
        }
        return copied;
    }
}
