using System.Text;
using System.Text.Json.Nodes;
using MLPipelines.Tokenization.Files;
using MLPipelines.Tokenization.Normalization;
using MLPipelines.Tokenization.Processing;
using MLPipelines.Tokenization.Splitting;
using MLPipelines.Tokenization.Training;

namespace MLPipelines.Tokenization;

/// <summary>Learns the vocabulary of a tokenizer from texts. Deterministic: the same texts, in any order, give the same tokenizer.</summary>
public static class VocabularyTrainer
{
    private const string Prefix = "##";
    private const int MaximumCharacters = 100;

    /// <summary>Learns a WordPiece vocabulary, for a tokenizer of BERT's kind with the special tokens [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3 and [MASK] 4.</summary>
    /// <param name="texts">The texts, which are read once.</param>
    /// <param name="options">How; null for the default values.</param>
    /// <param name="cancellationToken">Ends the work between two texts or two tokens.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The texts hold no word.</exception>
    public static TextTokenizer TrainWordPiece(IEnumerable<string> texts, WordPieceTrainingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new WordPieceTrainingOptions();
        options.Validate();
        var normalizer = new BertNormalizer(cleanText: true, handleIdeographs: true, options.Lowercase, options.Lowercase);
        var words = WordCounter.Count(texts, normalizer, new BertSplitter(), cancellationToken);
        if (words.Count == 0)
            throw TokenizationErrors.EmptyCorpus();
        List<string> tokens = [.. Distinct(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], options.AdditionalSpecialTokens)];
        int special = tokens.Count;
        var learner = new MergeLearner(tokens, PutCharacters(words, tokens, options), Prefix);
        learner.Learn(options, cancellationToken);
        return MakeBert(tokens, special, options);
    }

    /// <summary>Learns a byte-level BPE vocabulary, for a tokenizer of RoBERTa's kind with the special tokens &lt;s&gt; 0, &lt;pad&gt; 1, &lt;/s&gt; 2, &lt;unk&gt; 3 and &lt;mask&gt; 4. Any text can be encoded with it, and decoded to what it was.</summary>
    /// <param name="texts">The texts, which are read once.</param>
    /// <param name="options">How; null for the default values.</param>
    /// <param name="cancellationToken">Ends the work between two texts or two tokens.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The texts hold no word.</exception>
    public static TextTokenizer TrainByteLevelBpe(IEnumerable<string> texts, ByteLevelBpeTrainingOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new ByteLevelBpeTrainingOptions();
        options.Validate();
        var words = WordCounter.Count(texts, null, new ByteLevelSplitter(options.AddPrefixSpace, useRegex: true), cancellationToken);
        if (words.Count == 0)
            throw TokenizationErrors.EmptyCorpus();
        List<string> tokens = [.. Distinct(["<s>", "<pad>", "</s>", "<unk>", "<mask>"], options.AdditionalSpecialTokens)];
        int special = tokens.Count;
        var ids = new Dictionary<char, int>();
        foreach (char character in ByteAlphabet.Characters.ToArray().Order())
        {
            ids.Add(character, Place(character.ToString(), tokens));
        }
        var learner = new MergeLearner(tokens, [.. words.Select(word => (word.Key.Select(character => ids[character]).ToArray(), word.Value))], "");
        learner.Learn(options, cancellationToken);
        return MakeRoberta(tokens, special, learner.Merges, options);
    }

    // Puts the alphabet among the tokens; words with other characters are left out.
    private static List<(int[] Symbols, long Count)> PutCharacters(List<KeyValuePair<string, long>> words, List<string> tokens, WordPieceTrainingOptions options)
    {
        var frequencies = new Dictionary<Rune, long>();
        foreach (var (word, count) in words)
        {
            foreach (var rune in word.EnumerateRunes())
                frequencies[rune] = frequencies.GetValueOrDefault(rune) + count;
        }
        Rune[] alphabet = [.. frequencies.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).Take(options.AlphabetLimit).Select(entry => entry.Key).Order()];
        var kept = words.Where(word => word.Key.EnumerateRunes().All(rune => Array.BinarySearch(alphabet, rune) >= 0)).ToList();
        var initial = new Dictionary<Rune, int>();
        var continuing = new Dictionary<Rune, int>();
        foreach (var rune in alphabet)
            Put(initial, rune, "");
        var inside = kept.SelectMany(word => word.Key.EnumerateRunes().Skip(1)).ToHashSet();
        foreach (var rune in alphabet.Where(inside.Contains))
            Put(continuing, rune, Prefix);
        return [.. kept.Select(word => (word.Key.EnumerateRunes().Select((rune, i) => (i == 0 ? initial : continuing)[rune]).ToArray(), word.Value))];

        void Put(Dictionary<Rune, int> ids, Rune rune, string prefix) => ids.Add(rune, Place(prefix + rune, tokens));
    }

    // The id of a token, which may be among the special ones already.
    private static int Place(string token, List<string> tokens)
    {
        int index = tokens.IndexOf(token);
        if (index >= 0)
            return index;
        tokens.Add(token);
        return tokens.Count - 1;
    }

    private static TextTokenizer MakeBert(List<string> tokens, int special, WordPieceTrainingOptions options)
    {
        var vocabulary = tokens.Select((token, id) => KeyValuePair.Create(token, id));
        var separator = ("[SEP]", 3);
        var start = ("[CLS]", 2);
        byte[] json = TokenizerJsonWriter.Write(
            TokenizerJsonWriter.BertNormalizer(true, true, null, options.Lowercase),
            new JsonObject { ["type"] = "BertPreTokenizer" },
            TokenizerJsonWriter.Template("[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", start, separator),
            new JsonObject { ["type"] = "WordPiece", ["prefix"] = Prefix, ["cleanup"] = true },
            TokenizerJsonWriter.WordPiece(vocabulary, "[UNK]", Prefix, MaximumCharacters),
            [.. tokens.Take(special).Select((token, id) => (id, Special(token)))]);
        var map = new JsonObject
        {
            ["cls_token"] = "[CLS]",
            ["mask_token"] = "[MASK]",
            ["pad_token"] = "[PAD]",
            ["sep_token"] = "[SEP]",
            ["unk_token"] = "[UNK]",
        };
        var config = new JsonObject
        {
            ["do_lower_case"] = options.Lowercase,
            ["strip_accents"] = null,
            ["tokenize_chinese_chars"] = true,
            ["tokenizer_class"] = "BertTokenizer",
        };
        var files = MakeFiles(json, map, config, options);
        files[SlowTokenizers.VocabularyText] = Encoding.UTF8.GetBytes(string.Join('\n', tokens) + "\n");
        return TokenizerFiles.Load(files, "The trained tokenizer");
    }

    private static TextTokenizer MakeRoberta(List<string> tokens, int special, IReadOnlyList<(int Left, int Right)> merges, ByteLevelBpeTrainingOptions options)
    {
        KeyValuePair<string, int>[] vocabulary = [.. tokens.Select((token, id) => KeyValuePair.Create(token, id))];
        (string Left, string Right)[] texts = [.. merges.Select(merge => (tokens[merge.Left], tokens[merge.Right]))];
        byte[] json = TokenizerJsonWriter.Write(
            null,
            TokenizerJsonWriter.ByteLevel(options.AddPrefixSpace),
            TokenizerJsonWriter.Roberta(("</s>", 2), ("<s>", 0), trimOffsets: true, options.AddPrefixSpace),
            TokenizerJsonWriter.ByteLevel(addPrefixSpace: true),
            TokenizerJsonWriter.Bpe(vocabulary, texts, null, "", fuseUnknown: false),
            [.. tokens.Take(special).Select((token, id) => (id, Special(token, stripLeft: token == "<mask>")))]);
        var map = new JsonObject
        {
            ["bos_token"] = "<s>",
            ["cls_token"] = "<s>",
            ["eos_token"] = "</s>",
            ["mask_token"] = new JsonObject { ["content"] = "<mask>", ["lstrip"] = true, ["normalized"] = false, ["rstrip"] = false, ["single_word"] = false },
            ["pad_token"] = "<pad>",
            ["sep_token"] = "</s>",
            ["unk_token"] = "<unk>",
        };
        var config = new JsonObject { ["add_prefix_space"] = options.AddPrefixSpace, ["tokenizer_class"] = "RobertaTokenizer", ["trim_offsets"] = true };
        var files = MakeFiles(json, map, config, options);
        files[SlowTokenizers.VocabularyJson] = TokenizerJsonWriter.ToBytes(new JsonObject(vocabulary.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)JsonValue.Create(entry.Value)))));
        files[SlowTokenizers.Merges] = Encoding.UTF8.GetBytes("#version: 0.2\n" + string.Concat(texts.Select(merge => $"{merge.Left} {merge.Right}\n")));
        return TokenizerFiles.Load(files, "The trained tokenizer");
    }

    private static Dictionary<string, byte[]> MakeFiles(byte[] json, JsonObject map, JsonObject config, VocabularyTrainingOptions options)
    {
        if (options.AdditionalSpecialTokens.Count > 0)
            map["additional_special_tokens"] = new JsonArray([.. options.AdditionalSpecialTokens.Select(token => JsonValue.Create(token))]);
        config["model_max_length"] = options.ModelMaximumLength;
        foreach (var (role, token) in map)
            config[role] = token?.DeepClone();
        return new Dictionary<string, byte[]>
        {
            [TokenizerJson.FileName] = json,
            [SpecialTokens.MapName] = TokenizerJsonWriter.ToBytes(map),
            [SpecialTokens.ConfigName] = TokenizerJsonWriter.ToBytes(config),
        };
    }

    private static IEnumerable<string> Distinct(string[] usual, IReadOnlyList<string> additional) => usual.Concat(additional).Distinct();

    private static AddedToken Special(string token, bool stripLeft = false) => new(token, false, stripLeft, false, Normalized: false, Special: true);
}
