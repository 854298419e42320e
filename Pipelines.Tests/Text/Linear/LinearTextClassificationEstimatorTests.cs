using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Text;

namespace MLPipelines.Tests.LinearText;

[TestClass]
public sealed class LinearTextClassificationEstimatorTests
{
    private readonly MLContext _context = new(seed: 1);

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }

    private LinearTextClassificationEstimator Estimator(LinearTextClassificationOptions? options = null) =>
        _context.MulticlassClassification.Trainers.LinearText(options);

    private IDataView Data() => SampleTexts.View(_context, SampleTexts.Rows());

    [TestMethod]
    public void TextLabelsTrainAModelWhosePredictionsAreKeysNamedAfterThem()
    {
        var model = Estimator().Fit(Data());
        CollectionAssert.AreEqual(new[] { "delivery", "refund", "password", "praise", "hours" }, model.Labels.ToArray());
        var output = model.Transform(Data());
        Assert.AreEqual("Key<UInt32, 0-4>", output.Schema["PredictedLabel"].Type.ToString());
        Assert.AreEqual("Vector<Single, 5>", output.Schema["Score"].Type.ToString());
        VBuffer<ReadOnlyMemory<char>> names = default;
        output.Schema["PredictedLabel"].GetKeyValues(ref names);
        CollectionAssert.AreEqual(model.Labels.ToArray(), names.DenseValues().Select(name => name.ToString()).ToArray());
        output.Schema["Score"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(model.Labels.ToArray(), names.DenseValues().Select(name => name.ToString()).ToArray());
        CollectionAssert.AreEqual(
            output.GetColumn<string>("Label").ToArray(),
            _context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(output).Transform(output).GetColumn<string>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void ItsOutputCanBeEvaluatedWhenTheLabelIsAKey()
    {
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label").Append(Estimator());
        var metrics = _context.MulticlassClassification.Evaluate(pipeline.Fit(Data()).Transform(Data()));
        Assert.AreEqual(1.0, metrics.MicroAccuracy);
        Assert.IsInRange(0.0, 0.2, metrics.LogLoss);
        Assert.HasCount(5, metrics.ConfusionMatrix.Counts);
    }

    [TestMethod]
    public void KeyAndTextLabelsGiveTheSameModel()
    {
        var fromText = Estimator().Fit(Data());
        var fromKeys = _context.Transforms.Conversion.MapValueToKey("Label").Append(Estimator()).Fit(Data()).LastTransformer;
        SampleTexts.AssertSameBits(fromText.Model.Parts, fromKeys.Model.Parts);
    }

    [TestMethod]
    public void OneRowAtATimeEqualsTheWholeView()
    {
        var model = Estimator().Fit(Data());
        var engine = _context.Model.CreatePredictionEngine<SampleTexts.Row, Prediction>(model.Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(model.Transform(Data()))));
        var scores = model.Transform(Data()).GetColumn<float[]>("Score").ToArray();
        var rows = SampleTexts.Rows();
        var row = new SampleTexts.Row();
        for (int i = 0; i < rows.Count; i++)
        {
            row.Text = rows[i].Text;
            var prediction = engine.Predict(row);
            Assert.AreEqual(rows[i].Label, prediction.PredictedLabel);
            SampleTexts.Bits(scores[i], prediction.Score);
        }
    }

    [TestMethod]
    public void TheSchemaPromisedIsTheSchemaGiven()
    {
        var data = Data();
        var pipeline = Estimator(new() { PredictedLabelColumnName = "Class", ScoreColumnName = "Probabilities" })
            .Append(_context.Transforms.Conversion.MapKeyToValue("Name", "Class"));
        var output = pipeline.Fit(data).Transform(data);
        CollectionAssert.AreEqual(new[] { "Text", "Label", "Class", "Probabilities", "Name" }, output.Schema.Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void RowsWithoutALabelTakeNoPart()
    {
        var rows = SampleTexts.Rows();
        var gaps = rows.SelectMany(row => new[] { row, new SampleTexts.Row { Text = "noise " + row.Text } });
        SampleTexts.AssertSameBits(Estimator().Fit(Data()).Model.Parts, Estimator().Fit(SampleTexts.View(_context, gaps)).Model.Parts);
    }

    [TestMethod]
    public void DataWithoutAnythingToLearnFromIsRefused()
    {
        Assert.Contains("no rows", Error([]).Message);
        Assert.Contains("None of the 2 training rows has a label in column 'Label'", Error([new() { Text = "a" }, new() { Text = "b" }]).Message);
        Assert.Contains("All 2 labelled training rows have the label 'only'", Error([new() { Text = "a", Label = "only" }, new() { Text = "b", Label = "only" }]).Message);

        InvalidOperationException Error(SampleTexts.Row[] rows) =>
            Assert.ThrowsExactly<InvalidOperationException>(() => Estimator().Fit(SampleTexts.View(_context, rows)));
    }

    [TestMethod]
    public void AMissingOrWrongColumnIsNamed()
    {
        var data = Data();
        var missing = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Estimator(new() { TextColumnName = "Txt" }).Fit(data));
        Assert.Contains("'Txt'", missing.Message);
        Assert.Contains("Text, Label", missing.Message);
        var keys = _context.Transforms.Conversion.MapValueToKey("Text").Fit(data).Transform(data);
        Assert.Contains("'Text'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Estimator().Fit(keys)).Message);
    }

    [TestMethod]
    public void EveryFaultyOptionIsReportedAtOnce()
    {
        var options = new LinearTextClassificationOptions
        {
            TextColumnName = " ",
            WordNGramLength = 9,
            MinimumCharacterNGramLength = 6,
            CharacterWeight = float.NaN,
            MinimumDocumentFrequency = 0,
            Costs = [1, -2],
            CalibrationFolds = 1,
            NumberOfThreads = 0,
        };
        string message = Assert.ThrowsExactly<ArgumentException>(() => Estimator(options).Fit(Data())).Message;
        foreach (string expected in new[]
        {
            "TextColumnName is empty", "WordNGramLength is 9; it must be 0 to 5", "MinimumCharacterNGramLength is 6; it must be 1 to 5",
            "CharacterWeight is NaN", "MinimumDocumentFrequency is 0; it must be 1 or more", "Costs holds -2", "CalibrationFolds is 1; it must be 2 to 20", "NumberOfThreads is 0",
        })
        {
            Assert.Contains(expected, message);
        }
    }

    [TestMethod]
    public void SavingWithMLNetSaysWhereToSaveInstead()
    {
        var data = Data();
        var model = Estimator().Fit(data);
        Assert.Contains("artifact", Assert.ThrowsExactly<NotSupportedException>(() => _context.Model.Save(model, data.Schema, new MemoryStream())).Message);
    }

    [TestMethod]
    public void PredictingIntoTooShortASpanIsRefused()
    {
        var model = Estimator().Fit(Data());
        Assert.Contains("5 classes", Assert.ThrowsExactly<ArgumentException>(() => model.Predict("text", new float[4])).Message);
    }
}
