using System.Globalization;
using System.Security.Cryptography;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Cli;

[TestClass]
public sealed class TrainTests
{
    private static readonly string[] MetricNames = ["microAccuracy", "macroAccuracy", "macroF1", "logLoss", "logLossReduction", "topKAccuracy"];

    [TestMethod]
    public async Task Json_is_one_object_with_name_version_path_seconds_and_metrics()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv")), store = folder.File("store");
        var ran = await Mlp.RunAsync(SmallTables.Train(data, store, "--json", "--name", "mail"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.HasCount(1, ran.Lines);
        var result = ran.Json;
        Assert.AreEqual("mail", result.GetProperty("name").GetString());
        Assert.AreEqual("1.0.0", result.GetProperty("version").GetString());
        Assert.AreEqual(Path.Combine(store, "mail", "1.0.0.zip"), result.GetProperty("path").GetString());
        Assert.IsTrue(File.Exists(result.GetProperty("path").GetString()));
        Assert.IsGreaterThan(0, result.GetProperty("seconds").GetDouble());
        Assert.AreEqual(90, result.GetProperty("trainRows").GetInt32() + result.GetProperty("testRows").GetInt32());
        foreach (var name in MetricNames)
        {
            double value = result.GetProperty("metrics").GetProperty(name).GetDouble();
            var interval = result.GetProperty("intervals95").GetProperty(name);
            Assert.IsTrue(interval[0].GetDouble() <= value && value <= interval[1].GetDouble(), name);
        }
        Assert.IsGreaterThan(0.9, result.GetProperty("metrics").GetProperty("microAccuracy").GetDouble());
    }

    [TestMethod]
    public async Task The_manifest_tells_everything_about_the_training()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv")), test = SmallTables.Write(folder.File("other.csv"), 30, seed: 2), store = folder.File("store");
        var ran = await Mlp.RunAsync(SmallTables.Train(data, store, "--test", test, "--seed", "7", "--word-ngrams", "1", "--license", "MIT", "--notes", "a note"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        var manifest = new ArtifactStore(store).Show("topic");
        Assert.AreEqual("text-classification", manifest.Task);
        Assert.AreEqual(7, manifest.Training.Seed);
        Assert.AreEqual(1, manifest.Training.Options["wordNGramLength"].GetInt32());
        Assert.AreEqual("body", manifest.Training.Options["textColumn"].GetString());
        Assert.AreEqual("MIT", manifest.License);
        Assert.AreEqual("a note", manifest.Notes);
        Assert.IsGreaterThan(0, manifest.Training.Seconds);
        Assert.Contains("cores", manifest.Training.Hardware!);
        Assert.Contains("MLPipelines", manifest.Engines.Keys);
        CollectionAssert.AreEquivalent(new[] { "billing", "delivery", "praise" }, manifest.Labels!.Names.ToArray());
        Assert.AreEqual("Text", manifest.Signature.Inputs.Single().Name);
        CollectionAssert.AreEquivalent(new[] { "PredictedLabel", "Score" }, manifest.Signature.Outputs.Select(column => column.Name).ToArray());
        Assert.AreEqual(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(data))), manifest.Data.Single(set => set.Split == "train").Sha256);
        Assert.AreEqual(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(test))), manifest.Data.Single(set => set.Split == "test").Sha256);
        CollectionAssert.AreEquivalent(MetricNames, manifest.Metrics.Select(metric => metric.Name).ToArray());
        Assert.IsTrue(manifest.Metrics.All(metric => metric is { Split: "test", Rows: 30, Interval95: [_, _] }));
    }

    [TestMethod]
    public async Task For_people_it_prints_metrics_with_intervals_confusion_and_how_to_go_on()
    {
        using var folder = new TemporaryFolder();
        var ran = await Mlp.RunAsync(SmallTables.Train(SmallTables.Write(folder.File("small.csv")), folder.File("store")));
        Assert.AreEqual(0, ran.Code, ran.Error);
        foreach (var part in new[] { "microAccuracy", "95 % interval", "Confusion table", "published as", "mlp predict topic", "mlp artifacts promote topic@1.0.0" })
            Assert.Contains(part, ran.Output);
        Assert.Contains("training", ran.Error);
    }

    [TestMethod]
    public async Task Quiet_leaves_standard_error_empty()
    {
        using var folder = new TemporaryFolder();
        var ran = await Mlp.RunAsync(SmallTables.Train(SmallTables.Write(folder.File("small.csv")), folder.File("store"), "--quiet"));
        Assert.AreEqual("", ran.Error);
    }

    [TestMethod]
    public async Task The_same_seed_gives_the_same_model_and_another_the_version_that_follows()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv")), store = folder.File("store");
        foreach (var more in new string[][] { [], [], ["--word-ngrams", "1"], ["--version", "3.1.4"] })
        {
            var ran = await Mlp.RunAsync(SmallTables.Train(data, store, more));
            Assert.AreEqual(0, ran.Code, ran.Error);
        }
        var published = new ArtifactStore(store);
        CollectionAssert.AreEqual(new[] { "1.0.0", "1.0.1", "1.1.0", "3.1.4" }, published.List("topic").Select(version => version.Version.ToString()).ToArray());
        string[] weights = [.. new[] { "1.0.0", "1.0.1" }.Select(version => string.Join(' ', published.Show("topic", version).Entries.Where(entry => entry.Path.StartsWith("stages/", StringComparison.Ordinal)).Select(entry => entry.Sha256)))];
        Assert.AreEqual(weights[0], weights[1]);
    }

    [TestMethod]
    public async Task Nothing_held_out_is_nothing_measured()
    {
        using var folder = new TemporaryFolder();
        var ran = await Mlp.RunAsync(SmallTables.Train(SmallTables.Write(folder.File("small.csv")), folder.File("store"), "--json", "--test-fraction", "0"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.AreEqual(90, ran.Json.GetProperty("trainRows").GetInt32());
        Assert.AreEqual(0, ran.Json.GetProperty("metrics").EnumerateObject().Count());
    }

    [TestMethod]
    public async Task Every_fault_of_the_options_is_listed_at_once()
    {
        using var folder = new TemporaryFolder();
        var ran = await Mlp.RunAsync(SmallTables.Train("none.csv", folder.File("store"), "--test", "t.csv", "--test-fraction", "2", "--name", "Bad Name", "--version", "1", "--separator", "ab", "--word-ngrams", "9", "--costs", "1,x"));
        Assert.AreEqual(2, ran.Code);
        foreach (var part in new[] { "--test and --test-fraction", "--test-fraction is 2", "Bad Name", "--version is '1'", "--separator is 'ab'", "WordNGramLength is 9", "'x'" })
            Assert.Contains(part, ran.Fault);
        Assert.IsFalse(Directory.Exists(folder.File("store")));
    }

    [TestMethod]
    public async Task Bad_rows_can_be_left_out()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv"));
        File.AppendAllText(data, "90,,praise\n91,a text without a label,\n");
        var refused = await Mlp.RunAsync(SmallTables.Train(data, folder.File("store")));
        Assert.AreEqual(3, refused.Code);
        Assert.Contains("line 92", refused.Fault);
        Assert.Contains("--skip-bad-rows", refused.Fault);
        var ran = await Mlp.RunAsync(SmallTables.Train(data, folder.File("store"), "--skip-bad-rows"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.Contains("2 rows with a fault were left out", ran.Output);
    }

    [TestMethod]
    public async Task Cancelled_training_ends_with_130_and_publishes_nothing()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var ran = await Mlp.RunAsync(SmallTables.Train(SmallTables.Write(folder.File("small.csv")), folder.File("store")), "", stop.Token);
        Assert.AreEqual(130, ran.Code);
        Assert.IsFalse(Directory.Exists(folder.File("store")));
    }

    [TestMethod]
    [DataRow(0.5, 100, 0.40383, 0.59617)]
    [DataRow(1.0, 10, 0.72247, 1.0)]
    [DataRow(0.0, 20, 0.0, 0.16113)]
    [DataRow(0.9, 1000, 0.87984, 0.91708)]
    public void The_interval_of_a_share_is_that_of_Wilson(double share, int count, double low, double high)
    {
        var interval = MLPipelines.Cli.Classification.Intervals.Wilson(share, count);
        Assert.AreEqual(low, interval.Low, 1e-4);
        Assert.AreEqual(high, interval.High, 1e-4);
    }

    [TestMethod]
    public async Task Evaluating_on_the_held_out_file_repeats_the_metrics_of_training()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv")), test = SmallTables.Write(folder.File("other.csv"), 30, seed: 3), store = folder.File("store");
        var trained = await Mlp.RunAsync(SmallTables.Train(data, store, "--test", test, "--json"));
        var evaluated = await Mlp.RunAsync("evaluate", "topic@1.0.0", "--data", test, "--store", store, "--json");
        Assert.AreEqual(0, evaluated.Code, evaluated.Error);
        Assert.HasCount(1, evaluated.Lines);
        Assert.AreEqual(trained.Json.GetProperty("metrics").GetRawText(), evaluated.Json.GetProperty("metrics").GetRawText());
        Assert.AreEqual(trained.Json.GetProperty("intervals95").GetRawText(), evaluated.Json.GetProperty("intervals95").GetRawText());
        Assert.AreEqual(30, evaluated.Json.GetProperty("rows").GetInt32());
        var forPeople = await Mlp.RunAsync("evaluate", "topic", "--data", test, "--store", store);
        Assert.AreEqual(0, forPeople.Code, forPeople.Error);
        Assert.Contains(evaluated.Json.GetProperty("metrics").GetProperty("microAccuracy").GetDouble().ToString("0.0000", CultureInfo.InvariantCulture), forPeople.Output);
    }

    [TestMethod]
    public async Task Labels_that_the_model_does_not_know_are_reported_and_left_out()
    {
        using var folder = new TemporaryFolder();
        string store = await SharedModel.StoreAsync();
        string data = SmallTables.Write(folder.File("new.csv"), 30);
        File.AppendAllText(data, "30,something else,weather\n31,something new,weather\n");
        var ran = await Mlp.RunAsync("evaluate", "topic", "--data", data, "--store", store, "--json");
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.AreEqual(2, ran.Json.GetProperty("rowsWithUnknownLabel").GetInt32());
        Assert.AreEqual(30, ran.Json.GetProperty("rows").GetInt32());
        File.WriteAllText(data, "body,topic\nrain,weather\nsun,weather\n");
        var none = await Mlp.RunAsync("evaluate", "topic", "--data", data, "--store", store);
        Assert.AreEqual(3, none.Code);
        Assert.Contains("'weather'", none.Fault);
    }
}
