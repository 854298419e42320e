using System.Globalization;
using System.Text;
using MLPipelines.Tokenization.Processing;

namespace MLPipelines.Tokenization.Files;

/// <summary>
/// Tokenizers without a tokenizer.json: BERT's vocab.txt, GPT-2's, RoBERTa's and CLIP's vocab.json with merges.txt, and T5's
/// spiece.model. Each is put into a tokenizer.json, as Python's <c>transformers</c> converts it, which then is read.
/// </summary>
internal static class SlowTokenizers
{
    public const string VocabularyText = "vocab.txt";
    public const string VocabularyJson = "vocab.json";
    public const string Merges = "merges.txt";
    public const string Pieces = "spiece.model";
    public const string Added = "added_tokens.json";

    private static readonly string[] BertClasses = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "PreTrainedTokenizer"];
    private static readonly string[] BpeClasses = ["CLIPTokenizer", "GPT2Tokenizer", "RobertaTokenizer", "PreTrainedTokenizer"];
    private static readonly string[] PieceClasses = ["T5Tokenizer", "PreTrainedTokenizer"];

    /// <summary>The tokenizer.json that stands for the files; null where there are too few of them.</summary>
    public static byte[]? MakeJson(IReadOnlyDictionary<string, byte[]> files, SpecialTokens special)
    {
        if (files.TryGetValue(VocabularyText, out byte[]? text))
            return MakeBert(files, text, special);
        if (files.TryGetValue(VocabularyJson, out byte[]? json) && files.TryGetValue(Merges, out byte[]? merges))
            return MakeBpe(files, json, merges, special);
        return files.TryGetValue(Pieces, out byte[]? pieces) ? SentencePieceTokenizers.MakeJson(files, pieces, special, PieceClasses) : null;
    }

    /// <summary>Throws where the files are for a class that does not split text as their layout lets expect.</summary>
    public static void CheckClass(SpecialTokens special, string[] known)
    {
        if (special.TokenizerClass is { } name && !known.Contains(name))
            throw TokenizationErrors.UnknownComponent(SpecialTokens.ConfigName, "tokenizer_class", name, known);
    }

    private static byte[] MakeBert(IReadOnlyDictionary<string, byte[]> files, byte[] text, SpecialTokens special)
    {
        CheckClass(special, BertClasses);
        var vocabulary = ReadLines(text);
        var added = new AddedTokenList(vocabulary, special);
        string unknown = added.Require("unk_token", "[UNK]", VocabularyText);
        var separator = added.RequireWithId("sep_token", "[SEP]", VocabularyText);
        added.AddIfKnown("pad_token", "[PAD]");
        var start = added.RequireWithId("cls_token", "[CLS]", VocabularyText);
        added.AddIfKnown("mask_token", "[MASK]");
        added.AddFiles(files);
        bool lowercase = special.Config?.Flag("do_lower_case", true) ?? true;
        bool? stripAccents = special.Config?.Find("strip_accents") is { } strip ? strip.Kind == System.Text.Json.JsonValueKind.True : null;
        return TokenizerJsonWriter.Write(
            TokenizerJsonWriter.BertNormalizer(true, special.Config?.Flag("tokenize_chinese_chars", true) ?? true, stripAccents, lowercase),
            new System.Text.Json.Nodes.JsonObject { ["type"] = "BertPreTokenizer" },
            TokenizerJsonWriter.Template($"{start.Token}:0 $A:0 {separator.Token}:0", $"{start.Token}:0 $A:0 {separator.Token}:0 $B:1 {separator.Token}:1", start, separator),
            new System.Text.Json.Nodes.JsonObject { ["type"] = "WordPiece", ["prefix"] = "##", ["cleanup"] = true },
            TokenizerJsonWriter.WordPiece(vocabulary, unknown, "##", 100),
            added.Tokens);
    }

    private static byte[] MakeBpe(IReadOnlyDictionary<string, byte[]> files, byte[] json, byte[] mergesText, SpecialTokens special)
    {
        CheckClass(special, BpeClasses);
        var vocabulary = ModelReader.ReadVocabulary(JsonPart.Parse(json, VocabularyJson)).Ids.ToDictionary();
        var merges = ReadMerges(mergesText);
        var added = new AddedTokenList(vocabulary, special);
        bool prefix = special.Config?.Flag("add_prefix_space", false) ?? false;
        string kind = special.TokenizerClass is { } name && name != "PreTrainedTokenizer" ? name
            : vocabulary.ContainsKey("a</w>") ? "CLIPTokenizer"
            : vocabulary.ContainsKey("<s>") && vocabulary.ContainsKey("</s>") ? "RobertaTokenizer" : "GPT2Tokenizer";
        var decoder = TokenizerJsonWriter.ByteLevel(addPrefixSpace: true);
        switch (kind)
        {
            case "RobertaTokenizer":
                var start = added.RequireWithId("cls_token", "<s>", VocabularyJson);
                added.AddIfKnown("bos_token", "<s>");
                added.AddIfKnown("pad_token", "<pad>");
                var separator = added.RequireWithId("sep_token", "</s>", VocabularyJson);
                added.AddIfKnown("eos_token", "</s>");
                added.AddIfKnown("unk_token", "<unk>");
                added.AddIfKnown("mask_token", "<mask>", stripLeft: true);
                added.AddFiles(files);
                return TokenizerJsonWriter.Write(
                    null,
                    TokenizerJsonWriter.ByteLevel(prefix),
                    TokenizerJsonWriter.Roberta(separator, start, special.Config?.Flag("trim_offsets", true) ?? true, prefix),
                    decoder,
                    TokenizerJsonWriter.Bpe(vocabulary, merges, null, "", false),
                    added.Tokens);
            case "GPT2Tokenizer":
                added.AddIfKnown("bos_token", "<|endoftext|>");
                added.AddIfKnown("eos_token", "<|endoftext|>");
                added.AddIfKnown("unk_token", "<|endoftext|>");
                added.AddIfKnown("pad_token", null);
                added.AddFiles(files);
                return TokenizerJsonWriter.Write(
                    null,
                    TokenizerJsonWriter.ByteLevel(prefix),
                    TokenizerJsonWriter.ByteLevel(addPrefixSpace: true, trimOffsets: false),
                    decoder,
                    TokenizerJsonWriter.Bpe(vocabulary, merges, null, "", false),
                    added.Tokens);
            default:
                var begin = added.RequireWithId("bos_token", "<|startoftext|>", VocabularyJson);
                var end = added.RequireWithId("eos_token", "<|endoftext|>", VocabularyJson);
                string unknown = added.Require("unk_token", "<|endoftext|>", VocabularyJson);
                added.AddIfKnown("pad_token", null);
                added.AddFiles(files);
                return TokenizerJsonWriter.Write(
                    TokenizerJsonWriter.Sequence("normalizers", Typed("NFC"), Replace(@"\s+", " "), Typed("Lowercase")),
                    TokenizerJsonWriter.Sequence("pretokenizers", ClipSplit(), TokenizerJsonWriter.ByteLevel(false)),
                    TokenizerJsonWriter.Roberta(end, begin, trimOffsets: false, addPrefixSpace: false),
                    decoder,
                    TokenizerJsonWriter.Bpe(vocabulary, merges, unknown, "</w>", false),
                    added.Tokens);
        }
    }

    private static System.Text.Json.Nodes.JsonObject Typed(string type) => new() { ["type"] = type };

    private static System.Text.Json.Nodes.JsonObject Replace(string pattern, string content) => new()
    {
        ["type"] = "Replace",
        ["pattern"] = new System.Text.Json.Nodes.JsonObject { ["Regex"] = pattern },
        ["content"] = content,
    };

    private static System.Text.Json.Nodes.JsonObject ClipSplit() => new()
    {
        ["type"] = "Split",
        ["pattern"] = new System.Text.Json.Nodes.JsonObject { ["Regex"] = @"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+" },
        ["behavior"] = "Removed",
        ["invert"] = true,
    };

    // One token a line; of a token that is there twice the last line counts.
    private static Dictionary<string, int> ReadLines(byte[] content)
    {
        var vocabulary = new Dictionary<string, int>();
        using var reader = new StringReader(Decode(content, VocabularyText));
        int id = 0;
        while (reader.ReadLine() is { } line)
            vocabulary[line] = id++;
        return vocabulary;
    }

    private static List<(string, string)> ReadMerges(byte[] content)
    {
        var merges = new List<(string, string)>();
        using var reader = new StringReader(Decode(content, Merges));
        int number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
                continue;
            string[] parts = line.Split(' ');
            if (parts.Length != 2)
                throw TokenizationErrors.Malformed(Merges, string.Create(CultureInfo.InvariantCulture, $"line {number} must be two texts with a space between them."));
            merges.Add((parts[0], parts[1]));
        }
        return merges;
    }

    private static string Decode(byte[] content, string file)
    {
        try
        {
            var bytes = content.AsSpan();
            if (bytes.StartsWith(Encoding.UTF8.Preamble))
                bytes = bytes[3..];
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw TokenizationErrors.Malformed(file, string.Create(CultureInfo.InvariantCulture, $"not UTF-8 (byte {exception.Index})."), exception);
        }
    }
}
