using System.Text.Json;
using MLPipelines.Tokenization;

namespace MLPipelines.Tests.Tokenization;

/// <summary>Encodings and decodings equal Hugging Face's for every string, pair, truncation and padding of the fixtures.</summary>
[TestClass]
public sealed class TokenizerParityTests
{
    public static IEnumerable<object[]> Tokenizers => ParityFixtures.Directories("tokenizers")
        .Where(folder => File.Exists(Path.Combine(folder, "expected.json"))).Select(folder => new object[] { folder });

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [TestCategory("Parity")]
    public void ThereAreFixtures() => Assert.AreNotEqual(0, Tokenizers.Count());

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Tokenizers))]
    public void StringsEncodeAndDecodeAlike(string folder)
    {
        var (tokenizer, expected) = Open(folder);
        Check("strings", expected.GetProperty("strings"), row =>
        {
            string text = row.GetProperty("text").GetString()!;
            var encoded = tokenizer.Tokenize(text);
            int[] ids = Ids(row.GetProperty("ids"));
            string decoded = tokenizer.Detokenize(ids);
            return Same(ids, encoded.Ids) ?? Same(Texts(row.GetProperty("tokens")), encoded.Tokens)
                ?? SameOffsets(row, encoded, [text])
                ?? (encoded.TypeIds.Any(id => id != 0) ? "type ids" : null)
                ?? SameText(row.GetProperty("decode_skip_special").GetString()!, decoded)
                ?? (row.TryGetProperty("decode_full", out var full) ? SameText(full.GetString()!, tokenizer.Detokenize(ids, skipSpecialTokens: false)) : null)
                ?? Same(IdsWithoutSpecial(row, encoded), tokenizer.Tokenize(text, options: new TokenizingOptions { AddSpecialTokens = false }).Ids);
        });
    }

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Tokenizers))]
    public void PairsEncodeAlike(string folder)
    {
        var (tokenizer, expected) = Open(folder);
        Check("pairs", expected.GetProperty("pairs"), row =>
        {
            string text = row.GetProperty("text").GetString()!, pair = row.GetProperty("pair").GetString()!;
            var encoded = tokenizer.Tokenize(text, pair);
            return Same(Ids(row.GetProperty("ids")), encoded.Ids) ?? Same(Texts(row.GetProperty("tokens")), encoded.Tokens)
                ?? Same(Ids(row.GetProperty("type_ids")), encoded.TypeIds) ?? SameOffsets(row, encoded, [text, pair]);
        });
    }

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Tokenizers))]
    public void TruncationsAreAlike(string folder)
    {
        var (tokenizer, expected) = Open(folder);
        Check("truncation", expected.GetProperty("truncation"), row =>
        {
            string text = row.GetProperty("text").GetString()!;
            string? pair = row.TryGetProperty("pair", out var second) ? second.GetString() : null;
            var options = new TokenizingOptions
            {
                MaximumLength = row.GetProperty("max_length").GetInt32(),
                Truncation = Enum.Parse<TruncationStrategy>(row.GetProperty("strategy").GetString()!.Replace("_", ""), ignoreCase: true),
                TruncationSide = Enum.Parse<Side>(row.GetProperty("direction").GetString()!, ignoreCase: true),
            };
            if (row.TryGetProperty("error", out _))
            {
                Assert.ThrowsExactly<TokenizationException>(() => tokenizer.Tokenize(text, pair, options));
                return null;
            }
            var encoded = tokenizer.Tokenize(text, pair, options);
            return Same(Ids(row.GetProperty("ids")), encoded.Ids)
                ?? (row.TryGetProperty("type_ids", out var types) ? Same(Ids(types), encoded.TypeIds) : null);
        });
    }

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Tokenizers))]
    public void PaddingsAreAlike(string folder)
    {
        var (tokenizer, expected) = Open(folder);
        Check("padding", expected.GetProperty("padding"), row =>
        {
            var to = row.GetProperty("pad_to");
            var encoded = tokenizer.TokenizeBatch(Texts(row.GetProperty("texts")), options: new TokenizingOptions
            {
                MaximumLength = row.GetProperty("max_length").GetInt32(),
                PaddingSide = Enum.Parse<Side>(row.GetProperty("padding_side").GetString()!, ignoreCase: true),
                Padding = to.ValueKind == JsonValueKind.Number ? PaddingStrategy.Fixed : PaddingStrategy.Longest,
                PaddingLength = to.ValueKind == JsonValueKind.Number ? to.GetInt32() : null,
            });
            string? problem = null;
            for (int i = 0; i < encoded.Length; i++)
            {
                problem ??= Same(Ids(row.GetProperty("ids")[i]), encoded[i].Ids) ?? Same(Ids(row.GetProperty("attention_mask")[i]), encoded[i].AttentionMask)
                    ?? Same(Ids(row.GetProperty("type_ids")[i]), encoded[i].TypeIds);
            }
            return problem;
        });
    }

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Tokenizers))]
    public void SizesAndSpecialIdsAreAlike(string folder)
    {
        var (tokenizer, expected) = Open(folder);
        var special = expected.GetProperty("special_ids");
        Assert.AreEqual(Id("pad"), tokenizer.PadId);
        Assert.AreEqual(Id("unk"), tokenizer.UnknownId);
        Assert.AreEqual(Id("cls") ?? Id("bos"), tokenizer.ClassId);
        Assert.AreEqual(Id("sep") ?? Id("eos"), tokenizer.SeparatorId);
        // Python's slow RoBERTa tokenizer, where the numbers are from, adds a second <mask> to a vocabulary that has one.
        int size = expected.GetProperty("vocab_size").GetInt32();
        if (Id("mask") == size - 1 && tokenizer.VocabularySize == size - 1)
            Assert.AreEqual(tokenizer.IdOf("<mask>"), tokenizer.MaskId);
        else
            Assert.AreEqual((size, Id("mask")), (tokenizer.VocabularySize, tokenizer.MaskId));

        int? Id(string name) => special.TryGetProperty(name, out var id) && id.ValueKind == JsonValueKind.Number ? id.GetInt32() : null;
    }

    // Every row counts, also where the reference implementations disagree: ours follows the Rust library.
    private void Check(string part, JsonElement rows, Func<JsonElement, string?> compare)
    {
        var faults = new List<string>();
        int agreeing = 0, all = 0, agreeingRight = 0, right = 0;
        foreach (var row in rows.EnumerateArray())
        {
            bool agree = !row.TryGetProperty("agree", out var value) || value.GetBoolean();
            string? problem = compare(row);
            all++;
            agreeing += agree ? 1 : 0;
            right += problem == null ? 1 : 0;
            agreeingRight += agree && problem == null ? 1 : 0;
            if (problem != null)
                faults.Add($"{(agree ? "" : "(references disagree) ")}{row.GetRawText()[..Math.Min(160, row.GetRawText().Length)]}: {problem}");
        }
        TestContext.WriteLine($"{part}: {agreeingRight} of {agreeing} rows on which the references agree, {right} of all {all}");
        Assert.IsEmpty(faults, string.Join('\n', faults.Take(20)));
    }

    private static (TextTokenizer Tokenizer, JsonElement Expected) Open(string folder) =>
        (TextTokenizer.Load(folder), JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json"))).RootElement);

    private static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static int[] IdsWithoutSpecial(JsonElement row, TokenizedText encoded) => row.TryGetProperty("ids_no_special", out var ids)
        ? Ids(ids)
        : [.. encoded.Ids.Where((_, i) => !encoded.IsSpecial[i])];

    private static string? Same<T>(T[] expected, T[] actual) =>
        expected.SequenceEqual(actual) ? null : $"expected [{string.Join(", ", expected)}], got [{string.Join(", ", actual)}]";

    private static string? SameText(string expected, string actual) => expected == actual ? null : $"expected '{expected}', got '{actual}'";

    // Offsets in code points and, where they differ, in UTF-16 units; ours are UTF-16 units.
    private static string? SameOffsets(JsonElement row, TokenizedText encoded, string[] texts)
    {
        if (!row.TryGetProperty("offsets", out var offsets))
            return null;
        int text = -1;
        var actual = new List<(int, int)>();
        for (int i = 0; i < encoded.Length; i++)
        {
            var (start, end) = encoded.Offsets[i];
            if (!encoded.IsSpecial[i] && (i == 0 || encoded.IsSpecial[i - 1]))
                text++;
            // An empty first text leaves no token between special ones.
            string source = encoded.IsSpecial[i] ? "" : texts[Math.Min(text + (texts[0].Length == 0 || TokensOf(encoded, texts) == 1 && texts.Length == 2 ? 1 : 0), texts.Length - 1)];
            actual.Add(encoded.IsSpecial[i] ? (start, end) : (CodePoints(source, start), CodePoints(source, end)));
        }
        (int, int)[] expected = [.. offsets.EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))];
        string? problem = Same(expected, [.. actual]);
        if (problem == null && row.TryGetProperty("offsets_utf16", out var units))
            problem = Same([.. units.EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))], encoded.Offsets);
        return problem;
    }

    private static int TokensOf(TokenizedText encoded, string[] texts)
    {
        int runs = 0;
        for (int i = 0; i < encoded.Length; i++)
            runs += !encoded.IsSpecial[i] && (i == 0 || encoded.IsSpecial[i - 1]) ? 1 : 0;
        return texts.Length == 2 && runs == 1 && string.IsNullOrWhiteSpace(texts[0]) ? 1 : runs == 1 ? 0 : runs;
    }

    private static int CodePoints(string text, int units) => text.AsSpan(0, units).ToString().EnumerateRunes().Count();
}
