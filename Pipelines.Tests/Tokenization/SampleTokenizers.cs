using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Tokenization;

namespace MLPipelines.Tests.Tokenization;

/// <summary>Tokenizers and texts to try them with.</summary>
internal static class SampleTokenizers
{
    public static readonly string[] Names = ["wordpiece_uncased", "wordpiece_cased", "roberta_bpe", "clip_bpe", "t5_unigram", "t5_bpe"];

    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "tokenizers", name);

    public static TextTokenizer Load(string name) => TextTokenizer.Load(Folder(name));

    /// <summary>The files of a tokenizer, to be changed.</summary>
    public static Dictionary<string, byte[]> Files(string name) => TextTokenizer.Load(Folder(name)).Files.ToDictionary();

    /// <summary>A tokenizer.json over a vocabulary of a few words, with other parts as given.</summary>
    public static TextTokenizer FromJson(
        string model = """{"type":"WordLevel","vocab":{"[UNK]":0,"a":1,"b":2},"unk_token":"[UNK]"}""",
        string normalizer = "null",
        string preTokenizer = "null",
        string postProcessor = "null",
        string decoder = "null",
        string addedTokens = "[]",
        string more = "") =>
        FromText($$"""{"version":"1.0","added_tokens":{{addedTokens}},"normalizer":{{normalizer}},"pre_tokenizer":{{preTokenizer}},"post_processor":{{postProcessor}},"decoder":{{decoder}},"model":{{model}}{{more}}}""");

    public static TextTokenizer FromText(string json) => TextTokenizer.Load(new Dictionary<string, byte[]> { ["tokenizer.json"] = Encoding.UTF8.GetBytes(json) });

    /// <summary>Texts of words, marks, spaces, special tokens and code points of all planes.</summary>
    public static Gen<string> Texts { get; } =
        from parts in Gen.OneOf(
            Gen.Elements("the", "Hello", "don't", "WORLD", "naïve", "e\u0301", "天气", "한국어", "👨‍👩‍👧", "𝔘𝔫", "İ", "ß", "ﬁ", "1,000", "foo_bar", "[CLS]", "[SEP]", "<s>", "</s>", "<mask>", "<|endoftext|>", "<extra_id_0>", "\0", "\u00AD", "\u200B"),
            Gen.Elements(" ", " ", " ", "  ", "\t", "\n", "\u3000", ".", ",", "!?", "-", "\"", "…"),
            Gen.Choose(0x20, 0x2FFFF).Select(codePoint => codePoint is >= 0xD800 and <= 0xDFFF ? "x" : char.ConvertFromUtf32(codePoint))).ListOf()
        select string.Concat(parts.Take(40));
}
