using MLPipelines.Tokenization.Decoding;
using MLPipelines.Tokenization.Splitting;

namespace MLPipelines.Tokenization.Files;

/// <summary>Reads the "decoder" of a tokenizer.json.</summary>
internal static class DecoderReader
{
    private static readonly string[] Known =
        ["BPEDecoder", "ByteFallback", "ByteLevel", "Fuse", "Metaspace", "Replace", "Sequence", "Strip", "WordPiece"];

    public static TokenDecoder Read(JsonPart part)
    {
        string type = part.Text("type");
        return type switch
        {
            "Sequence" => new DecoderSequence([.. part.Get("decoders").Items().Select(Read)]),
            "WordPiece" => new WordPieceDecoder(part.TextOrNull("prefix") ?? "##", part.Flag("cleanup", true)),
            "ByteLevel" => new ByteLevelDecoder(),
            "Metaspace" => new MetaspaceDecoder(part.Character("replacement"), SplitterReader.ReadScheme(part) != PrependScheme.Never),
            "BPEDecoder" => new BpeDecoder(part.TextOrNull("suffix") ?? "</w>"),
            "Fuse" => new FuseDecoder(),
            "Replace" => ReadReplace(part),
            "Strip" => new StripDecoder(part.Character("content"), part.Integer("start"), part.Integer("stop")),
            "ByteFallback" => new ByteFallbackDecoder(),
            _ => throw TokenizationErrors.UnknownComponent(part.File, "decoder", type, Known),
        };
    }

    private static ReplaceDecoder ReadReplace(JsonPart part)
    {
        var (text, pattern) = NormalizerReader.ReadPattern(part.Get("pattern"));
        return new ReplaceDecoder(text, pattern, part.Text("content"));
    }
}
