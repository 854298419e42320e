using Microsoft.ML;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Tests.Generation.Training;
using MLPipelines.Tests.Runtime.Torch;
using MLPipelines.Training;

namespace MLPipelines.Tests.Generation;

/// <summary>What is trained on LibTorch is what ONNX Runtime generates with.</summary>
[TestClass]
public sealed class TextToTextTests : TorchTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public async Task ItLearnsToAnswerAndGeneratesThroughItsExport()
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(TinyTextToText.Rows());
        using var model = context.Transforms.Text.TextToText(Learning()).Fit(data);
        Assert.IsLessThan(0.1, model.Training!.FinalLoss);
        var rows = TinyTextToText.Rows().ToArray();
        var report = model.Evaluate(data, cancellationToken: TestContext.CancellationToken);
        Assert.IsGreaterThan(0.9, report.Metrics.ExactMatch);
        Assert.IsGreaterThan(90, report.Metrics.Bleu.Score);
        Assert.IsLessThan(1.2, report.Metrics.Perplexity!.Value);
        Assert.HasCount(rows.Length, report.Cases);
        var text = model.Generate([rows[0].Input], cancellationToken: TestContext.CancellationToken)[0];
        Assert.AreEqual(rows[0].Target, text.Text);
        Assert.IsGreaterThan(0.5f, text.Confidence);
        var pieces = new List<string>();
        await foreach (string piece in model.StreamAsync(rows[0].Input, cancellationToken: TestContext.CancellationToken))
            pieces.Add(piece);
        Assert.AreEqual(rows[0].Target, string.Concat(pieces));
    }

    [TestMethod]
    public void ItLearnsByAdafactor()
    {
        var context = new MLContext(1);
        var options = Learning();
        options.Training!.Optimiser = TrainingOptimiser.Adafactor;
        options.Training.Adafactor.RelativeStep = false;
        using var model = context.Transforms.Text.TextToText(options).Fit(context.Data.LoadFromEnumerable(TinyTextToText.Rows()));
        Assert.IsLessThan(0.1, model.Training!.FinalLoss);
        var rows = TinyTextToText.Rows().ToArray();
        Assert.AreEqual(rows[0].Target, model.Generate([rows[0].Input])[0].Text);
    }

    [TestMethod]
    public void ACheckpointOfItIsFineTunedFurtherAlsoByLowRankUpdates()
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(TinyTextToText.Rows());
        using var folder = new TemporaryFolder();
        string checkpoint = Path.Combine(folder.Path, "checkpoint"), exported = Path.Combine(folder.Path, "onnx");
        string[] inputs = [.. TinyTextToText.Rows().Select(row => row.Input)];
        string[] before;
        using (var model = context.Transforms.Text.TextToText(Learning()).Fit(data))
        {
            model.SaveCheckpoint(checkpoint);
            model.SaveOnnx(exported);
            before = [.. model.Generate(inputs, cancellationToken: TestContext.CancellationToken).Select(text => text.Text)];
        }
        using (var generator = TextGenerator.Load(exported))
            CollectionAssert.AreEqual(before, generator.Generate(inputs, cancellationToken: TestContext.CancellationToken).Select(text => text.Text).ToArray());
        var options = Learning();
        options.Model = checkpoint;
        options.Lora = new T5LoraOptions { Rank = 2 };
        options.Training!.Epochs = 1;
        options.Training.LearningRate = 1e-4;
        using var tuned = context.Transforms.Text.TextToText(options).Fit(data);
        Assert.IsLessThan(0.2, tuned.Training!.FinalLoss);
        Assert.IsGreaterThan(0.9, tuned.Evaluate(data, cancellationToken: TestContext.CancellationToken).Metrics.ExactMatch);
    }

    [TestMethod]
    public void WhatIsWrongWithOptionsIsAllSaidAtOnce()
    {
        var options = new TextToTextOptions
        {
            InputColumnName = "", ConfidenceColumnName = "x", GeneratedTextColumnName = "x", MaximumInputTokens = 0, LabelSmoothing = double.NaN, ValidationFraction = 0,
            Lora = new T5LoraOptions { Rank = 0, Targets = ["w"] }, Training = new TrainingOptions { Epochs = 0, EarlyStoppingPatience = 1 }, Model = "",
        };
        string message = Assert.ThrowsExactly<ArgumentException>(options.Validate).Message;
        foreach (string part in (string[])["InputColumnName", "'x'", "MaximumInputTokens", "LabelSmoothing", "Rank", "Targets", "Epochs", "EarlyStoppingPatience", "T5Source"])
            Assert.Contains(part, message);
        Assert.Contains("vocabulary", Assert.ThrowsExactly<ArgumentException>(new TextToTextOptions { Model = T5Source.Scratch(vocabularySize: 10) }.Validate).Message);
        Assert.Contains("d_model", Assert.ThrowsExactly<ArgumentException>(new TextToTextOptions { Model = T5Source.Scratch(new T5Config { HiddenSize = 0 }) }.Validate).Message);
    }

    [TestMethod]
    public void ATokenizerOfAnotherCheckpointIsRefused()
    {
        var fixture = T5Fixture.Open((string)T5Fixture.Names.First()[0]);
        using var folder = new TemporaryFolder();
        using (var weights = T5Weights.Open(fixture.Folder))
        {
            var config = weights.Config with { VocabularySize = 300 };
            using var model = T5Model.Load(T5Weights.Random(config));
            MLPipelines.Training.Checkpoints.ModuleCheckpoints.Save(model, folder.Path);
            File.WriteAllBytes(Path.Combine(folder.Path, "config.json"), config.ToJson());
        }
        foreach (string file in Directory.EnumerateFiles(fixture.Folder).Where(file => Path.GetFileName(file) is "tokenizer.json" or "spiece.model" or "tokenizer_config.json"))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        var context = new MLContext(1);
        var options = Learning();
        options.Model = folder.Path;
        var exception = Assert.ThrowsExactly<T5Exception>(() => context.Transforms.Text.TextToText(options).Fit(context.Data.LoadFromEnumerable(TinyTextToText.Rows())));
        Assert.Contains("vocab_size is 300", exception.Message);
    }

    [TestMethod]
    public void DisposingTakesTheFilesAwayAndEndsTheModel()
    {
        var context = new MLContext(1);
        var options = Learning();
        options.Training!.Epochs = 1;
        var model = context.Transforms.Text.TextToText(options).Fit(context.Data.LoadFromEnumerable(TinyTextToText.Rows()));
        string folder = model.Generator.Folder;
        Assert.IsTrue(Directory.Exists(folder));
        model.Dispose();
        model.Dispose();
        Assert.IsFalse(Directory.Exists(folder));
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Generate(["x"], cancellationToken: TestContext.CancellationToken));
    }

    private static TextToTextOptions Learning() => new()
    {
        Model = T5Source.Scratch(TinyTextToText.Shape, 400), MaximumTargetTokens = 16, ValidationFraction = 0,
        Training = new TrainingOptions { Epochs = 150, BatchSize = 8, LearningRate = 5e-3, Precision = TrainingPrecision.Float32, Device = "cpu", Schedule = LearningRateSchedule.Linear },
    };
}
