using MLPipelines.Tokenization.Normalization;
using MLPipelines.Tokenization.Patterns;
using MLPipelines.Tokenization.Splitting;

namespace MLPipelines.Tokenization.Files;

/// <summary>Reads the "pre_tokenizer" of a tokenizer.json.</summary>
internal static class SplitterReader
{
    private static readonly string[] Known =
        ["BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Digits", "Metaspace", "Punctuation", "Sequence", "Split", "Whitespace", "WhitespaceSplit"];

    private static readonly string[] Behaviors = ["Contiguous", "Isolated", "MergedWithNext", "MergedWithPrevious", "Removed"];

    public static TextSplitter Read(JsonPart part)
    {
        string type = part.Text("type");
        return type switch
        {
            "Sequence" => new SplitterSequence([.. part.Get("pretokenizers").Items().Select(Read)]),
            "BertPreTokenizer" => new BertSplitter(),
            "ByteLevel" => new ByteLevelSplitter(part.Flag("add_prefix_space", true), part.Flag("use_regex", true)),
            "Metaspace" => new MetaspaceSplitter(part.Character("replacement"), ReadScheme(part), part.Flag("split", true)),
            "Whitespace" => new WordSplitter(),
            "WhitespaceSplit" => new CharacterSplitter(CharacterTests.IsWhitespace, DelimiterBehavior.Removed),
            "Punctuation" => new CharacterSplitter(CharacterTests.IsPunctuation, part.Find("behavior") is { } behavior ? ReadBehavior(behavior) : DelimiterBehavior.Isolated),
            "Digits" => new CharacterSplitter(CharacterTests.IsNumeric, part.Flag("individual_digits", false) ? DelimiterBehavior.Isolated : DelimiterBehavior.Contiguous),
            "CharDelimiterSplit" => new TextSplit(part.Character("delimiter").ToString(), DelimiterBehavior.Removed, invert: false),
            "Split" => ReadSplit(part),
            _ => throw TokenizationErrors.UnknownComponent(part.File, "pre-tokenizer", type, Known),
        };
    }

    /// <summary>Which words get a mark before them; older files say it with a flag.</summary>
    public static PrependScheme ReadScheme(JsonPart part)
    {
        bool prefix = part.Flag("add_prefix_space", true);
        return part.TextOrNull("prepend_scheme") switch
        {
            null => prefix ? PrependScheme.Always : PrependScheme.Never,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw TokenizationErrors.UnknownComponent(part.File, "prepend scheme", other, ["always", "first", "never"]),
        };
    }

    private static DelimiterSplitter ReadSplit(JsonPart part)
    {
        var (text, pattern) = NormalizerReader.ReadPattern(part.Get("pattern"));
        var behavior = ReadBehavior(part.Get("behavior"));
        bool invert = part.Flag("invert", false);
        return pattern == null ? new TextSplit(text!, behavior, invert) : new PatternSplit(pattern, behavior, invert);
    }

    private static DelimiterBehavior ReadBehavior(JsonPart part)
    {
        string text = part.Text();
        return text switch
        {
            "Removed" => DelimiterBehavior.Removed,
            "Isolated" => DelimiterBehavior.Isolated,
            "MergedWithPrevious" => DelimiterBehavior.MergedWithPrevious,
            "MergedWithNext" => DelimiterBehavior.MergedWithNext,
            "Contiguous" => DelimiterBehavior.Contiguous,
            _ => throw TokenizationErrors.UnknownComponent(part.File, "split behaviour", text, Behaviors),
        };
    }
}
