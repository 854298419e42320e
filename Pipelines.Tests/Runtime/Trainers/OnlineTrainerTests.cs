using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers;

[TestClass]
public sealed class OnlineTrainerTests
{
    private readonly MLContext _context = new(seed: 1);

    private static MemoryView TwoExamples() => new MemoryView().AddFeatures([[1, 2], [3, -1]]).Add("Label", BooleanDataViewType.Instance, [true, false]);

    [TestMethod]
    public void ThePerceptronAveragesItsModels()
    {
        // (1, 2) and (3, -1): hinge steps of +x on the first example and -x on the second, each pass of two.
        var options = new AveragedPerceptronTrainer.Options { NumberOfIterations = 1, Shuffle = false };
        var model = _context.BinaryClassification.Trainers.AveragedPerceptron(options).Fit(TwoExamples()).Model;
        // After the first example w = (1, 2), b = 1; after the second, whose margin 2 costs 3, w = (-2, 3), b = 0.
        CollectionAssert.AreEqual(new[] { -0.5f, 2.5f }, model.Weights.ToArray());
        Assert.AreEqual(0.5f, model.Bias);
    }

    [TestMethod]
    public void WithoutAveragingTheLastModelStays()
    {
        var options = new AveragedPerceptronTrainer.Options { NumberOfIterations = 1, Shuffle = false, Averaged = false };
        var model = _context.BinaryClassification.Trainers.AveragedPerceptron(options).Fit(TwoExamples()).Model;
        CollectionAssert.AreEqual(new[] { -2f, 3f }, model.Weights.ToArray());
        Assert.AreEqual(0f, model.Bias);
    }

    [TestMethod]
    public void LazyAveragesComeCloseToEagerOnes()
    {
        var data = _context.Data.LoadFromEnumerable(SampleData.Binaries(400));
        var lazy = _context.BinaryClassification.Trainers.AveragedPerceptron(new AveragedPerceptronTrainer.Options { Shuffle = false }).Fit(data).Model;
        var eager = _context.BinaryClassification.Trainers.AveragedPerceptron(new AveragedPerceptronTrainer.Options { Shuffle = false, LazyUpdate = false }).Fit(data).Model;
        double distance = Norm(lazy.Weights.Zip(eager.Weights, (a, b) => a - b));
        Assert.IsLessThan(0.05 * Norm(eager.Weights), distance);
    }

    [TestMethod]
    public void TrainingCanContinueFromAModel()
    {
        var trainer = _context.BinaryClassification.Trainers.AveragedPerceptron(new AveragedPerceptronTrainer.Options { NumberOfIterations = 1, Shuffle = false, Averaged = false });
        var first = trainer.Fit(TwoExamples()).Model;
        var second = trainer.Fit(TwoExamples(), first).Model;
        // (-2, 3)·(1, 2) = 4 > 1 and (-2, 3)·(3, -1) = -9 < -1: nothing to learn.
        CollectionAssert.AreEqual(first.Weights.ToArray(), second.Weights.ToArray());
    }

    [TestMethod]
    public void GradientDescentFollowsTheSquaredLoss()
    {
        var data = new MemoryView().AddFeatures([[2, 0], [0, 1]]).Add("Label", NumberDataViewType.Single, [1f, 1f]);
        var options = new OnlineGradientDescentTrainer.Options { LearningRate = 0.1f, DecreaseLearningRate = false, Averaged = false, Shuffle = false };
        var model = _context.Regression.Trainers.OnlineGradientDescent(options).Fit(data).Model;
        // First step 0.2: w = (0.4, 0), b = 0.2; then the error is -0.8 and the step 0.16.
        Assert.AreEqual(0.4f, model.Weights[0], 1e-6f);
        Assert.AreEqual(0.16f, model.Weights[1], 1e-6f);
        Assert.AreEqual(0.36f, model.Bias, 1e-6f);
    }

    [TestMethod]
    public void ADivergingRegressionIsRefused()
    {
        var options = new OnlineGradientDescentTrainer.Options { LearningRate = 100, DecreaseLearningRate = false, NumberOfIterations = 50 };
        var data = _context.Data.LoadFromEnumerable(SampleData.Regressions(200));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => _context.Regression.Trainers.OnlineGradientDescent(options).Fit(data));
        StringAssert.Contains(error.Message, "invalid values (NaN or Infinite)");
    }

    [TestMethod]
    public void BatchesOfSparseRowsGiveWhatDenseOnesGive()
    {
        var dense = new MemoryView().AddFeatures([.. Rows().Select(row => new VBuffer<float>(4, row))]).Add("Label", BooleanDataViewType.Instance, [true, false, true, false]);
        var sparse = new MemoryView().AddFeatures([.. Rows().Select(Sparse)]).Add("Label", BooleanDataViewType.Instance, [true, false, true, false]);
        var options = new LinearSvmTrainer.Options { BatchSize = 3, NumberOfIterations = 6, Shuffle = false };
        var expected = _context.BinaryClassification.Trainers.LinearSvm(options).Fit(dense).Model;
        var actual = _context.BinaryClassification.Trainers.LinearSvm(options).Fit(sparse).Model;
        for (int i = 0; i < 4; i++)
            Assert.AreEqual(expected.Weights[i], actual.Weights[i], 1e-6f);
        Assert.AreEqual(expected.Bias, actual.Bias, 1e-6f);

        static float[][] Rows() => [[1, 0, 0, 2], [0, 1, 0, 1], [0, 0, 3, 0], [1, 1, 0, 0]];
        static VBuffer<float> Sparse(float[] row)
        {
            int[] indices = [.. Enumerable.Range(0, row.Length).Where(i => row[i] != 0)];
            return new VBuffer<float>(row.Length, indices.Length, Array.ConvertAll(indices, i => row[i]), indices);
        }
    }

    [TestMethod]
    public void InitialWeightsAreDrawnFromTheDiameter()
    {
        var options = new LinearSvmTrainer.Options { InitialWeightsDiameter = 0.5f, Lambda = 1e-9f };
        var data = new MemoryView().AddFeatures([[0, 0]]).Add("Label", BooleanDataViewType.Instance, [true]);
        var model = _context.BinaryClassification.Trainers.LinearSvm(options).Fit(data).Model;
        Assert.IsTrue(model.Weights.All(weight => weight is not 0 and >= -0.25f and < 0.25f));
    }

    [TestMethod]
    public void BadOptionsAreRefused()
    {
        var trainers = _context.BinaryClassification.Trainers;
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.AveragedPerceptron(numberOfIterations: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.AveragedPerceptron(learningRate: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.AveragedPerceptron(l2Regularization: 0.5f));
        Assert.ThrowsExactly<InvalidOperationException>(() => trainers.AveragedPerceptron(new AveragedPerceptronTrainer.Options { RecencyGain = 1 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.LinearSvm(new LinearSvmTrainer.Options { BatchSize = 0 }));
        Assert.ThrowsExactly<ArgumentNullException>(() => trainers.LinearSvm((LinearSvmTrainer.Options)null!));
    }

    private static double Norm(IEnumerable<float> values) => Math.Sqrt(values.Sum(value => (double)value * value));
}
