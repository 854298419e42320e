using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers.Lbfgs;

/// <summary>The figures that the published samples print.</summary>
[TestClass]
public sealed class LbfgsSampleTests
{
    [TestMethod]
    public void LogisticRegressionPrintsThePublishedFigures()
    {
        var context = new MLContext(seed: 0);
        var model = context.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(PublishedSamples.Binary(context, 1000, 0));
        var scored = model.Transform(PublishedSamples.Binary(context, 500, 123));
        CollectionAssert.AreEqual(new[] { true, true, true, true, false }, scored.Values<bool>("PredictedLabel")[..5]);
        var metrics = context.BinaryClassification.Evaluate(scored);
        Assert.AreEqual("0.88 0.96 0.87 0.90 0.87 0.86 0.89", PublishedSamples.Join(
            metrics.Accuracy, metrics.AreaUnderRocCurve, metrics.F1Score, metrics.NegativePrecision, metrics.NegativeRecall, metrics.PositivePrecision, metrics.PositiveRecall));
        Assert.AreEqual("0.38 0.62 1.00", PublishedSamples.Join(metrics.LogLoss, metrics.LogLossReduction, metrics.Entropy));
        CollectionAssert.AreEqual(new[] { 212.0, 26.0 }, metrics.ConfusionMatrix.Counts[0].ToArray());
        CollectionAssert.AreEqual(new[] { 35.0, 227.0 }, metrics.ConfusionMatrix.Counts[1].ToArray());
    }

    [TestMethod]
    public void MaximumEntropyPrintsThePublishedFigures()
    {
        var context = new MLContext(seed: 0);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label").Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
        var scored = pipeline.Fit(PublishedSamples.Multiclass(context, 1000, 0)).Transform(PublishedSamples.Multiclass(context, 500, 123));
        CollectionAssert.AreEqual(new uint[] { 1, 2, 2, 2, 3 }, scored.Values<uint>("PredictedLabel")[..5]);
        var metrics = context.MulticlassClassification.Evaluate(scored);
        // The sample's accuracies of 0.91 are older than its table, which has 458 of 500 right.
        Assert.AreEqual("0.92 0.92 0.24 0.79", PublishedSamples.Join(metrics.MicroAccuracy, metrics.MacroAccuracy, metrics.LogLoss, metrics.LogLossReduction));
        CollectionAssert.AreEqual(new[] { 148.0, 0, 12 }, metrics.ConfusionMatrix.Counts[0].ToArray());
        CollectionAssert.AreEqual(new[] { 0.0, 165, 12 }, metrics.ConfusionMatrix.Counts[1].ToArray());
        CollectionAssert.AreEqual(new[] { 11.0, 7, 145 }, metrics.ConfusionMatrix.Counts[2].ToArray());
    }

    [TestMethod]
    public void PoissonRegressionPrintsThePublishedFigures()
    {
        var context = new MLContext(seed: 0);
        var model = context.Regression.Trainers.LbfgsPoissonRegression().Fit(PublishedSamples.Regression(context, 1000, 0));
        var scored = model.Transform(PublishedSamples.Regression(context, 5, 123));
        // The third digit depends on the number of threads, which the sample leaves to the machine.
        var expected = new[] { 1.109f, 0.171f, 0.400f, 0.417f, 0.172f };
        foreach (var (score, published) in scored.Values<float>("Score").Zip(expected))
            Assert.AreEqual(published, score, 0.0035f);
    }

    [TestMethod]
    public void LogisticRegressionWithOptionsPrintsThePublishedFigures()
    {
        var context = new MLContext(seed: 0);
        var options = new LbfgsLogisticRegressionBinaryTrainer.Options { MaximumNumberOfIterations = 100, OptimizationTolerance = 1e-8f, L2Regularization = 0.01f };
        var model = context.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(PublishedSamples.Binary(context, 1000, 0));
        var metrics = context.BinaryClassification.Evaluate(model.Transform(PublishedSamples.Binary(context, 500, 123)));
        Assert.AreEqual("0.87 0.96 0.87 0.89 0.87 0.86 0.88", PublishedSamples.Join(
            metrics.Accuracy, metrics.AreaUnderRocCurve, metrics.F1Score, metrics.NegativePrecision, metrics.NegativeRecall, metrics.PositivePrecision, metrics.PositiveRecall));
        Assert.AreEqual("0.37 0.63 1.00", PublishedSamples.Join(metrics.LogLoss, metrics.LogLossReduction, metrics.Entropy));
    }

    [TestMethod]
    public void MaximumEntropyWithOptionsPrintsThePublishedFigures()
    {
        var context = new MLContext(seed: 0);
        var options = new LbfgsMaximumEntropyMulticlassTrainer.Options { HistorySize = 50, L1Regularization = 0.1f, NumberOfThreads = 1 };
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label").Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(options));
        var metrics = context.MulticlassClassification.Evaluate(pipeline.Fit(PublishedSamples.Multiclass(context, 1000, 0)).Transform(PublishedSamples.Multiclass(context, 500, 123)));
        Assert.AreEqual("0.91 0.91 0.22 0.80", PublishedSamples.Join(metrics.MicroAccuracy, metrics.MacroAccuracy, metrics.LogLoss, metrics.LogLossReduction));
        CollectionAssert.AreEqual(new[] { 147.0, 0, 13 }, metrics.ConfusionMatrix.Counts[0].ToArray());
        CollectionAssert.AreEqual(new[] { 11.0, 7, 145 }, metrics.ConfusionMatrix.Counts[2].ToArray());
    }
}
