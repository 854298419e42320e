using MLPipelines.Tests.Training.Loop;
using MLPipelines.Training;
using MLPipelines.Training.Checkpoints;
using TorchSharp;

namespace MLPipelines.Tests.Training.Resume;

/// <summary>A run that is interrupted and resumed ends with the weights of one that never was, to the last bit.</summary>
[TestClass]
[DoNotParallelize]
public sealed class ResumeTests
{
    public TestContext TestContext { get; set; } = null!;

    private static TrainingOptions Options(string folder, Action<TrainingOptions>? change = null) => TrainerTests.Options(options =>
    {
        options.CheckpointFolder = folder;
        options.Resume = true;
        change?.Invoke(options);
    });

    [TestMethod]
    [DataRow(TrainingPrecision.Float32, TrainingOptimiser.AdamW, null)]
    [DataRow(TrainingPrecision.BFloat16, TrainingOptimiser.AdamW, null)]
    [DataRow(TrainingPrecision.Float32, TrainingOptimiser.Adafactor, 0.9)]
    [DataRow(TrainingPrecision.BFloat16, TrainingOptimiser.Adafactor, null)]
    public void ACancelledRunIsResumedExactly(TrainingPrecision precision, TrainingOptimiser optimiser, double? beta1)
    {
        using var folder = new TemporaryFolder();
        using var uninterrupted = new ToyTask();
        void Choose(TrainingOptions options) => (options.Precision, options.Optimiser, options.Adafactor.Beta1) = (precision, optimiser, beta1);
        var whole = Trainer.Train(uninterrupted, TrainerTests.Options(Choose));
        var losses = new List<float>();
        for (int stop = 2; ; stop += 7)
        {
            using var task = new ToyTask();
            using var source = new CancellationTokenSource();
            int at = stop;
            task.OnLoss = (_, context, loss) =>
            {
                losses.Add(loss.item<float>());
                if (context.Step == at)
                    source.Cancel();
                return loss;
            };
            try
            {
                var result = Trainer.Train(task, Options(folder.Path, options =>
                {
                    Choose(options);
                    options.CancellationToken = source.Token;
                }));
                Assert.AreEqual(whole.Steps, result.Steps);
                Assert.AreEqual(whole.FinalLoss, result.FinalLoss);
                Assert.HasCount(whole.Validations.Count, result.Validations);
                Assert.AreEqual(whole.Best!.Step, result.Best!.Step);
                Assert.AreEqual(whole.PaddingShare, result.PaddingShare);
                CollectionAssert.AreEqual(uninterrupted.Weights(), task.Weights());
                break;
            }
            catch (OperationCanceledException)
            {
                Assert.IsLessThan(18, stop);
            }
        }
        CollectionAssert.AreEqual(whole.Losses.ToArray(), losses);
    }

    [TestMethod]
    [Timeout(120_000, CooperativeCancellation = true)]
    public async Task AKilledProcessIsResumedExactly()
    {
        using var whole = new TemporaryFolder();
        using var broken = new TemporaryFolder();
        using (var process = OtherTrainer.Start(OtherTrainer.Resumer, whole.Path))
            await EndsAsync(process);
        string state = Path.Combine(broken.Path, "run", "training-state.safetensors");
        for (int kill = 0; kill < 3; kill++)
        {
            using var process = OtherTrainer.Start(OtherTrainer.Resumer, broken.Path);
            var before = File.Exists(state) ? File.GetLastWriteTimeUtc(state) : DateTime.MinValue;
            while ((!File.Exists(state) || File.GetLastWriteTimeUtc(state) == before) && !process.HasExited)
                await Task.Delay(1, TestContext.CancellationToken);
            await Task.Delay(20 * kill, TestContext.CancellationToken);
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestContext.CancellationToken);
        }
        using (var process = OtherTrainer.Start(OtherTrainer.Resumer, broken.Path))
            await EndsAsync(process);
        OtherTrainer.Outcome expected = OtherTrainer.Read(whole.Path), resumed = OtherTrainer.Read(broken.Path);
        Assert.IsLessThan(expected.Losses.Length, resumed.Losses.Length);
        CollectionAssert.AreEqual(expected.Losses[^resumed.Losses.Length..], resumed.Losses);
        CollectionAssert.AreEqual(expected.Weights, resumed.Weights);
    }

    [TestMethod]
    public void AFinishedRunIsNotTrainedAgain()
    {
        using var folder = new TemporaryFolder();
        using var first = new ToyTask();
        Trainer.Train(first, Options(folder.Path));
        using var again = new ToyTask();
        again.OnLoss = (_, _, _) => throw new InvalidOperationException("There is nothing left to train.");
        var result = Trainer.Train(again, Options(folder.Path));
        Assert.AreEqual(18, result.Steps);
        Assert.IsEmpty(result.Losses);
        CollectionAssert.AreEqual(first.Weights(), again.Weights());
    }

    [TestMethod]
    [DataRow(TrainingPrecision.Float32)]
    [DataRow(TrainingPrecision.BFloat16)]
    public void ARunKeepsToThePrecisionThatItBeganWith(TrainingPrecision precision)
    {
        using var folder = new TemporaryFolder();
        using var task = new ToyTask();
        Trainer.Train(task, Options(folder.Path, options => options.Precision = precision));
        var result = Trainer.Train(task, Options(folder.Path, options => options.Precision = TrainingPrecision.Auto));
        Assert.AreEqual(precision.ToString(), result.Precision.ToString());
        Assert.IsEmpty(result.Losses);
    }

    [TestMethod]
    public void ARunThatIsNotResumedStartsAnew()
    {
        using var folder = new TemporaryFolder();
        using var first = new ToyTask();
        Trainer.Train(first, Options(folder.Path));
        using var second = new ToyTask();
        var result = Trainer.Train(second, Options(folder.Path, options => options.Resume = false));
        Assert.HasCount(18, result.Losses);
        CollectionAssert.AreEqual(first.Weights(), second.Weights());
    }

    [TestMethod]
    public void OtherOptionsAndOtherDataAreRefusedByName()
    {
        using var folder = new TemporaryFolder();
        using var task = new ToyTask();
        Trainer.Train(task, Options(folder.Path, options => options.MaximumSteps = 3));
        using var other = new ToyTask { Data = "other" };
        var exception = Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(other, Options(folder.Path, options =>
        {
            options.MaximumSteps = 3;
            options.LearningRate = 0.5;
            options.Seed = 9;
        })));
        foreach (var part in new[] { "LearningRate was 0.05 and is 0.5", "Seed was 1 and is 9", "data was toy and is other" })
            Assert.Contains(part, exception.Message);
        using var larger = new ToyTask(examples: 97);
        Assert.Contains("examples was 96 and is 97", Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(larger, Options(folder.Path, options => options.MaximumSteps = 3))).Message);
    }

    [TestMethod]
    public void ACheckpointOfAnotherOptimiserIsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        using var task = new ToyTask();
        Trainer.Train(task, Options(folder.Path, options => options.MaximumSteps = 3));
        var exception = Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, Options(folder.Path, options => (options.MaximumSteps, options.Optimiser) = (3, TrainingOptimiser.Adafactor))));
        Assert.Contains("Optimiser was missing and is Adafactor", exception.Message);
    }

    [TestMethod]
    public void ADamagedCheckpointIsAClearError()
    {
        using var folder = new TemporaryFolder();
        using var task = new ToyTask();
        Trainer.Train(task, Options(folder.Path, options => options.MaximumSteps = 3));
        string file = Path.Combine(folder.Path, "training-state.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        foreach (int length in new[] { 0, 5, 100, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(file, bytes[..length]);
            Assert.Contains("training-state.safetensors", Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, Options(folder.Path, options => options.MaximumSteps = 3))).Message);
        }
        File.WriteAllBytes(file, bytes);
        using var checkpoint = Checkpoint.OpenSafetensors(file);
        Assert.Contains("weights/classifier.weight", checkpoint.Tensors.Keys);
    }

    [TestMethod]
    public void ValidationThatIsInterruptedIsMadeAgain()
    {
        using var folder = new TemporaryFolder();
        using var source = new CancellationTokenSource();
        using var task = new ToyTask();
        task.OnValidate = _ =>
        {
            source.Cancel();
            throw new OperationCanceledException(source.Token);
        };
        Assert.ThrowsExactly<OperationCanceledException>(() => Trainer.Train(task, Options(folder.Path, options => options.CancellationToken = source.Token)));
        Assert.IsTrue(torch.is_grad_enabled());
        task.OnValidate = null;
        var result = Trainer.Train(task, Options(folder.Path));
        Assert.AreEqual(6, result.Validations[0].Step);
        Assert.HasCount(3, result.Validations);
        Assert.HasCount(12, result.Losses);
    }

    private async Task EndsAsync(System.Diagnostics.Process process)
    {
        var errors = await process.StandardError.ReadToEndAsync(TestContext.CancellationToken);
        await process.WaitForExitAsync(TestContext.CancellationToken);
        Assert.AreEqual(0, process.ExitCode, errors);
    }
}
