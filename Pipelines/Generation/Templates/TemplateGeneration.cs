namespace MLPipelines.Generation;

/// <summary>A way of writing.</summary>
public enum TextStyle
{
    /// <summary>With imagery and rhythm.</summary>
    Poetic,

    /// <summary>In precise, technical words.</summary>
    Technical,

    /// <summary>As one would tell a friend.</summary>
    Casual,

    /// <summary>As for a customer or a manager.</summary>
    Professional,

    /// <summary>To make people smile.</summary>
    Humorous,
}

/// <summary>Generation from named templates. How good the texts are is up to the model: it must know instructions (Flan-T5), or be fine-tuned on such prompts.</summary>
public static class TemplateGeneration
{
    /// <summary>Generates a text from a named template.</summary>
    /// <param name="generator">The generator.</param>
    /// <param name="template">The template; see <see cref="PromptTemplates"/>.</param>
    /// <param name="values">What is given for the places of the template.</param>
    /// <param name="options">How text is decoded where the template says nothing; null for the model's own.</param>
    /// <param name="cancellationToken">Honoured between steps and within them.</param>
    /// <exception cref="ArgumentException">A value is given for a place that the template does not have.</exception>
    public static GeneratedText Generate(
        this TextGenerator generator, NamedTemplate template, IReadOnlyDictionary<string, string> values, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(values);
        var unknown = values.Keys.Except(template.Prompt.Names).ToList();
        if (unknown.Count > 0)
            throw new ArgumentException($"The template '{template.Name}' has no place for {string.Join(", ", unknown)}; it has {string.Join(", ", template.Prompt.Names)}.", nameof(values));
        return generator.Generate(template.Prompt.Fill(name => values.GetValueOrDefault(name)), template.Apply(options ?? generator.DefaultOptions), cancellationToken);
    }

    /// <summary>Rewrites a text in another style.</summary>
    /// <param name="generator">The generator.</param>
    /// <param name="text">The text.</param>
    /// <param name="style">The style.</param>
    /// <param name="options">How text is decoded where the template says nothing; null for the model's own.</param>
    /// <param name="templates">Where the template <c>style/…</c> is; null for <see cref="PromptTemplates.Default"/>.</param>
    /// <param name="cancellationToken">Honoured between steps and within them.</param>
    public static GeneratedText TransferStyle(
        this TextGenerator generator, string text, TextStyle style, GenerationOptions? options = null, PromptTemplates? templates = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        var template = (templates ?? PromptTemplates.Default)[NameOf(style)];
        return generator.Generate(template, new Dictionary<string, string> { ["text"] = text }, options, cancellationToken);
    }

    /// <summary>The name of a style's template.</summary>
    public static string NameOf(TextStyle style) => Enum.IsDefined(style) ? $"style/{style.ToString().ToLowerInvariant()}"
        : throw new ArgumentOutOfRangeException(nameof(style), style, $"The styles are {string.Join(", ", Enum.GetNames<TextStyle>())}.");
}
