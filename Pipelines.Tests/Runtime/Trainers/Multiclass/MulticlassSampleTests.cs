using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers.Multiclass;

/// <summary>The figures that the published samples print, and what holds for every data set.</summary>
[TestClass]
public sealed class MulticlassSampleTests
{
    private static readonly float[][] Rows = [[1, 0], [0, 1], [3, 1], [0, 2], [1, 1], [2, 0]];

    private static MemoryView View(params uint[] labels) =>
        new MemoryView().AddFeatures(Rows).Add("Label", new KeyDataViewType(typeof(uint), 3), labels);

    private static (ITransformer Model, IDataView Scored, MulticlassClassificationMetrics Metrics) Run(MLContext context, IEstimator<ITransformer> trainer)
    {
        var model = context.Transforms.Conversion.MapValueToKey("Label").Append(trainer).Fit(PublishedSamples.Multiclass(context, 1000, 0));
        var scored = model.Transform(PublishedSamples.Multiclass(context, 500, 123));
        return (model, scored, context.MulticlassClassification.Evaluate(scored));
    }

    [TestMethod]
    public void NaiveBayesPrintsThePublishedFigures()
    {
        var context = new MLContext(seed: 0);
        var (model, scored, metrics) = Run(context, context.MulticlassClassification.Trainers.NaiveBayes());
        CollectionAssert.AreEqual(new uint[] { 1, 2, 3, 2, 3 }, scored.Values<uint>("PredictedLabel")[..5]);
        Assert.AreEqual("0.88 0.88 34.54", PublishedSamples.Join(metrics.MicroAccuracy, metrics.MacroAccuracy, metrics.LogLoss));
        CollectionAssert.AreEqual(new[] { 160.0, 0, 0 }, metrics.ConfusionMatrix.Counts[0].ToArray());
        CollectionAssert.AreEqual(new[] { 0.0, 145, 32 }, metrics.ConfusionMatrix.Counts[1].ToArray());
        CollectionAssert.AreEqual(new[] { 9.0, 21, 133 }, metrics.ConfusionMatrix.Counts[2].ToArray());
        AssertSameScores(context, model, PublishedSamples.Multiclass(context, 20, 1));
    }

    [TestMethod]
    public void OneVersusAllPrintsNearlyThePublishedFigures()
    {
        // The sample trains with several threads, so that its own figures differ from run to run.
        var context = new MLContext(seed: 0);
        var trainer = context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.SdcaLogisticRegression());
        var (model, scored, metrics) = Run(context, trainer);
        CollectionAssert.AreEqual(new uint[] { 1, 2, 2, 2, 2 }, scored.Values<uint>("PredictedLabel")[..5]);
        Assert.AreEqual(0.902, metrics.MicroAccuracy, 0.012);
        Assert.AreEqual(0.36, metrics.LogLoss, 0.02);
        AssertSameScores(context, model, PublishedSamples.Multiclass(context, 20, 1));
    }

    [TestMethod]
    public void PairwiseCouplingFindsTheClasses()
    {
        var context = new MLContext(seed: 0);
        var trainer = context.MulticlassClassification.Trainers.PairwiseCoupling(context.BinaryClassification.Trainers.AveragedPerceptron());
        var (model, scored, metrics) = Run(context, trainer);
        Assert.IsGreaterThan(0.85, metrics.MicroAccuracy);
        Assert.IsTrue(Array.TrueForAll(scored.Vectors("Score"), row => Math.Abs(row.Sum() - 1) < 1e-5));
        AssertSameScores(context, model, PublishedSamples.Multiclass(context, 20, 1));
    }

    [TestMethod]
    public void OneVersusAllReadsTheFeaturesOnce()
    {
        var context = new MLContext(0);
        var data = View(1, 2, 3, 1, 2, 3);
        context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.AveragedPerceptron()).Fit(data);
        Assert.AreEqual(1, data.Passes);
    }

    [TestMethod]
    public void OneVersusAllGivesTheModelsOfItsClasses()
    {
        var labels = new uint[] { 1, 2, 3, 1, 2, 3 };
        var data = View(labels);
        var context = new MLContext(0);
        var options = new LbfgsLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1, L1Regularization = 0.01f };
        var all = context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.LbfgsLogisticRegression(options)).Fit(data).Transform(data).Vectors("Score");
        for (uint c = 1; c <= 3; c++)
        {
            var binary = new MemoryView().AddFeatures(Rows).Add("Label", BooleanDataViewType.Instance, Array.ConvertAll(labels, label => label == c));
            var probabilities = context.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(binary).Transform(binary).Values<float>("Probability");
            var other = context.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(binary).Transform(binary).Values<float>("Probability");
            CollectionAssert.AreEqual(other, probabilities);
            for (int i = 0; i < Rows.Length; i++)
                Assert.IsTrue(all[i][c - 1] <= probabilities[i] * 3 && all[i][c - 1] >= probabilities[i] / 3);
        }
        var raw = context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.LinearSvm(), useProbabilities: false).Fit(data).Transform(data).Vectors("Score");
        Assert.IsTrue(raw.Any(row => row.Any(score => score < 0)));
    }

    [TestMethod]
    public void LabelsMustBeKeys()
    {
        var context = new MLContext(0);
        var data = new MemoryView().AddFeatures(Rows).Add("Label", NumberDataViewType.Single, new float[6]);
        var trainer = context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.LinearSvm());
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.GetOutputSchema(SchemaShape.Create(data.Schema)));
        StringAssert.Contains(error.Message, "Schema mismatch for label column 'Label': expected Key<UInt32>, got Single");
        Assert.ThrowsExactly<NotSupportedException>(() => trainer.Fit(data));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => context.MulticlassClassification.Trainers.NaiveBayes().Fit(data));
    }

    private static void AssertSameScores(MLContext context, ITransformer model, IDataView data)
    {
        var expected = model.Transform(data).Vectors("Score");
        var actual = context.Reload(model).Transform(data).Vectors("Score");
        for (int i = 0; i < expected.Length; i++)
            CollectionAssert.AreEqual(expected[i], actual[i]);
    }
}
