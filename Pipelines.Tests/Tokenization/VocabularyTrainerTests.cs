using MLPipelines.Tokenization;
using MLPipelines.Tokenization.Training;

namespace MLPipelines.Tests.Tokenization;

[TestClass]
public sealed class VocabularyTrainerTests
{
    private static readonly string[] Texts =
    [
        .. Enumerable.Repeat("low lower lowest", 5), .. Enumerable.Repeat("new newer newest", 6), .. Enumerable.Repeat("Wide wider widest café", 3), "rare",
    ];

    [TestMethod]
    public void FrequentNeighboursBecomeTokens()
    {
        var tokenizer = VocabularyTrainer.TrainWordPiece(Texts, new WordPieceTrainingOptions { VocabularySize = 60 });
        Assert.AreSequenceEqual(["[CLS]", "new", "lowest", "[SEP]"], tokenizer.Tokenize("NEW lowest").Tokens);
        Assert.AreEqual((0, 1, 2, 3, 4), (tokenizer.PadId, tokenizer.UnknownId, tokenizer.ClassId, tokenizer.SeparatorId, tokenizer.MaskId));
        Assert.AreEqual("cafe", tokenizer.Detokenize(tokenizer.Tokenize("Café").Ids));
        Assert.AreSequenceEqual([2, 1, 3], tokenizer.Tokenize("天").Ids);
        Assert.AreEqual(512, tokenizer.ModelMaximumLength);
    }

    [TestMethod]
    public void MergesComeInOrderOfTheirCounts()
    {
        // "ab" occurs five times, "ab" before "c" four times, "xy" three times; of a space before "abc" or before "xy", twice each, the first is older.
        var tokenizer = VocabularyTrainer.TrainByteLevelBpe(["abc abc", "abc abc ab", "xy xy xy"], new ByteLevelBpeTrainingOptions { VocabularySize = 265 });
        Assert.AreSequenceEqual(["ab", "abc", "xy", "Ġabc"], Enumerable.Range(261, 4).Select(id => tokenizer.TokenOf(id)!));
        Assert.AreEqual(265, tokenizer.VocabularySize);
    }

    [TestMethod]
    public void TheOrderOfTheTextsDoesNotMatter()
    {
        var options = new WordPieceTrainingOptions { VocabularySize = 45 };
        var forwards = VocabularyTrainer.TrainWordPiece(Texts, options);
        var backwards = VocabularyTrainer.TrainWordPiece(Texts.Reverse(), options);
        foreach (var (name, content) in forwards.Files)
            Assert.AreSequenceEqual(content, backwards.Files[name]);
        Assert.AreEqual(45, forwards.VocabularySize);
    }

    [TestMethod]
    public void SizeFrequencyAndAlphabetAreKept()
    {
        Assert.AreEqual(300, VocabularyTrainer.TrainByteLevelBpe(Enumerable.Range(0, 2000).Select(i => $"word{i} word{i}"), new ByteLevelBpeTrainingOptions { VocabularySize = 300 }).VocabularySize);
        var strict = VocabularyTrainer.TrainWordPiece(Texts, new WordPieceTrainingOptions { MinimumFrequency = 1000 });
        Assert.IsNull(strict.IdOf("##est"));
        var narrow = VocabularyTrainer.TrainWordPiece(Texts, new WordPieceTrainingOptions { AlphabetLimit = 3 });
        Assert.AreEqual(narrow.UnknownId, narrow.Tokenize("rare").Ids[1]);
        var cased = VocabularyTrainer.TrainWordPiece(Texts, new WordPieceTrainingOptions { Lowercase = false, MinimumFrequency = 1, VocabularySize = 200 });
        Assert.IsNotNull(cased.IdOf("Wide"));
        Assert.IsNotNull(cased.IdOf("café"));
    }

    [TestMethod]
    public void SpecialTokensAreNeverSplit()
    {
        var options = new ByteLevelBpeTrainingOptions { VocabularySize = 280, AdditionalSpecialTokens = ["<user>", "<bot>"] };
        var tokenizer = VocabularyTrainer.TrainByteLevelBpe(Texts, options);
        Assert.AreEqual((5, 6), (tokenizer.IdOf("<user>"), tokenizer.IdOf("<bot>")));
        Assert.IsTrue(tokenizer.Tokenize("hi<user>there").Tokens.Contains("<user>"));
        Assert.AreEqual("hithere", tokenizer.Detokenize(tokenizer.Tokenize("hi<user>there").Ids));
    }

    [TestMethod]
    public void TheOlderFilesAloneGiveTheSame()
    {
        foreach (var tokenizer in new[] { VocabularyTrainer.TrainWordPiece(Texts), VocabularyTrainer.TrainByteLevelBpe(Texts) })
        {
            var slow = TextTokenizer.Load(tokenizer.Files.Where(file => file.Key != "tokenizer.json").ToDictionary());
            foreach (string text in Texts.Append("Unseen <mask> [MASK] — 天"))
                Assert.AreSequenceEqual(tokenizer.Tokenize(text).Ids, slow.Tokenize(text).Ids);
        }
    }

    [TestMethod]
    public void ProgressIsToldAndCancellationHeeded()
    {
        var reports = new List<VocabularyTrainingProgress>();
        var options = new WordPieceTrainingOptions { VocabularySize = 60, Progress = new Listener(reports) };
        VocabularyTrainer.TrainWordPiece(Texts, options);
        Assert.AreEqual(60, reports[^1].VocabularySize);
        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => VocabularyTrainer.TrainWordPiece(CancelAfter(100, source), cancellationToken: source.Token));
    }

    [TestMethod]
    public void FaultsOfTheOptionsAreListed()
    {
        var options = new WordPieceTrainingOptions { VocabularySize = 1, MinimumFrequency = 0, AlphabetLimit = 0, ModelMaximumLength = 0, AdditionalSpecialTokens = [" "] };
        var error = Assert.ThrowsExactly<ArgumentException>(() => VocabularyTrainer.TrainWordPiece(Texts, options));
        foreach (string name in new[] { "VocabularySize is 1", "MinimumFrequency is 0", "AlphabetLimit is 0", "ModelMaximumLength is 0", "AdditionalSpecialTokens" })
            StringAssert.Contains(error.Message, name);
        Assert.ThrowsExactly<InvalidOperationException>(() => VocabularyTrainer.TrainWordPiece([]));
        Assert.ThrowsExactly<InvalidOperationException>(() => VocabularyTrainer.TrainByteLevelBpe(["", ""]));
    }

    private static IEnumerable<string> CancelAfter(int count, CancellationTokenSource source)
    {
        for (int i = 0; ; i++)
        {
            if (i == count)
                source.Cancel();
            yield return $"text {i}";
        }
    }

    private sealed class Listener(List<VocabularyTrainingProgress> reports) : IProgress<VocabularyTrainingProgress>
    {
        public void Report(VocabularyTrainingProgress value) => reports.Add(value);
    }
}
