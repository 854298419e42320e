using System.Text.Json.Serialization;
using MLPipelines.Artifacts;

namespace MLPipelines.Text;

/// <summary>
/// Writes linear text classifiers: <c>model.json</c> with columns, classes and n-gram lengths, and the vocabulary and weights as
/// plain little-endian arrays.
/// </summary>
public sealed class LinearTextClassificationCodec : StageCodec<LinearTextClassificationTransformer>
{
    private const string ConfigFile = "model.json";
    private const string HashFile = "ngram-hashes.u64";
    private const string TermWeightFile = "term-weights.f32";
    private const string WeightFile = "weights.f32";
    private const string BiasFile = "biases.f32";
    private const int FormatVersion = 1;

    /// <inheritdoc/>
    public override string Kind => "linear-text";

    /// <inheritdoc/>
    protected override void WriteStage(LinearTextClassificationTransformer transformer, StageWriter writer)
    {
        var parts = transformer.Model.Parts;
        var config = new LinearTextConfig(
            FormatVersion, transformer.Columns.Text, transformer.Columns.PredictedLabel, transformer.Columns.Score, parts.Labels,
            parts.Shape.MaximumWords, parts.Shape.MinimumCharacters, parts.Shape.MaximumCharacters, parts.CharacterWeight, parts.UnknownWeight, parts.Hashes.Length,
            parts.Shape.SkippedWords == 0 ? null : parts.Shape.SkippedWords, parts.Shape.AcrossWords ? true : null);
        writer.AddJson(ConfigFile, "config", config, LinearTextJsonContext.Default.LinearTextConfig);
        writer.AddArray<ulong>(HashFile, "vocabulary", parts.Hashes);
        writer.AddArray<float>(TermWeightFile, "weights", parts.TermWeights);
        writer.AddArray<float>(WeightFile, "weights", parts.Weights);
        writer.AddArray<float>(BiasFile, "weights", parts.Biases);
    }

    /// <inheritdoc/>
    protected override LinearTextClassificationTransformer ReadStage(StageReader reader)
    {
        var config = ReadConfig(reader);
        int classes = config.Labels.Length;
        int columns = OneVersusRestProblem.Columns(classes);
        var hashes = reader.ReadArray<ulong>(HashFile, config.Features);
        if (hashes.Distinct().Count() != hashes.Length)
            throw reader.Invalid(HashFile, "names an n-gram twice");
        var parts = new LinearTextModelParts(
            config.Labels, new NGramShape(config.MaximumWords, config.MinimumCharacters, config.MaximumCharacters, config.SkippedWords ?? 0, config.CharactersAcrossWords ?? false), config.CharacterWeight, config.UnknownWeight,
            hashes,
            ReadFinite(reader, TermWeightFile, config.Features),
            ReadFinite(reader, WeightFile, (long)config.Features * columns),
            ReadFinite(reader, BiasFile, columns));
        return new LinearTextClassificationTransformer(new LinearTextModel(parts), new LinearTextColumns(config.TextColumn, config.PredictedLabelColumn, config.ScoreColumn));
    }

    private static LinearTextConfig ReadConfig(StageReader reader)
    {
        var config = reader.ReadSettings(ConfigFile, LinearTextJsonContext.Default.LinearTextConfig, FormatVersion);
        bool isComplete = config is { Labels: [_, _, ..], TextColumn.Length: > 0, PredictedLabelColumn.Length: > 0, ScoreColumn.Length: > 0, Features: > 0 }
            && Array.TrueForAll(config.Labels, label => label is not null);
        if (!isComplete)
            throw reader.Invalid(ConfigFile, "lacks columns, classes or features");
        bool inRange = config.MaximumWords is >= 0 and <= 5 && config.MaximumCharacters is >= 0 and <= 10
            && config.SkippedWords is null or (>= 1 and <= 3) && config.MinimumCharacters >= 1 && float.IsFinite(config.CharacterWeight) && float.IsFinite(config.UnknownWeight);
        return inRange ? config : throw reader.Invalid(ConfigFile, "has n-gram lengths or weights out of range");
    }

    private static float[] ReadFinite(StageReader reader, string file, long length)
    {
        var values = reader.ReadArray<float>(file, length);
        return Array.TrueForAll(values, float.IsFinite) ? values : throw reader.Invalid(file, "holds a value that is not finite");
    }
}

/// <summary>What <c>model.json</c> holds.</summary>
internal sealed record LinearTextConfig(
    int Format,
    string TextColumn,
    string PredictedLabelColumn,
    string ScoreColumn,
    string[] Labels,
    int MaximumWords,
    int MinimumCharacters,
    int MaximumCharacters,
    float CharacterWeight,
    float UnknownWeight,
    int Features,
    int? SkippedWords = null,
    bool? CharactersAcrossWords = null) : IStageSettings;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 8)]
[JsonSerializable(typeof(LinearTextConfig))]
internal sealed partial class LinearTextJsonContext : JsonSerializerContext;
