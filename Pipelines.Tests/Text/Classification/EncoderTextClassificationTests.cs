using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Tests.FineTuning;
using MLPipelines.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Tests.EncoderText;

[TestClass]
public sealed class EncoderTextClassificationTests
{
    private readonly MLContext _context = new(seed: 1);

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];

        public float Confidence { get; set; }
    }

    private static EncoderTextClassificationOptions Options(int epochs = 6) => new() { Encoder = TinyText.Scratch(), Training = TinyText.Training(epochs) };

    private EncoderTextClassificationEstimator Estimator(EncoderTextClassificationOptions? options = null) =>
        _context.MulticlassClassification.Trainers.EncoderText(options ?? Options());

    private IDataView View(IEnumerable<TinyText.Row> rows) => TinyText.View(_context, rows);

    [TestMethod]
    [DataRow(EncoderArchitecture.Bert)]
    [DataRow(EncoderArchitecture.DistilBert)]
    [DataRow(EncoderArchitecture.Roberta)]
    public void AnEncoderFromScratchLearnsIntents(EncoderArchitecture architecture)
    {
        var options = Options(15);
        options.Encoder = TinyText.Scratch(architecture);
        using var model = Estimator(options).Fit(View(TinyText.Intents(120)));
        CollectionAssert.AreEqual(new[] { "tracking", "refund", "praise" }, model.Labels.ToArray());
        var output = model.Transform(View(TinyText.Intents(240).Skip(120)));
        var metrics = _context.MulticlassClassification.EvaluateText(output);
        Assert.AreEqual(120, metrics.Rows);
        Assert.IsGreaterThan(0.95, metrics.Accuracy);
        Assert.Contains("accuracy", metrics.ToString());
        Assert.IsNotNull(model.Training);
        Assert.IsLessThan(model.Training.Losses[0], model.Training.FinalLoss);
    }

    [TestMethod]
    public void ItStandsInAChainOfMLNetsOwn()
    {
        var data = View(TinyText.Intents(90));
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label").Append(Estimator(Options(15))).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(data);
        Assert.IsGreaterThan(0.9, _context.MulticlassClassification.Evaluate(_context.Transforms.Conversion.MapValueToKey("PredictedLabel").Fit(model.Transform(data)).Transform(model.Transform(data))).MicroAccuracy);
        using var engine = _context.Model.CreatePredictionEngine<TinyText.Row, Prediction>(model);
        var prediction = engine.Predict(new() { Text = "where is my order number 7" });
        Assert.AreEqual("tracking", prediction.PredictedLabel);
        Assert.AreEqual(prediction.Score.Max(), prediction.Confidence);
        Assert.AreEqual(1, prediction.Score.Sum(), 1e-5);
    }

    [TestMethod]
    public async Task PredictIsTheSameFromManyThreads()
    {
        using var model = Estimator(Options(1)).Fit(View(TinyText.Intents(60)));
        string[] texts = [.. TinyText.Intents(50).Select(row => row.Text)];
        var expected = model.Predict(texts);
        var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => model.Predict(texts))));
        foreach (var results in all)
        {
            for (int i = 0; i < texts.Length; i++)
                CollectionAssert.AreEqual(expected[i].Probabilities.ToArray(), results[i].Probabilities.ToArray());
        }
    }

    [TestMethod]
    public void BelowTheThresholdThereIsNoLabel()
    {
        var options = Options(1);
        options.AbstainThreshold = 1;
        options.Training!.LearningRate = 1e-4;
        using var model = Estimator(options).Fit(View(TinyText.Intents(60)));
        var output = model.Transform(View(TinyText.Intents(60)));
        Assert.IsTrue(output.GetColumn<uint>("PredictedLabel").All(key => key == 0));
        Assert.IsTrue(model.Predict(["where is it"]).All(prediction => prediction.Label is null && prediction.Confidence > 0));
        Assert.AreEqual(0, _context.MulticlassClassification.EvaluateText(output).Coverage);
        var mixed = model.Transform(View([.. TinyText.Intents(20), new() { Text = "sing a song", Label = "oos" }]));
        var scope = _context.MulticlassClassification.EvaluateOutOfScope(mixed, 0.9);
        Assert.AreEqual((20, 1), (scope.InScopeRows, scope.OutOfScopeRows));
    }

    [TestMethod]
    public void OddTextsAreClassifiedToo()
    {
        using var model = Estimator(Options(1)).Fit(View(TinyText.Intents(30)));
        string huge = string.Concat(Enumerable.Repeat("where is my order ", 600_000));
        Assert.IsGreaterThan(10_000_000, huge.Length);
        var predictions = model.Predict(["", "   ", "\0\u0001", "Ω≈ç√∫ 東京 👍🏽", huge, "\ud800"]);
        Assert.HasCount(6, predictions);
        Assert.IsTrue(predictions.All(prediction => prediction.Probabilities.All(float.IsFinite)));
        Assert.IsEmpty(model.Predict([]));
    }

    [TestMethod]
    public void EveryWayToTrainTrains()
    {
        var options = new EncoderTextClassificationOptions
        {
            Encoder = EncoderSource.Scratch(new() { Layers = 2, HiddenSize = 32, Heads = 2, IntermediateSize = 64, MaximumTokens = 48, InitializerRange = 0.1, HiddenDropout = 0.05, AttentionDropout = 0.05 }, 300),
            ClassWeighting = ClassWeighting.Balanced,
            ClassWeights = new Dictionary<string, double> { ["refund"] = 2 },
            LabelSmoothing = 0.1,
            Mixup = 0.4,
            Augmentation = new() { Share = 1, WordDrop = 0.2, WordSwap = 0.2, SynonymReplacement = 0.5, Synonyms = new SynonymTable([["money", "cash"]]) },
            Training = TinyText.Training(20),
        };
        options.Training.Curriculum = TrainingCurriculum.EasyToHard;
        options.Training.GradientCheckpointing = true;
        options.Training.LayerwiseDecay = 0.9;
        options.Training.AccumulationSteps = 2;
        options.Training.EarlyStoppingPatience = 10;
        using var model = Estimator(options).Fit(View(TinyText.Intents(150)));
        Assert.IsGreaterThan(0.9, _context.MulticlassClassification.EvaluateText(model.Transform(View(TinyText.Intents(60)))).Accuracy);
    }

    [TestMethod]
    public void ACheckpointIsFineTunedWithLowRankUpdatesAndSavedAsACheckpoint()
    {
        using var folder = new TemporaryFolder();
        var options = Options(8);
        options.Encoder = TinyText.Checkpoint;
        options.Lora = new() { Rank = 4 };
        options.Training!.LearningRate = 2e-2;
        using (var model = Estimator(options).Fit(View(TinyText.Intents(150))))
        {
            Assert.IsGreaterThan(0.8, _context.MulticlassClassification.EvaluateText(model.Transform(View(TinyText.Intents(60)))).Accuracy);
            model.SaveCheckpoint(folder.Path);
        }
        using var loaded = EncoderModels.LoadSequenceClassifier(EncoderFiles.InFolder(folder.Path)).Model;
        CollectionAssert.AreEqual(new[] { "tracking", "refund", "praise" }, loaded.Config.Labels.ToArray());
    }

    [TestMethod]
    public void FrozenLayersStayAsTheyWere()
    {
        var options = Options(1);
        options.Encoder = TinyText.Checkpoint;
        options.Training!.FreezeLayers = 2;
        using var model = Estimator(options).Fit(View(TinyText.Intents(60)));
        using var before = EncoderModels.LoadEncoder(EncoderFiles.InFolder(TinyText.Checkpoint)).Model;
        var after = model.Runner.Module.named_parameters().ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2);
        foreach (var (name, parameter) in before.named_parameters().Where(parameter => !parameter.Item1.StartsWith("pooler", StringComparison.Ordinal)))
            CollectionAssert.AreEqual(parameter.detach().data<float>().ToArray(), after["bert." + name].detach().cpu().data<float>().ToArray(), name);
    }

    [TestMethod]
    public void AttributionsPointAtTheWordThatTells()
    {
        using var model = Estimator(Options(12)).Fit(View(TinyText.Intents(150)));
        var explanation = model.Explain("please send the money back for item 5");
        Assert.AreEqual("refund", explanation.Label);
        Assert.IsNotEmpty(explanation.Tokens);
        foreach (var token in explanation.Tokens)
            Assert.IsTrue(float.IsFinite(token.Attribution) && token.Start < token.End);
        Assert.IsTrue(explanation.Tokens.Any(token => token.Attribution != 0));
        Assert.Contains("refund", explanation.ToString());
        Assert.AreEqual("praise", model.Explain("where is my order", "praise").Label);
        Assert.Contains("'nothing'", Assert.ThrowsExactly<ArgumentException>(() => model.Explain("x", "nothing")).Message);
        Assert.IsEmpty(model.Explain("").Tokens);
    }

    [TestMethod]
    public void AnUnseenLabelIsLeftOutOfTheFigures()
    {
        using var model = Estimator(Options(1)).Fit(View(TinyText.Intents(60)));
        var metrics = _context.MulticlassClassification.EvaluateText(model.Transform(View([.. TinyText.Intents(10), new() { Text = "x", Label = "unheard" }])));
        Assert.AreEqual((10, 1), (metrics.Rows, metrics.RowsWithoutKnownLabel));
    }

    [TestMethod]
    public void WhatCannotBeLearntFromIsRefused()
    {
        Assert.Contains("no rows", Error([]).Message);
        Assert.Contains("None of the 2 training rows", Error([new() { Text = "a" }, new() { Text = "b" }]).Message);
        Assert.Contains("All 2 labelled training rows have the label 'only'", Error([new() { Text = "a", Label = "only" }, new() { Text = "b", Label = "only" }]).Message);
        var missing = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Estimator(new() { Encoder = TinyText.Scratch(), LabelColumnName = "Intent" }).Fit(View(TinyText.Intents(9))));
        Assert.Contains("'Intent'", missing.Message);

        InvalidOperationException Error(TinyText.Row[] rows) => Assert.ThrowsExactly<InvalidOperationException>(() => Estimator().Fit(View(rows)));
    }

    [TestMethod]
    public void AVocabularyThatDoesNotFitIsRefused()
    {
        using var folder = new TemporaryFolder();
        using (var encoder = EncoderModels.CreateEncoder(TinyText.Options().ToConfig(20, 0), pooler: true))
            EncoderModels.Save(encoder, folder.Path);
        foreach (string file in Directory.GetFiles(TinyText.Checkpoint, "*token*").Concat(Directory.GetFiles(TinyText.Checkpoint, "vocab*")))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        var options = Options();
        options.Encoder = folder.Path;
        Assert.Contains("ids 0 to 19", Assert.ThrowsExactly<EncoderException>(() => Estimator(options).Fit(View(TinyText.Intents(9)))).Message);
    }

    [TestMethod]
    public void ALossThatIsNotANumberStopsAndSaysWhere()
    {
        using var folder = new TemporaryFolder();
        using (var encoder = EncoderModels.LoadEncoder(EncoderFiles.InFolder(TinyText.Checkpoint)).Model)
        {
            using (TorchSharp.torch.no_grad())
                encoder.WordEmbedding.fill_(float.NaN);
            EncoderModels.Save(encoder, folder.Path, MLPipelines.Tokenization.TextTokenizer.Load(TinyText.Checkpoint));
        }
        var options = Options(1);
        options.Encoder = folder.Path;
        string message = Assert.ThrowsExactly<TrainingException>(() => Estimator(options).Fit(View(TinyText.Intents(60)))).Message;
        Assert.Contains("step", message);
        Assert.Contains("NaN", message);
    }

    [TestMethod]
    public void InBFloat16ItLearnsToo()
    {
        var options = Options(15);
        options.Training!.Precision = TrainingPrecision.BFloat16;
        using var model = Estimator(options).Fit(View(TinyText.Intents(120)));
        var metrics = _context.MulticlassClassification.EvaluateText(model.Transform(View(TinyText.Intents(60))));
        Assert.IsGreaterThan(0.9, metrics.Accuracy);
        Assert.AreEqual(TorchSharp.torch.ScalarType.BFloat16, model.Runner.Precision);
    }

    [TestMethod]
    public void EveryFaultyOptionIsReportedAtOnce()
    {
        var options = new EncoderTextClassificationOptions
        {
            TextColumnName = " ", Encoder = "", MaximumTokens = 1, ValidationFraction = 0.9, LabelSmoothing = 2, Mixup = -1, AbstainThreshold = 3, ScoreColumnName = "PredictedLabel",
            ClassWeights = new Dictionary<string, double> { ["a"] = -1 }, Lora = new() { Rank = 0 }, Augmentation = new() { WordDrop = 7 }, Training = new() { Epochs = 0, LearningRate = -1 },
        };
        string message = Assert.ThrowsExactly<ArgumentException>(() => Estimator(options).Fit(View([]))).Message;
        foreach (string expected in new[]
        {
            "TextColumnName is empty", "reference is empty", "MaximumTokens is 1", "ValidationFraction is 0.9", "LabelSmoothing is 2", "Mixup is -1", "AbstainThreshold is 3",
            "are both 'PredictedLabel'", "ClassWeights['a'] is -1", "Rank is 0", "WordDrop is 7", "Epochs is 0", "LearningRate is -1",
        })
        {
            Assert.Contains(expected, message);
        }
        var tooLong = Options();
        tooLong.MaximumTokens = 49;
        Assert.Contains("positions for 48 tokens", Assert.ThrowsExactly<ArgumentException>(() => Estimator(tooLong).Fit(View(TinyText.Intents(9)))).Message);
        var unknown = Options();
        unknown.ClassWeights = new Dictionary<string, double> { ["nobody"] = 1 };
        Assert.Contains("'nobody'", Assert.ThrowsExactly<ArgumentException>(() => Estimator(unknown).Fit(View(TinyText.Intents(9)))).Message);
    }

    [TestMethod]
    public void AfterDisposalItSaysSo()
    {
        var model = Estimator(Options(1)).Fit(View(TinyText.Intents(30)));
        model.Dispose();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Predict(["x"]));
    }

    [TestMethod]
    public void TrainingIsCancelledAndResumed()
    {
        using var folder = new TemporaryFolder();
        var data = View(TinyText.Intents(60));
        using var whole = Estimator(Make(default, folder: null)).Fit(data);
        using var source = new CancellationTokenSource();
        var stopped = Make(source.Token, Path.Combine(folder.Path, "run"));
        int steps = 0;
        stopped.Training!.Progress = new Immediate(progress =>
        {
            if (++steps == 9)
                source.Cancel();
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => Estimator(stopped).Fit(data));
        var resumed = Make(default, Path.Combine(folder.Path, "run"));
        resumed.Training!.Resume = true;
        using var model = Estimator(resumed).Fit(data);
        string[] texts = [.. TinyText.Intents(12).Select(row => row.Text)];
        foreach (var (expected, actual) in whole.Predict(texts).Zip(model.Predict(texts)))
            CollectionAssert.AreEqual(expected.Probabilities.ToArray(), actual.Probabilities.ToArray());

        static EncoderTextClassificationOptions Make(CancellationToken token, string? folder)
        {
            var options = Options(4);
            options.Augmentation = new();
            options.Training!.CancellationToken = token;
            options.Training.CheckpointFolder = folder;
            return options;
        }
    }

    private sealed class Immediate(Action<TrainingProgress> act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => act(value);
    }
}
