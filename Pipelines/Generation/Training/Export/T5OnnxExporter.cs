using System.Text.Json;
using System.Text.Json.Nodes;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Generation.T5;

/// <summary>
/// Writes T5 models as ONNX files in the layout of Hugging Face's Optimum: <c>encoder_model.onnx</c>, <c>decoder_model.onnx</c> (the first step, which also gives the keys and
/// values of cross-attention) and <c>decoder_with_past_model.onnx</c> (every later step), or both in <c>decoder_model_merged.onnx</c>, with <c>config.json</c>, <c>generation_config.json</c> and the tokenizer's files.
/// </summary>
/// <remarks>
/// Inputs and outputs are called as Optimum calls them; batch and sequence lengths vary. Weights pass through memory one at a time, and LibTorch is not needed.
/// </remarks>
public static class T5OnnxExporter
{
    /// <summary>The encoder's file.</summary>
    public const string EncoderFile = "encoder_model.onnx";

    /// <summary>The file of the decoder's first step.</summary>
    public const string DecoderFile = "decoder_model.onnx";

    /// <summary>The file of the decoder's later steps.</summary>
    public const string DecoderWithPastFile = "decoder_with_past_model.onnx";

    /// <summary>The file of a decoder for all steps.</summary>
    public const string MergedDecoderFile = "decoder_model_merged.onnx";

    /// <summary>The file of the weights, where they go beside the graphs; all three read it.</summary>
    public const string WeightsFile = "model.onnx_data";

    internal static readonly string[] TokenizerFiles = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "spiece.model", "vocab.json", "merges.txt"];

    /// <summary>Exports a checkpoint as Python's transformers writes it.</summary>
    /// <param name="checkpointFolder">A folder with config.json, weights and a tokenizer, whose files are copied.</param>
    /// <param name="folder">Where to; made where it does not exist. Files of the layout's names are replaced, decoders of the other kind (merged or not) deleted.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <returns>The names of the files written.</returns>
    /// <exception cref="T5Exception">The configuration is missing, of another architecture or out of range, or weights are missing or of another shape.</exception>
    /// <exception cref="MLPipelines.Training.Checkpoints.CheckpointException">The weights are missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static IReadOnlyList<string> Export(string checkpointFolder, string folder, T5ExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(checkpointFolder);
        using var weights = T5Weights.Open(checkpointFolder);
        var written = new List<string>(Export(weights, folder, options));
        bool isOtherFolder = Path.GetFullPath(folder) != Path.GetFullPath(checkpointFolder);
        foreach (string name in TokenizerFiles.Append("generation_config.json").Where(name => File.Exists(Path.Combine(checkpointFolder, name))))
        {
            if (isOtherFolder)
                File.Copy(Path.Combine(checkpointFolder, name), Path.Combine(folder, name), overwrite: true);
            if (!written.Contains(name))
                written.Add(name);
        }
        return written;
    }

    /// <summary>Exports weights, without a tokenizer.</summary>
    /// <param name="weights">The weights; not disposed of.</param>
    /// <param name="folder">Where to; made where it does not exist.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <returns>The names of the files written.</returns>
    public static IReadOnlyList<string> Export(T5Weights weights, string folder, T5ExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new T5ExportOptions();
        options.Validate();
        var config = weights.Config;
        Directory.CreateDirectory(folder);
        var encoder = KeyValuePair.Create(EncoderFile, new T5GraphBuilder(weights, options).Encoder());
        var written = OnnxModelWriter.Write(
            folder,
            options.Merged
                ? [encoder, KeyValuePair.Create(MergedDecoderFile, new T5GraphBuilder(weights, options).MergedDecoder())]
                : [encoder, KeyValuePair.Create(DecoderFile, new T5GraphBuilder(weights, options).Decoder(withPast: false)), KeyValuePair.Create(DecoderWithPastFile, new T5GraphBuilder(weights, options).Decoder(withPast: true))],
            options.Placement, WeightsFile, options.CancellationToken);
        // Decoders of an earlier export would belong to other weights.
        foreach (string other in options.Merged ? [DecoderFile, DecoderWithPastFile] : (string[])[MergedDecoderFile])
            File.Delete(Path.Combine(folder, other));
        File.WriteAllBytes(Path.Combine(folder, "config.json"), config.ToJson());
        File.WriteAllBytes(Path.Combine(folder, "generation_config.json"), GenerationConfig(config));
        return [.. written, "config.json", "generation_config.json"];
    }

    private static byte[] GenerationConfig(T5Config config)
    {
        var keys = new JsonObject { ["decoder_start_token_id"] = config.DecoderStartId, ["eos_token_id"] = config.EosId, ["pad_token_id"] = config.PadId };
        return JsonSerializer.SerializeToUtf8Bytes(keys, JsonSerializerOptions.Web);
    }
}
