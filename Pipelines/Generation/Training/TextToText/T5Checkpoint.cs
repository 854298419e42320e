using MLPipelines.Generation.T5;
using MLPipelines.Tokenization;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Generation;

/// <summary>Writes T5 models as Python's transformers reads them.</summary>
internal static class T5Checkpoint
{
    public const string ConfigFile = "config.json";

    /// <summary>Writes config.json, model.safetensors and the tokenizer's files.</summary>
    public static void Save(T5Model model, TextTokenizer tokenizer, string folder)
    {
        Directory.CreateDirectory(folder);
        if (tokenizer.MaximumId >= model.Config.VocabularySize)
            throw T5Errors.VocabularyDoesNotFit(tokenizer.MaximumId, model.Config.VocabularySize);
        File.WriteAllBytes(Path.Combine(folder, ConfigFile), model.Config.ToJson());
        model.Save(folder, TensorDataType.Float32);
        foreach (var (name, bytes) in tokenizer.Files)
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
    }

    /// <summary>The files of a checkpoint in a folder, without what was exported from it.</summary>
    public static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
        .Where(name => name.StartsWith("model", StringComparison.Ordinal) || name == ConfigFile || T5OnnxExporter.TokenizerFiles.Contains(name));
}
