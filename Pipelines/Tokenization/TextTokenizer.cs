using System.Collections.Concurrent;
using MLPipelines.Tokenization.Files;
using MLPipelines.Tokenization.Processing;

namespace MLPipelines.Tokenization;

/// <summary>
/// A tokenizer of Hugging Face's kind: text to ids, tokens and their places in the text, and ids back to text, exactly as
/// the Rust library behind Python's <c>transformers</c> gives them. Immutable and thread-safe. Lone surrogates in a text
/// count as U+FFFD.
/// </summary>
public sealed partial class TextTokenizer : Microsoft.ML.Tokenizers.Tokenizer
{
    private readonly TokenizerDefinition definition;
    private readonly AddedVocabulary added;
    private readonly SequenceEncoder encoder;
    private readonly ConcurrentBag<Workspace> workspaces = [];

    internal TextTokenizer(TokenizerDefinition definition, IReadOnlyDictionary<string, byte[]> files, SpecialTokens special)
    {
        this.definition = definition;
        Files = files;
        added = new AddedVocabulary(definition.AddedTokens, definition.Model, definition.Normalizer);
        encoder = new SequenceEncoder(definition, added);
        VocabularySize = definition.Model.Count + added.Ids.Count(entry => definition.Model.IdOf(entry.Key) == null);
        MaximumId = Math.Max(definition.Model.MaximumId, added.MaximumId);
        ModelMaximumLength = special.MaximumLength ?? int.MaxValue;
        var specialParts = definition.PostProcessor.Single;
        UnknownId = Find(special.Unknown) ?? definition.Model.UnknownId;
        PadId = Find(special.Padding) ?? definition.Defaults.PaddingId ?? FindAdded("[PAD]", "<pad>");
        MaskId = Find(special.Mask) ?? FindAdded("[MASK]", "<mask>");
        ClassId = Find(special.Class) ?? Find(special.Start) ?? (specialParts[0].Ids is [var first, ..] ? first : null);
        SeparatorId = Find(special.Separator) ?? Find(special.End) ?? (specialParts[^1].Ids is [.., var last] ? last : null);

        int? Find(string? token) => token == null ? null : IdOf(token);
        int? FindAdded(params ReadOnlySpan<string> tokens)
        {
            foreach (string token in tokens)
            {
                if (added.IsSpecial(token))
                    return IdOf(token);
            }
            return null;
        }
    }

    /// <summary>The files that <see cref="Load(IReadOnlyDictionary{string, byte[]})"/> makes the same tokenizer of again, by name, with a tokenizer.json that was made where there was none; not to be changed.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    /// <summary>The number of tokens, added ones included. Ids may have gaps: see <see cref="MaximumId"/>.</summary>
    public int VocabularySize { get; }

    /// <summary>The largest id; an embedding needs one row more.</summary>
    public int MaximumId { get; }

    /// <summary>The id of the padding token; null where there is none.</summary>
    public int? PadId { get; }

    /// <summary>The id that stands for what the vocabulary does not hold; null where there is none.</summary>
    public int? UnknownId { get; }

    /// <summary>The id of the token that starts an encoding ([CLS], &lt;s&gt;); null where there is none.</summary>
    public int? ClassId { get; }

    /// <summary>The id of the token that ends an encoding and separates texts ([SEP], &lt;/s&gt;); null where there is none.</summary>
    public int? SeparatorId { get; }

    /// <summary>The id of the token that stands for a hidden one; null where there is none.</summary>
    public int? MaskId { get; }

    /// <summary>The most tokens that the model takes; <see cref="int.MaxValue"/> where the files do not say.</summary>
    public int ModelMaximumLength { get; }

    /// <summary>How texts are encoded where no options are given: with special tokens, and truncated and padded as tokenizer.json says (which mostly says nothing). A copy.</summary>
    public TokenizingOptions DefaultOptions => definition.Defaults.Clone();

    /// <summary>Loads a tokenizer from tokenizer.json, or else from vocab.txt, from vocab.json and merges.txt, or from spiece.model, with tokenizer_config.json and special_tokens_map.json beside it where they are there.</summary>
    /// <param name="folder">The folder with the files.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="TokenizationException">A file is missing or malformed, or asks for something that is not supported.</exception>
    public static TextTokenizer Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return TokenizerFiles.Load(TokenizerFiles.ReadFolder(folder), folder);
    }

    /// <summary>Loads a tokenizer from the contents of its files; others among them do no harm.</summary>
    /// <param name="files">Contents by file name.</param>
    /// <exception cref="TokenizationException">A file is missing or malformed, or asks for something that is not supported.</exception>
    public static TextTokenizer Load(IReadOnlyDictionary<string, byte[]> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return TokenizerFiles.Load(files, "The set of files");
    }

    /// <summary>Writes <see cref="Files"/>.</summary>
    /// <param name="folder">The folder, which is made where it is missing.</param>
    public void Save(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Directory.CreateDirectory(folder);
        foreach (var (name, content) in Files)
            File.WriteAllBytes(Path.Combine(folder, name), content);
    }

    /// <summary>Encodes a text, or two as a pair.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text; null for none.</param>
    /// <param name="options">How; null for <see cref="DefaultOptions"/>.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="TokenizationException">The text cannot be truncated as asked, or has an unknown character where there is no unknown token.</exception>
    public TokenizedText Tokenize(string text, string? pair = null, TokenizingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        options = Check(options);
        var work = Rent();
        var result = Encode(text, pair, options, work);
        Return(work);
        return PadAll([result], options)[0];
    }

    /// <summary>Encodes texts, or pairs of texts, on all processors.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="pairs">As many second texts; null for none.</param>
    /// <param name="options">How; null for <see cref="DefaultOptions"/>. <see cref="PaddingStrategy.Longest"/> pads to the longest of all these texts.</param>
    /// <param name="cancellationToken">Ends the work between two texts.</param>
    /// <returns>One encoding for each text, in order, the same as <see cref="Tokenize"/> gives but for padding.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or the numbers of texts differ.</exception>
    /// <exception cref="TokenizationException">A text cannot be truncated as asked, or has an unknown character where there is no unknown token.</exception>
    public TokenizedText[] TokenizeBatch(IReadOnlyList<string> texts, IReadOnlyList<string>? pairs = null, TokenizingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (pairs != null && pairs.Count != texts.Count)
            throw TokenizationErrors.PairsDiffer(texts.Count, pairs.Count);
        options = Check(options);
        var results = new TokenizedText[texts.Count];
        if (texts.Count < 8)
        {
            var work = Rent();
            for (int i = 0; i < results.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                results[i] = Encode(texts[i], pairs?[i], options, work);
            }
            Return(work);
        }
        else
        {
            EncodeInParallel(texts, pairs, options, results, cancellationToken);
        }
        return PadAll(results, options);
    }

    /// <summary>Encodes a text that is split into words already; <see cref="TokenizedText.WordIds"/> says which word each token is from, and offsets are within that word.</summary>
    /// <param name="words">The words.</param>
    /// <param name="options">How; null for <see cref="DefaultOptions"/>.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="TokenizationException">A word has an unknown character where there is no unknown token.</exception>
    public TokenizedText TokenizeWords(IReadOnlyList<string> words, TokenizingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        options = Check(options);
        var work = Rent();
        work.First.Clear();
        for (int i = 0; i < words.Count; i++)
            encoder.Encode(words[i], work.First, work, word: i);
        var result = EncodingBuilder.Build(this, definition.PostProcessor, work.First, null, options);
        Return(work);
        return PadAll([result], options)[0];
    }

    /// <summary>Gives the text of ids; ids that are no token's are left out.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public string Detokenize(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            if (TokenOf(id) is { } token && !(skipSpecialTokens && added.IsSpecial(token)))
                tokens.Add(token);
        }
        return definition.Decoder == null ? string.Join(' ', tokens) : string.Concat(definition.Decoder.Decode(tokens));
    }

    /// <summary>The text of a token; null where no token has the id.</summary>
    /// <param name="id">The id.</param>
    public string? TokenOf(int id) => added.TokenOf(id) ?? definition.Model.TokenOf(id);

    /// <summary>The id of a token; null where there is no such token.</summary>
    /// <param name="token">The text of the token.</param>
    public int? IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return added.IdOf(token) ?? definition.Model.IdOf(token);
    }

    // The text of a token as encodings have it: the model's where it has one.
    internal string? TextOf(int id) => definition.Model.TokenOf(id) ?? added.TokenOf(id);

    private TokenizedText Encode(string text, string? pair, TokenizingOptions options, Workspace work)
    {
        ArgumentNullException.ThrowIfNull(text);
        Encode(text, work.First, options, work);
        if (pair == null)
            return EncodingBuilder.Build(this, definition.PostProcessor, work.First, null, options, text);
        Encode(pair, work.Second, options, work);
        return EncodingBuilder.Build(this, definition.PostProcessor, work.First, work.Second, options, text, pair);
    }

    // As in the reference implementation, what truncation is sure to cut off is not encoded, and so does not count when the
    // lengths of two texts are compared.
    private void Encode(string text, TokenSequence sequence, TokenizingOptions options, Workspace work)
    {
        sequence.Clear();
        int limit = options.Truncation is TruncationStrategy.None or TruncationStrategy.OnlySecond ? int.MaxValue : options.MaximumLength ?? int.MaxValue;
        bool fromStart = options.TruncationSide == Side.Right;
        encoder.Encode(text, sequence, work, limit: fromStart ? limit : int.MaxValue);
        if (!fromStart && limit < sequence.Count)
            sequence.DropLeading(limit);
    }

    private void EncodeInParallel(IReadOnlyList<string> texts, IReadOnlyList<string>? pairs, TokenizingOptions options, TokenizedText[] results, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.For(
                0,
                results.Length,
                new ParallelOptions { CancellationToken = cancellationToken },
                Rent,
                (i, _, work) =>
                {
                    results[i] = Encode(texts[i], pairs?[i], options, work);
                    return work;
                },
                Return);
        }
        catch (AggregateException exception)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    private TokenizedText[] PadAll(TokenizedText[] results, TokenizingOptions options)
    {
        if (options.Padding == PaddingStrategy.None || results.Length == 0)
            return results;
        int length = options.Padding == PaddingStrategy.Longest ? results.Max(result => result.Length) : (options.PaddingLength ?? options.MaximumLength)!.Value;
        if (options.PadToMultipleOf is { } multiple)
            length = (length + multiple - 1) / multiple * multiple;
        int padId = options.PaddingId ?? PadId ?? throw TokenizationErrors.NoPadToken();
        for (int i = 0; i < results.Length; i++)
            results[i] = EncodingBuilder.Pad(this, results[i], length, padId, options);
        return results;
    }

    private TokenizingOptions Check(TokenizingOptions? options)
    {
        if (options == null)
            return definition.Defaults;
        options.Validate();
        return options;
    }

    private Workspace Rent() => workspaces.TryTake(out var work) ? work : new Workspace();

    // A workspace that an exception got in the way of is not returned.
    private void Return(Workspace work)
    {
        if (work.IsWorthKeeping)
            workspaces.Add(work);
    }
}
