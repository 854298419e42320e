using System.Diagnostics;
using MLPipelines.Benchmarks.Sweeps;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps;

/// <summary>What is left when a process is killed: no child that works for nobody, no trial that kills one worker after another.</summary>
[TestClass]
public sealed class LostWorkerTests : PostgresTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    [TestMethod]
    public async Task AChildDiesWithTheProcessThatStartedIt()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("The children of a process are looked up in /proc.");
        string ledgerPath = _folder.File("sweeps.db");
        using var sweep = SweepPart.StartSweep(ledgerPath, "long", SweepTuner.Random, trials: 2, milliseconds: 600_000, isolate: true);
        var watch = Stopwatch.StartNew();
        try
        {
            Process? child = null;
            while (child is null && watch.Elapsed < Patience)
            {
                await Task.Delay(50);
                child = ChildOf(sweep.Id);
            }
            Assert.IsNotNull(child, "A trial runs in a child process.");
            using (child)
            {
                while (!IsTrialRunning(ledgerPath) && watch.Elapsed < Patience)
                    await Task.Delay(50);
                // Time to be in the middle of its trial.
                await Task.Delay(1000);
                Assert.IsFalse(child.HasExited);
                sweep.Kill();
                using var limit = new CancellationTokenSource(Patience);
                await child.WaitForExitAsync(limit.Token);
                Assert.IsTrue(child.HasExited);
            }
        }
        finally
        {
            sweep.Kill(entireProcessTree: true);
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task ATrialThatKillsItsWorkersIsGivenUp(bool isPostgres)
    {
        string path = isPostgres ? Server.CreateDatabase() : _folder.File("sweeps.db");
        var options = new SweepOptions { LedgerPath = path, Id = "deadly", Trials = 4, Tuner = SweepTuner.QuasiRandom };
        await Sweep.BeginAsync(options, TrialTask.Job(("fault-1", TrialTask.Segfault)));
        var codes = new List<int>();
        while (codes.Count < 6 && codes.LastOrDefault(-1) != 0)
        {
            using var worker = SweepPart.StartWorker(path, "deadly");
            using var limit = new CancellationTokenSource(Patience);
            await worker.WaitForExitAsync(limit.Token);
            codes.Add(worker.ExitCode);
        }
        Assert.HasCount(4, codes);
        Assert.AreEqual(0, codes[^1]);
        using var ledger = SweepLedger.Open(path);
        var trials = ledger.Trials("deadly");
        Assert.AreEqual((TrialState.Failed, 3), (trials[1].State, trials[1].Attempts));
        Assert.Contains("Its worker was lost each of the 3 times that it ran: killed, out of memory, or cut off", trials[1].Failure!);
        Assert.IsTrue(trials.Where(trial => trial.Id != 1).All(trial => trial is { State: TrialState.Completed, Attempts: 1 }));
        Assert.HasCount(8, ledger.Events("deadly"));
    }

    /// <summary>Who stops gives the trial back, and may do so as often as it likes.</summary>
    [TestMethod]
    public async Task StoppingIsNoLoss()
    {
        var job = TrialTask.Job(("fault-0", TrialTask.Hang));
        for (int i = 1; i <= 3; i++)
        {
            using var stop = new CancellationTokenSource();
            var running = Sweep.RunAsync(new SweepOptions { LedgerPath = _folder.File("sweeps.db"), Trials = 1, Resume = true, TrialAttempts = 1, CancellationToken = stop.Token }, job);
            using (var ledger = SweepLedger.Open(_folder.File("sweeps.db")))
            {
                var watch = Stopwatch.StartNew();
                while (!(ledger.Trials("sweep") is [var trial] && trial.Attempts == i) && watch.Elapsed < Patience)
                    await Task.Delay(20);
                await stop.CancelAsync();
                await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => running);
                Assert.AreEqual((TrialState.Running, i), (ledger.Trials("sweep")[0].State, ledger.Trials("sweep")[0].Attempts));
            }
        }
    }

    private static bool IsTrialRunning(string path)
    {
        using var ledger = SweepLedger.Open(path);
        return ledger.Find("long") is not null && ledger.Trials("long") is [{ State: TrialState.Running }];
    }

    private static Process? ChildOf(int process)
    {
        foreach (string child in Directory.GetDirectories($"/proc/{process}/task").SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (File.ReadAllText($"/proc/{child}/cmdline").Contains("sweep\0trial", StringComparison.Ordinal))
                return Process.GetProcessById(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture));
        }
        return null;
    }
}
