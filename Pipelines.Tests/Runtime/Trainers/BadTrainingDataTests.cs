using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Trainers;

[TestClass]
public sealed class BadTrainingDataTests
{
    private static readonly MLContext Context = new(seed: 0);

    private static readonly Dictionary<string, Func<IEstimator<ITransformer>>> Binary = new()
    {
        ["SdcaLogisticRegression"] = () => Context.BinaryClassification.Trainers.SdcaLogisticRegression(),
        ["SdcaNonCalibrated"] = () => Context.BinaryClassification.Trainers.SdcaNonCalibrated(),
        ["AveragedPerceptron"] = () => Context.BinaryClassification.Trainers.AveragedPerceptron(),
        ["LinearSvm"] = () => Context.BinaryClassification.Trainers.LinearSvm(),
    };

    private static readonly Dictionary<string, Func<IEstimator<ITransformer>>> Multiclass = new()
    {
        ["SdcaMaximumEntropy"] = () => Context.MulticlassClassification.Trainers.SdcaMaximumEntropy(),
        ["SdcaNonCalibrated"] = () => Context.MulticlassClassification.Trainers.SdcaNonCalibrated(),
    };

    private static readonly Dictionary<string, Func<IEstimator<ITransformer>>> Regression = new()
    {
        ["Sdca"] = () => Context.Regression.Trainers.Sdca(),
        ["OnlineGradientDescent"] = () => Context.Regression.Trainers.OnlineGradientDescent(),
    };

    public static IEnumerable<string[]> BinaryNames => Binary.Keys.Select(name => new[] { name });

    public static IEnumerable<string[]> MulticlassNames => Multiclass.Keys.Select(name => new[] { name });

    public static IEnumerable<string[]> RegressionNames => Regression.Keys.Select(name => new[] { name });

    [TestMethod]
    [DynamicData(nameof(BinaryNames))]
    public void NoRows(string name)
    {
        var data = new MemoryView().Add("Label", BooleanDataViewType.Instance, Array.Empty<bool>()).AddFeatures(Array.Empty<VBuffer<float>>());
        Assert.ThrowsExactly<InvalidOperationException>(() => Binary[name]().Fit(data));
    }

    [TestMethod]
    [DynamicData(nameof(MulticlassNames))]
    public void AllLabelsMissing(string name)
    {
        var data = new MemoryView().Add("Label", new KeyDataViewType(typeof(uint), 3), [0u, 0u]).AddFeatures([[1], [2]]);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Multiclass[name]().Fit(data));
        StringAssert.Contains(error.Message, "0 instances");
    }

    [TestMethod]
    [DynamicData(nameof(RegressionNames))]
    public void AllFeaturesMissing(string name)
    {
        var data = new MemoryView().Add("Label", NumberDataViewType.Single, [1f, 2f]).AddFeatures([[float.NaN], [float.PositiveInfinity]]);
        Assert.ThrowsExactly<InvalidOperationException>(() => Regression[name]().Fit(data));
    }

    [TestMethod]
    [DynamicData(nameof(MulticlassNames))]
    public void AKeyOfOneClass(string name)
    {
        var data = new MemoryView().Add("Label", new KeyDataViewType(typeof(uint), 1), [1u, 1u]).AddFeatures([[1], [2]]);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Multiclass[name]().Fit(data));
        StringAssert.Contains(error.Message, "Must be at least 2");
    }

    [TestMethod]
    [DynamicData(nameof(BinaryNames))]
    public void OneClassOfTwoStillTrains(string name)
    {
        var data = new MemoryView().Add("Label", BooleanDataViewType.Instance, [true, true]).AddFeatures([[1], [2]]);
        var predictions = Binary[name]().Fit(data).Transform(data).GetColumn<bool>("PredictedLabel");
        CollectionAssert.AreEqual(new[] { true, true }, predictions.ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(BinaryNames))]
    public void ALabelOfTheWrongType(string name)
    {
        var data = new MemoryView().Add("Label", NumberDataViewType.Single, [0f, 1f]).AddFeatures([[1], [2]]);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Binary[name]().Fit(data));
        StringAssert.Contains(error.Message, "Schema mismatch for label column 'Label': expected Boolean, got Single");
    }

    [TestMethod]
    [DynamicData(nameof(MulticlassNames))]
    public void ALabelThatIsNoKey(string name)
    {
        var data = new MemoryView().Add("Label", TextDataViewType.Instance, ["a".AsMemory(), "b".AsMemory()]).AddFeatures([[1], [2]]);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Multiclass[name]().Fit(data));
        StringAssert.Contains(error.Message, "Schema mismatch for label column 'Label': expected Key<UInt32>, got String");
    }

    [TestMethod]
    [DynamicData(nameof(RegressionNames))]
    public void AMissingColumn(string name)
    {
        var data = new MemoryView().Add("Label", NumberDataViewType.Single, [0f, 1f]);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Regression[name]().Fit(data));
        StringAssert.Contains(error.Message, "Could not find feature column 'Features'");
        var shape = SchemaShape.Create(data.Schema);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Regression[name]().GetOutputSchema(shape));
    }

    [TestMethod]
    public void FeaturesOfTheWrongType()
    {
        var data = new MemoryView().Add("Label", NumberDataViewType.Single, [0f]).Add("Features", new VectorDataViewType(NumberDataViewType.Double, 2), [new VBuffer<double>(2, [1, 2])]);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Context.Regression.Trainers.Sdca().Fit(data));
        StringAssert.Contains(error.Message, "Schema mismatch for feature column 'Features': expected Vector<Single>, got Vector<Double>");
    }

    [TestMethod]
    public void AMissingWeightColumn()
    {
        var data = new MemoryView().Add("Label", NumberDataViewType.Single, [0f]).AddFeatures([[1]]);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Context.Regression.Trainers.Sdca(exampleWeightColumnName: "W").Fit(data));
        StringAssert.Contains(error.Message, "Could not find weight column 'W'");
    }

    [TestMethod]
    public void BadRowsAreLeftOutOfTheModel()
    {
        var good = new MemoryView().Add("Label", NumberDataViewType.Single, [1f, 2f, 3f]).AddFeatures([[1, 0], [0, 1], [1, 1]]);
        var mixed = new MemoryView().Add("Label", NumberDataViewType.Single, [1f, 2f, 3f, 4f, float.NaN]).AddFeatures([[1, 0], [0, 1], [1, 1], [float.NaN, 1], [1, 2]]);
        float[] expected = Train(good), actual = Train(mixed);
        CollectionAssert.AreEqual(expected, actual);

        static float[] Train(IDataView data)
        {
            var trainers = new MLContext(seed: 0).Regression.Trainers;
            return [.. trainers.Sdca(new Microsoft.ML.Trainers.SdcaRegressionTrainer.Options { NumberOfThreads = 1, Shuffle = false, MaximumNumberOfIterations = 5 }).Fit(data).Model.Weights];
        }
    }

    [TestMethod]
    public void APriorNeedsALabel()
    {
        var data = new MemoryView().Add("Label", NumberDataViewType.Single, [float.NaN]);
        Assert.ThrowsExactly<InvalidOperationException>(() => Context.BinaryClassification.Trainers.Prior().Fit(data));
    }
}
