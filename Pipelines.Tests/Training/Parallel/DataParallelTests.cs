using MLPipelines.Training;

namespace MLPipelines.Tests.Training.Parallel;

/// <summary>Several processes that train together.</summary>
[TestClass]
[DoNotParallelize]
public sealed class DataParallelTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestInitialize]
    public void NeedsTheLibrary()
    {
        try
        {
            // LibTorch first, which it stands on.
            TorchSharp.torch.zeros(1).Dispose();
            ProcessLibrary.Load();
        }
        catch (TrainingException exception)
        {
            Assert.Inconclusive(exception.Message);
        }
    }

    [TestMethod]
    [Timeout(120_000, CooperativeCancellation = true)]
    [DataRow(OtherTrainer.Partner)]
    [DataRow(OtherTrainer.AdafactorPartner)]
    public async Task TwoProcessesFollowTheSameTrajectoryAsOne(string part)
    {
        using var folder = new TemporaryFolder();
        var ends = await RunAsync(part, folder);
        foreach (var end in ends)
            Assert.AreEqual(0, end.ExitCode, end.Errors);
        var together = OtherTrainer.Read(folder.Path);
        using var task = new ToyTask(dropout: 0);
        var alone = Trainer.Train(task, OtherTrainer.SharedOptions(part));
        Assert.AreEqual(alone.Steps, together.Steps);
        for (int i = 0; i < alone.Losses.Count; i++)
            Assert.AreEqual(alone.Losses[i], together.Losses[i], 2e-5);
        var weights = task.Weights();
        for (int i = 0; i < weights.Length; i++)
            Assert.AreEqual(weights[i], together.Weights[i], 1e-4);
    }

    [TestMethod]
    [Timeout(120_000, CooperativeCancellation = true)]
    public async Task AProcessThatVanishesIsNoticed()
    {
        using var folder = new TemporaryFolder();
        var ends = await RunAsync(OtherTrainer.Vanishing, folder);
        Assert.AreEqual(3, ends[0].ExitCode, ends[0].Errors);
        Assert.Contains("Process 0 of 2 lost another one", ends[0].Errors);
        Assert.AreNotEqual(0, ends[1].ExitCode);
        Assert.IsFalse(File.Exists(Path.Combine(folder.Path, "outcome.json")));
    }

    [TestMethod]
    [Timeout(120_000, CooperativeCancellation = true)]
    public async Task ABadLossInOneProcessStopsAll()
    {
        using var folder = new TemporaryFolder();
        var ends = await RunAsync(OtherTrainer.Diverging, folder);
        Assert.IsTrue(ends.All(end => end.ExitCode == 3));
        Assert.Contains("another process", ends[0].Errors);
        Assert.Contains("NaN in step 2", ends[1].Errors);
    }

    [TestMethod]
    [Timeout(120_000, CooperativeCancellation = true)]
    public async Task CancellingOneCancelsAll()
    {
        using var folder = new TemporaryFolder();
        var ends = await RunAsync(OtherTrainer.Cancelled, folder);
        Assert.IsTrue(ends.All(end => end.ExitCode == 4), string.Join('\n', ends));
    }

    [TestMethod]
    public void AMissingPartnerIsAClearErrorAfterTheTimeout()
    {
        using var folder = new TemporaryFolder();
        using var task = new ToyTask();
        var options = OtherTrainer.SharedOptions(OtherTrainer.Partner);
        options.Processes = 2;
        options.Rendezvous = folder.File("meeting");
        options.ProcessTimeout = TimeSpan.FromSeconds(2);
        var exception = Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, options));
        Assert.Contains("Process 0 of 2 did not meet the others", exception.Message);
        options.Rendezvous = "tcp://127.0.0.1";
        Assert.Contains("no port", Assert.ThrowsExactly<TrainingException>(() => Trainer.Train(task, options)).Message);
    }

    private async Task<IReadOnlyList<LaunchedProcessEnd>> RunAsync(string part, TemporaryFolder folder) =>
        await ProcessLauncher.RunAsync(2, [], OtherTrainer.Environment(part, folder.Path), cancellationToken: TestContext.CancellationToken);
}
