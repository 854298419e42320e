using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Tests.Runtime.Trainers;

namespace MLPipelines.Tests.Runtime.Evaluation;

[TestClass]
public sealed class CrossValidationTests
{
    [TestMethod]
    public void EveryExampleIsScoredOnceByAModelThatDidNotSeeIt()
    {
        var context = new MLContext(7);
        var data = PublishedSamples.Binary(context, 300, 0);
        var results = context.BinaryClassification.CrossValidate(data, context.BinaryClassification.Trainers.LbfgsLogisticRegression(), numberOfFolds: 4);
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, results.Select(result => result.Fold).ToArray());
        Assert.AreEqual(300, results.Sum(result => result.ScoredHoldOutSet.Values<bool>("Label").Length));
        var splits = new MLContext(7).Data.CrossValidationSplit(data, 4);
        for (int i = 0; i < 4; i++)
        {
            Assert.IsGreaterThan(0.5, results[i].Metrics.Accuracy);
            CollectionAssert.AreEqual(splits[i].TestSet.Vectors("Features")[0], results[i].ScoredHoldOutSet.Vectors("Features")[0]);
            CollectionAssert.AreEqual(results[i].Model.Transform(splits[i].TestSet).Values<float>("Score"), results[i].ScoredHoldOutSet.Values<float>("Score"));
        }
    }

    [TestMethod]
    public void EveryTaskHasCrossValidation()
    {
        var context = new MLContext(7);
        var regression = context.Regression.CrossValidate(PublishedSamples.Regression(context, 200, 0), context.Regression.Trainers.LbfgsPoissonRegression(), 2);
        Assert.IsTrue(regression.All(result => result.Metrics.RSquared > 0.5));
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label").Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
        var multiclass = context.MulticlassClassification.CrossValidate(PublishedSamples.Multiclass(context, 200, 0), pipeline, 2);
        Assert.IsTrue(multiclass.All(result => result.Metrics.MicroAccuracy > 0.6));
        var clustering = context.Clustering.CrossValidate(PublishedSamples.Regression(context, 200, 0), context.Clustering.Trainers.KMeans(numberOfClusters: 2), 2);
        Assert.IsTrue(clustering.All(result => result.Metrics.AverageDistance > 0));
        var binary = context.BinaryClassification.CrossValidateNonCalibrated(PublishedSamples.Binary(context, 200, 0), context.BinaryClassification.Trainers.AveragedPerceptron(), 2);
        Assert.HasCount(2, binary);
    }

    [TestMethod]
    public void OneFoldIsTooFew()
    {
        var context = new MLContext(0);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            context.Regression.CrossValidate(PublishedSamples.Regression(context, 10, 0), context.Regression.Trainers.LbfgsPoissonRegression(), 1));
        StringAssert.Contains(error.Message, "Must be more than 1");
    }

    [TestMethod]
    public void TheThresholdOfAModelCanBeChanged()
    {
        var context = new MLContext(0);
        var data = PublishedSamples.Binary(context, 200, 0);
        var model = context.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(data);
        var changed = context.BinaryClassification.ChangeModelThreshold(model, 1.5f);
        var scored = changed.Transform(data);
        CollectionAssert.AreEqual(Array.ConvertAll(scored.Values<float>("Score"), score => score > 1.5f), scored.Values<bool>("PredictedLabel"));
        Assert.AreSame(model, context.BinaryClassification.ChangeModelThreshold(model, 0));
    }
}
