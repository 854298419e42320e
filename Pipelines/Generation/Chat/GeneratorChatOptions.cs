namespace MLPipelines.Generation;

/// <summary>How a conversation becomes a prompt for <see cref="GeneratorChatClient"/>.</summary>
public sealed class GeneratorChatOptions
{
    /// <summary>The prompt, with {system} (instructions), {history} (earlier turns) and {message} (the last message of the user). The default value is "{system}{history}{message}".</summary>
    public string Prompt { get; set; } = "{system}{history}{message}";

    /// <summary>What an earlier turn becomes, with {role} and {text}. The default value is "{role}: {text}\n".</summary>
    public string Turn { get; set; } = "{role}: {text}\n";

    /// <summary>(turns) How many earlier turns the prompt holds; fewer, the latest, where the model does not take so long a prompt. Legal range: 0 or more. The default value is 6.</summary>
    public int HistoryTurns { get; set; } = 6;

    /// <summary>A name for the model, which responses carry. The default value is <see langword="null"/>: the name of its folder.</summary>
    public string? ModelId { get; set; }

    /// <summary>How text is decoded where a request says nothing. The default value is <see langword="null"/>: as the model's makers set it.</summary>
    public GenerationOptions? Generation { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(GeneratorChatOptions))
        .Template(Prompt, nameof(Prompt), "system", "history", "message")
        .Template(Turn, nameof(Turn), "role", "text")
        .Range(HistoryTurns, 0, int.MaxValue, nameof(HistoryTurns))
        .Check(() => Generation?.Validate())
        .Throw();
}
