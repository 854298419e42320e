namespace MLPipelines.Generation;

/// <summary>How responses are made: prompts, candidates, what is sent instead where none will do. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
public sealed class ResponseOptions
{
    /// <summary>The folder of the exported model. There is no default: it must be given.</summary>
    public string ModelFolder { get; set; } = "";

    /// <summary>Name of the text column with the message to answer. The default value is "content".</summary>
    public string ContentColumnName { get; set; } = "content";

    /// <summary>Name of the text column with its intent; null where there is none. The default value is "intent".</summary>
    public string? IntentColumnName { get; set; } = "intent";

    /// <summary>Name of the text column with its sentiment; null where there is none. The default value is "sentiment".</summary>
    public string? SentimentColumnName { get; set; } = "sentiment";

    /// <summary>Name of the text column with the user whose preferences count; null where there is none. The default value is <see langword="null"/>.</summary>
    public string? UserColumnName { get; set; }

    /// <summary>Name of the output column with the response. The default value is "Response".</summary>
    public string ResponseColumnName { get; set; } = "Response";

    /// <summary>Name of the output column with the geometric mean of the tokens' probabilities of the best candidate, 0 to 1. The default value is "ResponseConfidence".</summary>
    public string ConfidenceColumnName { get; set; } = "ResponseConfidence";

    /// <summary>Name of the output column that says where the response is from: "model", or "fallback: " and why. The default value is "ResponseSource".</summary>
    public string SourceColumnName { get; set; } = "ResponseSource";

    /// <summary>The templates. The default value is <see cref="PromptTemplates.Default"/>.</summary>
    public PromptTemplates Templates { get; set; } = PromptTemplates.Default;

    /// <summary>Name of the template for intents that <see cref="TemplatesByIntent"/> does not name; its places are {content}, {intent}, {sentiment}. The default value is "reply".</summary>
    public string Template { get; set; } = "reply";

    /// <summary>Names of templates by intent. The default value is none.</summary>
    public IReadOnlyDictionary<string, string> TemplatesByIntent { get; set; } = new Dictionary<string, string>();

    /// <summary>(texts) How many candidates are generated for a message. Legal range: 1 to 32. The default value is 4.</summary>
    public int Candidates { get; set; } = 4;

    /// <summary>How text is decoded; number of sequences and, without sampling, of beams follow from <see cref="Candidates"/>. The default value is <see langword="null"/>: as the model's makers set it, without repeated 3-grams.</summary>
    public GenerationOptions? Generation { get; set; }

    /// <summary>(probability) A candidate whose tokens have a lower geometric mean of probabilities is not sent. Legal range: 0 to 1. The default value is 0.2.</summary>
    public float MinimumConfidence { get; set; } = 0.2f;

    /// <summary>By what a candidate is unfit to be sent. The default value is one with all rules.</summary>
    public SafetyRules Safety { get; set; } = new();

    /// <summary>What is sent where no candidate will do. The default value is "Thank you for your message. We will get back to you shortly."</summary>
    public string Fallback { get; set; } = "Thank you for your message. We will get back to you shortly.";

    /// <summary>What is sent instead of <see cref="Fallback"/>, by intent. The default value is none.</summary>
    public IReadOnlyDictionary<string, string> FallbacksByIntent { get; set; } = new Dictionary<string, string>();

    /// <summary>(Jaccard's index of words and pairs of words) Of candidates that are more alike only the better one is kept. Legal range: 0 to 1. The default value is 0.8.</summary>
    public double MaximumSimilarity { get; set; } = 0.8;

    /// <summary>How much an alternative loses for being like those ranked before it (Carbonell and Goldstein 1998). Legal range: 0 to 1. The default value is 0.3.</summary>
    public double Diversity { get; set; } = 0.3;

    /// <summary>Who speaks; it stands before the prompt and weighs candidates. The default value is <see langword="null"/>.</summary>
    public Personality? Personality { get; set; }

    /// <summary>How much the personality weighs beside the log-probability of a token. Legal range: 0 to 100. The default value is 0.5.</summary>
    public double PersonalityWeight { get; set; } = 0.5;

    /// <summary>What users like; it weighs candidates and goes on learning while it is used. It is not part of a saved model. The default value is <see langword="null"/>.</summary>
    public PreferenceModel? Preferences { get; set; }

    /// <summary>How much preferences weigh beside the log-probability of a token. Legal range: 0 to 100. The default value is 0.5.</summary>
    public double PreferenceWeight { get; set; } = 0.5;

    /// <summary>How the model is opened. The default value is one with all defaults.</summary>
    public EncoderDecoderOptions Model { get; set; } = new();

    /// <summary>Stops fitting when cancelled. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        string[] outputs = [ResponseColumnName, ConfidenceColumnName, SourceColumnName];
        string[] templates = [Template, .. TemplatesByIntent?.Values ?? []];
        new OptionFaults(nameof(ResponseOptions))
            .If(string.IsNullOrWhiteSpace(ModelFolder), $"{nameof(ModelFolder)} is empty; give the folder of an exported model")
            .Name(ContentColumnName, nameof(ContentColumnName))
            .If(IntentColumnName is "" || SentimentColumnName is "" || UserColumnName is "", "the name of a column is empty; give a name, or null for none")
            .If(outputs.Any(string.IsNullOrWhiteSpace) || outputs.Distinct().Count() < outputs.Length, "the names of the output columns must be given and differ")
            .If(Templates is null, $"{nameof(Templates)} is null")
            .If(TemplatesByIntent is null || FallbacksByIntent is null, $"{nameof(TemplatesByIntent)} and {nameof(FallbacksByIntent)} must not be null")
            .If(Templates is not null && !templates.All(Templates.Contains), $"there is no template {string.Join(", ", templates.Where(name => Templates is not null && !Templates.Contains(name)))}; there are {string.Join(", ", Templates?.Names ?? [])}")
            .If(Templates is not null && templates.Where(Templates.Contains).SelectMany(name => Templates[name].Prompt.Names).Any(place => place is not ("content" or "intent" or "sentiment")), "a template has a place other than {content}, {intent} and {sentiment}")
            .Range(Candidates, 1, 32, nameof(Candidates))
            .Check(() => Generation?.Validate())
            .Range(MinimumConfidence, 0, 1, nameof(MinimumConfidence))
            .If(Safety is null, $"{nameof(Safety)} is null")
            .Check(() => Safety?.Validate())
            .If(string.IsNullOrWhiteSpace(Fallback) || FallbacksByIntent is not null && FallbacksByIntent.Values.Any(string.IsNullOrWhiteSpace), "a fallback is empty; give what is to be sent where no candidate will do")
            .Range(MaximumSimilarity, 0, 1, nameof(MaximumSimilarity))
            .Range(Diversity, 0, 1, nameof(Diversity))
            .Range(PersonalityWeight, 0, 100, nameof(PersonalityWeight))
            .Range(PreferenceWeight, 0, 100, nameof(PreferenceWeight))
            .If(Model is null, $"{nameof(Model)} is null")
            .Check(() => Model?.Validate())
            .Throw();
    }

    internal ResponseOptions Clone()
    {
        var copy = (ResponseOptions)MemberwiseClone();
        copy.Generation = Generation?.Clone();
        return copy;
    }
}
