using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers;

[TestClass]
public sealed class PredictionTransformerTests
{
    private static readonly MLContext Context = new(0);

    private static MemoryView View() => new MemoryView().AddFeatures([[1, 2], [-3, 1], [0, 0]]);

    private static BinaryPredictionTransformer<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>> Calibrated()
    {
        var linear = new LinearBinaryModelParameters(Context, new VBuffer<float>(2, [1, 0.5f]), 0.25f);
        var model = new CalibratedModelParameters<LinearBinaryModelParameters, PlattCalibrator>(Context, linear, new PlattCalibrator(Context, -1, 0));
        return new(Context, model, View().Schema, "Features");
    }

    [TestMethod]
    public void ABinaryModelAddsPredictedLabelScoreAndProbability()
    {
        var data = Calibrated().Transform(View());
        CollectionAssert.AreEqual(new[] { "Features", "PredictedLabel", "Score", "Probability" }, data.Schema.Select(column => column.Name).ToArray());
        Assert.AreEqual(BooleanDataViewType.Instance, data.Schema["PredictedLabel"].Type);
        CollectionAssert.AreEqual(new[] { 2.25f, -2.25f, 0.25f }, Values<float>(data, "Score"));
        CollectionAssert.AreEqual(new[] { true, false, true }, Values<bool>(data, "PredictedLabel"));
        Assert.AreEqual((float)(1 / (1 + Math.Exp(-2.25))), Values<float>(data, "Probability")[0]);
        Assert.IsTrue(data.Schema["Probability"].IsNormalized());
        Assert.AreEqual("BinaryClassification", Text(data.Schema["Score"], "ScoreColumnKind"));
        Assert.AreEqual("Score", Text(data.Schema["Score"], "ScoreValueKind"));
        Assert.AreEqual("Probability", Text(data.Schema["Probability"], "ScoreValueKind"));
        Assert.AreEqual("PredictedLabel", Text(data.Schema["PredictedLabel"], "ScoreValueKind"));
    }

    [TestMethod]
    public void TheThresholdDecidesThePrediction()
    {
        var changed = Context.BinaryClassification.ChangeModelThreshold(Calibrated(), 1);
        CollectionAssert.AreEqual(new[] { true, false, false }, Values<bool>(changed.Transform(View()), "PredictedLabel"));
    }

    [TestMethod]
    public void ScoreColumnsOfTwoModelsBelongToDifferentSets()
    {
        var data = Calibrated().Transform(Calibrated().Transform(View()));
        uint id = 0;
        data.Schema["Score"].Annotations.GetValue("ScoreColumnSetId", ref id);
        Assert.AreEqual(2u, id);
    }

    [TestMethod]
    public void AMulticlassModelNamesItsSlotsAndPredictions()
    {
        var names = new DataViewSchema.Annotations.Builder();
        names.AddKeyValues(2, TextDataViewType.Instance, (ref VBuffer<ReadOnlyMemory<char>> values) => values = new(2, ["no".AsMemory(), "yes".AsMemory()]));
        var train = View().Add("Label", new KeyDataViewType(typeof(uint), 2), new uint[3], names.ToAnnotations());
        var model = new MaximumEntropyModelParameters(Context, [new(2, [1, 0]), new(2, [0, 1])], [0, 0]);
        var transformer = new MulticlassPredictionTransformer<MaximumEntropyModelParameters>(Context, model, train.Schema, "Features", "Label");
        foreach (var transform in new ITransformer[] { transformer, Reloaded(transformer) })
        {
            var data = transform.Transform(View());
            CollectionAssert.AreEqual(new[] { 2u, 2u, 1u }, Values<uint>(data, "PredictedLabel"));
            VBuffer<ReadOnlyMemory<char>> text = default;
            data.Schema["Score"].GetSlotNames(ref text);
            Assert.AreEqual("yes", text.GetItemOrDefault(1).ToString());
            data.Schema["PredictedLabel"].GetKeyValues(ref text);
            Assert.AreEqual("no", text.GetItemOrDefault(0).ToString());
            var scores = Values<VBuffer<float>>(data, "Score")[0].DenseValues().ToArray();
            Assert.AreEqual(1f / (1 + MathF.E), scores[0], 1e-6f);
            Assert.AreEqual(1f, scores.Sum(), 1e-6f);
        }
    }

    [TestMethod]
    public void ALoadedModelHasItsTypeAndPredictsTheSame()
    {
        var loaded = Assert.IsInstanceOfType<BinaryPredictionTransformer<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>>(Reloaded(Calibrated()));
        CollectionAssert.AreEqual(Values<float>(Calibrated().Transform(View()), "Probability"), Values<float>(loaded.Transform(View()), "Probability"));
        Assert.AreEqual("Features", loaded.FeatureColumnName);
        CollectionAssert.AreEqual(new[] { 1, 0.5f }, loaded.Model.SubModel.Weights.ToArray());
        Assert.AreEqual(0.25f, loaded.Model.SubModel.Bias);
    }

    [TestMethod]
    public void FeaturesMustBeThereAndOfTheRightSize()
    {
        var transformer = Calibrated();
        var missing = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.Transform(new MemoryView().Add("Other", NumberDataViewType.Single, [1f])));
        StringAssert.Contains(missing.Message, "Could not find feature column 'Features'");
        var wrong = new MemoryView().AddFeatures([[1, 2, 3]]);
        var mismatch = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.GetOutputSchema(wrong.Schema));
        StringAssert.Contains(mismatch.Message, "Schema mismatch for feature column 'Features': expected Vector<Single, 2>, got Vector<Single, 3>");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.Transform(wrong));
    }

    [TestMethod]
    public void ARowIsScoredOnceWithoutAllocation()
    {
        var data = Calibrated().Transform(View());
        using var cursor = data.GetRowCursor(data.Schema);
        var score = cursor.GetGetter<float>(data.Schema["Score"]);
        var label = cursor.GetGetter<bool>(data.Schema["PredictedLabel"]);
        var probability = cursor.GetGetter<float>(data.Schema["Probability"]);
        float value = 0;
        bool positive = false;
        cursor.MoveNext();
        score(ref value);
        label(ref positive);
        probability(ref value);
        cursor.MoveNext();
        long before = GC.GetAllocatedBytesForCurrentThread();
        score(ref value);
        label(ref positive);
        probability(ref value);
        Assert.AreEqual(0L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static ITransformer Reloaded(ITransformer transformer)
    {
        using var stream = new MemoryStream();
        Context.Model.Save(transformer, null, stream);
        stream.Position = 0;
        return Context.Model.Load(stream, out _);
    }

    private static T[] Values<T>(IDataView data, string name)
    {
        using var cursor = data.GetRowCursor([data.Schema[name]]);
        var getter = cursor.GetGetter<T>(data.Schema[name]);
        var values = new List<T>();
        while (cursor.MoveNext())
        {
            T value = default!;
            getter(ref value);
            values.Add(value);
        }
        return [.. values];
    }

    private static string? Text(DataViewSchema.Column column, string kind) =>
        column.Annotations.TryGetText(kind, out string text) ? text : null;
}
