using System.Text.Json.Serialization;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Scoring;

namespace MLPipelines.Generation;

/// <summary>Writes text generators: the graphs, configuration and tokenizer as they were exported, and <c>stage.json</c> with prompt, columns and decoding.</summary>
/// <remarks>Stateless but for where models are loaded to; thread-safe.</remarks>
/// <param name="threads">(threads) How many a loaded model computes with; 0 for one a processor core.</param>
/// <param name="provider">Where it computes.</param>
public sealed class TextGenerationCodec(int threads = 0, OnnxExecutionProvider provider = OnnxExecutionProvider.Cpu) : StageCodec<GenerateTextTransformer>
{
    private const int FormatVersion = 1;

    /// <inheritdoc/>
    public override string Kind => "text-generation";

    /// <inheritdoc/>
    /// <remarks>Processors differ in the order in which they add up products.</remarks>
    public override double ToleranceOf(ITransformer transformer) => 1e-3;

    /// <inheritdoc/>
    protected override void WriteStage(GenerateTextTransformer transformer, StageWriter writer)
    {
        writer.AddJson(StageFile.Name, "config", new GenerateTextSettings
        {
            Format = FormatVersion,
            Prompt = transformer.Prompt.Text,
            Columns = [transformer.GeneratedColumn, transformer.ConfidenceColumn],
            Generation = transformer.Options,
            Model = ModelSettings.Of(transformer.Bundle.Options),
        }, GenerationJson.Default.GenerateTextSettings);
        transformer.Bundle.Write(writer);
    }

    /// <inheritdoc/>
    protected override GenerateTextTransformer ReadStage(StageReader reader)
    {
        var settings = reader.ReadSettings(StageFile.Name, GenerationJson.Default.GenerateTextSettings, FormatVersion);
        if (settings.Columns is not [{ Length: > 0 } text, { Length: > 0 } confidence])
            throw reader.Invalid(StageFile.Name, "needs the names of 2 columns");
        var prompt = StageFile.Checked(reader, () =>
        {
            settings.Generation.Validate();
            return PromptTemplate.Parse(settings.Prompt);
        });
        var bundle = GeneratorBundle.Read(reader, [StageFile.Name], settings.Model.Options(threads, provider));
        return new GenerateTextTransformer(bundle, prompt, settings.Generation, text, confidence);
    }
}

/// <summary>What <c>stage.json</c> of a text generator holds.</summary>
internal sealed record GenerateTextSettings : IStageSettings
{
    public int Format { get; init; }

    public string Prompt { get; init; } = "";

    public IReadOnlyList<string>? Columns { get; init; }

    public GenerationOptions Generation { get; init; } = new();

    public ModelSettings Model { get; init; } = new();
}

/// <summary>How a model is opened, but for what the host decides.</summary>
internal sealed record ModelSettings
{
    public string Variant { get; init; } = "";

    public int MaximumPromptTokens { get; init; } = 512;

    public int MaximumBatchRows { get; init; } = 64;

    public static ModelSettings Of(EncoderDecoderOptions options) => new()
    {
        Variant = options.Variant, MaximumPromptTokens = options.MaximumPromptTokens, MaximumBatchRows = options.MaximumBatchRows,
    };

    public EncoderDecoderOptions Options(int threads, OnnxExecutionProvider provider) => new()
    {
        Variant = Variant, MaximumPromptTokens = MaximumPromptTokens, MaximumBatchRows = MaximumBatchRows, Threads = threads, Provider = provider,
    };
}

/// <summary>The file with a stage's settings.</summary>
internal static class StageFile
{
    public const string Name = "stage.json";

    /// <summary>What is made from settings, which may be out of range.</summary>
    public static T Checked<T>(StageReader reader, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or GenerationException)
        {
            throw reader.Invalid(Name, $"is not valid: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 12, UseStringEnumConverter = true)]
[JsonSerializable(typeof(GenerateTextSettings))]
internal sealed partial class GenerationJson : JsonSerializerContext;
