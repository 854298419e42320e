using MLPipelines.Text;

namespace MLPipelines.Tests.TextMetrics;

/// <summary>The figures are those of scikit-learn and seqeval on the same small cases, or follow by hand.</summary>
[TestClass]
public sealed class TextMetricsTests
{
    private const double Close = 1e-9;

    [TestMethod]
    public void MultiLabelFiguresFollowFromTheCounts()
    {
        bool[][] truth = [[true, false, true], [false, true, false], [true, true, false], [false, false, false]];
        bool[][] predicted = [[true, false, false], [false, true, false], [false, true, true], [false, false, false]];
        float[][] scores = [[0.9f, 0.1f, 0.4f], [0.2f, 0.8f, 0.3f], [0.3f, 0.7f, 0.6f], [0.1f, 0.1f, 0.1f]];
        var metrics = MultiLabelMetrics.Of(["a", "b", "c"], truth, predicted, scores);
        // 3 right of 4 predicted, 5 to be found.
        Assert.AreEqual(0.75, metrics.MicroPrecision, Close);
        Assert.AreEqual(0.6, metrics.MicroRecall, Close);
        Assert.AreEqual(2 * 3.0 / 9, metrics.MicroF1, Close);
        Assert.AreEqual((2 / 3.0 + 1 + 0) / 3, metrics.MacroF1, Close);
        Assert.AreEqual(0.5, metrics.SubsetAccuracy, Close);
        Assert.AreEqual(3 / 12.0, metrics.HammingLoss, Close);
        // Rows 1, 2 and 4 are ranked perfectly; in row 3 label a comes third, after b, which is right too, and c, which is not.
        Assert.AreEqual((1 + 1 + (1 + 2 / 3.0) / 2 + 1) / 4, metrics.RankingAveragePrecision, Close);
        Assert.Contains("micro F1", metrics.ToString());
        Assert.Contains("label", metrics.ToString());
    }

    [TestMethod]
    public void TiesRankAtTheirWorst()
    {
        var metrics = MultiLabelMetrics.Of(["a", "b"], [[true, false]], [[true, false]], [[0.5f, 0.5f]]);
        Assert.AreEqual(0.5, metrics.RankingAveragePrecision, Close);
    }

    [TestMethod]
    public void RowsThatDoNotFitAreRefused()
    {
        Assert.Contains("There are 0 rows", Assert.ThrowsExactly<ArgumentException>(() => MultiLabelMetrics.Of(["a"], [], [], [])).Message);
        Assert.Contains("Row 0", Assert.ThrowsExactly<ArgumentException>(() => MultiLabelMetrics.Of(["a", "b"], [[true]], [[true]], [[1f]])).Message);
        Assert.Contains("There are 0 rows", Assert.ThrowsExactly<ArgumentException>(() => TextClassificationMetrics.Of(["a", "b"], [-1], [[0.5f, 0.5f]])).Message);
        Assert.Contains("Text 0 has 2 right tags but 1", Assert.ThrowsExactly<ArgumentException>(() => SpanMetrics.Of([["O", "O"]], [["O"]])).Message);
    }

    [TestMethod]
    [DataRow("O B-PER I-PER O B-LOC", "PER:1-3 LOC:4-5", "PER:1-3 LOC:4-5")]
    [DataRow("I-PER I-PER O", "PER:0-2", "")]
    [DataRow("B-PER I-LOC I-LOC", "PER:0-1 LOC:1-3", "PER:0-1")]
    [DataRow("B-PER B-PER I-PER", "PER:0-1 PER:1-3", "PER:0-1 PER:1-3")]
    [DataRow("B-PER O I-PER", "PER:0-1 PER:2-3", "PER:0-1")]
    [DataRow("B-a-b I-a-b", "a-b:0-2", "a-b:0-2")]
    [DataRow("O O", "", "")]
    public void TagsMakeSpansAsSeqevalSays(string tags, string lenient, string strict)
    {
        Assert.AreEqual(lenient, Text(SpanScheme.Lenient));
        Assert.AreEqual(strict, Text(SpanScheme.Strict));

        string Text(SpanScheme scheme) => string.Join(' ', BioTags.Decode(tags.Split(' '), scheme).Select(span => $"{span.Type}:{span.Start}-{span.End}"));
    }

    [TestMethod]
    public void SpansBecomeTagsAndSpansAgain()
    {
        TokenSpan[] spans = [new("PER", 0, 2), new("PER", 2, 3), new("LOC", 5, 6)];
        var tags = BioTags.Encode(spans, 7);
        CollectionAssert.AreEqual("B-PER I-PER B-PER O O B-LOC O".Split(' '), tags);
        CollectionAssert.AreEqual(spans, BioTags.Decode(tags, SpanScheme.Strict).ToArray());
        Assert.ThrowsExactly<ArgumentException>(() => BioTags.Encode([new("PER", 0, 2), new("LOC", 1, 3)], 4));
        Assert.ThrowsExactly<ArgumentException>(() => BioTags.Encode([new("PER", 3, 5)], 4));
    }

    [TestMethod]
    public void OnlyWholeSpansCount()
    {
        // seqeval's example: one of two spans right on either side.
        string[][] truth = [["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]];
        string[][] predicted = [["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]];
        var metrics = SpanMetrics.Of(truth, predicted);
        Assert.AreEqual(0.5, metrics.F1, Close);
        Assert.AreEqual(0.5, metrics.MacroF1, Close);
        Assert.AreEqual(8 / 10.0, metrics.TokenAccuracy, Close);
        CollectionAssert.AreEqual(new[] { "MISC", "PER" }, metrics.Types.Select(type => type.Label).ToArray());
        Assert.AreEqual(1, metrics.Types[1].F1);
        Assert.Contains("span F1", metrics.ToString());
    }

    [TestMethod]
    public void ClassificationFiguresFollowFromTheProbabilities()
    {
        float[][] scores = [[0.7f, 0.2f, 0.1f], [0.1f, 0.8f, 0.1f], [0.6f, 0.3f, 0.1f], [1, 0, 0]];
        var metrics = TextClassificationMetrics.Of(["a", "b", "c"], [0, 1, 1, -1], scores, [false, false, true, false]);
        Assert.AreEqual((3, 1), (metrics.Rows, metrics.RowsWithoutKnownLabel));
        Assert.AreEqual(2 / 3.0, metrics.Accuracy, Close);
        Assert.AreEqual(2 / 3.0, metrics.MacroF1, Close);
        Assert.AreEqual(0.75, metrics.MacroRecall, Close);
        Assert.AreEqual(-(Math.Log(0.7f) + Math.Log(0.8f) + Math.Log(0.3f)) / 3, metrics.LogLoss, Close);
        Assert.AreEqual(2 / 3.0, metrics.Coverage, Close);
        Assert.AreEqual(1, metrics.CoveredAccuracy);
        Assert.Contains("1 of 4 rows left out", metrics.ToString());
    }

    [TestMethod]
    public void CalibrationErrorIsTheGapOfTheBins()
    {
        // Two bins of ten: 0.75 on average and all right, 0.95 and half right.
        Assert.AreEqual((2 * 0.25 + 2 * 0.45) / 4, ProbabilityMetrics.ExpectedCalibrationError([0.75f, 0.75f, 0.95f, 0.95f], [true, true, true, false], 10), 1e-6);
        Assert.AreEqual(0, ProbabilityMetrics.ExpectedCalibrationError([1f, 1f], [true, true]));
        Assert.AreEqual(0, ProbabilityMetrics.ExpectedCalibrationError([], []));
    }

    [TestMethod]
    public void AreaUnderTheCurveCountsPairsAndTies()
    {
        Assert.AreEqual(0.75, ProbabilityMetrics.AreaUnderRocCurve([0.1f, 0.4f, 0.35f, 0.8f], [false, false, true, true]), Close);
        Assert.AreEqual(0.5, ProbabilityMetrics.AreaUnderRocCurve([1f, 1f, 1f], [false, true, true]), Close);
        Assert.IsTrue(double.IsNaN(ProbabilityMetrics.AreaUnderRocCurve([1f], [true])));
    }

    [TestMethod]
    public void OutOfScopeRowsAreJudgedByTheThreshold()
    {
        var metrics = OutOfScopeMetrics.Of([0.9f, 0.8f, 0.3f, 0.6f, 0.2f], [true, true, true, false, false], [true, false, true, false, false], 0.5);
        Assert.AreEqual(2 / 3.0, metrics.Coverage, Close);
        Assert.AreEqual(0.5, metrics.CoveredAccuracy, Close);
        Assert.AreEqual(1 / 3.0, metrics.InScopeAccuracy, Close);
        Assert.AreEqual(0.5, metrics.OutOfScopeRecall, Close);
        Assert.AreEqual(0.5, metrics.OutOfScopePrecision, Close);
        Assert.AreEqual(5 / 6.0, metrics.AreaUnderRocCurve, Close);
        Assert.AreEqual(0.5, metrics.FalseAcceptanceAt95, Close);
        Assert.Contains("coverage", metrics.ToString());
        Assert.ThrowsExactly<ArgumentException>(() => OutOfScopeMetrics.Of([0.5f], [true], [true], 0.5));
    }

    [TestMethod]
    public void SpearmanComparesRanks()
    {
        Assert.AreEqual(1, EmbeddingMetrics.Spearman([1, 2, 3], [10, 100, 1000]), Close);
        Assert.AreEqual(-1, EmbeddingMetrics.Spearman([1, 2, 3], [3, 2, 1]), Close);
        Assert.AreEqual(0.8, EmbeddingMetrics.Spearman([1, 2, 3, 4], [1, 2, 4, 3]), Close);
        Assert.AreEqual(0.9486832980505138, EmbeddingMetrics.Spearman([1, 2, 2, 3], [1, 2, 3, 4]), Close);
        Assert.IsTrue(double.IsNaN(EmbeddingMetrics.Spearman([1, 1], [1, 2])));
        Assert.AreEqual(1, EmbeddingMetrics.SimilarityCorrelation([[1, 0], [1, 0]], [[1, 0.1f], [0, 1]], [5, 0]), Close);
    }

    [TestMethod]
    public void SearchFindsTheNearestInOrder()
    {
        var index = new SemanticIndex([[1, 0], [0, 2], [3, 3], [0, 0], [2, 0]]);
        var hits = index.Search([5, 0], 3);
        CollectionAssert.AreEqual(new[] { 0, 4, 2 }, hits.Select(hit => hit.Index).ToArray());
        Assert.AreEqual(1, hits[0].Similarity, 1e-6);
        Assert.AreEqual(Math.Sqrt(0.5), hits[2].Similarity, 1e-6);
        Assert.HasCount(5, index.Search([1, 1], 50));
        Assert.IsEmpty(new SemanticIndex([]).Search([1], 3));
        Assert.Contains("The query has 3", Assert.ThrowsExactly<ArgumentException>(() => index.Search([1, 2, 3], 1)).Message);
        Assert.Contains("Embedding 1", Assert.ThrowsExactly<ArgumentException>(() => new SemanticIndex([[1], [float.NaN]])).Message);
    }

    [TestMethod]
    public void ALargeIndexFindsWhatSortingWould()
    {
        var random = new Random(3);
        float[][] rows = [.. Enumerable.Range(0, 20_000).Select(_ => Enumerable.Range(0, 64).Select(_ => random.NextSingle() - 0.5f).ToArray())];
        var hits = new SemanticIndex(rows).Search(rows[77], 20);
        int[] expected = [.. Enumerable.Range(0, rows.Length).OrderByDescending(i => EmbeddingMetrics.Cosine(rows[i], rows[77])).Take(20)];
        CollectionAssert.AreEqual(expected, hits.Select(hit => hit.Index).ToArray());
    }

    [TestMethod]
    public void RetrievalCountsWhatIsFoundAmongTheFirst()
    {
        var index = new SemanticIndex([[1, 0], [0.9f, 0.1f], [0, 1]]);
        var metrics = EmbeddingMetrics.Retrieval(index, [[1, 0], [0, 1], [1, 1]], [new HashSet<int> { 1, 2 }, new HashSet<int> { 2 }, new HashSet<int>()], 1, 2);
        Assert.AreEqual(2, metrics.Queries);
        Assert.AreEqual((1, 0.5), metrics.Recall[0]);
        Assert.AreEqual((2, 0.75), metrics.Recall[1]);
        Assert.AreEqual(0.75, metrics.MeanReciprocalRank, Close);
        Assert.Contains("recall@2", metrics.ToString());
    }

    [TestMethod]
    public void SentimentIsMeasuredAtItsPoles()
    {
        var scale = SentimentScale.Of(["negative", "neutral", "positive"]);
        var metrics = SentimentMetrics.Of(scale, [0, 1, 2], [[1, 0, 0], [0, 1, 0], [0, 1, 0]]);
        Assert.AreEqual(0.5, metrics.PolarF1, Close);
        Assert.AreEqual(1 / 3.0, metrics.PolarityError, Close);
        Assert.AreEqual(2 / 3.0, metrics.MacroRecall, Close);
        Assert.Contains("polarity error", metrics.ToString());
    }

    [TestMethod]
    public void PolaritiesFollowFromNamesAndNumbers()
    {
        CollectionAssert.AreEqual(new[] { -1.0, 0, 1 }, SentimentScale.Of(["neg", "Neutral", "POS"]).Polarities.ToArray());
        CollectionAssert.AreEqual(new[] { -1, -0.5, 0, 0.5, 1 }, SentimentScale.Of(["very negative", "negative", "neutral", "positive", "very positive"]).Polarities.ToArray());
        CollectionAssert.AreEqual(new[] { 1.0, -1, 0 }, SentimentScale.Of(["5", "1", "3"]).Polarities.ToArray());
        CollectionAssert.AreEqual(new[] { -0.8, 1 }, SentimentScale.Of(["angry", "positive"], new Dictionary<string, double> { ["angry"] = -0.8 }).Polarities.ToArray());
        Assert.Contains("'angry'", Assert.ThrowsExactly<ArgumentException>(() => SentimentScale.Of(["angry", "positive"])).Message);
        Assert.ThrowsExactly<ArgumentException>(() => new SentimentScale(["a", "b"], [0.5, 0.5]));
    }

    [TestMethod]
    public void IntensityIsTheDistanceOfThePolarityFromZero()
    {
        var scale = SentimentScale.Of(["negative", "neutral", "positive"]);
        Assert.AreEqual(1, scale.IntensityOf([1, 0, 0]));
        Assert.AreEqual(0, scale.IntensityOf([0, 1, 0]));
        Assert.AreEqual(0, scale.IntensityOf([0.5f, 0, 0.5f]));
        Assert.AreEqual(0.6f, scale.IntensityOf([0.1f, 0.2f, 0.7f]), 1e-6f);
        Assert.AreEqual(-1, scale.PolarityOf([1, 0, 0]));
    }
}
