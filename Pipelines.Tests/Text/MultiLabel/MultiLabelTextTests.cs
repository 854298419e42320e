using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Tests.FineTuning;
using MLPipelines.Text;

namespace MLPipelines.Tests.MultiLabel;

[TestClass]
public sealed class MultiLabelTextTests
{
    private readonly MLContext _context = new(seed: 1);

    private sealed class VectorRow
    {
        public string Text { get; set; } = "";

        public string[] Label { get; set; } = [];
    }

    private static MultiLabelTextOptions Options(int epochs = 25) => new() { Encoder = TinyText.Scratch(), Training = TinyText.Training(epochs), ValidationFraction = 0.2 };

    private MultiLabelTextEstimator Estimator(MultiLabelTextOptions? options = null) => _context.MulticlassClassification.Trainers.MultiLabelText(options ?? Options());

    [TestMethod]
    public void TextsGetTheirLabels()
    {
        using var model = Estimator().Fit(TinyText.View(_context, TinyText.Topics(160)));
        CollectionAssert.AreEqual(new[] { "hardware", "phone", "software" }, model.Labels.ToArray());
        Assert.HasCount(3, model.Thresholds);
        Assert.IsTrue(model.Thresholds.All(threshold => threshold is > 0 and < 1));
        var output = model.Transform(TinyText.View(_context, TinyText.Topics(80)));
        var metrics = _context.MulticlassClassification.EvaluateMultiLabel(output);
        Assert.IsGreaterThan(0.9, metrics.MicroF1);
        Assert.IsGreaterThan(0.8, metrics.SubsetAccuracy);
        CollectionAssert.AreEquivalent(new[] { "hardware", "phone" }, model.Predict(["the screen of phone 8 is broken"])[0].Labels.ToArray());
        VBuffer<ReadOnlyMemory<char>> names = default;
        output.Schema["Score"].GetSlotNames(ref names);
        Assert.AreEqual("hardware", names.GetItemOrDefault(0).ToString());
        Assert.AreEqual("software", model.Explain("the update of laptop 3 crashes", "software").Label);
    }

    [TestMethod]
    public void LabelsMayBeAVector()
    {
        var rows = TinyText.Topics(80).Select(row => new VectorRow { Text = row.Text, Label = row.Label.Split('|', StringSplitOptions.RemoveEmptyEntries) });
        using var fromVectors = Estimator(Options(2)).Fit(_context.Data.LoadFromEnumerable(rows));
        using var fromTexts = Estimator(Options(2)).Fit(TinyText.View(_context, TinyText.Topics(80)));
        CollectionAssert.AreEqual(fromTexts.Labels.ToArray(), fromVectors.Labels.ToArray());
        foreach (var (expected, actual) in fromTexts.Predict(["phone", "app"]).Zip(fromVectors.Predict(["phone", "app"])))
            CollectionAssert.AreEqual(expected.Probabilities.ToArray(), actual.Probabilities.ToArray());
    }

    [TestMethod]
    public void ThresholdsCanBeGivenAndAtLeastOneLabelAskedFor()
    {
        var options = Options(1);
        options.Threshold = 1;
        options.PredictAtLeastOne = true;
        options.PositiveWeighting = 1;
        using var model = Estimator(options).Fit(TinyText.View(_context, TinyText.Topics(40)));
        Assert.IsTrue(model.Thresholds.All(threshold => threshold == 1));
        Assert.IsTrue(model.Predict(["a", "b", ""]).All(result => result.Labels.Count == 1));
    }

    [TestMethod]
    public void WhatCannotBeLearntFromIsRefused()
    {
        Assert.Contains("no rows", Error([]));
        Assert.Contains("None of the 1 training rows", Error([new() { Text = "a" }]));
        Assert.Contains("All 2 labelled training rows have the label 'x'", Error([new() { Text = "a", Label = "x" }, new() { Text = "b", Label = "x|x" }]));
        string message = Assert.ThrowsExactly<ArgumentException>(() => Estimator(new() { Threshold = 0, PositiveWeighting = 2, LabelSeparator = 'a' }).Fit(TinyText.View(_context, []))).Message;
        foreach (string expected in new[] { "Threshold is 0", "PositiveWeighting is 2", "LabelSeparator is 'a'" })
            Assert.Contains(expected, message);

        string Error(TinyText.Row[] rows) => Assert.ThrowsExactly<InvalidOperationException>(() => Estimator().Fit(TinyText.View(_context, rows))).Message;
    }
}
