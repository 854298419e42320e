using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Tests.Runtime.Trainers;

namespace MLPipelines.Tests.Runtime.Evaluation;

[TestClass]
public sealed class PermutationFeatureImportanceTests
{
    private static MemoryView Counts()
    {
        var random = new Random(1);
        var rows = new float[400][];
        var labels = new float[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = [random.NextSingle(), random.NextSingle(), random.NextSingle()];
            labels[i] = MathF.Exp(2 * rows[i][1] + 0.5f * rows[i][2]);
        }
        return new MemoryView().AddFeatures(rows).Add("Label", NumberDataViewType.Single, labels);
    }

    [TestMethod]
    public void TheFeatureThatDecidesMattersMost()
    {
        var context = new MLContext(1);
        var data = Counts();
        var model = context.Regression.Trainers.LbfgsPoissonRegression(l1Regularization: 0, l2Regularization: 0.01f).Fit(data);
        var importance = context.Regression.PermutationFeatureImportance(model, data, permutationCount: 5);
        Assert.HasCount(3, importance);
        double[] errors = [.. importance.Select(feature => feature.RootMeanSquaredError.Mean)];
        Assert.IsTrue(errors[1] > errors[2] && errors[2] > Math.Abs(errors[0]));
        Assert.AreEqual(5, importance[1].RSquared.Count);
        Assert.IsLessThan(0, importance[1].RSquared.Mean);
        Assert.AreEqual(importance[1].RSquared.StandardDeviation / Math.Sqrt(5), importance[1].RSquared.StandardError, 1e-12);

        var repeated = new MLContext(5);
        var again = new MLContext(5);
        var named = repeated.Regression.PermutationFeatureImportance((ITransformer)model, data);
        Assert.AreEqual(again.Regression.PermutationFeatureImportance(model, data)[2].RSquared.Mean, named["Slot 2"].RSquared.Mean);
    }

    [TestMethod]
    public void EveryTaskHasIt()
    {
        var context = new MLContext(1);
        var binary = PublishedSamples.Binary(context, 200, 0);
        var linear = context.BinaryClassification.Trainers.LbfgsLogisticRegression(l1Regularization: 20).Fit(binary);
        int used = linear.Model.SubModel.Weights.Count(weight => weight != 0);
        Assert.HasCount(used, context.BinaryClassification.PermutationFeatureImportance(linear, binary, useFeatureWeightFilter: true, numberOfExamplesToUse: 100));
        Assert.HasCount(50, context.BinaryClassification.PermutationFeatureImportanceNonCalibrated(linear, binary));
        var classes = new MemoryView().AddFeatures([[1, 0], [0, 1], [2, 0], [0, 3]]).Add("Label", new KeyDataViewType(typeof(uint), 2), new uint[] { 1, 2, 1, 2 });
        var multiclass = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(l1Regularization: 0).Fit(classes);
        Assert.HasCount(2, context.MulticlassClassification.PermutationFeatureImportance(multiclass, classes)[0].PerClassLogLoss);
    }
}
