namespace MLPipelines.Generation;

/// <summary>Options of text generation over a column. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
public sealed class GenerateTextOptions
{
    private const string DefaultPrompt = "{Text}";

    /// <summary>The folder of the exported model: config.json, tokenizer and graphs in the Optimum layout. There is no default: it must be given.</summary>
    public string ModelFolder { get; set; } = "";

    /// <summary>The prompt, in which <c>{Name}</c> is the text of the column of that name (<see cref="PromptTemplate"/>). Missing texts count as empty. The default value is "{Text}".</summary>
    public string Prompt { get; set; } = DefaultPrompt;

    /// <summary>
    /// Name of a template that gives the prompt, and how it is decoded where <see cref="Generation"/> does not say: "style/poetic" reads the column "text", "tagline" the columns "context" and
    /// "sentiment" (<see cref="PromptTemplates.Default"/>). <see cref="Prompt"/> must then be left alone. The default value is <see langword="null"/>: none.
    /// </summary>
    public string? Template { get; set; }

    /// <summary>The templates that <see cref="Template"/> names one of. The default value is <see cref="PromptTemplates.Default"/>.</summary>
    public PromptTemplates Templates { get; set; } = PromptTemplates.Default;

    /// <summary>Name of the output column, text. The default value is "GeneratedText".</summary>
    public string GeneratedColumnName { get; set; } = "GeneratedText";

    /// <summary>Name of the output column with the geometric mean of the tokens' probabilities, 0 to 1. The default value is "Confidence".</summary>
    public string ConfidenceColumnName { get; set; } = "Confidence";

    /// <summary>How text is decoded; one sequence a row. The default value is <see langword="null"/>: as the model's makers set it.</summary>
    public GenerationOptions? Generation { get; set; }

    /// <summary>How the model is opened. The default value is one with all defaults.</summary>
    public EncoderDecoderOptions Model { get; set; } = new();

    /// <summary>Stops fitting when cancelled. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(GenerateTextOptions))
        .If(string.IsNullOrWhiteSpace(ModelFolder), $"{nameof(ModelFolder)} is empty; give the folder of an exported model")
        .Template(Prompt, nameof(Prompt))
        .If(Templates is null, $"{nameof(Templates)} is null; give some, or leave the default")
        .If(Template is not null && Templates?.Contains(Template) == false, $"{nameof(Template)} is '{Template}'; there are {string.Join(", ", Templates?.Names ?? [])}")
        .If(Template is not null && Prompt != DefaultPrompt, $"{nameof(Template)} and {nameof(Prompt)} are both given; give one of them")
        .Name(GeneratedColumnName, nameof(GeneratedColumnName))
        .Name(ConfidenceColumnName, nameof(ConfidenceColumnName))
        .If(GeneratedColumnName == ConfidenceColumnName, $"{nameof(GeneratedColumnName)} and {nameof(ConfidenceColumnName)} are both '{GeneratedColumnName}'")
        .If(Generation is { ReturnedSequences: not 1 }, $"{nameof(Generation)}.{nameof(GenerationOptions.ReturnedSequences)} is {Generation?.ReturnedSequences}; a row gets one text")
        .Check(() => Generation?.Validate())
        .If(Model is null, $"{nameof(Model)} is null")
        .Check(() => Model?.Validate())
        .Throw();

    /// <summary>The prompt that is given, or the template's.</summary>
    internal PromptTemplate PromptOf() => Template is null ? PromptTemplate.Parse(Prompt) : Templates[Template].Prompt;

    /// <summary>How rows are decoded by a model with options of its own.</summary>
    internal GenerationOptions GenerationOf(GenerationOptions own)
    {
        if (Generation is not null)
            return Generation.Clone();
        var options = Template is null ? own : Templates[Template].Apply(own);
        options.ReturnedSequences = 1;
        return options;
    }
}
