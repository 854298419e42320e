using MLPipelines.Generation;
using MLPipelines.Tokenization;

namespace MLPipelines.Tests.Generation;

/// <summary>Pieces of a stream, put together, are the text; none ends within a character.</summary>
[TestClass]
public sealed class TextStreamTests
{
    public static IEnumerable<object[]> Tokenizers => ParityFixtures.Directories("tokenizers").Select(folder => new object[] { Path.GetFileName(folder) });

    [TestMethod]
    [DynamicData(nameof(Tokenizers))]
    public void PiecesOfAnyTokensAreTheText(string name)
    {
        var tokenizer = TextTokenizer.Load(Path.Combine(ParityFixtures.Root, "tokenizers", name));
        string[] texts = ["Thanks — 東京 👍🏽, naïve café!", "two  spaces and\ttabs", "ΑΣΣ ∑ 🏳️‍🌈 end", "plain words only"];
        foreach (string text in texts)
            Check(tokenizer, tokenizer.Tokenize(text).Ids);
        var random = new Random(7);
        for (int round = 0; round < 50; round++)
            Check(tokenizer, [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(tokenizer.MaximumId + 1))]);
    }

    [TestMethod]
    public void NothingOfAStopStringIsGivenOut()
    {
        var tokenizer = Wordwise();
        foreach (string stop in new[] { "stop", " here", "p he", "s" })
        {
            var stream = new TextStream(tokenizer, [stop], StreamUnit.Characters);
            string whole = tokenizer.Detokenize(tokenizer.Tokenize("please stop here and now").Ids);
            string given = string.Concat(tokenizer.Tokenize("please stop here and now").Ids.Select(stream.Add)) + stream.Complete();
            Assert.AreEqual(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], given, stop);
            Assert.IsTrue(stream.IsStopped);
        }
    }

    [TestMethod]
    public void WordsComeWhole()
    {
        var tokenizer = Wordwise();
        var stream = new TextStream(tokenizer, [], StreamUnit.Words);
        int[] ids = tokenizer.Tokenize("unbelievable happenings everywhere").Ids;
        string[] pieces = [.. ids.Select(stream.Add), .. new[] { stream }.Select(last => last.Complete())];
        pieces = [.. pieces.Where(piece => piece.Length > 0)];
        string text = tokenizer.Detokenize(ids);
        Assert.AreEqual(text, string.Concat(pieces));
        int at = 0;
        foreach (string piece in pieces[..^1])
        {
            at += piece.Length;
            Assert.IsTrue(char.IsWhiteSpace(text[at]), $"'{piece}' ends within a word.");
        }
    }

    private static TextTokenizer Wordwise() => TextTokenizer.Load(Path.Combine(ParityFixtures.Root, "tokenizers", "t5_unigram"));

    private static void Check(TextTokenizer tokenizer, int[] ids)
    {
        foreach (var unit in Enum.GetValues<StreamUnit>())
        {
            var stream = new TextStream(tokenizer, [], unit);
            string[] pieces = [.. ids.Select(stream.Add), .. new[] { stream }.Select(last => last.Complete())];
            Assert.AreEqual(tokenizer.Detokenize(ids), string.Concat(pieces), string.Join(' ', ids));
            foreach (string piece in pieces.Where(piece => piece.Length > 0))
                Assert.IsFalse(char.IsHighSurrogate(piece[^1]), "A piece ends within a character.");
        }
    }
}
