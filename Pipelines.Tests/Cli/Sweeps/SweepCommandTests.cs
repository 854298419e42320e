using System.Text.Json;

namespace MLPipelines.Tests.Cli.Sweeps;

/// <summary><c>mlp sweep</c>: searches, publishes, goes on after kills, says what is wrong.</summary>
[TestClass]
public sealed class SweepCommandTests
{
    private const string TestTask = MLPipelines.Tests.Sweeps.TrialTask.TaskName;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    private string Store => _folder.File("store");

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private string[] Texts(string id, int trials, params string[] more) =>
    [
        "sweep", "text-classification", "--data", SharedModel.Table, "--text", "body", "--label", "topic", "--families", "linear", "--id", id, "--trials", $"{trials}", "--store", Store, .. more,
    ];

    private static string Signature(JsonElement shown) => string.Join('\n', shown.GetProperty("trials").EnumerateArray()
        .Select(trial => $"{trial.GetProperty("trial")} {trial.GetProperty("state")} {trial.GetProperty("metric")} {trial.GetProperty("parameters")}"));

    [TestMethod]
    public async Task ASweepIsPublishedListedShownAndReported()
    {
        var ran = await Mlp.RunAsync(Texts("topics", 6, "--in-process", "--json"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.AreEqual(6, ran.Json.GetProperty("trials").GetProperty("completed").GetInt32());
        Assert.IsFalse(ran.Json.GetProperty("stopped").GetBoolean());
        Assert.AreEqual("topic", ran.Json.GetProperty("published").GetProperty("name").GetString());
        Assert.Contains("6/6 ended", ran.Error);
        var predicted = await Mlp.RunAsync("predict", "topic", "--store", Store, "Where is my kettle, the parcel has not arrived", "--json");
        Assert.AreEqual(0, predicted.Code, predicted.Error);
        Assert.AreEqual("delivery", predicted.Json.GetProperty("predictedLabel").GetString());

        var list = await Mlp.RunAsync("sweep", "list", "--store", Store, "--json");
        Assert.AreEqual(0, list.Code, list.Error);
        Assert.AreEqual("topics", list.Json.GetProperty("sweeps")[0].GetProperty("id").GetString());
        Assert.AreEqual(ran.Json.GetProperty("best").GetProperty("metric").GetDouble(), list.Json.GetProperty("sweeps")[0].GetProperty("best").GetDouble());
        Assert.Contains("6 completed", (await Mlp.RunAsync("sweep", "list", "--store", Store)).Output);

        var show = await Mlp.RunAsync("sweep", "show", "topics", "--store", Store, "--json");
        Assert.AreEqual(0, show.Code, show.Error);
        Assert.AreEqual(6, show.Json.GetProperty("trials").GetArrayLength());
        Assert.AreEqual(ran.Json.GetProperty("best").GetProperty("trial").GetInt32(), show.Json.GetProperty("best").GetProperty("trial").GetInt32());
        Assert.Contains("6 completed of 6 trials", (await Mlp.RunAsync("sweep", "show", "topics", "--store", Store)).Output);

        string file = _folder.File("report.html");
        var report = await Mlp.RunAsync("sweep", "report", "topics", "-o", file, "--store", Store, "--json");
        Assert.AreEqual(0, report.Code, report.Error);
        Assert.AreEqual(6, report.Json.GetProperty("trials").GetInt32());
        Assert.Contains("mlp sweep --resume topics", await File.ReadAllTextAsync(file));
    }

    [TestMethod]
    public async Task ASweepThatIsKilledGoesOnToWhatAnUndisturbedOneFinds()
    {
        var undisturbed = await Mlp.RunAsync(Texts("whole", 7, "--in-process", "--no-publish", "--quiet"));
        Assert.AreEqual(0, undisturbed.Code, undisturbed.Error);
        using (var process = Mlp.Start(Texts("cut", 7, "--no-publish")))
        {
            using var limit = new CancellationTokenSource(Patience);
            int ended = 0;
            while (ended < 2 && await process.StandardError.ReadLineAsync(limit.Token) is { } line)
                ended += line.Contains("/7 ended", StringComparison.Ordinal) ? 1 : 0;
            Assert.AreEqual(2, ended);
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(limit.Token);
        }
        var resumed = await Mlp.RunAsync("sweep", "--resume", "cut", "--in-process", "--store", Store, "--json");
        Assert.AreEqual(0, resumed.Code, resumed.Error);
        Assert.AreEqual(7, resumed.Json.GetProperty("trials").GetProperty("completed").GetInt32());
        Assert.AreEqual("topic", resumed.Json.GetProperty("published").GetProperty("name").GetString());
        var whole = await Mlp.RunAsync("sweep", "show", "whole", "--store", Store, "--json");
        var cut = await Mlp.RunAsync("sweep", "show", "cut", "--store", Store, "--json");
        Assert.AreEqual(Signature(whole.Json), Signature(cut.Json));
    }

    [TestMethod]
    public async Task ASweepThatIsStoppedKeepsItsBestAndSaysHowToGoOn()
    {
        string[] arguments = ["sweep", TestTask, "--data", "none", "--set", "milliseconds=60", "--trials", "500", "--id", "stopped", "--no-publish", "--in-process", "--store", Store];
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(4));
        var ran = await Mlp.RunAsync(arguments, "", stop.Token);
        Assert.AreEqual(130, ran.Code, ran.Error);
        Assert.Contains("best score ", ran.Output);
        Assert.Contains($"go on with: mlp sweep --resume stopped --store {Store}", ran.Fault);
        var show = await Mlp.RunAsync("sweep", "show", "stopped", "--store", Store, "--json");
        int done = show.Json.GetProperty("sweep").GetProperty("trials").GetProperty("completed").GetInt32();
        Assert.IsGreaterThan(2, done);
        var resumed = await Mlp.RunAsync("sweep", "--resume", "stopped", "--trials", $"{done + 3}", "--no-publish", "--in-process", "--store", Store, "--json");
        Assert.AreEqual(0, resumed.Code, resumed.Error);
        Assert.AreEqual(done + 3, resumed.Json.GetProperty("trials").GetProperty("completed").GetInt32());
    }

    [TestMethod]
    public async Task FailuresAreNamedAndPrunedTrialsCounted()
    {
        var ran = await Mlp.RunAsync("sweep", TestTask, "--data", "none", "--set", "fault-2=throw", "--set", "steps=9", "--pruner", "asha", "--trials", "20", "--no-publish", "--in-process", "--store", Store);
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.Contains("1 failed", ran.Output);
        Assert.Contains("stopped early", ran.Output);
        Assert.Contains("trial 2 failed: System.ArithmeticException: the loss was NaN", ran.Output);
        Assert.Contains($"mlp sweep report {TestTask}-1 --store", ran.Output);
    }

    [TestMethod]
    public async Task ASpaceIsPrintedChangedAndSearched()
    {
        var space = await Mlp.RunAsync("sweep", "space", TestTask, "--data", "none");
        Assert.AreEqual(0, space.Code, space.Error);
        Assert.Contains("y: {min: 0.01, max: 10.0, log: true", space.Output);
        string file = _folder.File("space.yaml");
        await File.WriteAllTextAsync(file, space.Output.Replace("kind: [a, b]", "kind: b", StringComparison.Ordinal));
        var ran = await Mlp.RunAsync("sweep", TestTask, "--data", "none", "--space", file, "--trials", "5", "--id", "narrow", "--no-publish", "--in-process", "--store", Store, "--json");
        Assert.AreEqual(0, ran.Code, ran.Error);
        var show = await Mlp.RunAsync("sweep", "show", "narrow", "--store", Store, "--json");
        Assert.IsTrue(show.Json.GetProperty("trials").EnumerateArray().All(trial => trial.GetProperty("parameters").GetProperty("kind").GetString() == "b"));
        await File.WriteAllTextAsync(file, "x: {min: 3, max: 1}\nkindd: a\n");
        var wrong = await Mlp.RunAsync("sweep", TestTask, "--data", "none", "--space", file, "--store", Store);
        Assert.AreEqual(2, wrong.Code);
        Assert.Contains("line 1: 'x' is from 3 to 1", wrong.Fault);
        Assert.Contains("line 2: there is no option 'kindd'; did you mean 'kind'?", wrong.Fault);
    }

    /// <summary>Points to begin with come from JSON, where 1.0 is the whole number 1.</summary>
    [TestMethod]
    public async Task AFixedNumberIsThatOfEveryTrial()
    {
        string file = _folder.File("space.yaml");
        await File.WriteAllTextAsync(file, "linear.cost: 1\nlinear.character-weight: [1, 2]\n");
        var ran = await Mlp.RunAsync(Texts("fixed", 3, "--space", file, "--no-publish", "--in-process", "--json"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        var show = await Mlp.RunAsync("sweep", "show", "fixed", "--store", Store, "--json");
        Assert.AreEqual(3, show.Json.GetProperty("trials").EnumerateArray().Count(trial => trial.GetProperty("parameters").GetProperty("linear.cost").GetDouble() == 1));
    }

    [TestMethod]
    public async Task AllThatIsWrongWithACommandIsNamedAtOnce()
    {
        var ran = await Mlp.RunAsync(
            "sweep", "text-clasification", "--folds", "1", "--validation", "v.csv", "--time", "soon", "--trials", "0", "--workers", "0", "--tuner", "magic", "--pruner", "shears", "--set", "x", "--trial-memory", "5", "--in-process",
            "--no-publish", "--name", "a", "--space", _folder.File("none.yaml"), "--report", _folder.File("none/r.html"), "--store", Store);
        Assert.AreEqual(2, ran.Code);
        foreach (string part in new[]
        {
            "TASK is 'text-clasification'", "--data is missing", "--folds is 1", "--validation and --folds are given", "--time is 'soon'", "--trials is 0", "--workers is 0", "--tuner is 'magic'", "gaussian-process", "--pruner is 'shears'",
            "--set is 'x'", "--trial-memory is 5", "leave out --in-process", "--no-publish is given beside --name", "--space cannot be read", "there is no such folder",
        })
            Assert.Contains(part, ran.Fault);
        Assert.IsFalse(Directory.Exists(Store));
    }

    [TestMethod]
    public async Task WhatIsNotThereIsNamed()
    {
        var missing = await Mlp.RunAsync("sweep", "list", "--store", Store);
        Assert.AreEqual(3, missing.Code);
        Assert.Contains("There is no ledger", missing.Fault);
        Assert.AreEqual(0, (await Mlp.RunAsync("sweep", TestTask, "--data", "none", "--trials", "2", "--id", "one", "--no-publish", "--in-process", "--store", Store)).Code);
        Assert.Contains("there is no sweep 'two'", (await Mlp.RunAsync("sweep", "show", "two", "--store", Store)).Fault);
        Assert.Contains("there are one", (await Mlp.RunAsync("sweep", "--resume", "two", "--store", Store)).Fault);
        Assert.Contains("leave out --data", (await Mlp.RunAsync("sweep", "--resume", "one", "--data", "other", "--store", Store)).Fault);
        var again = await Mlp.RunAsync("sweep", TestTask, "--data", "none", "--trials", "2", "--id", "one", "--no-publish", "--in-process", "--store", Store);
        Assert.Contains("There is an experiment 'one'", again.Fault);
        var metric = await Mlp.RunAsync("sweep", TestTask, "--data", "none", "--metric", "accuracy", "--in-process", "--store", Store);
        Assert.AreEqual(2, metric.Code);
        Assert.Contains("has no metric 'accuracy'; it has score, loss", metric.Fault);
    }
}
