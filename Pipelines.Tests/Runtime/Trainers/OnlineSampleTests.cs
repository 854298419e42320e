using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers;

/// <summary>The figures that the published samples print for trainers whose result does not depend on threads.</summary>
[TestClass]
public sealed class OnlineSampleTests
{
    [TestMethod]
    public void AveragedPerceptronWithOptions()
    {
        var options = new AveragedPerceptronTrainer.Options
        {
            LossFunction = new SmoothedHingeLoss(),
            LearningRate = 0.1f,
            LazyUpdate = false,
            RecencyGain = 0.1f,
            NumberOfIterations = 10,
        };
        Check(trainers => trainers.AveragedPerceptron(options), shift: 0.1f, share: 0.5f, [0.89, 0.96, 0.88, 0.87, 0.92, 0.91, 0.85], "TFTTF");
    }

    [TestMethod]
    public void LinearSvm() =>
        Check(trainers => trainers.LinearSvm(), shift: 0.03f, share: 0.5f, [0.53, 0.56, 0.49, 0.55, 0.58, 0.50, 0.47], "TFTFT");

    [TestMethod]
    public void LinearSvmWithBatchesAndProjection()
    {
        var options = new LinearSvmTrainer.Options { BatchSize = 10, PerformProjection = true, NumberOfIterations = 10 };
        Check(trainers => trainers.LinearSvm(options), shift: 0.03f, share: 0.5f, [0.58, 0.67, 0.28, 0.56, 0.94, 0.74, 0.18], "FFTTF");
    }

    [TestMethod]
    public void Prior() =>
        Check(trainers => trainers.Prior(), shift: 0.3f, share: 0.3f, [0.68, 0.50, 0.81, 0.00, 0.00, 0.68, 1.00], "TTTTT");

    /// <param name="make">Makes the trainer.</param>
    /// <param name="shift">What negative features are higher by.</param>
    /// <param name="share">The share of negative examples.</param>
    /// <param name="expected">Accuracy, AUC, F1, precision and recall of negatives, precision and recall of positives.</param>
    /// <param name="firstPredictions">The first five predictions.</param>
    private static void Check<TModel>(Func<BinaryClassificationCatalog.BinaryClassificationTrainers, ITrainerEstimator<BinaryPredictionTransformer<TModel>, TModel>> make, float shift, float share, double[] expected, string firstPredictions)
        where TModel : class
    {
        var context = new MLContext(seed: 0);
        var trainer = make(context.BinaryClassification.Trainers);
        var model = trainer.Fit(context.Data.LoadFromEnumerable(SampleData.Binaries(1000, 0, shift, share)));
        var scored = model.Transform(context.Data.LoadFromEnumerable(SampleData.Binaries(500, 123, shift, share)));
        var metrics = context.BinaryClassification.EvaluateNonCalibrated(scored);
        double[] actual =
        [
            metrics.Accuracy, metrics.AreaUnderRocCurve, metrics.F1Score, metrics.NegativePrecision, metrics.NegativeRecall, metrics.PositivePrecision, metrics.PositiveRecall,
        ];
        CollectionAssert.AreEqual(expected, Array.ConvertAll(actual, value => Math.Round(value, 2)), string.Join(" ", actual));
        Assert.AreEqual(firstPredictions, string.Concat(scored.GetColumn<bool>("PredictedLabel").Take(5).Select(value => value ? 'T' : 'F')));
    }
}
