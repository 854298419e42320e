using System.Text.Json;
using MLPipelines.Tokenization.Models;

namespace MLPipelines.Tokenization.Files;

/// <summary>Reads the "model" of a tokenizer.json.</summary>
internal static class ModelReader
{
    private static readonly string[] Known = ["BPE", "Unigram", "WordLevel", "WordPiece"];

    public static SubwordModel Read(JsonPart part)
    {
        string type = part.TextOrNull("type") ?? Guess(part);
        return type switch
        {
            "WordPiece" => new WordPieceModel(
                ReadVocabulary(part.Get("vocab")),
                part.TextOrNull("unk_token") ?? "[UNK]",
                part.TextOrNull("continuing_subword_prefix") ?? "##",
                part.IntegerOrNull("max_input_chars_per_word") ?? 100),
            "WordLevel" => new WordLevelModel(ReadVocabulary(part.Get("vocab")), part.TextOrNull("unk_token") ?? "<unk>"),
            "BPE" => ReadBpe(part),
            "Unigram" => ReadUnigram(part),
            _ => throw TokenizationErrors.UnknownComponent(part.File, "model", type, Known),
        };
    }

    /// <summary>Reads an object of tokens and their ids.</summary>
    public static Vocabulary ReadVocabulary(JsonPart part)
    {
        var ids = new Dictionary<string, int>();
        foreach (var (token, value) in part.Members())
        {
            int id = value.Integer();
            if (id is < 0 or >= Vocabulary.IdLimit)
                throw TokenizationErrors.WrongType(part.File, value.Path, $"from 0 to {Vocabulary.IdLimit - 1}");
            ids[token] = id;
        }
        return new Vocabulary(ids);
    }

    // Older files leave the type out.
    private static string Guess(JsonPart part)
    {
        if (part.Find("merges") != null)
            return "BPE";
        if (part.Get("vocab").Kind == JsonValueKind.Array)
            return "Unigram";
        return part.Find("continuing_subword_prefix") != null ? "WordPiece" : "WordLevel";
    }

    private static BpeModel ReadBpe(JsonPart part)
    {
        if (part.Find("dropout") is { } dropout && dropout.Number() != 0)
            throw TokenizationErrors.Malformed(part.File, "the BPE model has a dropout, which makes encodings random; that is not supported.");
        var merges = new List<(string, string)>();
        foreach (var merge in part.Get("merges").Items())
            merges.Add(ReadMerge(merge));
        var settings = new BpeSettings(
            part.TextOrNull("unk_token"),
            part.TextOrNull("continuing_subword_prefix") ?? "",
            part.TextOrNull("end_of_word_suffix") ?? "",
            part.Flag("fuse_unk", false),
            part.Flag("byte_fallback", false),
            part.Flag("ignore_merges", false));
        return new BpeModel(ReadVocabulary(part.Get("vocab")), merges, settings, part.File);
    }

    // "left right" or ["left", "right"].
    private static (string, string) ReadMerge(JsonPart merge)
    {
        if (merge.Kind == JsonValueKind.Array)
        {
            string[] two = [.. merge.Items().Select(item => item.Text())];
            return two.Length == 2 ? (two[0], two[1]) : throw TokenizationErrors.WrongType(merge.File, merge.Path, "two texts");
        }
        string[] parts = merge.Text().Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw TokenizationErrors.WrongType(merge.File, merge.Path, "two texts with a space between them");
    }

    private static UnigramModel ReadUnigram(JsonPart part)
    {
        var vocabulary = part.Get("vocab");
        string[] pieces = new string[vocabulary.Length];
        double[] scores = new double[pieces.Length];
        int id = 0;
        foreach (var entry in vocabulary.Items())
        {
            if (entry.Length != 2)
                throw TokenizationErrors.WrongType(entry.File, entry.Path, "a text and a number");
            JsonPart[] two = [.. entry.Items()];
            pieces[id] = two[0].Text();
            scores[id++] = two[1].Number();
        }
        int? unknown = part.IntegerOrNull("unk_id");
        if (unknown < 0 || unknown >= pieces.Length)
            throw TokenizationErrors.WrongType(part.File, part.Get("unk_id").Path, $"an id of the vocabulary, from 0 to {pieces.Length - 1}");
        return new UnigramModel(pieces, scores, unknown, part.Flag("byte_fallback", false));
    }
}
