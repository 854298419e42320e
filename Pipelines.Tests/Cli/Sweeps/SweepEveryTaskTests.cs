using System.Globalization;
using System.Text.Json;

namespace MLPipelines.Tests.Cli.Sweeps;

/// <summary>Each task from a file to a model in use: <c>mlp sweep</c> with its trials in child processes, then the command that it names at its end, then <c>mlp evaluate</c>.</summary>
[TestClass]
public sealed class SweepEveryTaskTests
{
    private static readonly string[] Tiny = ["--set", "layers=1", "--set", "hidden-size=16", "--set", "heads=2", "--set", "vocabulary=200", "--set", "max-epochs=2", "--set", "device=cpu"];

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.File("data.csv");

    private string Store => _folder.File("store");

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private void Write(string header, int rows, Func<int, string> row) => File.WriteAllLines(Data, [header, .. Enumerable.Range(0, rows).Select(row)]);

    /// <summary>Sweeps in a process of its own, and runs the command that it names at its end.</summary>
    /// <returns>What the command gave.</returns>
    private async Task<Ran> SweepAndUseAsync(string task, int trials, string use, string input, params string[] more)
    {
        var swept = await Mlp.RunProcessAsync([], ["sweep", task, "--data", Data, "--trials", trials.ToString(CultureInfo.InvariantCulture), "--set", "threads=1", "--store", Store, "--id", "tried", .. more]);
        Assert.AreEqual(0, swept.Code, swept.Error);
        Assert.Contains($"tried: {trials} trials ({trials} completed)", swept.Output, swept.Error);
        int at = Array.IndexOf(swept.Lines, "use it:");
        Assert.AreEqual(at + 2, swept.Lines.Length, "The command to use it is the last line.");
        string[] words = ShellWords.Split(swept.Lines[^1]);
        Assert.AreEqual(use, string.Join(' ', words[..3]));
        Assert.ContainsSingle(words.Where(word => word is "some text" or "ID"));
        var used = await Mlp.RunAsync([.. words[1..].Select(word => word is "some text" or "ID" ? input : word), "--json"]);
        Assert.AreEqual(0, used.Code, used.Error);
        return used;
    }

    private async Task<JsonElement> EvaluateAsync(params string[] arguments)
    {
        var evaluated = await Mlp.RunAsync(["evaluate", .. arguments, "--store", Store, "--json"]);
        Assert.AreEqual(0, evaluated.Code, evaluated.Error);
        return evaluated.Json;
    }

    [TestMethod]
    public async Task Recommender()
    {
        // Users of two tastes, a third of whose items each has not had yet.
        Write("user_id,item_id,timestamp", 400, i => $"u{i % 40},{(i % 40 % 2 == 0 ? "a" : "b")}{(i * 7 + i / 40) % 15},{1_700_000_000 + i}");
        var used = await SweepAndUseAsync("recommender", 4, "mlp recommend recommender", "u2", "--families", "ease,item-knn", "--metric", "ndcg@10");
        Assert.StartsWith("a", used.Json.GetProperty("items")[0].GetProperty("item").GetString());
        Assert.AreEqual(400, (await Mlp.RunAsync("artifacts", "show", "recommender", "--store", Store, "--json")).Json.GetProperty("data")[0].GetProperty("rows").GetInt32());
    }

    [TestMethod]
    public async Task RecommenderOfRatings()
    {
        Write("user_id,item_id,rating,timestamp", 400, i => $"u{i % 40},i{(i * 7 + i / 40) % 25},{1 + (i % 40 + (i * 7 + i / 40)) % 5},{1_700_000_000 + i}");
        await SweepAndUseAsync("recommender", 3, "mlp recommend recommender", "u2", "--metric", "rmse", "--set", "max-epochs=5");
        var shown = await Mlp.RunAsync("artifacts", "show", "recommender", "--store", Store, "--json");
        Assert.Contains("\"rmse\"", shown.Output);
        var sweep = await Mlp.RunAsync("sweep", "show", "tried", "--store", Store, "--json");
        Assert.IsFalse(sweep.Json.GetProperty("sweep").GetProperty("maximize").GetBoolean());
        double[] metrics = [.. sweep.Json.GetProperty("trials").EnumerateArray().Select(trial => trial.GetProperty("metric").GetDouble())];
        Assert.AreEqual(metrics.Min(), sweep.Json.GetProperty("best").GetProperty("metric").GetDouble());
    }

    [TestMethod]
    public async Task Sentiment()
    {
        Write("text,mood", 60, i => i % 3 == 0 ? "I love this lamp,positive" : i % 3 == 1 ? "I hate this mug,negative" : "It is a chair,neutral");
        var used = await SweepAndUseAsync("sentiment", 3, "mlp predict mood", "I love it", ["--text", "text", "--label", "mood", .. Tiny]);
        Assert.Contains(used.Json.GetProperty("predictedLabel").GetString(), new[] { "positive", "negative", "neutral" });
        Assert.AreEqual(60, (await EvaluateAsync("mood", "--data", Data)).GetProperty("rows").GetInt32());
    }

    [TestMethod]
    public async Task MultiLabel()
    {
        Write("text,labels", 60, i => (i % 3) switch { 0 => "lamp and mug,light|kitchen", 1 => "only a lamp,light", _ => "only a mug,kitchen" });
        var used = await SweepAndUseAsync("multi-label", 3, "mlp predict labels", "a lamp", ["--text", "text", "--label", "labels", .. Tiny]);
        Assert.AreEqual("a lamp", used.Json.GetProperty("text").GetString());
        Assert.AreEqual(60, (await EvaluateAsync("labels", "--data", Data)).GetProperty("rows").GetInt32());
    }

    [TestMethod]
    public async Task Entities()
    {
        Write("words,kinds", 60, i => i % 2 == 0 ? "Anna lives in Berlin,B-person O O B-place" : "New York is large,B-place I-place O O");
        var used = await SweepAndUseAsync("ner", 3, "mlp predict kinds", "Anna lives in Berlin", ["--text", "words", "--label", "kinds", .. Tiny]);
        Assert.IsGreaterThanOrEqualTo(0, used.Json.GetProperty("entities").GetArrayLength());
        Assert.AreEqual(60, (await EvaluateAsync("kinds", "--data", Data)).GetProperty("rows").GetInt32());
    }

    [TestMethod]
    public async Task ResponseGenerator()
    {
        Write("message,response", 40, i => $"where is my {(i % 2 == 0 ? "lamp" : "desk")},your {(i % 2 == 0 ? "lamp" : "desk")} is here");
        var used = await SweepAndUseAsync("response-generator", 3, "mlp generate response-generator", "where is my lamp", "--text", "message", "--label", "response", "--set", "max-epochs=1", "--set", "device=cpu");
        Assert.AreEqual("where is my lamp", used.Json.GetProperty("text").GetString());
        Assert.Contains("bleu", (await EvaluateAsync("response-generator", "response-generator", "--data", Data)).ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [TestMethod]
    public async Task TextClassificationAmongFamilies()
    {
        SmallTables.Write(Data);
        var used = await SweepAndUseAsync("text-classification", 4, "mlp predict topic", "Where is my kettle, the parcel has not arrived", ["--text", "body", "--label", "topic", "--families", "linear,encoder", .. Tiny]);
        Assert.AreEqual("delivery", used.Json.GetProperty("predictedLabel").GetString());
        Assert.AreEqual(90, (await EvaluateAsync("topic", "--data", Data)).GetProperty("rows").GetInt32());
        var sweep = await Mlp.RunAsync("sweep", "show", "tried", "--store", Store, "--json");
        CollectionAssert.AreEquivalent(
            new[] { "encoder", "linear" }, sweep.Json.GetProperty("trials").EnumerateArray().Select(trial => trial.GetProperty("parameters").GetProperty("algorithm").GetString()!).Distinct().ToArray());
    }
}
