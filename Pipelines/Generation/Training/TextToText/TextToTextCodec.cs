using System.Text.Json.Serialization;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Generation.T5;
using MLPipelines.Scoring.Writing;
using MLPipelines.Tokenization;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Generation;

/// <summary>
/// Writes text-to-text models: a checkpoint as Python's transformers opens it (<c>config.json</c>, <c>model.safetensors</c>, the tokenizer's files), and <c>stage.json</c> with
/// columns, prefix and how texts are generated. The ONNX files are made of the checkpoint anew when it is read.
/// </summary>
/// <remarks>Stateless; thread-safe. Of the generation options those that are lists (bad words, stop strings …) are kept too.</remarks>
public sealed class TextToTextCodec : StageCodec<TextToTextTransformer>
{
    private const string SettingsFile = "stage.json";
    private const int FormatVersion = 1;

    /// <inheritdoc/>
    public override string Kind => "text-to-text";

    /// <inheritdoc/>
    /// <remarks>Processors differ in the order in which they add up products.</remarks>
    public override double ToleranceOf(ITransformer transformer) => 1e-3;

    /// <inheritdoc/>
    protected override void WriteStage(TextToTextTransformer transformer, StageWriter writer)
    {
        var settings = new TextToTextSettings
        {
            Format = FormatVersion,
            Input = transformer.Columns.Input,
            GeneratedText = transformer.Columns.GeneratedText,
            Confidence = transformer.Columns.Confidence,
            Prefix = transformer.Prefix,
            Weights = transformer.Generator.Weights,
            MaximumInputTokens = transformer.Generator.MaximumInputTokens,
            Generation = transformer.Generation,
        };
        writer.AddJson(SettingsFile, "config", settings, TextToTextJson.Default.TextToTextSettings);
        foreach (string name in T5Checkpoint.FilesOf(transformer.Generator.Folder))
        {
            string path = Path.Combine(transformer.Generator.Folder, name);
            writer.Add(name, name.StartsWith("model", StringComparison.Ordinal) ? ArtifactEntry.WeightsRole : name == T5Checkpoint.ConfigFile ? "config" : "tokenizer", stream =>
            {
                using var file = File.OpenRead(path);
                file.CopyTo(stream);
            });
        }
    }

    /// <inheritdoc/>
    protected override TextToTextTransformer ReadStage(StageReader reader)
    {
        var settings = ReadSettings(reader);
        try
        {
            var generator = T5Generator.Make(folder => Extract(reader, folder), settings.Weights, settings.MaximumInputTokens, reader.CancellationToken);
            return new TextToTextTransformer(generator, new TextToTextColumns(settings.Input, settings.GeneratedText, settings.Confidence), settings.Prefix, settings.Generation!);
        }
        catch (Exception e) when (e is T5Exception or CheckpointException or TokenizationException or GenerationException)
        {
            throw reader.Invalid("", $"is not the checkpoint of a T5 model: {e.Message}", e);
        }
    }

    private static void Extract(StageReader reader, string folder)
    {
        foreach (string name in reader.Names.Where(name => name != SettingsFile))
        {
            if (name.Contains('/', StringComparison.Ordinal))
                throw reader.Invalid(name, "is in a folder, of which such a stage has none");
            using var source = reader.OpenRead(name);
            using var target = File.Create(Path.Combine(folder, name));
            source.CopyTo(target);
        }
    }

    private static TextToTextSettings ReadSettings(StageReader reader)
    {
        var settings = reader.ReadSettings(SettingsFile, TextToTextJson.Default.TextToTextSettings, FormatVersion);
        try
        {
            new TextToTextOptions
            {
                InputColumnName = settings.Input, GeneratedTextColumnName = settings.GeneratedText, ConfidenceColumnName = settings.Confidence, Prefix = settings.Prefix,
                GenerationWeights = settings.Weights, MaximumInputTokens = settings.MaximumInputTokens, Generation = settings.Generation ?? throw new ArgumentException("it has no generation options"),
            }.Validate();
        }
        catch (ArgumentException e)
        {
            throw reader.Invalid(SettingsFile, $"has illegal values: {e.Message}", e);
        }
        return settings;
    }
}

/// <summary>What <c>stage.json</c> holds.</summary>
internal sealed record TextToTextSettings : IStageSettings
{
    public int Format { get; init; }

    public string Input { get; init; } = "";

    public string GeneratedText { get; init; } = "";

    public string Confidence { get; init; } = "";

    public string Prefix { get; init; } = "";

    public OnnxWeightType Weights { get; init; }

    public int MaximumInputTokens { get; init; }

    public GenerationOptions? Generation { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 8)]
[JsonSerializable(typeof(TextToTextSettings))]
internal sealed partial class TextToTextJson : JsonSerializerContext;
