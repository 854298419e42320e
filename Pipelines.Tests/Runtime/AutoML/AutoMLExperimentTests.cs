using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Runtime;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Tests.Runtime.AutoML;

/// <summary>What an experiment does with trials, whatever they are.</summary>
[TestClass]
public sealed class AutoMLExperimentTests
{
    private static SearchSpace Space() => new() { ["x"] = new UniformDoubleOption(0, 1) };

    private static AutoMLExperiment New(ITrialRunner runner, IMonitor? monitor = null)
    {
        var experiment = new MLContext(1).Auto().CreateExperiment().AddSearchSpace("own", Space()).SetRandomSearchTuner().SetTrialRunner(runner);
        return monitor is null ? experiment : experiment.SetMonitor(monitor);
    }

    private static double X(TrialSettings settings) => settings.Parameter["own"]["x"].AsType<double>();

    [TestMethod]
    public void TheBestIsReturnedAndAllIsReported()
    {
        var monitor = new RecordingMonitor();
        var runner = new FunctionRunner(X);
        var best = New(runner, monitor).SetMaxModelToExplore(20).Run();
        Assert.HasCount(20, monitor.Running);
        Assert.HasCount(20, monitor.Completed);
        Assert.AreEqual(monitor.Completed.Min(result => result.Loss), best.Loss);
        Assert.AreSame(best, monitor.Best[^1]);
        CollectionAssert.AreEqual(Enumerable.Range(0, 20).ToArray(), monitor.Running.Select(settings => settings.TrialId).ToArray());
        Assert.IsTrue(monitor.Completed.All(result => result.TrialSettings.EndedAtUtc >= result.TrialSettings.StartedAtUtc && result.PeakMemoryInMegaByte > 0));
        Assert.AreEqual(0, runner.Disposals);
    }

    [TestMethod]
    public void AFailedTrialIsReportedAndTheExperimentGoesOn()
    {
        var monitor = new RecordingMonitor();
        var best = New(new FunctionRunner(settings => settings.TrialId < 3 ? throw new InvalidOperationException($"no {settings.TrialId}") : settings.TrialId == 4 ? double.NaN : X(settings)), monitor).SetMaxModelToExplore(8).Run();
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 4 }, monitor.Failed.Select(failure => failure.Settings.TrialId).ToArray());
        Assert.AreEqual("no 1", monitor.Failed[1].Exception.Message);
        Assert.HasCount(4, monitor.Completed);
        Assert.IsGreaterThanOrEqualTo(3, best.TrialSettings.TrialId);
    }

    [TestMethod]
    public void OnlyWhenAllTrialsFailedTheFirstExceptionIsThrown()
    {
        var fault = Assert.ThrowsExactly<InvalidOperationException>(() => New(new FunctionRunner(settings => throw new FormatException($"bad {settings.TrialId}"))).SetMaxModelToExplore(5).Run());
        Assert.AreEqual("bad 0", fault.InnerException!.Message);
        StringAssert.Contains(fault.Message, "5 trials");
        var endless = Assert.ThrowsExactly<InvalidOperationException>(() => New(new FunctionRunner(settings => throw new FormatException("bad"))).Run());
        StringAssert.Contains(endless.Message, "50 trials");
    }

    [TestMethod]
    public async Task CancellationReturnsTheBestSoFar()
    {
        using var cancellation = new CancellationTokenSource();
        var runner = new FunctionRunner(async (settings, ct) =>
        {
            if (settings.TrialId == 3)
            {
                cancellation.Cancel();
                await Task.Delay(Timeout.Infinite, ct);
            }
            return X(settings);
        });
        var monitor = new RecordingMonitor();
        var best = await New(runner, monitor).RunAsync(cancellation.Token);
        Assert.AreEqual(monitor.Completed.Min(result => result.Loss), best.Loss);
        Assert.HasCount(3, monitor.Completed);
        Assert.HasCount(0, monitor.Failed);
    }

    [TestMethod]
    public async Task CancellationBeforeAnythingWasCompletedIsATimeout()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        var fault = await Assert.ThrowsExactlyAsync<TimeoutException>(() => New(new FunctionRunner(async (_, ct) =>
        {
            await Task.Delay(Timeout.Infinite, ct);
            return 0;
        })).RunAsync(cancellation.Token));
        Assert.AreEqual("Training time finished without completing a trial run", fault.Message);
    }

    /// <summary>A timeout cancels the running trial where another was completed, and waits for the first.</summary>
    [TestMethod]
    [DataRow(0)]
    [DataRow(2)]
    public void TimeEnds(int slow)
    {
        var monitor = new RecordingMonitor();
        var best = New(new FunctionRunner(async (settings, ct) =>
        {
            if (settings.TrialId >= slow)
                await Task.Delay(slow == 0 ? TimeSpan.FromSeconds(1.2) : Timeout.InfiniteTimeSpan, ct);
            return X(settings);
        }), monitor).SetTrainingTimeInSeconds(1).Run();
        Assert.HasCount(Math.Max(1, slow), monitor.Completed);
        Assert.IsNotNull(best);
        Assert.HasCount(0, monitor.Failed);
    }

    [TestMethod]
    public void ATrialThatUsesTooMuchMemoryFails()
    {
        var monitor = new RecordingMonitor();
        var runner = new FunctionRunner(async (settings, ct) =>
        {
            if (settings.TrialId == 0)
                await Task.Delay(TimeSpan.FromSeconds(20), ct);
            return X(settings);
        });
        New(runner, monitor).SetPerformanceMonitor(20).SetMaximumMemoryUsageInMegaByte(1).SetMaxModelToExplore(2).Run();
        Assert.HasCount(1, monitor.Failed);
        Assert.IsInstanceOfType<InsufficientMemoryException>(monitor.Failed[0].Exception);
        StringAssert.Contains(monitor.Failed[0].Exception.Message, "may use 1 MB");
    }

    [TestMethod]
    public void ACheckpointGoesOn()
    {
        using var folder = new TemporaryFolder();
        var first = new RecordingMonitor();
        New(new FunctionRunner(settings => settings.TrialId == 2 ? throw new FormatException("bad") : X(settings)), first).SetCheckpoint(folder.Path).SetMaxModelToExplore(6).Run();
        string file = Directory.GetFiles(folder.Path).Single();
        File.AppendAllText(file, "{\"id\":6,\"lo");

        var second = new RecordingMonitor();
        var best = New(new FunctionRunner(X), second).SetCheckpoint(folder.Path).SetMaxModelToExplore(10).Run();
        CollectionAssert.AreEqual(new[] { 6, 7, 8, 9 }, second.Running.Select(settings => settings.TrialId).ToArray());
        Assert.AreEqual(first.Completed.Concat(second.Completed).Min(result => result.Loss), best.Loss);
        Assert.HasCount(10, File.ReadAllLines(file));

        var undisturbed = new RecordingMonitor();
        New(new FunctionRunner(X), undisturbed).SetMaxModelToExplore(10).Run();
        CollectionAssert.AreEqual(undisturbed.Running.Skip(6).Select(X).ToArray(), second.Running.Select(X).ToArray());

        var other = new RecordingMonitor();
        New(new FunctionRunner(X), other).AddSearchSpace("more", Space()).SetCheckpoint(folder.Path).SetMaxModelToExplore(2).Run();
        Assert.AreEqual(0, other.Running[0].TrialId);
    }

    /// <summary>A search that goes on does so from the best of the earlier trials.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void SearchesGoOnFromTheBest(bool smac)
    {
        using var folder = new TemporaryFolder();
        static double Loss(TrialSettings settings) => Math.Pow(X(settings) - 0.6, 2);
        AutoMLExperiment Experiment(IMonitor monitor) => (smac ? New(new FunctionRunner(Loss), monitor).SetSmacTuner(5, 3, numRandomEISearchConfigurations: 100) : New(new FunctionRunner(Loss), monitor).SetCostFrugalTuner()).SetCheckpoint(folder.Path);
        var first = Experiment(new RecordingMonitor()).SetMaxModelToExplore(12).Run();
        var monitor = new RecordingMonitor();
        Experiment(monitor).SetMaxModelToExplore(20).Run();
        double[] tried = [.. monitor.Running.Select(X)];
        Assert.HasCount(8, tried);
        Assert.IsGreaterThan(5, tried.Distinct().Count());
        Assert.IsTrue(tried.Any(x => Math.Abs(x - X(first.TrialSettings)) is > 0 and < 0.2), string.Join(' ', tried));
    }

    [TestMethod]
    public void ADamagedCheckpointIsNamed()
    {
        using var folder = new TemporaryFolder();
        New(new FunctionRunner(X)).SetCheckpoint(folder.Path).SetMaxModelToExplore(3).Run();
        string file = Directory.GetFiles(folder.Path).Single();
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"x\":", "\"y\":"));
        var fault = Assert.ThrowsExactly<InvalidDataException>(() => New(new FunctionRunner(X)).SetCheckpoint(folder.Path).SetMaxModelToExplore(4).Run());
        StringAssert.Contains(fault.Message, "line 1");
    }

    [TestMethod]
    public void WhatIsMissingIsNamed()
    {
        var auto = new MLContext(1).Auto();
        var nothing = Assert.ThrowsExactly<InvalidOperationException>(() => auto.CreateExperiment().Run()).Message;
        StringAssert.Contains(nothing, "nothing to search");
        StringAssert.Contains(nothing, "nothing runs its trials");
        StringAssert.Contains(nothing, "nothing proposes its trials");
        var noBudget = Assert.ThrowsExactly<InvalidOperationException>(() => New(new FunctionRunner(X)).SetTrainingTimeInSeconds(0).Run()).Message;
        StringAssert.Contains(noBudget, "no budget");
        var pipeline = auto.BinaryClassification();
        var noData = Assert.ThrowsExactly<InvalidOperationException>(() => auto.CreateExperiment().SetPipeline(pipeline).SetMaxModelToExplore(1).Run()).Message;
        StringAssert.Contains(noData, nameof(AutoMLExperimentExtension.SetDataset));
        StringAssert.Contains(noData, "no metric");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => auto.CreateExperiment().SetMaxModelToExplore(0));
        var eci = Assert.ThrowsExactly<InvalidOperationException>(() => New(new FunctionRunner(X)).SetEciCostFrugalTuner().SetMaxModelToExplore(1).Run()).Message;
        StringAssert.Contains(eci, "needs a pipeline");
        Assert.ThrowsExactly<ArgumentException>(() => new UniformDoubleOption(2, 1));
    }

    [TestMethod]
    public void ASpaceOfOnePointHasOneTrial()
    {
        var monitor = new RecordingMonitor();
        new MLContext(1).Auto().CreateExperiment().AddSearchSpace("own", new SearchSpace { ["c"] = new ChoiceOption("only") }).SetCostFrugalTuner().SetMonitor(monitor).SetTrialRunner(new FunctionRunner(_ => 1)).Run();
        Assert.HasCount(1, monitor.Completed);
    }

    /// <summary>Parts may be made by the experiment, which gives their constructors what they ask for.</summary>
    private sealed class AskingTuner(AutoMLExperiment.AutoMLExperimentSettings settings, IChannel channel) : ITuner
    {
        public Parameter Propose(TrialSettings trial)
        {
            Assert.IsNotNull(channel);
            return settings.SearchSpace.SampleFromFeatureSpace([0.25]);
        }

        public void Update(TrialResult result)
        {
        }
    }

    private sealed class AskingRunner(MLContext context, AutoMLExperiment.AutoMLExperimentSettings settings) : ITrialRunner
    {
        public static int Disposals { get; set; }

        public Task<TrialResult> RunAsync(TrialSettings trial, CancellationToken ct)
        {
            Assert.IsNotNull(context);
            Assert.AreEqual(7, settings.Seed);
            return Task.FromResult(new TrialResult { TrialSettings = trial, Loss = X(trial) });
        }

        public void Dispose() => Disposals++;
    }

    [TestMethod]
    public void PartsAreMadeByType()
    {
        AskingRunner.Disposals = 0;
        var settings = new AutoMLExperiment.AutoMLExperimentSettings { Seed = 7, SearchSpace = new SearchSpace { ["own"] = Space() }, MaxModels = 2 };
        var experiment = new MLContext(1).Auto().CreateExperiment(settings).SetTuner<AskingTuner>().SetTrialRunner<AskingRunner>().SetMonitor(_ => new RecordingMonitor());
        Assert.AreEqual(0.25, experiment.Run().Loss);
        Assert.AreEqual(2, AskingRunner.Disposals);
        var unmakeable = Assert.ThrowsExactly<InvalidOperationException>(() => experiment.SetTuner<UnmakeableTuner>().Run());
        StringAssert.Contains(unmakeable.Message, nameof(UnmakeableTuner));
    }

    private sealed class UnmakeableTuner(Uri uri) : ITuner
    {
        public Parameter Propose(TrialSettings settings) => throw new InvalidOperationException(uri.ToString());

        public void Update(TrialResult result) => throw new InvalidOperationException(uri.ToString());
    }
}
