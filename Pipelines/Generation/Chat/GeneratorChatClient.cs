using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace MLPipelines.Generation;

/// <summary>A generator as a chat client of Microsoft.Extensions.AI, so that its decorators (cache, log, telemetry) and hosts work with it.</summary>
/// <remarks>
/// Thread-safe. Of a request's options these are honoured: MaxOutputTokens, Temperature, TopK, TopP (each of the three turns sampling on, a temperature of 0 turns it off), Seed, StopSequences and Instructions;
/// tools and response formats are refused. Content other than text is refused.
/// </remarks>
public sealed class GeneratorChatClient : IChatClient
{
    private readonly TextGenerator _generator;
    private readonly GeneratorChatOptions _options;
    private readonly PromptTemplate _prompt;
    private readonly PromptTemplate _turn;
    private readonly bool _owns;

    /// <summary>A client.</summary>
    /// <param name="generator">The generator.</param>
    /// <param name="options">How a conversation becomes a prompt; null for the defaults.</param>
    /// <param name="ownsGenerator">Whether the generator closes with the client.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    public GeneratorChatClient(TextGenerator generator, GeneratorChatOptions? options = null, bool ownsGenerator = true)
    {
        ArgumentNullException.ThrowIfNull(generator);
        _options = options ?? new();
        _options.Validate();
        (_generator, _owns) = (generator, ownsGenerator);
        _prompt = PromptTemplate.Parse(_options.Prompt);
        _turn = PromptTemplate.Parse(_options.Turn);
        Metadata = new ChatClientMetadata("MLPipelines", null, _options.ModelId ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(generator.Model.Folder)));
    }

    /// <summary>What hosts show of the client.</summary>
    public ChatClientMetadata Metadata { get; }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The request asks for tools, a response format, or has content that is not text.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        string prompt = PromptOf(messages, options);
        var generation = GenerationOf(options);
        var generated = await Task.Run(() => _generator.Generate(prompt, generation, cancellationToken), cancellationToken).ConfigureAwait(false);
        var best = generated.Sequences[0];
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, best.Text))
        {
            ModelId = Metadata.DefaultModelId,
            CreatedAt = DateTimeOffset.UtcNow,
            FinishReason = FinishOf(best),
            Usage = UsageOf(generated),
        };
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The request asks for tools, a response format, or has content that is not text.</exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(PromptOf(messages, options), GenerationOf(options), cancellationToken);

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? Metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_generator) ? _generator
            : null;
    }

    /// <summary>Closes the generator, where the client owns it.</summary>
    public void Dispose()
    {
        if (_owns)
            _generator.Dispose();
    }

    private async IAsyncEnumerable<ChatResponseUpdate> Stream(string prompt, GenerationOptions generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string id = Guid.NewGuid().ToString("N");
        GeneratedText? whole = null;
        await foreach (string piece in _generator.StreamAsync(prompt, generation, StreamUnit.Characters, generated => whole = generated, cancellationToken).ConfigureAwait(false))
            yield return Update([new TextContent(piece)]);
        var last = Update([new UsageContent(UsageOf(whole!))]);
        last.FinishReason = FinishOf(whole!.Sequences[0]);
        yield return last;

        ChatResponseUpdate Update(IList<AIContent> contents) => new(ChatRole.Assistant, contents) { ResponseId = id, MessageId = id, ModelId = Metadata.DefaultModelId, CreatedAt = DateTimeOffset.UtcNow };
    }

    private static ChatFinishReason FinishOf(GeneratedSequence sequence) => sequence.Reason == FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;

    private static UsageDetails UsageOf(GeneratedText generated)
    {
        int written = generated.Sequences[0].Ids.Length;
        return new UsageDetails { InputTokenCount = generated.PromptTokens, OutputTokenCount = written, TotalTokenCount = generated.PromptTokens + written };
    }

    private string PromptOf(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var all = messages.ToList();
        foreach (var content in all.SelectMany(message => message.Contents))
        {
            if (content is not TextContent)
                throw new NotSupportedException($"The conversation has content of type {content.GetType().Name}; this model reads text only.");
        }
        int last = all.FindLastIndex(message => message.Role == ChatRole.User);
        if (last < 0)
            throw new ArgumentException("The conversation has no message of the user to answer.", nameof(messages));
        string system = string.Concat(all.Where(message => message.Role == ChatRole.System).Select(message => message.Text + "\n"));
        if (options?.Instructions is { Length: > 0 } instructions)
            system = instructions + "\n" + system;
        string[] history = [.. all.Take(last).Where(message => message.Role != ChatRole.System).TakeLast(_options.HistoryTurns)
            .Select(message => _turn.Fill(name => name == "role" ? message.Role.Value : message.Text))];
        // What is cut off of a prompt is its end, which mostly is the message to answer: turns that leave no room for it go instead.
        for (int turns = history.Length; ; turns--)
        {
            string earlier = string.Concat(history[^turns..]);
            string prompt = _prompt.Fill(name => name switch { "system" => system, "history" => earlier, _ => all[last].Text });
            if (turns == 0 || _generator.CountTokens(prompt) <= _generator.Model.MaximumPromptTokens)
                return prompt;
        }
    }

    private GenerationOptions GenerationOf(ChatOptions? request)
    {
        var options = _options.Generation?.Clone() ?? _generator.DefaultOptions;
        options.ReturnedSequences = 1;
        if (request is null)
            return options;
        if (request.Tools is { Count: > 0 })
            throw new NotSupportedException("The request has tools; this model calls none.");
        if (request.ResponseFormat is not (null or ChatResponseFormatText))
            throw new NotSupportedException("The request asks for a response format; this model gives plain text.");
        if (request.MaxOutputTokens is { } tokens)
            options.MaximumNewTokens = tokens;
        options.Sample |= request.Temperature is not null || request.TopK is not null || request.TopP is not null;
        options.TopK = request.TopK ?? options.TopK;
        options.TopP = request.TopP ?? options.TopP;
        if (request.Temperature is { } temperature)
            (options.Sample, options.Temperature) = temperature == 0 ? (false, options.Temperature) : (true, temperature);
        if (options.Sample)
            options.DrawOneByOne();
        if (request.Seed is { } seed)
            options.Seed = unchecked((int)seed);
        if (request.StopSequences is { Count: > 0 } stops)
            options.StopStrings = [.. stops];
        options.Validate();
        return options;
    }
}
