using System.Diagnostics;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps;

/// <summary>Sweeps run, are cut off, go on, and lose nothing.</summary>
[TestClass]
public sealed class SweepTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private SweepOptions Options(Action<SweepOptions>? change = null)
    {
        var options = new SweepOptions
        {
            LedgerPath = Path.Combine(_folder.Path, "sweeps.db"),
            Space = new SearchSpace(KeyValuePair.Create<string, OptionBase>("x", new UniformDoubleOption(-2, 2)), KeyValuePair.Create<string, OptionBase>("kind", new ChoiceOption("a", "b"))),
            Trials = 20,
        };
        change?.Invoke(options);
        return options;
    }

    private static double Score(Parameter p) => -Math.Pow(p["x"].AsType<double>() - 1, 2) - (p["kind"].AsType<string>() == "b" ? 0 : 0.5);

    private static Task<double> Run(SweepTrial trial) => Task.FromResult(Score(trial.Parameter));

    private static string Signature(SweepResult result) => string.Join('\n', result.Trials.Select(trial => FormattableString.Invariant($"{trial.Id} {trial.State} {trial.Parameter} {trial.Metric}")));

    [TestMethod]
    public async Task TheBestIsFoundAndEveryTrialIsWrittenDown()
    {
        var seen = new List<SweepProgress>();
        var result = await Sweep.RunAsync(Options(options => options.Progress = new Now(seen.Add)), Run);
        Assert.HasCount(20, result.Trials);
        Assert.IsGreaterThan(-0.01, result.Best.Metric!.Value);
        Assert.AreEqual(result.Trials.Max(trial => trial.Metric), result.Best.Metric);
        Assert.HasCount(20, seen);
        Assert.AreEqual(20, seen[^1].Ended);
        Assert.IsTrue(result.Trials.All(trial => trial is { State: TrialState.Completed, Failure: null, MemoryMegabytes: > 0, Duration: not null }));
        using var ledger = SweepLedger.Open(Options().LedgerPath);
        Assert.AreEqual(Signature(result), Signature(new SweepResult(result.Experiment, ledger.Trials("sweep"), result.Best)));
        Assert.Contains("x: {min: -2.0, max: 2.0", ledger.Find("sweep")!.Space);
    }

    [TestMethod]
    [DataRow(SweepTuner.GaussianProcess)]
    [DataRow(SweepTuner.Random)]
    [DataRow(SweepTuner.Tpe)]
    [DataRow(SweepTuner.CostFrugal)]
    public async Task ASweepThatIsCutOffGoesOnAsIfItHadNotBeen(SweepTuner tuner)
    {
        var undisturbed = await Sweep.RunAsync(Options(options => (options.Tuner, options.Id) = (tuner, "whole")), Run);
        for (int cut = 3; cut <= 12; cut += 3)
        {
            using var cancellation = new CancellationTokenSource();
            int ran = 0;
            try
            {
                await Sweep.RunAsync(Options(options => (options.Tuner, options.Id, options.Resume, options.CancellationToken) = (tuner, "cut", true, cancellation.Token)), trial =>
                {
                    if (++ran == 3)
                        cancellation.Cancel();
                    cancellation.Token.ThrowIfCancellationRequested();
                    return Run(trial);
                });
            }
            catch (InvalidOperationException e)
            {
                Assert.Contains("before it was cancelled", e.Message);
            }
        }
        var resumed = await Sweep.RunAsync(Options(options => (options.Tuner, options.Id, options.Resume) = (tuner, "cut", true)), Run);
        Assert.AreEqual(Signature(undisturbed), Signature(resumed));
    }

    [TestMethod]
    public async Task FailedAndEndlessTrialsAreWrittenDownAndTheSweepGoesOn()
    {
        var result = await Sweep.RunAsync(Options(options => (options.TrialTime, options.Trials, options.Tuner) = (TimeSpan.FromMilliseconds(80), 12, SweepTuner.QuasiRandom)), async trial =>
        {
            trial.Write($"trial {trial.Id}");
            switch (trial.Id % 4)
            {
                case 0:
                    throw new ArithmeticException("the loss was NaN");
                case 1:
                    await Task.Delay(Timeout.Infinite, trial.CancellationToken);
                    return 0;
                case 2:
                    return double.NaN;
                default:
                    return Score(trial.Parameter);
            }
        });
        Assert.HasCount(12, result.Trials);
        foreach (var trial in result.Trials)
        {
            Assert.AreEqual(trial.Id % 4 == 3 ? TrialState.Completed : TrialState.Failed, trial.State);
            Assert.Contains($"trial {trial.Id}", trial.Log);
            string expected = (trial.Id % 4) switch { 0 => "the loss was NaN", 1 => "It took longer than 00:00:00.08", 2 => "The metric was NaN", _ => "" };
            Assert.Contains(expected, trial.Failure ?? "");
        }
        var nothing = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Sweep.RunAsync(Options(options => (options.Id, options.Trials) = ("bad", 3)), _ => throw new ArithmeticException("always")));
        Assert.Contains("the first of 3 failures", nothing.Message);
        Assert.Contains("always", nothing.Message);
    }

    [TestMethod]
    public async Task WorkersShareTheTrials()
    {
        int running = 0, most = 0;
        var result = await Sweep.RunAsync(Options(options => (options.Workers, options.Trials) = (4, 24)), async trial =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Delay(20);
            Interlocked.Decrement(ref running);
            return Score(trial.Parameter);
        });
        Assert.IsInRange(2, 4, most);
        CollectionAssert.AreEqual(Enumerable.Range(0, 24).ToArray(), result.Trials.Select(trial => trial.Id).ToArray());
        Assert.IsGreaterThan(-0.1, result.Best.Metric!.Value);
    }

    [TestMethod]
    public async Task HalvingSparesMostOfTheWorkAndKeepsTheBest()
    {
        async Task<(double Best, int Steps)> Search(Pruner? pruner, string id)
        {
            int steps = 0;
            var result = await Sweep.RunAsync(Options(options => (options.Id, options.Pruner, options.Tuner, options.Trials) = (id, pruner, SweepTuner.QuasiRandom, 60)), trial =>
            {
                double metric = 0;
                for (int step = 1; step <= 27; step++)
                {
                    steps++;
                    metric = Score(trial.Parameter) - 1.0 / step;
                    trial.Report(step, metric);
                }
                return Task.FromResult(metric);
            });
            if (pruner is not null)
            {
                Assert.IsTrue(result.Trials.Any(trial => trial.State == TrialState.Pruned));
                Assert.IsTrue(result.Trials.Where(trial => trial.State == TrialState.Pruned).All(trial => trial.Curve.Count < 27 && trial.Metric == trial.Curve[^1].Metric));
            }
            return (result.Best.Metric!.Value, steps);
        }

        var full = await Search(null, "full");
        var halving = await Search(new SuccessiveHalvingPruner(1, 3), "halving");
        var median = await Search(new MedianPruner(), "median");
        Assert.AreEqual(full.Best, halving.Best, 0.01);
        Assert.IsLessThan(0.35 * full.Steps, halving.Steps);
        Assert.AreEqual(full.Best, median.Best, 0.01);
        Assert.IsLessThan(0.7 * full.Steps, median.Steps);
    }

    [TestMethod]
    public async Task TheSchedulerCostsLessThanFiveMillisecondsATrial()
    {
        var options = Options(options => (options.Tuner, options.Trials, options.Workers) = (SweepTuner.Random, 200, 100));
        var watch = Stopwatch.StartNew();
        await Sweep.RunAsync(options, async trial =>
        {
            await Task.Delay(100);
            return Score(trial.Parameter);
        });
        double overhead = (watch.Elapsed.TotalMilliseconds - 200) / 200;
        TestContext.WriteLine($"{overhead:F2} ms a trial with 100 workers");
        Assert.IsLessThan(15, overhead, "three times the bar, for machines that do something else as well");
    }

    [TestMethod]
    public async Task WhatGoesOnMustBeTheSame()
    {
        await Sweep.RunAsync(Options(options => options.Trials = 3), Run);
        Assert.Contains("There is an experiment 'sweep'", (await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Sweep.RunAsync(Options(), Run))).Message);
        var other = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Sweep.RunAsync(Options(options => (options.Resume, options.Metric, options.Seed) = (true, "ndcg", 2)), Run));
        Assert.Contains("its metric is metric, not ndcg", other.Message);
        Assert.Contains("its seed is 1, not 2", other.Message);
    }

    [TestMethod]
    public void FaultsAreListedTogether()
    {
        var fault = Assert.ThrowsExactly<ArgumentException>(() => Options(options => (options.Trials, options.Workers, options.Time, options.Id) = (0, 0, TimeSpan.Zero, " ")).Validate());
        foreach (string name in new[] { "Trials", "Workers", "Time", "Id" })
            Assert.Contains(name, fault.Message);
    }

    [TestMethod]
    public async Task ADamagedOrForeignLedgerIsRefused()
    {
        await Sweep.RunAsync(Options(options => options.Trials = 5), Run);
        string path = Options().LedgerPath;
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        Assert.Contains("cannot be used as a ledger", Assert.ThrowsExactly<InvalidDataException>(() => SweepLedger.Open(path)).Message);
        File.WriteAllText(path, "no database at all, but a text that is long enough to be looked at as one ......................................................");
        Assert.Contains("cannot be used as a ledger", Assert.ThrowsExactly<InvalidDataException>(() => SweepLedger.Open(path)).Message);
        string other = Path.Combine(_folder.Path, "other.db");
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={other};Pooling=false"))
        {
            connection.Open();
            var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE things (x); PRAGMA user_version = 7";
            command.ExecuteNonQuery();
        }
        Assert.Contains("version 7", Assert.ThrowsExactly<InvalidDataException>(() => SweepLedger.Open(other)).Message);
    }

    public TestContext TestContext { get; set; } = null!;

    private sealed class Now(Action<SweepProgress> report) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value) => report(value);
    }
}
