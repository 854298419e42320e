using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps;

/// <summary>Trials in child processes: whatever one of them does, the sweep goes on and says what happened.</summary>
[TestClass]
public sealed class TrialProcessTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private SweepOptions Options(int trials, Action<SweepOptions>? change = null)
    {
        var options = new SweepOptions { LedgerPath = _folder.File("sweeps.db"), Trials = trials, Tuner = SweepTuner.QuasiRandom, TrialThreads = 1 };
        change?.Invoke(options);
        return options;
    }

    private static int ProcessOf(TrialRecord trial) => int.Parse(Regex.Match(trial.Log, @"in process (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);

    private static async Task<bool> IsGoneAsync(int process)
    {
        for (int i = 0; i < 100; i++)
        {
            try
            {
                using var found = Process.GetProcessById(process);
                if (found.HasExited || File.Exists($"/proc/{process}/stat") && File.ReadAllText($"/proc/{process}/stat").Contains(") Z", StringComparison.Ordinal))
                    return true;
            }
            catch (ArgumentException)
            {
                return true;
            }
            await Task.Delay(50);
        }
        return false;
    }

    [TestMethod]
    public async Task OneProcessRunsManyTrialsAndItsTrialsAreThoseOfThisProcess()
    {
        var job = TrialTask.Job();
        var isolated = await Sweep.RunAsync(Options(12, options => options.Tuner = SweepTuner.GaussianProcess), job);
        Assert.AreEqual(1, isolated.Trials.Select(ProcessOf).Distinct().Count());
        Assert.AreNotEqual(Environment.ProcessId, ProcessOf(isolated.Trials[0]));
        Assert.IsTrue(isolated.Trials.All(trial => trial is { State: TrialState.Completed, MemoryMegabytes: > 5, Attempts: 1 }));
        foreach (var trial in isolated.Trials)
            Assert.AreEqual($"trial {trial.Id} in process {ProcessOf(trial)}", trial.Log.Trim());
        var inside = await Sweep.RunAsync(Options(12, options => (options.Tuner, options.Id, options.IsolateTrials) = (SweepTuner.GaussianProcess, "inside", false)), job);
        CollectionAssert.AreEqual(inside.Trials.Select(trial => (trial.Metric, trial.Parameter)).ToArray(), isolated.Trials.Select(trial => (trial.Metric, trial.Parameter)).ToArray());
        Assert.IsTrue(await IsGoneAsync(ProcessOf(isolated.Trials[0])));
    }

    /// <summary>Each of the faults loses its own trial, with the reason, and nothing else.</summary>
    [TestMethod]
    public async Task CrashesAreWrittenDownWithHowTheProcessEnded()
    {
        string[] faults = [TrialTask.Segfault, TrialTask.Abort, TrialTask.Exit, TrialTask.Throw, TrialTask.Garbage, TrialTask.Flood, TrialTask.Chatter];
        var job = TrialTask.Job([.. faults.Select((fault, i) => ($"fault-{i + 1}", fault))]);
        var result = await Sweep.RunAsync(Options(faults.Length + 3, options => (options.Workers, options.TrialTime) = (2, TimeSpan.FromSeconds(60))), job);
        Assert.HasCount(faults.Length + 3, result.Trials);
        string FailureOf(string fault)
        {
            var trial = result.Trials[1 + Array.IndexOf(faults, fault)];
            Assert.AreEqual(TrialState.Failed, trial.State, fault);
            Assert.IsNull(trial.Metric);
            Assert.IsNotNull(trial.Duration);
            Assert.Contains($"about to {fault}", trial.Log);
            return trial.Failure!;
        }

        Assert.Contains("ended by signal 11 (SIGSEGV", FailureOf(TrialTask.Segfault));
        Assert.Contains("about to segfault", FailureOf(TrialTask.Segfault));
        Assert.Contains("ended by signal 6 (SIGABRT", FailureOf(TrialTask.Abort));
        Assert.Contains("it fails fast", FailureOf(TrialTask.Abort));
        Assert.Contains("before the trial had a result (exit code 0)", FailureOf(TrialTask.Exit));
        Assert.Contains("ArithmeticException: the loss was NaN", FailureOf(TrialTask.Throw));
        Assert.Contains("what is no message to the standard output: 'Epoch 1 of 3'", FailureOf(TrialTask.Garbage));
        Assert.Contains("what is no message to the standard output: 'xxx", FailureOf(TrialTask.Flood));
        Assert.IsLessThan(400, FailureOf(TrialTask.Flood).Length);
        var chatter = result.Trials[1 + Array.IndexOf(faults, TrialTask.Chatter)];
        Assert.AreEqual(TrialState.Completed, chatter.State);
        Assert.Contains("lines before these were dropped", chatter.Log);
        Assert.Contains("line 19999 of", chatter.Log);
        Assert.IsLessThan(70_000, chatter.Log.Length);
        Assert.AreEqual(4, result.Trials.Count(trial => trial.State == TrialState.Completed));
    }

    [TestMethod]
    public async Task HungAndHungryTrialsAreEnded()
    {
        var job = TrialTask.Job(("fault-1", TrialTask.HangWithChild), ("fault-2", TrialTask.EatNative), ("fault-3", TrialTask.Eat));
        var result = await Sweep.RunAsync(Options(5, options => (options.TrialTime, options.TrialMemoryMegabytes, options.Workers) = (TimeSpan.FromSeconds(6), 400, 2)), job);
        Assert.AreEqual(2, result.Trials.Count(trial => trial.State == TrialState.Completed));
        Assert.Contains("It took longer than 00:00:06", result.Trials[1].Failure!);
        Assert.IsGreaterThanOrEqualTo(TimeSpan.FromSeconds(6), result.Trials[1].Duration!.Value);
        Assert.IsTrue(await IsGoneAsync(ProcessOf(result.Trials[1])));
        Assert.IsTrue(await IsGoneAsync(int.Parse(Regex.Match(result.Trials[1].Log, @"child (\d+)").Groups[1].Value, CultureInfo.InvariantCulture)), "what a trial started ends with it");
        foreach (int hungry in new[] { 2, 3 })
        {
            Assert.Contains("It used more than 400 MB.", result.Trials[hungry].Failure!);
            Assert.IsGreaterThan(200, result.Trials[hungry].MemoryMegabytes!.Value);
        }
    }

    [TestMethod]
    public async Task TrialsThatAreBehindAreStoppedAndTheirProcessGoesOn()
    {
        var result = await Sweep.RunAsync(Options(30, options => options.Pruner = new SuccessiveHalvingPruner()), TrialTask.Job(("steps", "27")));
        var pruned = result.Trials.Where(trial => trial.State == TrialState.Pruned).ToArray();
        Assert.IsGreaterThan(10, pruned.Length);
        Assert.IsTrue(pruned.All(trial => trial.Curve.Count < 27 && trial.Metric == trial.Curve[^1].Metric));
        Assert.AreEqual(1, result.Trials.Select(ProcessOf).Distinct().Count());
        Assert.IsTrue(result.Trials.Where(trial => trial.State == TrialState.Completed).All(trial => trial.Curve.Count == 27));
    }

    [TestMethod]
    public async Task CancellationEndsTheProcessesAndKeepsTheBest()
    {
        using var cancellation = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        var result = await Sweep.RunAsync(
            Options(6, options =>
            {
                options.CancellationToken = cancellation.Token;
                options.Progress = new Now(progress =>
                {
                    if (progress.Ended == 3)
                        cancellation.CancelAfter(700);
                });
            }),
            TrialTask.Job(("fault-3", TrialTask.Hang)));
        Assert.IsLessThan(TimeSpan.FromSeconds(20), watch.Elapsed);
        Assert.AreEqual(3, result.Trials.Count(trial => trial.State == TrialState.Completed));
        Assert.AreEqual(result.Trials.Max(trial => trial.Metric), result.Best.Metric);
        Assert.IsTrue(await IsGoneAsync(ProcessOf(result.Trials[0])));
        // The hanging one is interrupted, not failed: it is run anew when the sweep goes on.
        Assert.AreEqual(TrialState.Running, result.Trials[3].State);
        var resumed = await Sweep.RunAsync(Options(6, options => (options.Resume, options.TrialTime) = (true, TimeSpan.FromSeconds(2))), TrialTask.Job(("fault-3", TrialTask.Hang)));
        Assert.Contains("It took longer than", resumed.Trials[3].Failure!);
        Assert.AreEqual((2, 5), (resumed.Trials[3].Attempts, resumed.Trials.Count(trial => trial.State == TrialState.Completed)));
    }

    /// <summary>A program that does something else with the arguments is told so, and starts no sweeps without end.</summary>
    [TestMethod]
    public async Task AProgramThatDoesNotRunTrialsIsNamed()
    {
        await using var processes = new TrialProcesses(TrialTask.Job(), new TrialProcessOptions { Command = ["sh", "-c", "echo hello; sleep 5"] });
        var fault = await Assert.ThrowsExactlyAsync<TrialHostException>(() => Sweep.RunAsync(Options(3, options => options.Space = TrialTask.NewSpace()), processes.RunAsync));
        Assert.Contains("it does something else; it wrote 'hello'", fault.Message);
        Assert.Contains("SweepProcess.RunIfTrialAsync(args) first", fault.Message);
        await using var ends = new TrialProcesses(TrialTask.Job(), new TrialProcessOptions { Command = ["sh", "-c", "echo wrong arguments >&2; exit 2"] });
        Assert.Contains("wrong arguments", (await Assert.ThrowsExactlyAsync<TrialHostException>(() => Sweep.RunAsync(Options(3, options => (options.Space, options.Id) = (TrialTask.NewSpace(), "b")), ends.RunAsync))).Message);
        await using var none = new TrialProcesses(TrialTask.Job(), new TrialProcessOptions { Command = ["/no/such/program"] });
        Assert.Contains("'/no/such/program', cannot be started", (await Assert.ThrowsExactlyAsync<TrialHostException>(() => Sweep.RunAsync(Options(3, options => (options.Space, options.Id) = (TrialTask.NewSpace(), "c")), none.RunAsync))).Message);
        Assert.Contains("Threads is 0", Assert.ThrowsExactly<ArgumentException>(() => new TrialProcesses(TrialTask.Job(), new TrialProcessOptions { Threads = 0, MemoryMegabytes = 1 })).Message);
    }

    private sealed class Now(Action<SweepProgress> report) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value) => report(value);
    }
}
