using MLPipelines.Tokenization.Processing;

namespace MLPipelines.Tokenization.Files;

/// <summary>Reads tokenizer.json, the one file that says everything about a tokenizer.</summary>
internal static class TokenizerJson
{
    public const string FileName = "tokenizer.json";

    /// <exception cref="TokenizationException">The file is malformed, or has a component that is not supported.</exception>
    public static TokenizerDefinition Read(byte[] content)
    {
        var root = JsonPart.Parse(content, FileName);
        var model = root.Get("model");
        return new TokenizerDefinition
        {
            Normalizer = root.Find("normalizer") is { } normalizer ? NormalizerReader.Read(normalizer) : null,
            Splitter = root.Find("pre_tokenizer") is { } splitter ? SplitterReader.Read(splitter) : null,
            Model = ModelReader.Read(model),
            PostProcessor = root.Find("post_processor") is { } processor ? PostProcessorReader.Read(processor) : PostProcessor.None,
            Decoder = root.Find("decoder") is { } decoder ? DecoderReader.Read(decoder) : null,
            AddedTokens = root.Find("added_tokens") is { } added ? [.. added.Items().Select(ReadAddedToken)] : [],
            Defaults = ReadDefaults(root),
        };
    }

    private static AddedToken ReadAddedToken(JsonPart part) => new(
        part.Text("content"),
        part.Flag("single_word", false),
        part.Flag("lstrip", false),
        part.Flag("rstrip", false),
        part.Flag("normalized", true),
        part.Flag("special", false));

    private static TokenizingOptions ReadDefaults(JsonPart root)
    {
        var options = new TokenizingOptions();
        if (root.Find("truncation") is { } truncation)
        {
            options.MaximumLength = NotNegative(truncation.Get("max_length"));
            options.TruncationSide = ReadSide(truncation);
            options.Truncation = truncation.TextOrNull("strategy") switch
            {
                null or "LongestFirst" => TruncationStrategy.LongestFirst,
                "OnlyFirst" => TruncationStrategy.OnlyFirst,
                "OnlySecond" => TruncationStrategy.OnlySecond,
                var other => throw TokenizationErrors.UnknownComponent(truncation.File, "truncation strategy", other, ["LongestFirst", "OnlyFirst", "OnlySecond"]),
            };
        }
        if (root.Find("padding") is { } padding)
        {
            options.PaddingSide = ReadSide(padding);
            options.PadToMultipleOf = padding.IntegerOrNull("pad_to_multiple_of") is { } multiple and > 0 ? multiple : null;
            options.PaddingId = padding.IntegerOrNull("pad_id");
            options.PaddingTypeId = padding.IntegerOrNull("pad_type_id") ?? 0;
            var strategy = padding.Get("strategy");
            if (strategy.Kind == System.Text.Json.JsonValueKind.String)
            {
                if (strategy.Text() != "BatchLongest")
                    throw TokenizationErrors.UnknownComponent(padding.File, "padding strategy", strategy.Text(), ["BatchLongest", "Fixed"]);
                options.Padding = PaddingStrategy.Longest;
            }
            else
            {
                options.Padding = PaddingStrategy.Fixed;
                options.PaddingLength = NotNegative(strategy.Get("Fixed"));
            }
        }
        return options;
    }

    private static int NotNegative(JsonPart part) =>
        part.Integer() is var value && value >= 0 ? value : throw TokenizationErrors.WrongType(part.File, part.Path, "at least 0");

    private static Side ReadSide(JsonPart part) => part.TextOrNull("direction") switch
    {
        null or "Right" => Side.Right,
        "Left" => Side.Left,
        var other => throw TokenizationErrors.UnknownComponent(part.File, "direction", other, ["Left", "Right"]),
    };
}
