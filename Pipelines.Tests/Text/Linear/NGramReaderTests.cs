using MLPipelines.Text;

namespace MLPipelines.Tests.LinearText;

[TestClass]
public sealed class NGramReaderTests
{
    private static readonly NGramShape s_words = new(1, 1, 0);
    private static readonly NGramShape s_characters = new(0, 2, 3);

    private readonly struct Collector(List<ulong> hashes) : INGramSink
    {
        public void Add(ulong hash) => hashes.Add(hash);
    }

    private static List<ulong> Read(string text, NGramShape shape)
    {
        var hashes = new List<ulong>();
        var sink = new Collector(hashes);
        new NGramReader().Read(text, shape, ref sink);
        return hashes;
    }

    [TestMethod]
    [DataRow("Hello WORLD", "hello world")]
    [DataRow("ÄRGER Über ΣΊΓΜΑ", "ärger über σίγμα")]
    [DataRow("it’s “fine”", "it's \"fine\"")]
    [DataRow("one\t\n two  ", "one two")]
    [DataRow("he\u00ADllo \u200Dx", "hello x")]
    [DataRow("❤️ yes", "❤ yes")]
    public void TextsThatReadTheSameHaveTheSameNGrams(string text, string same)
    {
        var shape = new NGramShape(2, 2, 5);
        CollectionAssert.AreEqual(Read(same, shape), Read(text, shape));
    }

    [TestMethod]
    [DataRow("", 0)]
    [DataRow(" \t\r\n\u00A0\0", 0)]
    [DataRow("one two", 2)]
    [DataRow("don't", 3)]
    [DataRow("what?! :(", 3)]
    [DataRow("snake_case 3x", 2)]
    [DataRow("😀😀!", 3)]
    [DataRow("東京タワー", 5)]
    [DataRow("नमस्ते दुनिया", 2)]
    public void WordsAreCountedAsDocumented(string text, int words) => Assert.HasCount(words, Read(text, s_words));

    [TestMethod]
    public void HalfASurrogatePairIsASymbol() => Assert.HasCount(3, Read(string.Concat("a", '\uD83D'.ToString(), "b"), s_words));

    [TestMethod]
    public void WordNGramsKeepTheOrderOfWords()
    {
        var pairs = new NGramShape(2, 1, 0);
        Assert.HasCount(5, Read("a b c", pairs));
        CollectionAssert.AreNotEquivalent(Read("a b", pairs), Read("b a", pairs));
        CollectionAssert.AreEquivalent(Read("a b", s_words), Read("b a", s_words));
    }

    [TestMethod]
    public void CharacterNGramsStayWithinATokenAndSeeItsEnds()
    {
        // " ab " has the bigrams " a", "ab", "b " and the trigrams " ab", "ab ".
        Assert.HasCount(5, Read("ab", s_characters));
        CollectionAssert.AreEqual(Read("ab", s_characters).Concat(Read("cd", s_characters)).ToList(), Read("ab cd", s_characters));
        CollectionAssert.AreNotEquivalent(Read("abab", s_characters).Distinct().ToList(), Read("ab", s_characters).Distinct().ToList());
    }

    [TestMethod]
    public void WordsComeBeforeCharactersAndAreToldApart()
    {
        var hashes = Read("to be or not", new NGramShape(2, 2, 4));
        int words = hashes.TakeWhile(hash => !NGramReader.IsOfCharacters(hash)).Count();
        Assert.AreEqual(7, words);
        Assert.IsTrue(hashes.Skip(words).All(NGramReader.IsOfCharacters));
    }

    [TestMethod]
    public void HashesNeverChange()
    {
        // Models on disk hold these numbers.
        Assert.AreEqual(8463936059316333216UL, Read("Ticket", s_words)[0]);
        Assert.AreEqual(12621263626825621113UL, Read("Ticket", s_characters)[^1]);
    }

    [TestMethod]
    public void AnUnbrokenRunOfAMillionCharactersIsRead()
    {
        string text = new('x', 1_000_000);
        Assert.HasCount(1, Read(text, s_words));
        Assert.HasCount(1_000_001 + 1_000_000, Read(text, s_characters));
    }
}
