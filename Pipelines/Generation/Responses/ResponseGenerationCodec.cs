using System.Text.Json.Serialization;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Scoring;

namespace MLPipelines.Generation;

/// <summary>Writes response generators: the graphs, configuration and tokenizer as they were exported, and <c>stage.json</c> with all options but learnt preferences, which go on changing.</summary>
/// <inheritdoc cref="TextGenerationCodec" path="/remarks"/>
/// <inheritdoc cref="TextGenerationCodec" path="/param"/>
public sealed class ResponseGenerationCodec(int threads = 0, OnnxExecutionProvider provider = OnnxExecutionProvider.Cpu) : StageCodec<ResponseTransformer>
{
    private const int FormatVersion = 1;

    /// <inheritdoc/>
    public override string Kind => "response-generation";

    /// <inheritdoc/>
    /// <remarks>Processors differ in the order in which they add up products.</remarks>
    public override double ToleranceOf(ITransformer transformer) => 1e-3;

    /// <inheritdoc/>
    protected override void WriteStage(ResponseTransformer transformer, StageWriter writer)
    {
        var options = transformer.Options;
        string[] templates = [options.Template, .. options.TemplatesByIntent.Values];
        writer.AddJson(StageFile.Name, "config", new ResponseSettings
        {
            Format = FormatVersion,
            Inputs = [options.ContentColumnName, options.IntentColumnName, options.SentimentColumnName, options.UserColumnName],
            Outputs = [options.ResponseColumnName, options.ConfidenceColumnName, options.SourceColumnName],
            Templates = templates.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => TemplateSettings.Of(options.Templates[name])).ToList(),
            Template = options.Template,
            TemplatesByIntent = Sorted(options.TemplatesByIntent),
            Candidates = options.Candidates,
            Generation = options.Generation,
            MinimumConfidence = options.MinimumConfidence,
            BlockedPhrases = options.Safety.BlockedPhrases,
            AllowedHosts = options.Safety.AllowedHosts,
            DisabledRules = options.Safety.Disabled,
            Fallback = options.Fallback,
            FallbacksByIntent = Sorted(options.FallbacksByIntent),
            MaximumSimilarity = options.MaximumSimilarity,
            Diversity = options.Diversity,
            Personality = options.Personality,
            PersonalityWeight = options.PersonalityWeight,
            PreferenceWeight = options.PreferenceWeight,
            Model = ModelSettings.Of(transformer.Bundle.Options),
        }, ResponseJson.Default.ResponseSettings);
        transformer.Bundle.Write(writer);
    }

    /// <inheritdoc/>
    protected override ResponseTransformer ReadStage(StageReader reader)
    {
        var settings = reader.ReadSettings(StageFile.Name, ResponseJson.Default.ResponseSettings, FormatVersion);
        if (settings.Inputs is not [{ } content, var intent, var sentiment, var user] || settings.Outputs is not [var response, var confidence, var source])
            throw reader.Invalid(StageFile.Name, "needs 4 input columns, of which all but the first may be null, and 3 output columns");
        var options = StageFile.Checked(reader, () =>
        {
            var made = new ResponseOptions
            {
                ModelFolder = StageFile.Name,
                ContentColumnName = content, IntentColumnName = intent, SentimentColumnName = sentiment, UserColumnName = user,
                ResponseColumnName = response, ConfidenceColumnName = confidence, SourceColumnName = source,
                Templates = PromptTemplates.Of(settings.Templates.Select(template => template.ToTemplate())),
                Template = settings.Template,
                TemplatesByIntent = settings.TemplatesByIntent,
                Candidates = settings.Candidates,
                Generation = settings.Generation,
                MinimumConfidence = settings.MinimumConfidence,
                Safety = new SafetyRules { BlockedPhrases = settings.BlockedPhrases, AllowedHosts = settings.AllowedHosts, Disabled = settings.DisabledRules },
                Fallback = settings.Fallback,
                FallbacksByIntent = settings.FallbacksByIntent,
                MaximumSimilarity = settings.MaximumSimilarity,
                Diversity = settings.Diversity,
                Personality = settings.Personality,
                PersonalityWeight = settings.PersonalityWeight,
                PreferenceWeight = settings.PreferenceWeight,
                Model = settings.Model.Options(threads, provider),
            };
            made.Validate();
            return made;
        });
        return new ResponseTransformer(GeneratorBundle.Read(reader, [StageFile.Name], options.Model), options);
    }

    private static SortedDictionary<string, string> Sorted(IReadOnlyDictionary<string, string> values) => new(values.ToDictionary(), StringComparer.Ordinal);
}

/// <summary>A template in <c>stage.json</c>.</summary>
internal sealed record TemplateSettings
{
    public string Name { get; init; } = "";

    public string Prompt { get; init; } = "";

    public int? MaximumNewTokens { get; init; }

    public bool? Sample { get; init; }

    public float? Temperature { get; init; }

    public float? TopP { get; init; }

    public int? Beams { get; init; }

    public static TemplateSettings Of(NamedTemplate template) => new()
    {
        Name = template.Name, Prompt = template.Prompt.Text, MaximumNewTokens = template.MaximumNewTokens, Sample = template.Sample, Temperature = template.Temperature, TopP = template.TopP, Beams = template.Beams,
    };

    public NamedTemplate ToTemplate() => new(Name, PromptTemplate.Parse(Prompt), "")
    {
        MaximumNewTokens = MaximumNewTokens, Sample = Sample, Temperature = Temperature, TopP = TopP, Beams = Beams,
    };
}

/// <summary>What <c>stage.json</c> of a response generator holds.</summary>
internal sealed record ResponseSettings : IStageSettings
{
    public int Format { get; init; }

    public IReadOnlyList<string?>? Inputs { get; init; }

    public IReadOnlyList<string>? Outputs { get; init; }

    public IReadOnlyList<TemplateSettings> Templates { get; init; } = [];

    public string Template { get; init; } = "";

    public SortedDictionary<string, string> TemplatesByIntent { get; init; } = [];

    public int Candidates { get; init; }

    public GenerationOptions? Generation { get; init; }

    public float MinimumConfidence { get; init; }

    public IReadOnlyList<string> BlockedPhrases { get; init; } = [];

    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    public IReadOnlyList<string> DisabledRules { get; init; } = [];

    public string Fallback { get; init; } = "";

    public SortedDictionary<string, string> FallbacksByIntent { get; init; } = [];

    public double MaximumSimilarity { get; init; }

    public double Diversity { get; init; }

    public Personality? Personality { get; init; }

    public double PersonalityWeight { get; init; }

    public double PreferenceWeight { get; init; }

    public ModelSettings Model { get; init; } = new();
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 12, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ResponseSettings))]
internal sealed partial class ResponseJson : JsonSerializerContext;
