using MLPipelines.Text;

namespace MLPipelines.Tests.TextAugmentation;

[TestClass]
public sealed class TextAugmentationTests
{
    private const string Text = "please send the large parcel to my new address today";

    [TestMethod]
    public void TheSameSeedVariesTheSame()
    {
        var augmenter = new TextAugmenter(new() { Share = 1, WordDrop = 0.3, WordSwap = 0.3 });
        string[] Vary(int seed)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, 20).Select(_ => augmenter.Vary(Text, random))];
        }
        CollectionAssert.AreEqual(Vary(1), Vary(1));
        CollectionAssert.AreNotEqual(Vary(1), Vary(2));
        Assert.IsGreaterThan(10, Vary(1).Distinct().Count());
    }

    [TestMethod]
    public void DroppingTakesWordsAwayAndLeavesOne()
    {
        var augmenter = new TextAugmenter(new() { Share = 1, WordDrop = 1, WordSwap = 0 });
        Assert.Contains(augmenter.Vary(Text, new Random(1)), Text.Split(' '));
        var some = new TextAugmenter(new() { Share = 1, WordDrop = 0.5, WordSwap = 0 });
        var random = new Random(1);
        double kept = Enumerable.Range(0, 500).Average(_ => some.Vary(Text, random).Split(' ').Length);
        Assert.AreEqual(5, kept, 0.3);
    }

    [TestMethod]
    public void SwappingKeepsTheWords()
    {
        var augmenter = new TextAugmenter(new() { Share = 1, WordDrop = 0, WordSwap = 0.5 });
        string varied = augmenter.Vary(Text, new Random(4));
        Assert.AreNotEqual(Text, varied);
        CollectionAssert.AreEquivalent(Text.Split(' '), varied.Split(' '));
    }

    [TestMethod]
    public void SynonymsTakeTheCaseAndPunctuationOfTheWord()
    {
        var table = new SynonymTable([["parcel", "package"], ["big", "large"]]);
        var augmenter = new TextAugmenter(new() { Share = 1, WordDrop = 0, WordSwap = 0, SynonymReplacement = 1, Synonyms = table });
        Assert.AreEqual("(Package), a big one.", augmenter.Vary("(Parcel), a large one.", new Random(1)));
        Assert.AreEqual(4, table.Count);
        Assert.IsEmpty(table.Of("lamp"));
    }

    [TestMethod]
    public void SynonymsAreReadFromAFile()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "synonyms.txt");
        File.WriteAllText(file, "# colours\nred, crimson , scarlet\nalone\n\n");
        var table = SynonymTable.Load(file);
        CollectionAssert.AreEqual(new[] { "crimson", "scarlet" }, table.Of("RED").ToArray());
        Assert.AreEqual(3, table.Count);
    }

    [TestMethod]
    public void OddTextsSurvive()
    {
        var augmenter = new TextAugmenter(new() { Share = 1, WordDrop = 0.5, WordSwap = 1 });
        foreach (string text in new[] { "", "   ", "one", "👍🏽", "\t a \n" })
            Assert.IsNotNull(augmenter.Vary(text, new Random(1)));
        Assert.AreEqual(Text, new TextAugmenter(new() { Share = 0 }).Vary(Text, new Random(1)));
    }

    [TestMethod]
    public void SharesOutOfRangeAreListed()
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => new TextAugmenter(new() { Share = 2, WordDrop = -1, WordSwap = double.NaN })).Message;
        foreach (string option in new[] { "Share is 2", "WordDrop is -1", "WordSwap is NaN" })
            Assert.Contains(option, message);
    }

    [TestMethod]
    public void LongAndRareTextsAreHard()
    {
        double[] difficulties = TextDifficulty.Of(["the cat", "the the the cat", "the zygote", "", "the cat"]);
        Assert.IsGreaterThan(difficulties[0], difficulties[1]);
        Assert.IsGreaterThan(difficulties[0], difficulties[2]);
        Assert.AreEqual(0, difficulties[3]);
        // "the" is 6 of 10 words, "cat" 3.
        Assert.AreEqual(-Math.Log(0.6) - Math.Log(0.3), difficulties[0], 1e-12);
    }
}
