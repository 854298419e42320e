using System.Diagnostics;
using MLPipelines.Sweeps;
using MLPipelines.Tests.Sweeps;

namespace MLPipelines.Tests.Cli.Sweeps;

/// <summary><c>mlp sweep</c> and <c>mlp sweep worker</c>, as processes that share a PostgreSQL.</summary>
[TestClass]
public sealed class SharedSweepCommandTests : PostgresTests
{
    private const int Trials = 24;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    [TestMethod]
    public async Task ASweepWithTwoWorkersOfWhichOneIsKilledIsCompletedAndReported()
    {
        string url = Server.CreateDatabase(), data = SmallTables.Write(_folder.File("texts.csv"), rows: 1500), report = _folder.File("report.html"), store = _folder.File("store");
        using var limit = new CancellationTokenSource(Patience);
        using Process doomed = StartWorker(url), other = StartWorker(url);
        using var sweep = Mlp.Start(
            "sweep", "text-classification", "--data", data, "--text", "body", "--label", "topic", "--families", "linear", "--set", "threads=1", "--trials", $"{Trials}", "--tuner", "quasi-random", "--id", "shared",
            "--ledger", url, "--report", report, "--store", store);
        try
        {
            var (output, error) = (sweep.StandardOutput.ReadToEndAsync(limit.Token), sweep.StandardError.ReadToEndAsync(limit.Token));
            string? line;
            do
                line = await doomed.StandardError.ReadLineAsync(limit.Token);
            while (line is not null && !line.Contains("completed", StringComparison.Ordinal));
            Assert.IsNotNull(line, "The worker ends trials of the sweep.");
            doomed.Kill();
            await sweep.WaitForExitAsync(limit.Token);
            Assert.AreEqual(0, sweep.ExitCode, await error);
            Assert.Contains($"{Trials} trials ({Trials} completed)", await output);
            Assert.DoesNotContain("p%40ss", await output + await error);
        }
        finally
        {
            foreach (var process in new[] { doomed, other, sweep })
                process.Kill(entireProcessTree: true);
        }
        using (var ledger = SweepLedger.Open(url))
        {
            var trials = ledger.Trials("shared");
            Assert.HasCount(Trials, trials);
            Assert.IsTrue(trials.All(trial => trial is { State: TrialState.Completed, Attempts: 1 or 2 }));
            string[] processes = [.. trials.Select(trial => trial.Worker!.Split(' ')[1]).Distinct()];
            Assert.Contains($"{sweep.Id}", processes);
            Assert.Contains($"{doomed.Id}", processes);
            Assert.AreEqual(2 * Trials, ledger.Events("shared").Distinct().Count());
        }
        Assert.Contains("shared", await File.ReadAllTextAsync(report, limit.Token));
        string again = _folder.File("again.html");
        var reported = await Mlp.RunAsync("sweep", "report", "shared", "--ledger", url, "-o", again);
        Assert.AreEqual(0, reported.Code, reported.Error);
        Assert.Contains($"{Trials} trials of shared", reported.Output);
        var predicted = await Mlp.RunAsync("predict", "topic", "--store", store, "Where is my kettle, the parcel has not arrived", "--json");
        Assert.AreEqual("delivery", predicted.Json.GetProperty("predictedLabel").GetString(), predicted.Error);
    }

    private static Process StartWorker(string url)
    {
        var worker = Mlp.Start("sweep", "worker", "--ledger", url, "--wait");
        // What nobody reads would fill its pipe.
        worker.OutputDataReceived += (_, _) => { };
        worker.BeginOutputReadLine();
        return worker;
    }
}
