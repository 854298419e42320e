using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MLPipelines.Tokenization;

namespace MLPipelines.Generation;

/// <summary>An encoder-decoder with its tokenizer: text in, text out.</summary>
/// <inheritdoc cref="EncoderDecoderModel" path="/remarks"/>
public sealed class TextGenerator : IDisposable
{
    private readonly TokenizingOptions _tokenizing;

    private TextGenerator(EncoderDecoderModel model, TextTokenizer tokenizer)
    {
        (Model, Tokenizer) = (model, tokenizer);
        _tokenizing = new TokenizingOptions { MaximumLength = model.MaximumPromptTokens };
    }

    /// <summary>The model.</summary>
    public EncoderDecoderModel Model { get; }

    /// <summary>The tokenizer.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>The options that the model's makers set; a copy.</summary>
    public GenerationOptions DefaultOptions => Model.DefaultOptions;

    /// <summary>Opens a model and the tokenizer beside it.</summary>
    /// <param name="folder">The folder with config.json, the graphs, and tokenizer.json or spiece.model.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="GenerationException">A configuration is malformed, a graph has other inputs or outputs than the layout, or the tokenizer has ids that the model does not know.</exception>
    /// <exception cref="TokenizationException">The tokenizer's files are missing or malformed.</exception>
    /// <inheritdoc cref="EncoderDecoderModel.Load" path="/exception"/>
    public static TextGenerator Load(string folder, EncoderDecoderOptions? options = null)
    {
        var model = EncoderDecoderModel.Load(folder, options);
        try
        {
            var tokenizer = TextTokenizer.Load(folder);
            if (tokenizer.MaximumId >= model.VocabularySize)
                throw GenerationErrors.VocabularyMismatch(folder, tokenizer.MaximumId, model.VocabularySize);
            return new TextGenerator(model, tokenizer);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Generates texts for a prompt.</summary>
    /// <inheritdoc cref="Generate(IReadOnlyList{string}, GenerationOptions, CancellationToken)"/>
    public GeneratedText Generate(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) => Generate([prompt], options, cancellationToken)[0];

    /// <summary>Generates texts for prompts, in batches of similar length. A prompt that is longer than the model takes loses its end.</summary>
    /// <param name="prompts">The prompts; an empty one is the end-of-text token alone.</param>
    /// <param name="options">How; null for <see cref="DefaultOptions"/>.</param>
    /// <param name="cancellationToken">Honoured between steps and within them.</param>
    /// <returns>For each prompt what was generated.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or the tokenizer makes no token of a prompt.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        options ??= DefaultOptions;
        options.Validate();
        if (prompts.Count == 0)
            return [];
        var (ids, truncated) = Tokenize(prompts, cancellationToken);
        var sequences = Model.Generate(ids, Plan(options, null), cancellationToken);
        var texts = new GeneratedText[prompts.Count];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = TextsOf(sequences[i], options, ids[i], truncated[i]);
        return texts;
    }

    /// <summary>Generates the text for a prompt and gives it out as it comes. With beams, which are certain only in the end, it comes at once.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="options">How; null for <see cref="DefaultOptions"/>. One sequence only.</param>
    /// <param name="unit">What the pieces end with.</param>
    /// <param name="cancellationToken">Honoured between steps and within them; so is an enumeration that is given up.</param>
    /// <returns>Pieces that put together are the text that <see cref="Generate(string, GenerationOptions, CancellationToken)"/> gives.</returns>
    /// <exception cref="ArgumentException">Options are out of range, or ask for several sequences.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IAsyncEnumerable<string> StreamAsync(string prompt, GenerationOptions? options = null, StreamUnit unit = StreamUnit.Characters, CancellationToken cancellationToken = default)
    {
        return StreamAsync(prompt, options ?? DefaultOptions, unit, null, cancellationToken);
    }

    // The last delegate is told what the pieces together are, before the stream ends.
    internal IAsyncEnumerable<string> StreamAsync(string prompt, GenerationOptions options, StreamUnit unit, Action<GeneratedText>? completed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        options.Validate();
        if (options.ReturnedSequences > 1)
            throw new OptionFaults(nameof(GenerationOptions)).Add($"{nameof(options.ReturnedSequences)} is {options.ReturnedSequences}; a stream is of one sequence").ToException();
        return Stream(prompt, options, unit, completed, cancellationToken);
    }

    /// <summary>(tokens) How long a prompt is to the model, before anything is cut off.</summary>
    internal int CountTokens(string prompt) => Tokenizer.Tokenize(prompt, options: new TokenizingOptions()).Ids.Length;

    /// <summary>The log-probability of given outputs, summed over their tokens (end token included): by how much the model expects them.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="outputs">An output for each; of one that is longer than <see cref="EncoderDecoderModel.MaximumPromptTokens"/> the beginning counts.</param>
    /// <param name="cancellationToken">Honoured between rows and within them.</param>
    /// <returns>For each the sum of log-probabilities, and the number of tokens that it is over.</returns>
    public IReadOnlyList<(double LogLikelihood, int Tokens)> LogLikelihoods(IReadOnlyList<string> prompts, IReadOnlyList<string> outputs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        var targets = Tokenize(outputs, cancellationToken).Ids;
        var probabilities = Model.LogProbabilities(Tokenize(prompts, cancellationToken).Ids, targets, cancellationToken);
        return [.. probabilities.Select(row => (row.Sum(value => (double)value), row.Length))];
    }

    /// <summary>Closes the model; generations in progress are completed first.</summary>
    public void Dispose() => Model.Dispose();

    private async IAsyncEnumerable<string> Stream(
        string prompt, GenerationOptions options, StreamUnit unit, Action<GeneratedText>? completed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pieces = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var generation = Task.Run(() => Produce(prompt, options, unit, completed, pieces.Writer, cancellation.Token), CancellationToken.None);
        try
        {
            await foreach (string piece in pieces.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return piece;
        }
        finally
        {
            await cancellation.CancelAsync().ConfigureAwait(false);
            await generation.ConfigureAwait(false);
        }
    }

    // What goes wrong reaches the reader through the channel.
    private void Produce(string prompt, GenerationOptions options, StreamUnit unit, Action<GeneratedText>? completed, ChannelWriter<string> pieces, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (options.Beams > 1)
            {
                var generated = Generate(prompt, options, cancellationToken);
                Write(generated.Text);
                completed?.Invoke(generated);
            }
            else
            {
                var stream = new TextStream(Tokenizer, options.StopStrings, unit);
                foreach (int id in FirstIds(options))
                    Write(stream.Add(id));
                var (ids, truncated) = Tokenize([prompt], cancellationToken);
                var sequences = Model.Generate(ids, Plan(options, (_, id) => Write(stream.Add(id))), cancellationToken);
                Write(stream.Complete());
                completed?.Invoke(TextsOf(sequences[0], options, ids[0], truncated[0]));
            }
            pieces.Complete();
        }
        catch (Exception e)
        {
            pieces.Complete(e);
        }

        void Write(string piece)
        {
            if (piece.Length > 0)
                pieces.TryWrite(piece);
        }
    }

    private DecodingPlan Plan(GenerationOptions options, Action<int, int>? onToken)
    {
        int[] prefix = options.Prefix.Length == 0 ? [] : Ids(options.Prefix);
        // Tokenizers with spaces of their own split a word in another way after one.
        var badWords = options.BadWords.SelectMany(word => new[] { Ids(word), Ids(" " + word) }).Where(word => word.Length > 0).ToList();
        return Model.Plan(options, prefix, badWords, options.StopStrings.Count == 0 ? null : tokens => Stops(tokens, options.StopStrings), onToken);
    }

    private int[] FirstIds(GenerationOptions options) => [.. options.PrefixIds, .. options.Prefix.Length == 0 ? [] : Ids(options.Prefix)];

    private int[] Ids(string text) => Tokenizer.Tokenize(text, options: new TokenizingOptions { AddSpecialTokens = false }).Ids;

    private bool Stops(ReadOnlySpan<int> tokens, IReadOnlyList<string> stops)
    {
        // A stop string, which may begin in the prefix, is found with the token that completes it, so the last tokens are enough; a character may be four of them.
        int tail = 4 * stops.Max(stop => stop.Length) + 8;
        return StopStrings.Find(Tokenizer.Detokenize(tokens[Math.Max(1, tokens.Length - tail)..]), stops) >= 0;
    }

    private GeneratedText TextsOf(GeneratedSequence[] sequences, GenerationOptions options, int[] ids, bool isTruncated) =>
        new([.. sequences.Select(sequence => sequence with { Text = TextOf(sequence, options) })], ids.Length, isTruncated);

    private string TextOf(GeneratedSequence sequence, GenerationOptions options)
    {
        string text = Tokenizer.Detokenize(sequence.Ids);
        if (sequence.Reason != FinishReason.StopString)
            return text;
        int stop = StopStrings.Find(text, options.StopStrings);
        return stop < 0 ? text : text[..stop];
    }

    private (int[][] Ids, bool[] Truncated) Tokenize(IReadOnlyList<string> prompts, CancellationToken cancellationToken)
    {
        var ids = new int[prompts.Count][];
        var truncated = new bool[prompts.Count];
        var longer = new TokenizingOptions { MaximumLength = Model.MaximumPromptTokens + 1 };
        var encoded = Tokenizer.TokenizeBatch(prompts, options: longer, cancellationToken: cancellationToken);
        for (int i = 0; i < ids.Length; i++)
        {
            truncated[i] = encoded[i].Length > Model.MaximumPromptTokens;
            ids[i] = truncated[i] ? Tokenizer.Tokenize(prompts[i], options: _tokenizing).Ids : encoded[i].Ids;
            if (ids[i].Length == 0)
                throw GenerationErrors.EmptyPrompt(i);
        }
        return (ids, truncated);
    }
}
