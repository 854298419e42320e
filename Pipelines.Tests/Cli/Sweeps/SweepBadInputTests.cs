using Microsoft.Data.Sqlite;

namespace MLPipelines.Tests.Cli.Sweeps;

/// <summary>What cannot be swept is said in one line, without a stack trace, with the exit code of its kind; and nothing is left behind.</summary>
[TestClass]
public sealed class SweepBadInputTests
{
    private const int Usage = 2, Data = 3;

    private readonly TemporaryFolder _folder = new();

    private string Store => _folder.File("store");

    private string Ledger => Path.Combine(Store, "sweeps.db");

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private string File(string name, params string[] lines)
    {
        System.IO.File.WriteAllLines(_folder.File(name), lines);
        return _folder.File(name);
    }

    private static string[] Rows(int count, Func<int, string> row) => ["text,label", .. Enumerable.Range(0, count).Select(row)];

    private Task<Ran> SweepAsync(string data, params string[] more) => Mlp.RunAsync(["sweep", "text-classification", "--data", data, "--families", "linear", "--trials", "2", "--in-process", "--no-publish", "--store", Store, .. more]);

    private async Task RefusedAsync(int code, string message, string data, params string[] more)
    {
        Said(code, message, await SweepAsync(data, more));
        Assert.IsFalse(System.IO.File.Exists(Ledger), "No ledger is begun for what cannot be done.");
    }

    private static void Said(int code, string message, Ran ran)
    {
        Assert.AreEqual(code, ran.Code, ran.Error);
        Assert.Contains(message, ran.Fault);
        Assert.AreEqual("", ran.Output);
        Assert.DoesNotContain("   at ", ran.Error);
        Assert.DoesNotContain("Exception", ran.Error);
    }

    private string Good() => File("good.csv", Rows(60, i => $"my {(i % 2 == 0 ? "lamp" : "desk")} number {i},{(i % 2 == 0 ? "lamp" : "desk")}"));

    [TestMethod]
    public Task AnEmptySpace() => RefusedAsync(Usage, "it names no option", Good(), "--space", File("space.yaml", "# nothing"));

    [TestMethod]
    public async Task ASpaceInWhichAllIsFixed() => Said(Usage, "no option has more than one value", await Mlp.RunAsync(
        "sweep", MLPipelines.Tests.Sweeps.TrialTask.TaskName, "--data", "none", "--in-process", "--no-publish", "--store", Store, "--space", File("space.yaml", "x: 0.5", "y: 1", "kind: a")));

    [TestMethod]
    public async Task AContradictorySpace()
    {
        await RefusedAsync(Usage, "'linear.cost' is from 10 to 0.1", Good(), "--space", File("space.yaml", "linear.cost: {min: 10, max: 0.1}"));
        await RefusedAsync(Usage, "which it never is here", Good(), "--space", File("space.yaml", "linear.supervised-term-weighting: false", "linear.supervised-exponent: {min: 0.2, max: 0.9}"));
    }

    [TestMethod]
    public async Task AMetricThatTheTaskDoesNotHave()
    {
        await RefusedAsync(Usage, "The task 'text-classification' has no metric 'ndcg@10'; it has accuracy, macro-f1", Good(), "--metric", "ndcg@10");
        string shop = File("shop.csv", ["user_id,item_id", .. Enumerable.Range(0, 60).Select(i => $"{i % 10},{i % 7}")]);
        Said(Usage, "has no metric 'f1'; it has ndcg@10", await Mlp.RunAsync("sweep", "recommender", "--data", shop, "--metric", "f1", "--families", "ease", "--store", Store));
    }

    [TestMethod]
    public async Task ABudgetTooSmallForOneTrial()
    {
        string data = File("many.csv", Rows(3000, i => $"my {(i % 2 == 0 ? "lamp" : "desk")} number {i} of {i * 7919 % 10007},{(i % 2 == 0 ? "lamp" : "desk")}"));
        var ran = await SweepAsync(data, "--time", "0.001s");
        Said(Usage, "A budget of 0.1 s is too small for one trial of text-classification, which needs ", ran);
        Assert.MatchesRegex(@"needs (about|more than) [0-9.]+ (s|min)", ran.Fault);
    }

    [TestMethod]
    public async Task AColumnThatIsConstant()
    {
        await RefusedAsync(Usage, "all 8 rows have the same 'text', from which nothing can be learnt", File("same.csv", Rows(8, i => $"hello,{(i % 2 == 0 ? "a" : "b")}")));
        await RefusedAsync(Usage, "all 8 rows have the label 'a'; there must be two or more classes", File("one.csv", Rows(8, i => $"hello {i},a")));
    }

    [TestMethod]
    public async Task LabelsSeenOnce()
    {
        var ran = await SweepAsync(File("once.csv", [.. Rows(60, i => $"my {(i % 2 == 0 ? "lamp" : "desk")} number {i},{(i % 2 == 0 ? "lamp" : "desk")}"), "a lonely one,stool"]));
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.Contains("one label occurs once, and is trained on but never measured: stool", ran.Error);
        Assert.Contains("2 completed", ran.Output);
        Said(Usage, "each label occurs once", await SweepAsync(File("each.csv", Rows(6, i => $"text {i},label {i}"))));
    }

    [TestMethod]
    [DataRow("version", "it has version 99; this library reads version ")]
    [DataRow("truncated", "cannot be used as a ledger: ")]
    [DataRow("text", "cannot be used as a ledger: ")]
    [DataRow("foreign", "it is a database of something else")]
    public async Task ALedgerThatIsNone(string fault, string message)
    {
        Directory.CreateDirectory(Store);
        if (fault is "version" or "truncated")
            Assert.AreEqual(0, (await SweepAsync(Good(), "--id", "before")).Code);
        switch (fault)
        {
            case "version":
                Execute("PRAGMA user_version = 99");
                break;
            case "truncated":
                byte[] bytes = await System.IO.File.ReadAllBytesAsync(Ledger);
                await System.IO.File.WriteAllBytesAsync(Ledger, bytes[..(bytes.Length / 2)]);
                break;
            case "text":
                await System.IO.File.WriteAllTextAsync(Ledger, new string('x', 5000));
                break;
            default:
                Execute("CREATE TABLE things (x)");
                break;
        }
        string data = Good();
        foreach (string[] command in new[] { ["sweep", "text-classification", "--data", data, "--in-process"], new[] { "sweep", "list" }, ["sweep", "show", "before"], ["sweep", "report", "before"], ["sweep", "--resume", "before"], ["sweep", "worker", "--ledger", Ledger] })
            Said(Data, message, await Mlp.RunAsync([.. command, "--store", Store]));
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Ledger};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
