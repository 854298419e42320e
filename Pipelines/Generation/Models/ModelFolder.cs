namespace MLPipelines.Generation;

/// <summary>The files of an encoder-decoder in the Optimum layout.</summary>
/// <param name="Folder">The folder with the configuration and the tokenizer.</param>
/// <param name="Encoder">The encoder.</param>
/// <param name="Decoder">The decoder for the first step, or for all steps where <paramref name="DecoderWithPast"/> is null.</param>
/// <param name="DecoderWithPast">The decoder for the steps after the first; null for a merged one.</param>
internal sealed record ModelFolder(string Folder, string Encoder, string Decoder, string? DecoderWithPast)
{
    /// <summary>Names, in order, of the subfolders where the graphs may stand.</summary>
    private static readonly string[] Places = ["", "onnx"];

    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static ModelFolder Find(string folder, string variant)
    {
        if (!Directory.Exists(folder))
            throw GenerationErrors.NoFolder(folder);
        if (!File.Exists(Path.Combine(folder, GenerationConfig.ModelFile)))
            throw GenerationErrors.MissingFile(folder, GenerationConfig.ModelFile, Present(folder));
        string suffix = variant.Length == 0 ? ".onnx" : $"_{variant}.onnx";
        string encoder = Locate(folder, "encoder_model" + suffix) ?? throw GenerationErrors.MissingFile(folder, "encoder_model" + suffix, Present(folder));
        string? decoder = Locate(folder, "decoder_model" + suffix), past = Locate(folder, "decoder_with_past_model" + suffix), merged = Locate(folder, "decoder_model_merged" + suffix);
        if (decoder != null && past != null)
            return new(folder, encoder, decoder, past);
        if (merged != null)
            return new(folder, encoder, merged, null);
        throw GenerationErrors.MissingFile(folder, decoder != null ? "decoder_with_past_model" + suffix : "decoder_model" + suffix, Present(folder));
    }

    private static string? Locate(string folder, string name) =>
        Places.Select(place => Path.Combine(folder, place, name)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Present(string folder) =>
        Places.Select(place => Path.Combine(folder, place)).Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFiles).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal);
}
