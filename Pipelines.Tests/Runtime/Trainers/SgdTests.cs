using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers;

[TestClass]
public sealed class SgdTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void LogisticRegressionSeparatesTheSample(int threads)
    {
        var context = new MLContext(seed: 0);
        var model = context.BinaryClassification.Trainers.SgdCalibrated(new SgdCalibratedTrainer.Options { NumberOfThreads = threads })
            .Fit(context.Data.LoadFromEnumerable(SampleData.Binaries(1000)));
        var metrics = context.BinaryClassification.Evaluate(model.Transform(context.Data.LoadFromEnumerable(SampleData.Binaries(500, 123))));
        // The published sample prints 0.63.
        Assert.AreEqual(0.63, metrics.AreaUnderRocCurve, 0.03);
    }

    [TestMethod]
    public void StepsShrinkWithThePenalty()
    {
        var context = new MLContext(seed: 0);
        var data = new MemoryView().AddFeatures([[2, 1]]).Add("Label", BooleanDataViewType.Instance, [true]);
        var options = new SgdNonCalibratedTrainer.Options { NumberOfThreads = 1, NumberOfIterations = 2, LearningRate = 0.5, L2Regularization = 0.1f, LossFunction = new HingeLoss(100) };
        var model = context.BinaryClassification.Trainers.SgdNonCalibrated(options).Fit(data).Model;
        // First step 0.5: the weights are 0.5 · x; the second is 0.5 / 1.05 and shrinks what there was by that times 0.1.
        double rate = 0.5 / 1.05;
        Assert.AreEqual((0.5 * (1 - 0.1 * rate) + rate) * 2, model.Weights[0], 1e-5);
        Assert.AreEqual(0.5 + rate, model.Bias, 1e-5);
    }

    [TestMethod]
    public void TrainingCanContinueFromACalibratedModelsLinearOne()
    {
        var context = new MLContext(seed: 0);
        var data = new MemoryView().AddFeatures([[1, 1], [0, 1]]).Add("Label", BooleanDataViewType.Instance, [true, false]);
        var trainer = context.BinaryClassification.Trainers.SgdCalibrated(numberOfIterations: 5, learningRate: 0.5);
        var first = trainer.Fit(data).Model.SubModel;
        var second = trainer.Fit(data, first).Model.SubModel;
        Assert.IsGreaterThan(first.Weights[0], second.Weights[0]);
    }

    [TestMethod]
    public void TooLargeALearningRateIsReduced()
    {
        var options = new SgdCalibratedTrainer.Options { LearningRate = 10, L2Regularization = 0.5f };
        new MLContext(seed: 0).BinaryClassification.Trainers.SgdCalibrated(options);
        Assert.AreEqual(1.0, options.LearningRate);
    }
}
