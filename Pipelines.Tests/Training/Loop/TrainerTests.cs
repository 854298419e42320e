using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Tests.Training.Loop;

/// <summary>What the training loop does, on a module small enough to train in a moment.</summary>
[TestClass]
[DoNotParallelize]
public sealed class TrainerTests
{
    public static TrainingOptions Options(Action<TrainingOptions>? change = null)
    {
        var options = new TrainingOptions { Device = "cpu", Precision = TrainingPrecision.Float32, Epochs = 3, BatchSize = 16, LearningRate = 0.05, WarmupShare = 0.1, LengthBuckets = 2 };
        change?.Invoke(options);
        return options;
    }

    [TestMethod]
    [DataRow(TrainingPrecision.Float32)]
    [DataRow(TrainingPrecision.BFloat16)]
    public void ItLearns(TrainingPrecision precision)
    {
        using var task = new ToyTask();
        var reports = new List<TrainingProgress>();
        var result = Trainer.Train(task, Options(options =>
        {
            options.Precision = precision;
            options.Progress = new Reports(reports.Add);
        }));
        Assert.AreEqual(18, result.Steps);
        Assert.AreEqual(3, result.Epochs);
        Assert.HasCount(18, result.Losses);
        Assert.IsLessThan(0.5f, result.Losses[^1]);
        Assert.IsGreaterThan(0.9, result.Best!.Result.Metric);
        Assert.HasCount(3, result.Validations);
        Assert.AreEqual(precision == TrainingPrecision.Float32 ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16, result.Precision);
        Assert.IsFalse(task.Toy.training);
        Assert.IsTrue(task.Toy.named_parameters().All(pair => pair.Item2.dtype == torch.ScalarType.Float32 && pair.Item2.requires_grad));
        var context = new TrainingContext(torch.CPU, torch.ScalarType.Float32, 1);
        Assert.AreEqual(result.Best.Result.Metric, task.Accuracy(context), 0.03);

        Assert.HasCount(18, reports);
        Assert.AreEqual(18, reports[^1].Step);
        Assert.AreEqual(18, reports[^1].TotalSteps);
        Assert.AreEqual(3, reports[^1].Epoch, 1e-9);
        Assert.AreEqual(0, reports[0].LearningRate);
        Assert.AreEqual(TimeSpan.Zero, reports[^1].Remaining);
        Assert.IsTrue(reports.All(report => report is { TokensPerSecond: > 0, GradientNorm: > 0, PaddingShare: >= 0 and < 1 }));
        Assert.AreEqual(3, reports.Count(report => report.Validation != null));
        Assert.AreEqual(reports[^1].SmoothedLoss, result.FinalLoss);
    }

    [TestMethod]
    public void MasterWeightsAreWhatTheModuleGetsBackAfterBFloat16()
    {
        using var task = new ToyTask();
        Trainer.Train(task, Options(options => options.Precision = TrainingPrecision.BFloat16));
        Assert.IsTrue(task.Weights("classifier.weight").Any(weight => BFloat16.Widen(BFloat16.Round(weight)) != weight));
        // What has no gradient is as it was, not rounded.
        using var untouched = new ToyTask();
        CollectionAssert.AreEqual(untouched.Weights("unused.weight"), task.Weights("unused.weight"));
    }

    [TestMethod]
    public void ASeedRepeatsAndAnotherDiffers()
    {
        float[] Train(int seed)
        {
            using var task = new ToyTask();
            Trainer.Train(task, Options(options => options.Seed = seed));
            return task.Weights();
        }
        CollectionAssert.AreEqual(Train(3), Train(3));
        CollectionAssert.AreNotEqual(Train(3), Train(4));
    }

    [TestMethod]
    [DataRow(TrainingPrecision.Float32, 2e-5)]
    [DataRow(TrainingPrecision.BFloat16, 0.05)]
    public void MicroBatchesComeToTheSameAsTheWholeBatch(TrainingPrecision precision, double tolerance)
    {
        float[] Train(int accumulation, int tokens, out TrainingResult result)
        {
            using var task = new ToyTask(examples: 90, dropout: 0);
            result = Trainer.Train(task, Options(options =>
            {
                options.Precision = precision;
                options.AccumulationSteps = accumulation;
                options.MaximumTokensPerMicroBatch = tokens;
                options.KeepBest = false;
            }));
            return task.Weights();
        }
        var whole = Train(1, 8192, out var wholeResult);
        foreach (var parts in new[] { Train(4, 8192, out var result), Train(1, 50, out result) })
        {
            for (int i = 0; i < whole.Length; i++)
                Assert.AreEqual(whole[i], parts[i], tolerance);
            for (int i = 0; i < wholeResult.Losses.Count; i++)
                Assert.AreEqual(wholeResult.Losses[i], result.Losses[i], tolerance);
        }
    }

    [TestMethod]
    public void OperationsOnFlatTensorsComeToTheSameAsTheProcessorsPass()
    {
        using var first = new ToyTask(dropout: 0);
        using var second = new ToyTask(dropout: 0);
        var options = Options();
        using var parameters = new FlatParameters(first, options, torch.CPU, torch.ScalarType.Float32);
        using var others = new FlatParameters(second, options, torch.CPU, torch.ScalarType.Float32);
        using var processor = new ProcessorOptimiser(parameters, options);
        using var tensors = new TensorOptimiser(others, options);
        var context = new TrainingContext(torch.CPU, torch.ScalarType.Float32, 1);
        for (int step = 0; step < 4; step++)
        {
            double processorNorm = Step(first, processor), tensorNorm = Step(second, tensors);
            Assert.AreEqual(processorNorm, tensorNorm, 1e-5);
        }
        float[] expected = first.Weights(), actual = second.Weights();
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-5);

        double Step(ToyTask task, Optimiser optimiser)
        {
            optimiser.Begin();
            for (int part = 0; part < 2; part++)
            {
                using var scope = torch.NewDisposeScope();
                task.Loss([part, part + 2, part + 4], context).Loss.backward();
                optimiser.Collect(isOnly: false);
            }
            double norm = optimiser.Norm();
            optimiser.Update(0.01, 0.5);
            optimiser.End();
            return norm;
        }
    }

    [TestMethod]
    public void FrozenLayersStayAsTheyAre()
    {
        using var task = new ToyTask();
        using var untouched = new ToyTask();
        Trainer.Train(task, Options(options => options.FreezeLayers = 2));
        foreach (var name in new[] { "embeddings.weight", "first.weight", "first.bias" })
            CollectionAssert.AreEqual(untouched.Weights(name), task.Weights(name), name);
        CollectionAssert.AreNotEqual(untouched.Weights("second.weight"), task.Weights("second.weight"));
        Assert.IsTrue(task.Toy.named_parameters().All(pair => pair.Item2.requires_grad));
        Assert.Contains("FreezeLayers", Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, Options(options => options.FreezeLayers = 4))).Message);
    }

    [TestMethod]
    public void LowerLayersLearnMoreSlowly()
    {
        double[] Moved(double decay)
        {
            using var task = new ToyTask(dropout: 0);
            using var untouched = new ToyTask();
            Trainer.Train(task, Options(options =>
            {
                options.MaximumSteps = 1;
                options.WarmupSteps = 0;
                options.WeightDecay = 0;
                options.LayerwiseDecay = decay;
            }));
            return [.. new[] { "first.bias", "second.bias", "classifier.bias" }.Select(name => task.Weights(name).Zip(untouched.Weights(name), (a, b) => Math.Abs(a - b)).Max())];
        }
        double[] even = Moved(1), scaled = Moved(0.5);
        // AdamW's first step moves everything by the learning rate.
        Assert.AreEqual(even[0] / 4, scaled[0], 1e-5);
        Assert.AreEqual(even[1] / 2, scaled[1], 1e-5);
        Assert.AreEqual(even[2], scaled[2], 1e-5);
    }

    [TestMethod]
    public void ForgettingActivationsChangesNothing()
    {
        float[] Train(bool checkpointing)
        {
            using var task = new ToyTask(dropout: 0);
            Trainer.Train(task, Options(options => options.GradientCheckpointing = checkpointing));
            return task.Weights();
        }
        float[] kept = Train(false), again = Train(true);
        for (int i = 0; i < kept.Length; i++)
            Assert.AreEqual(kept[i], again[i], 1e-5);
        // With dropout the layers draw the same numbers twice; otherwise it would not learn.
        using var withDropout = new ToyTask(dropout: 0.3);
        var result = Trainer.Train(withDropout, Options(options =>
        {
            options.GradientCheckpointing = true;
            options.Epochs = 4;
        }));
        Assert.IsGreaterThan(0.9, result.Best!.Result.Metric);
    }

    [TestMethod]
    public void WeightsOfMicroBatchesCount()
    {
        // A batch of two micro-batches, one of which has nothing to learn.
        using var task = new WeightedTask();
        var result = Trainer.Train(task, Options(options =>
        {
            options.BatchSize = 3;
            options.AccumulationSteps = 3;
            options.Shuffle = false;
            options.MaximumSteps = 2;
        }));
        Assert.AreEqual((1 * 1 + 3 * 5) / 4f, result.Losses[0], 1e-6f);
    }

    [TestMethod]
    public void NoTensorIsLeftBehind()
    {
        using var task = new ToyTask();
        var counts = new List<long>();
        long before = torch.Tensor.TotalCount;
        Trainer.Train(task, Options(options =>
        {
            options.Epochs = 10;
            options.AccumulationSteps = 2;
            options.Progress = new Reports(_ => counts.Add(torch.Tensor.TotalCount));
        }));
        Assert.AreEqual(counts[5], counts[^1]);
        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    private sealed class Reports(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    /// <summary>Three examples whose losses are 1, 5 and not a number, with weights 1, 3 and 0.</summary>
    private sealed class WeightedTask : TrainingTask
    {
        private readonly TorchSharp.Modules.Linear _module = torch.nn.Linear(1, 1);

        public override torch.nn.Module Module => _module;

        public override int ExampleCount => 3;

        public override int LengthOf(int example) => 1;

        public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
        {
            int example = examples.Single();
            var zero = _module.forward(torch.ones(1, 1)).sum() * 0f;
            return new MicroBatchLoss(zero + new[] { 1f, 5f, float.NaN }[example], new[] { 1, 3, 0 }[example]);
        }

        protected override void Dispose(bool disposing) => _module.Dispose();
    }
}
