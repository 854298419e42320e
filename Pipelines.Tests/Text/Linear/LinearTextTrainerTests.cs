using MLPipelines.Text;

namespace MLPipelines.Tests.LinearText;

[TestClass]
public sealed class LinearTextTrainerTests
{
    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(5)]
    public void TheModelDoesNotDependOnTheNumberOfThreads(int classes)
    {
        var one = SampleTexts.Train(new() { NumberOfThreads = 1 }, classes);
        var four = SampleTexts.Train(new() { NumberOfThreads = 4 }, classes);
        SampleTexts.AssertSameBits(one.Parts, four.Parts);
    }

    [TestMethod]
    public void ManyClassesAreSolvedInBlocksThatDoNotDependOnTheThreads()
    {
        var (texts, labels, names) = ManyClasses(40);
        var one = LinearTextTrainer.Train(texts, labels, names, new() { NumberOfThreads = 1 }).Model;
        var three = LinearTextTrainer.Train(texts, labels, names, new() { NumberOfThreads = 3 }).Model;
        SampleTexts.AssertSameBits(one.Parts, three.Parts);
        var probabilities = new float[names.Length];
        for (int i = 0; i < texts.Length; i++)
            Assert.AreEqual(labels[i], one.Predict(texts[i], probabilities));
    }

    [TestMethod]
    public void ASeedRepeatsAndAnotherSeedGivesAnotherModel()
    {
        var first = SampleTexts.Train(new() { Seed = 7 });
        SampleTexts.AssertSameBits(first.Parts, SampleTexts.Train(new() { Seed = 7 }).Parts);
        CollectionAssert.AreNotEqual(first.Parts.Weights, SampleTexts.Train(new() { Seed = 8 }).Parts.Weights);
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(5)]
    public void TrainingTextsAreRecognisedWithConfidence(int classes)
    {
        var model = SampleTexts.Train(classes: classes);
        var probabilities = new float[classes];
        foreach (var row in SampleTexts.Rows(classes))
        {
            int best = model.Predict(row.Text, probabilities);
            Assert.AreEqual(row.Label, model.Labels[best]);
            Assert.AreEqual(probabilities.Max(), probabilities[best]);
            Assert.IsGreaterThan(0.6f, probabilities[best]);
            Assert.AreEqual(1f, probabilities.Sum(), 1e-5f);
        }
    }

    [TestMethod]
    public void TheCostIsOneOfThoseGivenAndCalibrationIsMeasuredOnHeldOutTexts()
    {
        var rows = SampleTexts.Rows(2);
        string?[] texts = [.. rows.Select(row => row.Text)];
        int[] labels = [.. rows.Select(row => row.Label == rows[0].Label ? 0 : 1)];
        var chosen = LinearTextTrainer.Train(texts, labels, ["a", "b"], new() { Costs = [0.1f, 3f] });
        Assert.Contains(chosen.Cost, new[] { 0.1f, 3f });
        Assert.IsInRange(0.0, 0.2, chosen.HeldOutLogLoss);
        var first = LinearTextTrainer.Train(texts, labels, ["a", "b"], new() { Costs = [0.1f, 3f], CalibrationFolds = 0 });
        Assert.AreEqual(0.1f, first.Cost);
        Assert.IsTrue(double.IsNaN(first.HeldOutLogLoss));
    }

    [TestMethod]
    public void ProbabilitiesOfAmbiguousTextsFollowTheirShares()
    {
        // The same text has one label three times out of four.
        string?[] texts = [.. Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? "heads or tails" : "black or white")];
        int[] labels = [.. Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? (i % 8 == 0 ? 1 : 0) : (i % 8 == 1 ? 0 : 1))];
        var model = LinearTextTrainer.Train(texts, labels, ["a", "b"], new()).Model;
        var probabilities = new float[2];
        model.Predict("heads or tails", probabilities);
        Assert.AreEqual(0.75f, probabilities[0], 0.05f);
        model.Predict("black or white", probabilities);
        Assert.AreEqual(0.25f, probabilities[0], 0.05f);
    }

    [TestMethod]
    public void TwoTextsAreEnough()
    {
        var model = LinearTextTrainer.Train(["good", "bad"], [0, 1], ["plus", "minus"], new() { MinimumDocumentFrequency = 1 }).Model;
        var probabilities = new float[2];
        Assert.AreEqual(0, model.Predict("good", probabilities));
        Assert.AreEqual(1, model.Predict("bad", probabilities));
    }

    [TestMethod]
    public void AClassWithoutATextIsNeverLikely()
    {
        var rows = SampleTexts.Rows(3);
        string[] names = [.. rows.Select(row => row.Label).Distinct(), "never seen"];
        int[] labels = [.. rows.Select(row => Array.IndexOf(names, row.Label))];
        var model = LinearTextTrainer.Train([.. rows.Select(row => row.Text)], labels, names, new()).Model;
        var probabilities = new float[names.Length];
        foreach (var row in rows)
        {
            Assert.AreEqual(row.Label, names[model.Predict(row.Text, probabilities)]);
            Assert.IsLessThan(0.05f, probabilities[^1]);
        }
    }

    [TestMethod]
    public void TextsWithoutACommonNGramAreRefused()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => LinearTextTrainer.Train(["", " ", null], [0, 1, 0], ["a", "b"], new()));
        Assert.Contains("MinimumDocumentFrequency", error.Message);
    }

    [TestMethod]
    public void CancellationStopsAtEveryStage()
    {
        foreach (string stage in new[] { "counting", "choosing", "training" })
        {
            using var source = new CancellationTokenSource();
            var progress = new Watcher(stage, source);
            Assert.Throws<OperationCanceledException>(() => SampleTexts.Train(new() { Progress = progress, CancellationToken = source.Token }));
            Assert.IsTrue(progress.Seen);
        }
    }

    [TestMethod]
    public void ProgressRisesToOne()
    {
        var progress = new Watcher("done", null);
        SampleTexts.Train(new() { Progress = progress });
        CollectionAssert.AreEqual(progress.Fractions.Order().ToList(), progress.Fractions);
        Assert.AreEqual(1.0, progress.Fractions[^1]);
    }

    private static (string?[] Texts, int[] Labels, string[] Names) ManyClasses(int classes)
    {
        var texts = new List<string?>();
        var labels = new List<int>();
        for (int c = 0; c < classes; c++)
        {
            for (int i = 0; i < 6; i++)
            {
                texts.Add($"topic{(char)('a' + c % 26)}{c} number {i} word{c * 7 % 40}");
                labels.Add(c);
            }
        }
        return ([.. texts], [.. labels], [.. Enumerable.Range(0, classes).Select(c => $"class {c}")]);
    }

    private sealed class Watcher(string stage, CancellationTokenSource? source) : IProgress<LinearTextTrainingProgress>
    {
        public bool Seen { get; private set; }

        public List<double> Fractions { get; } = [];

        public void Report(LinearTextTrainingProgress value)
        {
            Fractions.Add(value.Fraction);
            if (!value.Stage.StartsWith(stage, StringComparison.Ordinal))
                return;
            Seen = true;
            source?.Cancel();
        }
    }
}
