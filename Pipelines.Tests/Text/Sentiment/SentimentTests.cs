using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Tests.FineTuning;
using MLPipelines.Text;

namespace MLPipelines.Tests.Sentiment;

[TestClass]
public sealed class SentimentTests
{
    private readonly MLContext _context = new(seed: 1);

    private SentimentEstimator Estimator(SentimentOptions? options = null) =>
        _context.MulticlassClassification.Trainers.Sentiment(options ?? new() { Encoder = TinyText.Scratch(), Training = TinyText.Training(20) });

    [TestMethod]
    public void ItTellsLabelConfidenceAndIntensity()
    {
        using var model = Estimator().Fit(TinyText.View(_context, TinyText.Sentiments(150)));
        var results = model.Predict(["i hate this awful thing number 3", "it is a box of size 4", "wonderful, i love all 5 of them"]);
        CollectionAssert.AreEqual(new[] { "negative", "neutral", "positive" }, results.Select(result => result.Label).ToArray());
        Assert.IsLessThan(0, results[0].Polarity);
        Assert.IsGreaterThan(0, results[2].Polarity);
        Assert.IsLessThan(results[0].Intensity, results[1].Intensity);
        foreach (var result in results)
        {
            Assert.AreEqual(Math.Abs(result.Probabilities[2] - result.Probabilities[0]), result.Intensity, 1e-6);
            Assert.AreEqual(result.Probabilities.Max(), result.Confidence);
        }
        var output = model.Transform(TinyText.View(_context, TinyText.Sentiments(60)));
        CollectionAssert.AreEqual(new[] { "Text", "Label", "PredictedLabel", "Score", "Confidence", "Intensity" }, output.Schema.Select(column => column.Name).ToArray());
        Assert.IsTrue(output.GetColumn<float>("Intensity").All(value => value is >= 0 and <= 1));
        var metrics = _context.MulticlassClassification.EvaluateSentiment(output);
        Assert.IsGreaterThan(0.9, metrics.Accuracy);
        Assert.IsGreaterThan(0.9, metrics.PolarF1);
        Assert.AreEqual("positive", model.Explain("wonderful", "positive").Label);
    }

    [TestMethod]
    public void LabelsWhosePolarityIsNotKnownAreRefusedBeforeTraining()
    {
        TinyText.Row[] rows = [.. TinyText.Intents(30)];
        Assert.Contains("'tracking'", Assert.ThrowsExactly<ArgumentException>(() => Estimator().Fit(TinyText.View(_context, rows))).Message);
        var options = new SentimentOptions
        {
            Encoder = TinyText.Scratch(), Training = TinyText.Training(),
            Polarities = new Dictionary<string, double> { ["tracking"] = 0, ["refund"] = -1, ["praise"] = 1 },
        };
        using var model = Estimator(options).Fit(TinyText.View(_context, rows));
        CollectionAssert.AreEqual(new[] { 0.0, -1, 1 }, model.Scale.Polarities.ToArray());
        var faulty = new SentimentOptions { Encoder = TinyText.Scratch(), IntensityColumnName = "Score", Polarities = new Dictionary<string, double> { ["x"] = 2 } };
        string message = Assert.ThrowsExactly<ArgumentException>(() => Estimator(faulty).Fit(TinyText.View(_context, rows))).Message;
        Assert.Contains("are both 'Score'", message);
        Assert.Contains("Polarities['x'] is 2", message);
    }
}
