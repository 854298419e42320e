using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPipelines.Tokenization.Processing;

namespace MLPipelines.Tokenization.Files;

/// <summary>Writes tokenizer.json for tokenizers whose files say the same in older ways, and for trained ones.</summary>
internal static class TokenizerJsonWriter
{
    public static byte[] Write(JsonNode? normalizer, JsonNode preTokenizer, JsonNode? postProcessor, JsonNode decoder, JsonNode model, IReadOnlyList<(int Id, AddedToken Token)> added)
    {
        var root = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. added.Select(entry => new JsonObject
            {
                ["id"] = entry.Id,
                ["content"] = entry.Token.Content,
                ["single_word"] = entry.Token.SingleWord,
                ["lstrip"] = entry.Token.StripLeft,
                ["rstrip"] = entry.Token.StripRight,
                ["normalized"] = entry.Token.Normalized,
                ["special"] = entry.Token.Special,
            })]),
            ["normalizer"] = normalizer,
            ["pre_tokenizer"] = preTokenizer,
            ["post_processor"] = postProcessor,
            ["decoder"] = decoder,
            ["model"] = model,
        };
        return ToBytes(root);
    }

    public static byte[] ToBytes(JsonNode node)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            node.WriteTo(writer);
        return stream.ToArray();
    }

    public static JsonObject BertNormalizer(bool cleanText, bool handleIdeographs, bool? stripAccents, bool lowercase) => new()
    {
        ["type"] = "BertNormalizer",
        ["clean_text"] = cleanText,
        ["handle_chinese_chars"] = handleIdeographs,
        ["strip_accents"] = stripAccents,
        ["lowercase"] = lowercase,
    };

    public static JsonObject ByteLevel(bool addPrefixSpace, bool trimOffsets = true) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = addPrefixSpace,
        ["trim_offsets"] = trimOffsets,
        ["use_regex"] = true,
    };

    public static JsonObject Roberta((string Token, int Id) separator, (string Token, int Id) start, bool trimOffsets, bool addPrefixSpace) => new()
    {
        ["type"] = "RobertaProcessing",
        ["sep"] = new JsonArray(separator.Token, separator.Id),
        ["cls"] = new JsonArray(start.Token, start.Id),
        ["trim_offsets"] = trimOffsets,
        ["add_prefix_space"] = addPrefixSpace,
    };

    public static JsonObject Metaspace() => new() { ["type"] = "Metaspace", ["replacement"] = "\u2581", ["add_prefix_space"] = true };

    public static JsonObject Sequence(string member, params ReadOnlySpan<JsonNode?> items) => new() { ["type"] = "Sequence", [member] = new JsonArray(items.ToArray()) };

    /// <summary>A template out of "[CLS] $A:0 [SEP]:1" and the like.</summary>
    public static JsonObject Template(string single, string pair, params ReadOnlySpan<(string Token, int Id)> specials)
    {
        var tokens = new JsonObject();
        foreach (var (token, id) in specials)
            tokens[token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) };
        return new JsonObject { ["type"] = "TemplateProcessing", ["single"] = Parts(single), ["pair"] = Parts(pair), ["special_tokens"] = tokens };

        static JsonArray Parts(string template)
        {
            var parts = new JsonArray();
            foreach (string part in template.Split(' '))
            {
                int colon = part.LastIndexOf(':');
                string name = part[..colon];
                int type = part[colon + 1] - '0';
                bool isText = name is "$A" or "$B";
                parts.Add(new JsonObject { [isText ? "Sequence" : "SpecialToken"] = new JsonObject { ["id"] = isText ? name[1..] : name, ["type_id"] = type } });
            }
            return parts;
        }
    }

    public static JsonObject WordPiece(IEnumerable<KeyValuePair<string, int>> vocabulary, string unknown, string prefix, int maximumCharacters) => new()
    {
        ["type"] = "WordPiece",
        ["unk_token"] = unknown,
        ["continuing_subword_prefix"] = prefix,
        ["max_input_chars_per_word"] = maximumCharacters,
        ["vocab"] = Vocabulary(vocabulary),
    };

    public static JsonObject Bpe(IEnumerable<KeyValuePair<string, int>> vocabulary, IEnumerable<(string Left, string Right)> merges, string? unknown, string suffix, bool fuseUnknown) => new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = unknown,
        ["continuing_subword_prefix"] = "",
        ["end_of_word_suffix"] = suffix,
        ["fuse_unk"] = fuseUnknown,
        ["byte_fallback"] = false,
        ["vocab"] = Vocabulary(vocabulary),
        ["merges"] = new JsonArray([.. merges.Select(merge => new JsonArray(merge.Left, merge.Right))]),
    };

    public static JsonObject Unigram(IReadOnlyList<(string Piece, double Score)> pieces, int? unknownId, bool byteFallback) => new()
    {
        ["type"] = "Unigram",
        ["unk_id"] = unknownId,
        ["vocab"] = new JsonArray([.. pieces.Select(piece => new JsonArray(piece.Piece, piece.Score))]),
        ["byte_fallback"] = byteFallback,
    };

    private static JsonObject Vocabulary(IEnumerable<KeyValuePair<string, int>> vocabulary) =>
        new(vocabulary.OrderBy(entry => entry.Value).Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)JsonValue.Create(entry.Value))));
}
