using Microsoft.Data.Sqlite;
using Microsoft.ML.SearchSpace;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps;

/// <summary>What ledgers keep, and which they refuse.</summary>
[TestClass]
public sealed class LedgerTests : PostgresTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private SweepLedger Open(bool isPostgres) => SweepLedger.Open(isPostgres ? Server.CreateDatabase() : _folder.File("sweeps.db"));

    private static ExperimentRecord Experiment(int trials = 10) =>
        new("e", "task", "metric", true, nameof(SweepTuner.QuasiRandom), 1, "space", new DateTime(2026, 11, 26, 1, 2, 3, 456, DateTimeKind.Utc))
        {
            Trials = trials,
            Plan = new SweepPlan
            {
                Job = new SweepJob { Task = "t", Data = "d.csv", Families = ["a"], Columns = new Dictionary<string, string> { ["text"] = "message" } }, Pruner = "median 1 5", StartPoints = ["{\"x\":1}"],
                Limits = new TrialLimits { Time = TimeSpan.FromMinutes(2), Threads = 2, MemoryMegabytes = 900.5 },
            },
        };

    private static TunerReplica Replica() => new(() => new QuasiRandomTuner(TrialTask.NewSpace()), maximize: true);

    private static Task<TrialClaim> ClaimAsync(SweepLedger ledger, TunerReplica replica, string worker = "w", TimeSpan? lease = null) => ledger.ClaimAsync("e", replica, worker, lease ?? Lease, 3, CancellationToken.None);

    private static TrialRecord Ended(TrialClaim claim, double metric) => new(claim.Id, TrialState.Completed, claim.Parameter, metric, [], DateTime.UtcNow, TimeSpan.FromSeconds(1.5), 12.5, null, "a log\nwith \0 and ü");

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task AnExperimentComesBackAsItWas(bool isPostgres)
    {
        using var ledger = Open(isPostgres);
        ledger.Begin(Experiment());
        var found = ledger.Find("e")!;
        Assert.AreEqual(Experiment() with { Plan = found.Plan }, found);
        Assert.AreEqual(Experiment().Plan.Job!.ToJson(), found.Plan.Job!.ToJson());
        Assert.AreEqual(Experiment().Plan.Limits, found.Plan.Limits);
        Assert.AreEqual("median 1 5", Pruner.Parse(found.Plan.Pruner!).ToString());
        CollectionAssert.AreEqual(Experiment().Plan.StartPoints.ToArray(), found.Plan.StartPoints.ToArray());
        Assert.Contains("There is an experiment 'e'", Assert.ThrowsExactly<InvalidOperationException>(() => ledger.Begin(Experiment() with { CreatedUtc = DateTime.UtcNow })).Message);
        using var replica = Replica();
        var claim = await ClaimAsync(ledger, replica, "machine 1 2 0");
        foreach (var (step, metric) in new[] { (1, 0.25), (2, 0.5), (3, double.NaN) })
            Assert.AreEqual((true, false), await ledger.ReportAsync("e", claim, new MetricPoint(step, metric), null, true, CancellationToken.None));
        Assert.IsTrue(await ledger.EndAsync("e", claim, Ended(claim, 0.1 + 0.2), CancellationToken.None));
        var trial = ledger.Trials("e").Single();
        Assert.AreEqual(0.1 + 0.2, trial.Metric);
        Assert.AreEqual(claim.Parameter, trial.Parameter);
        Assert.AreEqual(TimeSpan.FromSeconds(1.5), trial.Duration);
        Assert.AreEqual("machine 1 2 0", trial.Worker);
        Assert.AreEqual("a log\nwith \uFFFD and ü", trial.Log);
        CollectionAssert.AreEqual(new[] { 0.25, 0.5, double.NegativeInfinity }, trial.Curve.Select(point => point.Metric).ToArray());
        Assert.AreEqual("e", ledger.Experiments().Single().Id);
    }

    /// <summary>Who lost a lease has nothing more to say.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task ALeaseThatRanOutIsTakenOverAndTheLateResultIsRefused(bool isPostgres)
    {
        using var ledger = Open(isPostgres);
        ledger.Begin(Experiment(trials: 2));
        using TunerReplica one = Replica(), two = Replica();
        var slow = await ClaimAsync(ledger, one, "slow");
        Assert.IsTrue((await ledger.ReportAsync("e", slow, new MetricPoint(1, 0.3), null, true, CancellationToken.None)).IsHeld);
        var second = await ClaimAsync(ledger, two, "quick");
        Assert.AreEqual((0, 1), (slow.Id, second.Id));
        Assert.IsTrue(await ledger.RenewAsync("e", slow, TimeSpan.FromMilliseconds(1), CancellationToken.None));
        await Task.Delay(100);
        var again = await ClaimAsync(ledger, two, "quick");
        Assert.AreEqual((slow.Id, slow.Parameter), (again.Id, again.Parameter));
        Assert.AreNotEqual(slow.Token, again.Token);
        Assert.IsFalse(await ledger.RenewAsync("e", slow, Lease, CancellationToken.None));
        Assert.IsFalse((await ledger.ReportAsync("e", slow, new MetricPoint(2, 0.4), null, true, CancellationToken.None)).IsHeld);
        Assert.IsFalse(await ledger.EndAsync("e", slow, Ended(slow, 9), CancellationToken.None));
        Assert.IsTrue(await ledger.EndAsync("e", again, Ended(again, 1), CancellationToken.None));
        Assert.IsFalse(await ledger.EndAsync("e", again, Ended(again, 2), CancellationToken.None));
        Assert.AreSame(TrialClaim.None, await ClaimAsync(ledger, one));
        Assert.IsTrue(await ledger.EndAsync("e", second, Ended(second, 3), CancellationToken.None));
        Assert.AreSame(TrialClaim.NoMore, await ClaimAsync(ledger, one));
        var trials = ledger.Trials("e");
        CollectionAssert.AreEqual(new double?[] { 1, 3 }, trials.Select(trial => trial.Metric).ToArray());
        Assert.AreEqual((2, "quick"), (trials[0].Attempts, trials[0].Worker));
        Assert.IsEmpty(trials[0].Curve);
        CollectionAssert.AreEqual(new[] { (0, false), (1, false), (0, true), (1, true) }, ledger.Events("e").ToArray());
        Assert.AreEqual(1, (await ledger.CountAsync("e", true, CancellationToken.None)).Best);
        Assert.AreEqual(0, (await ledger.CountAsync("e", false, CancellationToken.None)).Best);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task WorkersThatDiedOnThisMachineAreKnownAtOnce(bool isPostgres)
    {
        using var ledger = Open(isPostgres);
        ledger.Begin(Experiment());
        using var replica = Replica();
        string alive = WorkerName.Of(3), dead = string.Join(' ', [alive.Split(' ')[0], "99999999", "1", "0"]), elsewhere = "other-machine 99999999 1 0";
        foreach (string worker in new[] { alive, dead, elsewhere })
            await ClaimAsync(ledger, replica, worker);
        Assert.IsFalse(WorkerName.IsDead(alive));
        Assert.IsTrue(WorkerName.IsDead(dead));
        Assert.IsFalse(WorkerName.IsDead(elsewhere));
        await ledger.ReleaseDeadAsync("e", WorkerName.IsDead, CancellationToken.None);
        Assert.AreEqual(1, (await ClaimAsync(ledger, replica)).Id);
        Assert.AreEqual(3, (await ClaimAsync(ledger, replica)).Id);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task AStoppedExperimentBeginsNoTrial(bool isPostgres)
    {
        using var ledger = Open(isPostgres);
        ledger.Begin(Experiment());
        using var replica = Replica();
        var claim = await ClaimAsync(ledger, replica);
        ledger.Stop("e");
        Assert.AreSame(TrialClaim.None, await ClaimAsync(ledger, replica));
        Assert.IsTrue(await ledger.EndAsync("e", claim, Ended(claim, 1), CancellationToken.None));
        Assert.AreSame(TrialClaim.NoMore, await ClaimAsync(ledger, replica));
        Assert.IsNotNull(ledger.Find("e")!.DeadlineUtc);
    }

    /// <summary>A copy of a tuner that learns all at once is in the state of the one that proposed, whatever order trials ended in.</summary>
    [TestMethod]
    [DataRow(SweepTuner.GaussianProcess)]
    [DataRow(SweepTuner.CostFrugal)]
    [DataRow(SweepTuner.Tpe)]
    public async Task WorkersProposeWhatOneWouldHaveProposed(SweepTuner kind)
    {
        using var ledger = Open(isPostgres: false);
        ledger.Begin(Experiment(trials: 40));
        TunerReplica New() => new(() => new SweepOptions { Space = TrialTask.NewSpace(), Tuner = kind }.NewTuner([]), maximize: true);
        TunerReplica[] workers = [New(), New(), New()];
        var random = new Random(3);
        var open = new List<TrialClaim>();
        for (int i = 0; i < 40; i++)
        {
            open.Add(await ClaimAsync(ledger, workers[random.Next(3)]));
            while (open.Count > random.Next(4))
            {
                var claim = open[random.Next(open.Count)];
                open.Remove(claim);
                await ledger.EndAsync("e", claim, Ended(claim, TrialTask.Score(claim.Parameter)), CancellationToken.None);
            }
        }
        using var late = New();
        Assert.AreSame(open.Count > 0 ? TrialClaim.None : TrialClaim.NoMore, await ClaimAsync(ledger, late));
        var trials = ledger.Trials("e").ToDictionary(trial => trial.Id);
        var tuner = new SweepOptions { Space = TrialTask.NewSpace(), Tuner = kind }.NewTuner([]);
        foreach (var (trial, ended) in ledger.Events("e"))
        {
            var settings = new Microsoft.ML.AutoML.TrialSettings { TrialId = trial, Parameter = trials[trial].Parameter };
            if (!ended)
                Assert.AreEqual(trials[trial].Parameter, tuner.Propose(settings), $"trial {trial}");
            else
                tuner.Update(new Microsoft.ML.AutoML.TrialResult { TrialSettings = settings, Loss = -trials[trial].Metric!.Value });
        }
        Array.ForEach(workers, worker => worker.Dispose());
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    public void AFileOfAnotherVersionIsRefused(int version)
    {
        string path = _folder.File("other.db");
        SweepLedger.Open(path).Dispose();
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = FormattableString.Invariant($"PRAGMA user_version = {version}");
            command.ExecuteNonQuery();
        }
        Assert.Contains(FormattableString.Invariant($"it has version {version}; this library reads version 3"), Assert.ThrowsExactly<InvalidDataException>(() => SweepLedger.Open(path)).Message);
    }

    [TestMethod]
    public void ADatabaseOfAnotherVersionOrADamagedOneIsRefused()
    {
        string Refusal(string change)
        {
            string url = Server.CreateDatabase();
            SweepLedger.Open(url).Dispose();
            Server.Execute(url, change);
            return Assert.ThrowsExactly<InvalidDataException>(() => SweepLedger.Open(url)).Message;
        }

        Assert.Contains("version 7; this library reads version 3", Refusal("UPDATE format SET version = 7"));
        Assert.Contains("version none", Refusal("DELETE FROM format"));
        Assert.Contains("it is damaged: it lacks points.experiment, points.trial", Refusal("DROP TABLE points"));
        Assert.Contains("it is damaged: it lacks trials.lease", Refusal("ALTER TABLE trials DROP COLUMN lease"));
        Assert.Contains("is of something else", Refusal("DROP TABLE format"));
        Assert.Contains("is of something else", Refusal("DROP SCHEMA mlpipelines_sweeps CASCADE; CREATE SCHEMA mlpipelines_sweeps"));
    }

    [TestMethod]
    public async Task ADatabaseThatCannotBeReachedIsNamedWithoutItsPassword()
    {
        string url = Server.CreateDatabase();
        var wrong = Assert.ThrowsExactly<InvalidDataException>(() => SweepLedger.Open(url.Replace("p%40ss", "wrong", StringComparison.Ordinal)));
        Assert.Contains("password authentication failed", wrong.Message);
        Assert.DoesNotContain("wrong", wrong.Message);
        Assert.Contains("sweeps@127.0.0.1", wrong.Message);
        Assert.Contains("does not exist", Assert.ThrowsExactly<InvalidDataException>(() => SweepLedger.Open(url + "x")).Message);
        var away = await Assert.ThrowsExactlyAsync<InvalidDataException>(() => SweepLedger.OpenAsync("postgres://me:secret@127.0.0.1:1/x", TimeSpan.FromMilliseconds(200), CancellationToken.None));
        Assert.Contains("has not answered", away.Message);
        Assert.DoesNotContain("secret", away.Message);
        Assert.Contains("It must be like postgres://", Assert.ThrowsExactly<ArgumentException>(() => SweepLedger.Open("postgres://")).Message);
        Assert.Contains("its option 'colour'", Assert.ThrowsExactly<ArgumentException>(() => SweepLedger.Open("postgres://me@there/x?colour=red")).Message);
    }

    [TestMethod]
    [DataRow("postgres://u:p%40ss@host/db", "host", 5432, "u", "p@ss", "db")]
    [DataRow("postgresql://host:99/db?sslmode=require", "host", 99, null, null, "db")]
    [DataRow("postgres://u@host", "host", 5432, "u", null, null)]
    public void UrlsAreRead(string url, string host, int port, string? user, string? password, string? database)
    {
        var (settings, path) = PostgresLedger.Parse(url);
        Assert.AreEqual((host, port, user, password, database), (settings.Host, settings.Port, settings.Username, settings.Password, settings.Database));
        if (password is not null)
            Assert.DoesNotContain(password, Uri.UnescapeDataString(path));
    }

    [TestMethod]
    public void PrunersAreReadAsTheyAreWritten()
    {
        foreach (var pruner in new Pruner[] { new MedianPruner(), new MedianPruner(1.5, 7), new SuccessiveHalvingPruner(0.25, 4) })
            Assert.AreEqual(pruner.ToString(), Pruner.Parse(pruner.ToString()).ToString());
        Assert.AreEqual(new SuccessiveHalvingPruner().ToString(), Pruner.Parse("halving").ToString());
        foreach (string wrong in new[] { "", "best", "median 1", "median a b", "halving 1 2 3" })
            Assert.Contains("is no pruner", Assert.ThrowsExactly<FormatException>(() => Pruner.Parse(wrong)).Message);
    }
}
