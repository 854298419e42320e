using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers.Lbfgs;

[TestClass]
public sealed class LbfgsTrainerTests
{
    private static readonly float[][] Rows = [[1, 0, 2], [0, 1, 1], [3, 1, 0], [0, 2, 0], [1, 1, 1], [2, 0, 0]];

    private static MemoryView Labeled(params bool[] labels) => new MemoryView().AddFeatures(Rows).Add("Label", BooleanDataViewType.Instance, labels);

    private static MemoryView Classes(params uint[] labels) => new MemoryView().AddFeatures(Rows).Add("Label", new KeyDataViewType(typeof(uint), 3), labels);

    private static MemoryView Counts(params float[] labels) => new MemoryView().AddFeatures(Rows).Add("Label", NumberDataViewType.Single, labels);

    private static MemoryView Sample() => Labeled(true, false, true, false, false, true);

    [TestMethod]
    public void TheGradientVanishesAtTheMinimum()
    {
        var context = new MLContext(0);
        var options = new LbfgsLogisticRegressionBinaryTrainer.Options { L1Regularization = 0, L2Regularization = 0.5f, OptimizationTolerance = 1e-9f };
        var model = context.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(Sample()).Model.SubModel;
        bool[] labels = [true, false, true, false, false, true];
        for (int j = -1; j < 3; j++)
        {
            double gradient = j < 0 ? 0 : 0.5 * model.Weights[j];
            for (int i = 0; i < Rows.Length; i++)
            {
                double score = model.Bias + Enumerable.Range(0, 3).Sum(k => model.Weights[k] * Rows[i][k]);
                gradient += (1 / (1 + Math.Exp(-score)) - (labels[i] ? 1 : 0)) * (j < 0 ? 1 : Rows[i][j]);
            }
            Assert.AreEqual(0, gradient, 2e-3);
        }
    }

    [TestMethod]
    public void AnL1PenaltySelectsWeights()
    {
        var context = new MLContext(0);
        var model = context.BinaryClassification.Trainers.LbfgsLogisticRegression(l1Regularization: 1.5f, l2Regularization: 0).Fit(Sample()).Model.SubModel;
        Assert.Contains(0f, model.Weights);
        Assert.IsTrue(model.Weights.Any(weight => weight != 0));
    }

    [TestMethod]
    [DataRow(0f)]
    [DataRow(0.01f)]
    public void WeightsCanBeKeptFromBecomingNegative(float l1)
    {
        var context = new MLContext(0);
        var free = context.BinaryClassification.Trainers.LbfgsLogisticRegression(l1Regularization: l1).Fit(Sample()).Model.SubModel;
        Assert.IsTrue(free.Weights.Any(weight => weight < 0));
        var bound = context.BinaryClassification.Trainers.LbfgsLogisticRegression(l1Regularization: l1, enforceNonNegativity: true).Fit(Sample()).Model.SubModel;
        Assert.IsTrue(bound.Weights.All(weight => weight >= 0));
        Assert.IsTrue(bound.Weights.Any(weight => weight > 0));
    }

    [TestMethod]
    public void TheDataAreReadOnce()
    {
        var data = Sample();
        new MLContext(0).BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(data);
        Assert.AreEqual(1, data.Passes);
    }

    [TestMethod]
    public void SparseRowsTrainTheSameModel()
    {
        var context = new MLContext(0);
        uint[] labels = [1, 2, 3, 1, 2, 3];
        var sparse = new MemoryView().AddFeatures(Array.ConvertAll(Rows, Sparse)).Add("Label", new KeyDataViewType(typeof(uint), 3), labels);
        var options = new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1, L1Regularization = 0.01f };
        var expected = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(options).Fit(Classes(labels)).Transform(Classes(labels)).Vectors("Score");
        var actual = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(options).Fit(sparse).Transform(sparse).Vectors("Score");
        for (int i = 0; i < expected.Length; i++)
        {
            for (int c = 0; c < 3; c++)
                Assert.AreEqual(expected[i][c], actual[i][c], 1e-5f);
        }
    }

    private static VBuffer<float> Sparse(float[] row)
    {
        int[] indices = [.. Enumerable.Range(0, row.Length).Where(i => row[i] != 0)];
        return new VBuffer<float>(row.Length, indices.Length, [.. indices.Select(i => row[i])], indices);
    }

    [TestMethod]
    public void TrainingCanStartFromAModel()
    {
        var context = new MLContext(0);
        var one = new LbfgsMaximumEntropyMulticlassTrainer.Options { MaximumNumberOfIterations = 1, L1Regularization = 0, NumberOfThreads = 1 };
        var data = Classes(1, 2, 3, 1, 2, 3);
        var first = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(one).Fit(data);
        var second = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(one).Fit(data, first.Model);
        Assert.IsLessThan(LogLoss(first), LogLoss(second));

        double LogLoss(ITransformer model) => context.MulticlassClassification.Evaluate(model.Transform(data)).LogLoss;
    }

    [TestMethod]
    public void TrainingCanStartFromStochasticGradientDescent()
    {
        var context = new MLContext(0);
        var options = new LbfgsLogisticRegressionBinaryTrainer.Options { StochasticGradientDescentInitilaizationTolerance = 0.01f, L1Regularization = 0, NumberOfThreads = 1 };
        var started = context.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(Sample()).Model.SubModel;
        var plain = context.BinaryClassification.Trainers.LbfgsLogisticRegression(l1Regularization: 0).Fit(Sample()).Model.SubModel;
        for (int i = 0; i < 3; i++)
            Assert.AreEqual(plain.Weights[i], started.Weights[i], 5e-3f);
    }

    [TestMethod]
    public void LoadedModelsPredictTheSame()
    {
        var context = new MLContext(0);
        var data = Classes(1, 2, 3, 1, 2, 3);
        var maximumEntropy = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options { ShowTrainingStatistics = true }).Fit(data);
        var reloaded = Assert.IsInstanceOfType<MulticlassPredictionTransformer<MaximumEntropyModelParameters>>(context.Reload(maximumEntropy));
        Assert.AreEqual(maximumEntropy.Model.Statistics.Deviance, reloaded.Model.Statistics.Deviance);
        var expected = maximumEntropy.Transform(data).Vectors("Score");
        var actual = reloaded.Transform(data).Vectors("Score");
        for (int i = 0; i < expected.Length; i++)
            CollectionAssert.AreEqual(expected[i], actual[i]);

        var counts = Counts(0, 3, 1, 4, 2, 0);
        var poisson = context.Regression.Trainers.LbfgsPoissonRegression().Fit(counts);
        CollectionAssert.AreEqual(poisson.Transform(counts).Values<float>("Score"), context.Reload(poisson).Transform(counts).Values<float>("Score"));
    }

    [TestMethod]
    public void StatisticsTellOfTheFit()
    {
        var context = new MLContext(0);
        var options = new LbfgsLogisticRegressionBinaryTrainer.Options { ShowTrainingStatistics = true, ComputeStandardDeviation = new InverseDiagonal(), L1Regularization = 0, L2Regularization = 0.1f };
        var model = context.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(Sample());
        var statistics = Assert.IsInstanceOfType<LinearModelParameterStatistics>(model.Model.SubModel.Statistics);
        Assert.AreEqual(6L, statistics.TrainingExampleCount);
        Assert.AreEqual(4, statistics.ParametersCount);
        Assert.AreEqual((float)(2 * 6 * Math.Log(2)), statistics.NullDeviance, 1e-5f);
        Assert.IsLessThan(statistics.NullDeviance, statistics.Deviance);
        var bias = statistics.GetBiasStatistics();
        Assert.AreEqual(bias.Estimate / bias.StandardError, bias.ZScore);
        var weights = statistics.GetWeightsCoefficientStatistics(4);
        Assert.HasCount(3, weights);
        Assert.IsTrue(weights[0].ZScore >= weights[1].ZScore && weights[1].ZScore >= weights[2].ZScore);
        Assert.AreEqual(model.Model.SubModel.Weights[weights[0].Index], weights[0].Estimate);
        Assert.IsTrue(weights.All(weight => weight.PValue is >= 0 and <= 1));
        var reloaded = ((BinaryPredictionTransformer<Microsoft.ML.Calibrators.CalibratedModelParametersBase<LinearBinaryModelParameters, Microsoft.ML.Calibrators.PlattCalibrator>>)context.Reload(model)).Model.SubModel.Statistics;
        Assert.AreEqual(weights[0].PValue, ((LinearModelParameterStatistics)reloaded).GetWeightsCoefficientStatistics(4)[0].PValue);
    }

    [TestMethod]
    public void BadOptionsAndDataAreRefused()
    {
        var context = new MLContext(0);
        var trainers = context.BinaryClassification.Trainers;
        AssertRefused("Must be non-negative", () => trainers.LbfgsLogisticRegression(l2Regularization: -1));
        AssertRefused("Must be non-negative", () => trainers.LbfgsLogisticRegression(l1Regularization: -1));
        AssertRefused("Must be positive", () => trainers.LbfgsLogisticRegression(optimizationTolerance: 0));
        AssertRefused("Must be positive", () => trainers.LbfgsLogisticRegression(historySize: 0));
        AssertRefused("Could not find feature column 'X'", () => trainers.LbfgsLogisticRegression(featureColumnName: "X").Fit(Sample()));
        AssertRefused("Schema mismatch for label column 'Label': expected Boolean, got Single", () => trainers.LbfgsLogisticRegression().Fit(Counts(0, 1, 0, 1, 0, 1)));
        var negative = Assert.ThrowsExactly<InvalidOperationException>(() => context.Regression.Trainers.LbfgsPoissonRegression().Fit(Counts(0, 1, -2, 1, 0, 1)));
        StringAssert.Contains(negative.Message, "but label -2 encountered");
        var empty = Assert.ThrowsExactly<InvalidOperationException>(() => context.Regression.Trainers.LbfgsPoissonRegression().Fit(Counts(float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN)));
        StringAssert.Contains(empty.Message, "No valid training instances found");

        static void AssertRefused(string message, Action action) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(action).Message, message);
    }

    /// <summary>Takes the Hessian for diagonal.</summary>
    private sealed class InverseDiagonal : ComputeLogisticRegressionStandardDeviation
    {
        public override VBuffer<float> ComputeStandardDeviation(double[] hessian, int[] weightIndices, int parametersCount, int currentWeightsCount, IChannel ch, float l2Weight)
        {
            Assert.HasCount(parametersCount * (parametersCount + 1) / 2, hessian);
            var errors = Enumerable.Range(0, parametersCount).Select(i => (float)Math.Sqrt(1 / hessian[i * (i + 3) / 2]));
            return new VBuffer<float>(currentWeightsCount, [.. errors]);
        }
    }
}
