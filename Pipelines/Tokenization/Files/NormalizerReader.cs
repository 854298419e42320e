using MLPipelines.Tokenization.Normalization;
using MLPipelines.Tokenization.Patterns;

namespace MLPipelines.Tokenization.Files;

/// <summary>Reads the "normalizer" of a tokenizer.json.</summary>
internal static class NormalizerReader
{
    private static readonly string[] Known =
        ["BertNormalizer", "ByteLevel", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Precompiled", "Prepend", "Replace", "Sequence", "Strip", "StripAccents"];

    public static TextNormalizer Read(JsonPart part)
    {
        string type = part.Text("type");
        return type switch
        {
            "Sequence" => new NormalizerSequence([.. part.Get("normalizers").Items().Select(Read)]),
            "BertNormalizer" => ReadBert(part),
            "NFC" => new UnicodeForm(compose: true, compatibility: false),
            "NFD" => new UnicodeForm(compose: false, compatibility: false),
            "NFKC" => new UnicodeForm(compose: true, compatibility: true),
            "NFKD" => new UnicodeForm(compose: false, compatibility: true),
            "Lowercase" => new LowercaseNormalizer(),
            "StripAccents" => new StripAccentsNormalizer(),
            "Strip" => new StripNormalizer(part.Flag("strip_left", true), part.Flag("strip_right", true)),
            "Replace" => ReadReplace(part),
            "Prepend" => new PrependNormalizer(part.Text("prepend")),
            "Precompiled" => ReadCharsmap(part),
            "ByteLevel" => new ByteLevelNormalizer(),
            "Nmt" => new NmtNormalizer(),
            _ => throw TokenizationErrors.UnknownComponent(part.File, "normalizer", type, Known),
        };
    }

    /// <summary>The text or the pattern of a "pattern" member.</summary>
    public static (string? Text, Pattern? Pattern) ReadPattern(JsonPart part)
    {
        if (part.TextOrNull("String") is { } text)
            return (text, null);
        return (null, Pattern.Parse(part.Text("Regex")));
    }

    private static BertNormalizer ReadBert(JsonPart part)
    {
        bool lowercase = part.Flag("lowercase", true);
        return new BertNormalizer(part.Flag("clean_text", true), part.Flag("handle_chinese_chars", true), part.Flag("strip_accents", lowercase), lowercase);
    }

    private static ReplaceNormalizer ReadReplace(JsonPart part)
    {
        var (text, pattern) = ReadPattern(part.Get("pattern"));
        return new ReplaceNormalizer(text, pattern, part.Text("content"));
    }

    private static TextNormalizer ReadCharsmap(JsonPart part)
    {
        string encoded = part.Text("precompiled_charsmap");
        if (encoded.Length == 0)
            return new NormalizerSequence([]);
        byte[] charsmap = new byte[encoded.Length * 3L / 4 + 3];
        return Convert.TryFromBase64String(encoded, charsmap, out int count)
            ? new CharsmapNormalizer(charsmap.AsSpan(0, count), part.File)
            : throw TokenizationErrors.WrongType(part.File, part.Get("precompiled_charsmap").Path, "base64");
    }
}
