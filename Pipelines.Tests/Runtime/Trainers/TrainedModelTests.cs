using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers;

[TestClass]
public sealed class TrainedModelTests
{
    private static readonly MLContext Context = new(seed: 0);

    [TestMethod]
    public void BinaryModelsComeBackBitForBit()
    {
        var trainers = Context.BinaryClassification.Trainers;
        var data = Context.Data.LoadFromEnumerable(SampleData.Binaries(100));
        var calibrated = trainers.SdcaLogisticRegression(maximumNumberOfIterations: 3).Fit(data);
        Assert.IsInstanceOfType<BinaryPredictionTransformer<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>>(Check(calibrated, data, "Score", "Probability"));
        Assert.IsInstanceOfType<BinaryPredictionTransformer<LinearBinaryModelParameters>>(Check(trainers.AveragedPerceptron().Fit(data), data, "Score"));
        Check(trainers.SdcaNonCalibrated(maximumNumberOfIterations: 3, l1Regularization: 2).Fit(data), data, "Score");
        Check(trainers.SgdCalibrated(numberOfIterations: 1).Fit(data), data, "Score", "Probability");
        Assert.IsInstanceOfType<BinaryPredictionTransformer<PriorModelParameters>>(Check(trainers.Prior().Fit(data), data, "Score", "Probability"));
    }

    [TestMethod]
    public void RegressionModelsComeBackBitForBit()
    {
        var data = Context.Data.LoadFromEnumerable(SampleData.Regressions(100));
        Assert.IsInstanceOfType<RegressionPredictionTransformer<LinearRegressionModelParameters>>(Check(Context.Regression.Trainers.Sdca(maximumNumberOfIterations: 3).Fit(data), data, "Score"));
        Check(Context.Regression.Trainers.OnlineGradientDescent().Fit(data), data, "Score");
    }

    [TestMethod]
    public void MulticlassModelsComeBackBitForBit()
    {
        var data = Context.Transforms.Conversion.MapValueToKey("Label").Fit(Context.Data.LoadFromEnumerable(SampleData.Multiclasses(100)))
            .Transform(Context.Data.LoadFromEnumerable(SampleData.Multiclasses(100)));
        var trainers = Context.MulticlassClassification.Trainers;
        var loaded = Check(trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 3).Fit(data), data);
        Assert.IsInstanceOfType<MulticlassPredictionTransformer<MaximumEntropyModelParameters>>(loaded);
        VBuffer<uint> keys = default;
        loaded.Transform(data).Schema["PredictedLabel"].GetKeyValues(ref keys);
        Assert.AreEqual(3, keys.Length);
        Assert.IsInstanceOfType<MulticlassPredictionTransformer<LinearMulticlassModelParameters>>(Check(trainers.SdcaNonCalibrated(maximumNumberOfIterations: 3).Fit(data), data));
    }

    [TestMethod]
    public void ThePromisedColumnsAreTheOnesThatCome()
    {
        var data = Context.Data.LoadFromEnumerable(SampleData.Binaries(50));
        var trainer = Context.BinaryClassification.Trainers.SdcaLogisticRegression(maximumNumberOfIterations: 2);
        var promised = trainer.GetOutputSchema(SchemaShape.Create(data.Schema));
        var actual = SchemaShape.Create(trainer.Fit(data).Transform(data).Schema);
        Assert.HasCount(promised.Count, actual);
        foreach (var column in promised)
        {
            Assert.IsTrue(actual.TryFindColumn(column.Name, out var found));
            Assert.IsTrue(column.IsCompatibleWith(found), column.Name);
        }
    }

    [TestMethod]
    public void ManyThreadsPredictAsOne()
    {
        var data = Context.Data.LoadFromEnumerable(SampleData.Multiclasses(200));
        var model = Context.Transforms.Conversion.MapValueToKey("Label").Append(Context.MulticlassClassification.Trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 3)).Fit(data);
        var expected = Scores(model.Transform(data));
        Parallel.For(0, 8, _ => CollectionAssert.AreEqual(expected, Scores(model.Transform(data))));

        static float[] Scores(IDataView view) => [.. view.GetColumn<float[]>("Score").SelectMany(row => row)];
    }

    private static ITransformer Check(ITransformer model, IDataView data, params string[] columns)
    {
        using var stream = new MemoryStream();
        Context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = Context.Model.Load(stream, out _);
        IDataView before = model.Transform(data), after = loaded.Transform(data);
        foreach (string column in columns)
            CollectionAssert.AreEqual(before.GetColumn<float>(column).ToArray(), after.GetColumn<float>(column).ToArray());
        if (columns.Length == 0)
            CollectionAssert.AreEqual(before.GetColumn<float[]>("Score").SelectMany(row => row).ToArray(), after.GetColumn<float[]>("Score").SelectMany(row => row).ToArray());
        CollectionAssert.AreEqual(before.Schema.Select(column => column.Type.ToString()).ToArray(), after.Schema.Select(column => column.Type.ToString()).ToArray());
        return loaded;
    }
}
