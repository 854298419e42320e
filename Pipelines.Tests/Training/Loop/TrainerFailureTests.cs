using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Tests.Training.Loop;

/// <summary>What the training loop does when things go wrong, or are to end.</summary>
[TestClass]
[DoNotParallelize]
public sealed class TrainerFailureTests
{
    private static TrainingOptions Options(Action<TrainingOptions>? change = null) => TrainerTests.Options(change);

    [TestMethod]
    public void ALossThatIsNotANumberStopsBeforeItDoesHarm()
    {
        using var folder = new TemporaryFolder();
        using var task = new ToyTask();
        int poisoned = -1;
        task.OnLoss = (examples, context, loss) =>
        {
            if (context.Step != 7)
                return loss;
            poisoned = examples[0];
            return loss * float.NaN;
        };
        var exception = Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, Options(options =>
        {
            options.CheckpointFolder = folder.Path;
            options.CheckpointEvery = 2;
            options.AccumulationSteps = 16;
        })));
        Assert.Contains("step 7", exception.Message);
        Assert.Contains("NaN", exception.Message);
        Assert.IsTrue(task.Weights().All(float.IsFinite));
        Assert.IsFalse(task.Toy.training);
        // The last good checkpoint is still there.
        task.OnLoss = null;
        var result = Trainer.Train(task, Options(options =>
        {
            options.CheckpointFolder = folder.Path;
            options.Resume = true;
            options.AccumulationSteps = 16;
        }));
        Assert.AreEqual(18, result.Steps);
        Assert.HasCount(12, result.Losses);
        Assert.IsGreaterThanOrEqualTo(0, poisoned);
    }

    [TestMethod]
    public void TheExamplesOfABadLossAreNamed()
    {
        using var task = new ToyTask();
        task.OnLoss = (examples, _, loss) => examples.Contains(41) ? loss / 0f : loss;
        var exception = Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, Options(options =>
        {
            options.AccumulationSteps = 16;
            options.LengthBuckets = 1;
        })));
        Assert.Contains("example 41.", exception.Message);
        Assert.Contains("∞", exception.Message.Replace("Infinity", "∞", StringComparison.Ordinal));
    }

    [TestMethod]
    public void AGradientThatIsNotFiniteStopsToo()
    {
        using var task = new ToyTask();
        // A finite loss whose derivative is not.
        task.OnLoss = (_, context, loss) => context.Step == 2 ? loss + (loss - loss.detach()).sqrt() : loss;
        var exception = Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, Options()));
        Assert.Contains("gradient", exception.Message);
        Assert.Contains("step 2", exception.Message);
        Assert.IsTrue(task.Weights().All(float.IsFinite));
    }

    [TestMethod]
    public void WhenMemoryRunsOutMicroBatchesAreHalved()
    {
        var messages = new List<string>();
        TrainingResult Train(int mostTokens, out float[] weights)
        {
            using var task = new ToyTask(dropout: 0);
            // What LibTorch says on the processor.
            task.OnLoss = (examples, context, loss) => examples.Length * examples.Max(task.LengthOf) > mostTokens
                ? throw new System.Runtime.InteropServices.ExternalException("[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 80000000000 bytes. Error code 12 (Cannot allocate memory)")
                : loss;
            var result = Trainer.Train(task, Options(options =>
            {
                options.KeepBest = false;
                options.Progress = new Messages(messages);
            }));
            weights = task.Weights();
            return result;
        }
        Assert.AreEqual(0, Train(int.MaxValue, out var expected).OutOfMemoryCount);
        var result = Train(60, out var weights);
        Assert.IsGreaterThan(0, result.OutOfMemoryCount);
        Assert.IsLessThan(5, result.OutOfMemoryCount);
        Assert.AreEqual(18, result.Steps);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], weights[i], 2e-5);
        Assert.IsNotEmpty(messages);
        Assert.Contains("Out of memory", messages[0]);
        var exception = Assert.ThrowsExactly<TrainingException>(() => Train(1, out _));
        Assert.Contains("alone", exception.Message);
    }

    [TestMethod]
    public void TrainingStopsWhenValidationGetsNoBetterAndTheBestWeightsComeBack()
    {
        foreach (bool onDisk in new[] { false, true })
        {
            using var folder = new TemporaryFolder();
            using var task = new ToyTask();
            double[] metrics = [0.5, 0.7, 0.705, 0.6, 0.9];
            var weights = new List<float[]>();
            task.OnValidate = _ =>
            {
                weights.Add(task.Weights());
                return new ValidationResult("made up", metrics[weights.Count - 1], higherIsBetter: true);
            };
            var result = Trainer.Train(task, Options(options =>
            {
                options.Epochs = 5;
                options.EarlyStoppingPatience = 2;
                options.MinimumDelta = 0.01;
                options.CheckpointFolder = onDisk ? folder.Path : null;
            }));
            Assert.IsTrue(result.StoppedEarly);
            Assert.HasCount(4, result.Validations);
            Assert.AreEqual(24, result.Steps);
            Assert.AreEqual(0.7, result.Best!.Result.Metric);
            Assert.AreEqual(12, result.Best.Step);
            CollectionAssert.AreEqual(weights[1], task.Weights());
            Assert.HasCount(onDisk ? 2 : 0, Directory.GetFiles(folder.Path));
        }
    }

    [TestMethod]
    public void ALowerMetricCanBeBetter()
    {
        using var task = new ToyTask();
        double[] metrics = [0.5, 0.4, 0.45];
        int made = 0;
        task.OnValidate = _ => new ValidationResult("loss", metrics[made++], higherIsBetter: false);
        var result = Trainer.Train(task, Options(options => options.ValidateEvery = 8));
        Assert.AreEqual(16, result.Best!.Step);
        Assert.AreEqual(18, result.Validations[^1].Step);
        Assert.IsFalse(result.StoppedEarly);
    }

    [TestMethod]
    public void CancellationIsHonouredAfterTheStep()
    {
        using var task = new ToyTask();
        using var source = new CancellationTokenSource();
        int steps = 0;
        task.OnLoss = (_, context, loss) =>
        {
            steps++;
            if (context.Step == 4)
                source.Cancel();
            return loss;
        };
        Assert.ThrowsExactly<OperationCanceledException>(() => Trainer.Train(task, Options(options => options.CancellationToken = source.Token)));
        Assert.AreEqual(5, steps);
        Assert.IsFalse(task.Toy.training);
    }

    [TestMethod]
    public void WhatCannotBeTrainedIsSaid()
    {
        using var task = new ToyTask();
        Assert.Contains("cuda:99", Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, Options(options => options.Device = "cuda:99"))).Message);
        Assert.ThrowsExactly<ArgumentException>(() => Trainer.Train(task, Options(options => options.Epochs = 0)));
        task.Toy.to(torch.ScalarType.BFloat16);
        Assert.Contains("BFloat16", Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, Options())).Message);
    }

    private sealed class Messages(List<string> messages) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Message is { } message)
                messages.Add(message);
        }
    }
}
