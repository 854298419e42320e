using Microsoft.ML;
using MLPipelines.Tests.FineTuning;
using MLPipelines.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;

namespace MLPipelines.Tests.Pretraining;

[TestClass]
public sealed class TextPretrainingTests
{
    private static TextPretrainingOptions Options(string folder, int epochs = 12) => new()
    {
        Texts = TinyText.Intents(240).Select(row => row.Text), Encoder = TinyText.Scratch(), OutputFolder = folder, MaximumTokens = 32, Training = TinyText.Training(epochs),
    };

    [TestMethod]
    [DataRow(false, EncoderArchitecture.Bert)]
    [DataRow(true, EncoderArchitecture.Bert)]
    [DataRow(false, EncoderArchitecture.Roberta)]
    public void AnEncoderLearnsToGuessAndOpensLikeAnyOther(bool packs, EncoderArchitecture architecture)
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.Path);
        options.PackTexts = packs;
        options.Encoder = TinyText.Scratch(architecture);
        var result = TextPretraining.Run(options);
        // Five in six tokens are the same in each kind of sentence; guessing at random would have a perplexity of some hundred.
        Assert.IsLessThan(40, result.Perplexity);
        Assert.AreEqual(Math.Exp(result.Loss), result.Perplexity);
        Assert.IsGreaterThan(0, result.HeldOutBlocks);
        Assert.Contains("perplexity", result.ToString());
        if (packs)
            Assert.IsLessThan(200, result.Blocks);

        var context = new MLContext(seed: 1);
        var classifier = new EncoderTextClassificationOptions { Encoder = folder.Path, Training = TinyText.Training(10) };
        using var model = context.MulticlassClassification.Trainers.EncoderText(classifier).Fit(TinyText.View(context, TinyText.Intents(90)));
        Assert.IsGreaterThan(0.9, context.MulticlassClassification.EvaluateText(model.Transform(TinyText.View(context, TinyText.Intents(30)))).Accuracy);
    }

    [TestMethod]
    public void PretrainingGoesOnFromACheckpointAndReadsFiles()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "texts.txt");
        File.WriteAllLines(file, TinyText.Intents(60).Select(row => row.Text).Append("").Append("   "));
        var first = Options(Path.Combine(folder.Path, "first"), 1);
        TextPretraining.Run(first);
        var second = Options(Path.Combine(folder.Path, "second"), 1);
        second.Texts = [];
        second.Files = [file];
        second.Encoder = first.OutputFolder;
        var result = TextPretraining.Run(second);
        Assert.AreEqual(60, result.Blocks + result.HeldOutBlocks);
    }

    [TestMethod]
    public void MasksAreEightTenthsOneTenthOneTenth()
    {
        var tokenizer = TextTokenizer.Load(TinyText.Checkpoint);
        var masking = new TokenMasking(tokenizer, 0.15, wholeWords: false);
        int word = tokenizer.IdOf("order")!.Value;
        var block = new TokenBlock([tokenizer.ClassId!.Value, .. Enumerable.Repeat(word, 400), tokenizer.SeparatorId!.Value], [-1, .. Enumerable.Range(0, 400), -1]);
        var (masked, kept, other, total) = (0, 0, 0, 0);
        var random = new Random(1);
        for (int i = 0; i < 50; i++)
        {
            var (ids, positions) = masking.Mask(block, random);
            Assert.HasCount(60, positions);
            Assert.IsFalse(positions.Contains(0) || positions.Contains(401));
            Assert.AreEqual(word, block.Ids[1]);
            foreach (int position in positions)
            {
                total++;
                if (ids[position] == tokenizer.MaskId)
                    masked++;
                else if (ids[position] == word)
                    kept++;
                else
                    other++;
            }
            for (int position = 0; position < ids.Length; position++)
                Assert.IsTrue(ids[position] == block.Ids[position] || positions.Contains(position));
        }
        Assert.AreEqual(0.8, (double)masked / total, 0.03);
        Assert.AreEqual(0.1, (double)kept / total, 0.03);
        Assert.AreEqual(0.1, (double)other / total, 0.03);
    }

    [TestMethod]
    public void WholeWordsAreMaskedTogether()
    {
        var masking = new TokenMasking(TextTokenizer.Load(TinyText.Checkpoint), 0.3, wholeWords: true);
        var block = new TokenBlock([.. Enumerable.Range(10, 12)], [-1, 0, 0, 1, 2, 2, 2, 3, 4, 4, 5, -1]);
        for (int seed = 0; seed < 50; seed++)
        {
            var (_, positions) = masking.Mask(block, new Random(seed));
            Assert.IsNotEmpty(positions);
            foreach (int position in positions)
            {
                for (int other = 0; other < block.Words.Length; other++)
                    Assert.IsTrue(block.Words[other] != block.Words[position] || positions.Contains(other));
            }
        }
    }

    [TestMethod]
    public void TooLittleTextAndFaultyOptionsAreRefused()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.Path);
        options.Texts = ["", "  "];
        Assert.Contains("too little text", Assert.ThrowsExactly<InvalidOperationException>(() => TextPretraining.Run(options)).Message);
        options.Texts = ["one line of text only"];
        Assert.Contains("too little text", Assert.ThrowsExactly<InvalidOperationException>(() => TextPretraining.Run(options)).Message);
        string message = Assert.ThrowsExactly<ArgumentException>(() => TextPretraining.Run(new() { Files = ["missing.txt"], MaskShare = 0, ValidationFraction = 2, MaximumTokens = 1 })).Message;
        foreach (string expected in new[] { "'missing.txt'", "OutputFolder is empty", "MaskShare is 0", "ValidationFraction is 2", "MaximumTokens is 1" })
            Assert.Contains(expected, message);
    }
}
