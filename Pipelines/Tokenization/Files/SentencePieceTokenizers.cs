using System.Globalization;
using System.Text.Json.Nodes;
using MLPipelines.Tokenization.Processing;

namespace MLPipelines.Tokenization.Files;

/// <summary>Puts a SentencePiece model of T5's kind into a tokenizer.json.</summary>
internal static class SentencePieceTokenizers
{
    private const int UsualSentinels = 100;

    public static byte[] MakeJson(IReadOnlyDictionary<string, byte[]> files, byte[] content, SpecialTokens special, string[] classes)
    {
        SlowTokenizers.CheckClass(special, classes);
        var model = SentencePieceFile.Read(content);
        var pieces = model.Pieces.Select(piece => (piece.Piece, piece.Score)).ToList();
        int sentinels = special.Config?.IntegerOrNull("extra_ids") ?? UsualSentinels;
        if (sentinels is < 0 or > 100_000)
            throw TokenizationErrors.WrongType(SpecialTokens.ConfigName, "'extra_ids'", "from 0 to 100000");
        // The last sentinel comes first.
        for (int i = sentinels - 1; i >= 0; i--)
            pieces.Add((string.Create(CultureInfo.InvariantCulture, $"<extra_id_{i}>"), 0));
        var vocabulary = new Dictionary<string, int>();
        for (int id = 0; id < pieces.Count; id++)
            vocabulary[pieces[id].Piece] = id;
        var added = new AddedTokenList(vocabulary, special);
        added.AddIfKnown("pad_token", "<pad>");
        var end = added.RequireWithId("eos_token", "</s>", SlowTokenizers.Pieces);
        added.AddIfKnown("unk_token", model.UnknownPiece);
        added.AddFiles(files);
        for (int i = sentinels - 1; i >= 0; i--)
            added.AddSpecial(string.Create(CultureInfo.InvariantCulture, $"<extra_id_{i}>"));
        return TokenizerJsonWriter.Write(
            model.Charsmap.Length == 0 ? null : new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = Convert.ToBase64String(model.Charsmap) },
            TokenizerJsonWriter.Sequence("pretokenizers", new JsonObject { ["type"] = "WhitespaceSplit" }, TokenizerJsonWriter.Metaspace()),
            TokenizerJsonWriter.Template($"$A:0 {end.Token}:0", $"$A:0 {end.Token}:0 $B:0 {end.Token}:0", end),
            TokenizerJsonWriter.Metaspace(),
            model.Kind switch
            {
                SentencePieceKind.Unigram => TokenizerJsonWriter.Unigram(pieces, model.UnknownId, model.ByteFallback),
                SentencePieceKind.Bpe => TokenizerJsonWriter.Bpe(vocabulary, MakeMerges(model, vocabulary), model.UnknownPiece, "", fuseUnknown: true),
                _ => throw TokenizationErrors.UnknownComponent(SlowTokenizers.Pieces, "model type", model.Kind.ToString(), ["Unigram", "Bpe"]),
            },
            added.Tokens);
    }

    // Any two pieces that make up a third merge into it; the third's score says how early.
    private static List<(string, string)> MakeMerges(SentencePieceFile model, Dictionary<string, int> vocabulary)
    {
        var merges = new List<(string Left, string Right, double Score)>();
        foreach (var (piece, score, _) in model.Pieces)
        {
            var own = new List<(string Left, string Right)>();
            for (int i = 1; i < piece.Length; i++)
            {
                if (char.IsLowSurrogate(piece[i]))
                    continue;
                string left = piece[..i], right = piece[i..];
                if (vocabulary.ContainsKey(left) && vocabulary.ContainsKey(right))
                    own.Add((left, right));
            }
            merges.AddRange(own.OrderBy(merge => (vocabulary[merge.Left], vocabulary[merge.Right])).Select(merge => (merge.Left, merge.Right, score)));
        }
        return [.. merges.OrderByDescending(merge => merge.Score).Select(merge => (merge.Left, merge.Right))];
    }
}
