using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Evaluation;

[TestClass]
public sealed class EvaluationTests
{
    private const double Precise = 1e-12;
    private readonly MLContext _context = new(seed: 0);

    private sealed record BinaryRow
    {
        public bool Label { get; init; }
        public float Score { get; init; }
        public float Probability { get; init; }
        public bool PredictedLabel { get; init; }
    }

    private sealed class MulticlassRow
    {
        public float Label { get; set; }

        [VectorType(3)]
        public float[] Score { get; set; } = [];
    }

    private sealed class RegressionRow
    {
        public float Label { get; set; }
        public float Score { get; set; }
    }

    private sealed class RankingRow
    {
        public float Label { get; set; }
        public float Score { get; set; }

        [KeyType(10)]
        public uint GroupId { get; set; }
    }

    private sealed class ClusterRow
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        [VectorType(2)]
        public float[] Score { get; set; } = [];

        public float Label { get; set; }
    }

    private IDataView Binary(params (bool Label, float Score, float Probability)[] rows) =>
        _context.Data.LoadFromEnumerable(rows.Select(row => new BinaryRow { Label = row.Label, Score = row.Score, Probability = row.Probability, PredictedLabel = row.Score > 0 }));

    [TestMethod]
    public void BinaryFiguresFollowTheirDefinitions()
    {
        var metrics = _context.BinaryClassification.Evaluate(Binary(
            (true, 2, 0.9f), (true, 1, 0.75f), (true, -1, 0.25f), (false, -2, 0.125f), (false, 0.5f, 0.6f)));

        Assert.AreEqual(3.0 / 5, metrics.Accuracy, Precise);
        Assert.AreEqual(2.0 / 3, metrics.PositivePrecision, Precise);
        Assert.AreEqual(2.0 / 3, metrics.PositiveRecall, Precise);
        Assert.AreEqual(1.0 / 2, metrics.NegativePrecision, Precise);
        Assert.AreEqual(1.0 / 2, metrics.NegativeRecall, Precise);
        Assert.AreEqual(2.0 / 3, metrics.F1Score, Precise);
        // Of the six pairs of a positive and a negative row, only (-1, 0.5) is out of order.
        Assert.AreEqual(5.0 / 6, metrics.AreaUnderRocCurve, Precise);
        double logLoss = -(Math.Log2(0.9f) + Math.Log2(0.75f) + Math.Log2(0.25f) + Math.Log2(1 - 0.125f) + Math.Log2(1 - (double)0.6f)) / 5;
        Assert.AreEqual(logLoss, metrics.LogLoss, 1e-9);
        double entropy = -(0.6 * Math.Log2(0.6) + 0.4 * Math.Log2(0.4));
        Assert.AreEqual(entropy, metrics.Entropy, 1e-9);
        Assert.AreEqual((entropy - logLoss) / entropy, metrics.LogLossReduction, 1e-9);
        Assert.AreEqual(2, metrics.ConfusionMatrix.GetCountForClassPair(0, 0));
        Assert.AreEqual(1, metrics.ConfusionMatrix.GetCountForClassPair(predictedClassIndicatorIndex: 0, actualClassIndicatorIndex: 1));
    }

    [TestMethod]
    public void TiedScoresCountHalfUnderTheRocCurve()
    {
        var metrics = _context.BinaryClassification.EvaluateNonCalibrated(Binary((true, 1, 0), (false, 1, 0), (true, 2, 0), (false, 0, 0)));
        Assert.AreEqual((1 + 1 + 1 + 0.5) / 4, metrics.AreaUnderRocCurve, Precise);
    }

    [TestMethod]
    public void PrecisionRecallAreaIsOneForAPerfectOrder()
    {
        var metrics = _context.BinaryClassification.EvaluateNonCalibrated(Binary((true, 3, 0), (true, 2, 0), (false, 1, 0), (false, 0, 0)));
        Assert.AreEqual(1, metrics.AreaUnderPrecisionRecallCurve, Precise);
    }

    [TestMethod]
    public void RowsWithoutLabelOrScoreAreLeftOut()
    {
        var warnings = new List<string>();
        _context.Log += (_, message) => warnings.Add(message.Message);
        var data = _context.Data.LoadFromEnumerable(new[]
        {
            new RegressionRow { Label = 1, Score = 2 },
            new RegressionRow { Label = float.NaN, Score = 2 },
            new RegressionRow { Label = 1, Score = float.NaN },
        });
        Assert.AreEqual(1, _context.Regression.Evaluate(data).MeanAbsoluteError, Precise);
        Assert.HasCount(2, warnings);
    }

    [TestMethod]
    public void MulticlassFiguresFollowTheirDefinitions()
    {
        var data = _context.Data.LoadFromEnumerable(new[]
        {
            new MulticlassRow { Label = 0, Score = [0.7f, 0.2f, 0.1f] },
            new MulticlassRow { Label = 1, Score = [0.5f, 0.3f, 0.2f] },
            new MulticlassRow { Label = 1, Score = [0.1f, 0.8f, 0.1f] },
            new MulticlassRow { Label = 2, Score = [0.6f, 0.3f, 0.1f] },
        });
        var metrics = _context.MulticlassClassification.Evaluate(data, topKPredictionCount: 2);

        Assert.AreEqual(0.5, metrics.MicroAccuracy, Precise);
        Assert.AreEqual((1 + 0.5 + 0) / 3, metrics.MacroAccuracy, Precise);
        Assert.AreEqual(0.75, metrics.TopKAccuracy, Precise);
        CollectionAssert.AreEqual(new[] { 0.5, 0.75, 1 }, metrics.TopKAccuracyForAllK.ToArray());
        double logLoss = -(Math.Log(0.7f) + Math.Log(0.3f) + Math.Log(0.8f) + Math.Log(0.1f)) / 4;
        Assert.AreEqual(logLoss, metrics.LogLoss, 1e-9);
        double entropy = -(0.25 * Math.Log(0.25) * 2 + 0.5 * Math.Log(0.5));
        Assert.AreEqual((entropy - logLoss) / entropy, metrics.LogLossReduction, 1e-9);
        Assert.AreEqual(-Math.Log(0.1f), metrics.PerClassLogLoss[2], 1e-9);
    }

    [TestMethod]
    public void ConfusionTablesArePrintedWithMargins()
    {
        var data = _context.Data.LoadFromEnumerable(new[]
        {
            new MulticlassRow { Label = 0, Score = [1, 0, 0] },
            new MulticlassRow { Label = 1, Score = [1, 0, 0] },
            new MulticlassRow { Label = 1, Score = [0, 1, 0] },
            new MulticlassRow { Label = 2, Score = [0, 0, 1] },
        });
        var table = _context.MulticlassClassification.Evaluate(data).ConfusionMatrix.GetFormattedConfusionTable();
        string[] expected =
        [
            "",
            "Confusion table",
            "          ||========================",
            "PREDICTED ||     0 |     1 |     2 | Recall",
            "TRUTH     ||========================",
            "        0 ||     1 |     0 |     0 | 1.0000",
            "        1 ||     1 |     1 |     0 | 0.5000",
            "        2 ||     0 |     0 |     1 | 1.0000",
            "          ||========================",
            "Precision ||0.5000 |1.0000 |1.0000 |",
            "",
        ];
        Assert.AreEqual(string.Join(Environment.NewLine, expected), table);
    }

    [TestMethod]
    public void BinaryConfusionTablesStateTheShareOfPositives()
    {
        var table = _context.BinaryClassification.EvaluateNonCalibrated(Binary((true, 1, 0), (false, 1, 0), (false, -1, 0))).ConfusionMatrix.GetFormattedConfusionTable();
        string[] expected =
        [
            "TEST POSITIVE RATIO:\t0.3333 (1.0/(1.0+2.0))",
            "Confusion table",
            "          ||======================",
            "PREDICTED || positive | negative | Recall",
            "TRUTH     ||======================",
            " positive ||        1 |        0 | 1.0000",
            " negative ||        1 |        1 | 0.5000",
            "          ||======================",
            "Precision ||   0.5000 |   1.0000 |",
            "",
        ];
        Assert.AreEqual(string.Join(Environment.NewLine, expected), table);
    }

    [TestMethod]
    public void RegressionFiguresFollowTheirDefinitions()
    {
        var data = _context.Data.LoadFromEnumerable(new[]
        {
            new RegressionRow { Label = 1, Score = 2 },
            new RegressionRow { Label = 3, Score = 2 },
            new RegressionRow { Label = 5, Score = 8 },
        });
        var metrics = _context.Regression.Evaluate(data);
        Assert.AreEqual(5.0 / 3, metrics.MeanAbsoluteError, Precise);
        Assert.AreEqual(11.0 / 3, metrics.MeanSquaredError, Precise);
        Assert.AreEqual(Math.Sqrt(11.0 / 3), metrics.RootMeanSquaredError, Precise);
        Assert.AreEqual(11.0 / 3, metrics.LossFunction, Precise);
        Assert.AreEqual(1 - 11.0 / 8, metrics.RSquared, Precise);
    }

    [TestMethod]
    public void RankingGainsAreDiscountedByTheNaturalLogarithm()
    {
        var data = _context.Data.LoadFromEnumerable(new[]
        {
            new RankingRow { GroupId = 1, Label = 0, Score = 3 },
            new RankingRow { GroupId = 1, Label = 2, Score = 2 },
            new RankingRow { GroupId = 2, Label = 1, Score = 1 },
        });
        var metrics = _context.Ranking.Evaluate(data, new RankingEvaluatorOptions { DcgTruncationLevel = 2 });
        double second = 7 / Math.Log(3);
        double first = 3 / Math.Log(2);
        Assert.AreEqual((0 + first) / 2, metrics.DiscountedCumulativeGains[0], Precise);
        Assert.AreEqual((second + first) / 2, metrics.DiscountedCumulativeGains[1], Precise);
        Assert.AreEqual((second / (7 / Math.Log(2)) + 1) / 2, metrics.NormalizedDiscountedCumulativeGains[1], Precise);
    }

    [TestMethod]
    public void ClusteringFiguresFollowTheirDefinitions()
    {
        var data = _context.Data.LoadFromEnumerable(new[]
        {
            new ClusterRow { Features = [0, 0], Score = [1, 9], Label = 0 },
            new ClusterRow { Features = [0, 2], Score = [1, 9], Label = 0 },
            new ClusterRow { Features = [10, 0], Score = [9, 1], Label = 1 },
            new ClusterRow { Features = [10, 2], Score = [9, 1], Label = 1 },
        });
        var metrics = _context.Clustering.Evaluate(data, "Label", "Score", "Features");
        Assert.AreEqual(1, metrics.AverageDistance, Precise);
        Assert.AreEqual(1, metrics.NormalizedMutualInformation, Precise);
        Assert.AreEqual(0.2, metrics.DaviesBouldinIndex, 1e-6);
        Assert.IsTrue(double.IsNaN(_context.Clustering.Evaluate(data).NormalizedMutualInformation));
    }

    [TestMethod]
    public void ColumnsThatAreMissingOrOfAnotherTypeAreNamed()
    {
        var data = _context.Data.LoadFromEnumerable(new[] { new RegressionRow() });
        Assert.Contains("'Nowhere'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Regression.Evaluate(data, labelColumnName: "Nowhere")).Message);
        Assert.Contains("expected Known-size vector of Single, got Single", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.MulticlassClassification.Evaluate(data)).Message);
    }
}
