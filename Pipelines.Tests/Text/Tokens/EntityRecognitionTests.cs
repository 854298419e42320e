using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Tests.FineTuning;
using MLPipelines.Text;

namespace MLPipelines.Tests.Tokens;

[TestClass]
public sealed class EntityRecognitionTests
{
    private readonly MLContext _context = new(seed: 1);

    private static EntityRecognitionOptions Options(int epochs = 12) => new() { Encoder = TinyText.Scratch(), Training = TinyText.Training(epochs) };

    private EntityRecognitionEstimator Estimator(EntityRecognitionOptions? options = null) => _context.MulticlassClassification.Trainers.EntityRecognition(options ?? Options());

    [TestMethod]
    public void EntitiesAreFoundWithTheirPlaces()
    {
        using var model = Estimator().Fit(TinyText.View(_context, TinyText.Entities(160)));
        CollectionAssert.AreEqual(new[] { "O", "B-person", "I-person", "B-place", "I-place" }, model.Tags.ToArray());
        string text = "  john smith flew to  new york on day 3";
        var found = model.Predict([text])[0];
        Assert.HasCount(9, found.Tags);
        Assert.HasCount(2, found.Entities);
        foreach (var entity in found.Entities)
        {
            Assert.AreEqual(text[entity.Start..entity.End], entity.Text);
            Assert.IsInRange(0f, 1f, entity.Confidence);
        }
        Assert.AreEqual(("person", "john smith"), (found.Entities[0].Type, found.Entities[0].Text));
        Assert.AreEqual(("place", "new york"), (found.Entities[1].Type, found.Entities[1].Text));

        var output = model.Transform(TinyText.View(_context, TinyText.Entities(40)));
        var metrics = _context.MulticlassClassification.EvaluateEntities(output);
        Assert.IsGreaterThan(0.9, metrics.F1);
        foreach (string json in output.GetColumn<string>("Entities"))
        {
            using var document = JsonDocument.Parse(json);
            Assert.AreEqual(JsonValueKind.Array, document.RootElement.ValueKind);
        }
        Assert.AreEqual(output.GetColumn<string>("PredictedTags").First().Split(' ').Length, output.GetColumn<float[]>("Score").First().Length);
    }

    [TestMethod]
    public void WordsBeyondTheLimitAreOutside()
    {
        var options = Options(1);
        options.MaximumTokens = 8;
        using var model = Estimator(options).Fit(TinyText.View(_context, TinyText.Entities(40)));
        var tagged = model.Predict([string.Join(' ', Enumerable.Repeat("day", 500_000)), "", " \t "]);
        Assert.HasCount(500_000, tagged[0].Tags);
        Assert.IsTrue(tagged[0].Tags.Skip(10).All(tag => tag == "O") && tagged[0].Confidences[^1] == 0);
        Assert.IsEmpty(tagged[1].Tags);
        Assert.IsEmpty(tagged[2].Entities);
    }

    [TestMethod]
    public void TagsThatDoNotFitTheWordsAreRefused()
    {
        Assert.Contains("Row 1 has 2 words, which white space separates, but 3 tags", Error([.. TinyText.Entities(1), new() { Text = "two words", Label = "O O O" }]));
        Assert.Contains("None of the 1 training rows", Error([new() { Text = "two words" }]));
        Assert.Contains("have the label 'O'", Error([new() { Text = "two words", Label = "O O" }]));
        var options = Options();
        options.Augmentation = new();
        options.EntitiesColumnName = "Score";
        string message = Assert.ThrowsExactly<ArgumentException>(() => Estimator(options).Fit(TinyText.View(_context, []))).Message;
        Assert.Contains("Augmentation is set", message);
        Assert.Contains("are both 'Score'", message);

        string Error(TinyText.Row[] rows) => Assert.ThrowsExactly<InvalidOperationException>(() => Estimator().Fit(TinyText.View(_context, rows))).Message;
    }
}
