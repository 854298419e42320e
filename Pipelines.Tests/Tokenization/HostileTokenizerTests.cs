using System.Text;
using System.Text.Json.Nodes;
using MLPipelines.Tokenization;
using MLPipelines.Tokenization.Patterns;

namespace MLPipelines.Tests.Tokenization;

/// <summary>Odd texts encode, and damaged files load or are refused with one clear error.</summary>
[TestClass]
public sealed class HostileTokenizerTests
{
    private const int Seed = 20261126;

    public static IEnumerable<object[]> Names => SampleTokenizers.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void NothingGivesTheSpecialTokensAlone(string name)
    {
        var tokenizer = SampleTokenizers.Load(name);
        Assert.IsTrue(tokenizer.Tokenize("").IsSpecial.All(special => special));
        Assert.IsEmpty(tokenizer.Tokenize("", options: new TokenizingOptions { AddSpecialTokens = false }).Ids);
        Assert.IsEmpty(tokenizer.TokenizeBatch([]));
        Assert.AreEqual("", tokenizer.Detokenize([]));
        Assert.AreEqual("", tokenizer.Detokenize([int.MaxValue, -1]));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void LoneSurrogatesCountAsReplacementCharacters(string name)
    {
        var tokenizer = SampleTokenizers.Load(name);
        var expected = tokenizer.Tokenize("a\uFFFDb \uFFFD\uFFFD c\uFFFD");
        var actual = tokenizer.Tokenize("a\uD800b \uDC00\uD83D c\uDBFF");
        Assert.AreSequenceEqual(expected.Ids, actual.Ids);
        Assert.AreSequenceEqual(expected.Offsets, actual.Offsets);
        Assert.AreSequenceEqual(expected.Ids, tokenizer.TokenizeBatch(["a\uD800b \uDC00\uD83D c\uDBFF"])[0].Ids);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TenMegabytesEncodeInSeconds(string name)
    {
        var tokenizer = SampleTokenizers.Load(name);
        string text = string.Concat(Enumerable.Repeat("The quick brown fox — naïve, 天气 & 42! ", (10 << 20) / 38));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var encoded = tokenizer.Tokenize(text);
        Assert.IsGreaterThan(1 << 20, encoded.Length);
        Assert.AreEqual(512, tokenizer.Tokenize(text, options: new TokenizingOptions { MaximumLength = 512 }).Length);
        Assert.IsLessThan(60, clock.Elapsed.TotalSeconds);
    }

    [TestMethod]
    [DataRow("wordpiece_uncased", 'a')]
    [DataRow("roberta_bpe", 'a')]
    [DataRow("roberta_bpe", '\u0301')]
    [DataRow("clip_bpe", 'é')]
    [DataRow("t5_unigram", 'a')]
    [DataRow("t5_unigram", '\u0301')]
    [DataRow("t5_bpe", 'e')]
    public void AWordOfAMillionCharactersTakesTimeThatGrowsWithItsLength(string name, char unit)
    {
        var tokenizer = SampleTokenizers.Load(name);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var encoded = tokenizer.Tokenize(new string(unit, 1 << 20));
        Assert.IsGreaterThan(0, encoded.Length);
        // Time that grew with the square would take hours.
        Assert.IsLessThan(60, clock.Elapsed.TotalSeconds);
    }

    [TestMethod]
    public void APatternThatWouldBacktrackDoesNot()
    {
        var pattern = Pattern.Parse("(a+)+$|(a|aa)*b");
        var matches = pattern.Matches(new string('a', 500) + "c");
        Assert.IsFalse(matches.MoveNext());
        var slow = Pattern.Parse("a*b");
        Assert.ThrowsExactly<TokenizationException>(() =>
        {
            var tries = slow.Matches(new string('a', 100_000));
            while (tries.MoveNext())
            {
            }
        });
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void DamagedTokenizerJsonIsRefusedOrWorks(string name)
    {
        byte[] json = SampleTokenizers.Files(name)["tokenizer.json"];
        Fuzz(json, 250, damaged => new Dictionary<string, byte[]> { ["tokenizer.json"] = damaged });
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TokenizerJsonWithOtherValuesIsRefusedOrWorks(string name)
    {
        byte[] json = SampleTokenizers.Files(name)["tokenizer.json"];
        var random = new Random(Seed);
        for (int round = 0; round < 150; round++)
        {
            var root = JsonNode.Parse(json)!;
            for (int change = random.Next(1, 4); change > 0; change--)
                Change(root, random);
            TryOut(new Dictionary<string, byte[]> { ["tokenizer.json"] = Encoding.UTF8.GetBytes(root.ToJsonString()) });
        }
    }

    // Goes down to a random value and puts another in its place, or none.
    private static void Change(JsonNode node, Random random)
    {
        JsonNode? value = random.Next(12) switch
        {
            0 => null,
            1 => JsonValue.Create(random.Next(-5, 2000)),
            2 => JsonValue.Create(1e300),
            3 => JsonValue.Create(random.Next(2) == 0),
            4 => JsonValue.Create(""),
            5 => JsonValue.Create("a b"),
            6 => JsonValue.Create("Sequence"),
            7 => JsonValue.Create("[SEP]"),
            8 => new JsonArray(),
            9 => new JsonObject(),
            10 => new JsonArray("a", 1),
            _ => JsonValue.Create("(?i:x)|\\s+"),
        };
        if (node is JsonObject { Count: > 0 } owner)
        {
            string name = owner.ElementAt(random.Next(Math.Min(owner.Count, 40))).Key;
            if (owner[name] is JsonObject or JsonArray && random.Next(8) > 0)
                Change(owner[name]!, random);
            else if (random.Next(6) == 0)
                owner.Remove(name);
            else
                owner[name] = value;
        }
        else if (node is JsonArray { Count: > 0 } list)
        {
            int index = random.Next(Math.Min(list.Count, 40));
            if (list[index] is JsonObject or JsonArray && random.Next(8) > 0)
                Change(list[index]!, random);
            else if (random.Next(6) == 0)
                list.RemoveAt(index);
            else
                list[index] = value;
        }
    }

    [TestMethod]
    [DataRow("t5_unigram")]
    [DataRow("t5_bpe")]
    public void DamagedPiecesAreRefusedOrWork(string name)
    {
        byte[] pieces = SampleTokenizers.Files(name)["spiece.model"];
        Fuzz(pieces, 150, damaged => new Dictionary<string, byte[]> { ["spiece.model"] = damaged });
        for (int length = 0; length < 64; length++)
            TryOut(new Dictionary<string, byte[]> { ["spiece.model"] = pieces[..length] });
    }

    [TestMethod]
    public void DamagedOlderFilesAreRefusedOrWork()
    {
        foreach (string name in new[] { "wordpiece_uncased", "roberta_bpe", "clip_bpe" })
        {
            var files = SampleTokenizers.Files(name);
            files.Remove("tokenizer.json");
            foreach (string file in files.Keys)
                Fuzz(files[file], 40, damaged => new Dictionary<string, byte[]>(files) { [file] = damaged });
        }
    }

    // Changes, drops, repeats and inserts bytes at random places.
    private static void Fuzz(byte[] content, int rounds, Func<byte[], Dictionary<string, byte[]>> make)
    {
        var random = new Random(Seed);
        for (int round = 0; round < rounds; round++)
        {
            var damaged = new List<byte>(content);
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                // Half of the damage near the start, where the structure is.
                int at = random.Next(random.Next(2) == 0 ? Math.Min(2000, damaged.Count) : damaged.Count);
                int length = Math.Min(random.Next(1, 12), damaged.Count - at);
                switch (random.Next(5))
                {
                    case 0:
                        damaged[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        damaged.RemoveRange(at, length);
                        break;
                    case 2:
                        damaged.InsertRange(at, damaged.GetRange(at, length));
                        break;
                    case 3:
                        damaged.InsertRange(at, "\"}],:[{0123456789-eE.\\nulltrue"u8.ToArray().OrderBy(_ => random.Next()).Take(3));
                        break;
                    default:
                        damaged.RemoveRange(at, random.Next(10) == 0 ? damaged.Count - at : 1);
                        break;
                }
                if (damaged.Count == 0)
                    break;
            }
            TryOut(make([.. damaged]));
        }
    }

    private static void TryOut(Dictionary<string, byte[]> files)
    {
        try
        {
            var tokenizer = TextTokenizer.Load(files);
            var encoded = tokenizer.Tokenize("Hello, naïve [SEP] wörld 天气! 1,000", "don't <s>");
            tokenizer.Detokenize(encoded.Ids);
        }
        catch (TokenizationException exception)
        {
            Assert.IsGreaterThan(20, exception.Message.Length);
        }
    }
}
