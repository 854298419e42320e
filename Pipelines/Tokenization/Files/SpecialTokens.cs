using System.Text.Json;
using MLPipelines.Tokenization.Processing;

namespace MLPipelines.Tokenization.Files;

/// <summary>What tokenizer_config.json and special_tokens_map.json say about a tokenizer.</summary>
internal sealed class SpecialTokens
{
    public const string ConfigName = "tokenizer_config.json";
    public const string MapName = "special_tokens_map.json";

    private readonly Dictionary<string, AddedToken> roles = [];

    public string? Padding => Role("pad_token");

    public string? Unknown => Role("unk_token");

    public string? Class => Role("cls_token");

    public string? Separator => Role("sep_token");

    public string? Mask => Role("mask_token");

    public string? Start => Role("bos_token");

    public string? End => Role("eos_token");

    public int? MaximumLength { get; private set; }

    /// <summary>The class of Python's <c>transformers</c> that the files are for, without "Fast"; null where they do not say.</summary>
    public string? TokenizerClass { get; private set; }

    /// <summary>The whole of tokenizer_config.json; null where there is none.</summary>
    public JsonPart? Config { get; private set; }

    /// <summary>Further special tokens, in order.</summary>
    public List<AddedToken> Additional { get; } = [];

    public static SpecialTokens Read(IReadOnlyDictionary<string, byte[]> files)
    {
        var result = new SpecialTokens();
        if (files.TryGetValue(ConfigName, out byte[]? content))
        {
            var config = JsonPart.Parse(content, ConfigName);
            result.Config = config;
            result.ReadTokens(config);
            // Written as 1e30 where nobody knows.
            if (config.Find("model_max_length") is { Kind: JsonValueKind.Number } length && length.Integer() is > 0 and var value)
                result.MaximumLength = value;
            string? name = config.TextOrNull("tokenizer_class");
            result.TokenizerClass = name != null && name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name;
        }
        // The map is read last: it says more about a token than the configuration does.
        if (files.TryGetValue(MapName, out byte[]? map))
            result.ReadTokens(JsonPart.Parse(map, MapName));
        return result;
    }

    public AddedToken? TokenFor(string role) => roles.GetValueOrDefault(role);

    private string? Role(string role) => roles.GetValueOrDefault(role)?.Content;

    private void ReadTokens(JsonPart part)
    {
        foreach (var (name, value) in part.Members())
        {
            if (name.EndsWith("_token", StringComparison.Ordinal) && ReadToken(value) is { } token)
                roles[name] = token;
            else if (name == "additional_special_tokens" && value.Kind == JsonValueKind.Array)
                AddAdditional(value);
        }
    }

    private void AddAdditional(JsonPart list)
    {
        foreach (var item in list.Items())
        {
            if (ReadToken(item) is { } token && Additional.TrueForAll(known => known.Content != token.Content))
                Additional.Add(token);
        }
    }

    // A text, or an object with its content and flags.
    private static AddedToken? ReadToken(JsonPart part) => part.Kind switch
    {
        JsonValueKind.String => new AddedToken(part.Text(), false, false, false, Normalized: false, Special: true),
        JsonValueKind.Object when part.TextOrNull("content") is { } content => new AddedToken(
            content, part.Flag("single_word", false), part.Flag("lstrip", false), part.Flag("rstrip", false), part.Flag("normalized", false), Special: true),
        _ => null,
    };
}
