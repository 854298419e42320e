using System.Diagnostics;
using System.Text;

namespace MLPipelines.Tests.Cli;

/// <summary>mlp as users run it: a process of its own.</summary>
[TestClass]
public sealed class ProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [TestMethod]
    [DataRow("INT")]
    [DataRow("TERM")]
    public async Task A_signal_during_training_stops_cleanly(string signal)
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("signals are sent with kill, which Windows does not have");
        using var folder = new TemporaryFolder();
        string data = folder.File("large.csv"), store = folder.File("store");
        WriteLargeTable(data);
        Assert.AreEqual(0, (await Mlp.RunAsync(SmallTables.Train(SmallTables.Write(folder.File("small.csv")), store, "--name", "large", "--quiet"))).Code);
        string before = Listing(store);

        using var process = Mlp.Start(SmallTables.Train(data, store, "--name", "large"));
        using var limit = new CancellationTokenSource(Patience);
        var error = new StringBuilder();
        while (await process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            error.AppendLine(line);
            // Reading has ended, so training has begun.
            if (line.StartsWith("reading", StringComparison.Ordinal))
                break;
        }
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            await kill.WaitForExitAsync(limit.Token);
        error.Append(await process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        Assert.AreEqual(130, process.ExitCode, error.ToString());
        Assert.Contains("stopped", error.ToString());
        Assert.AreEqual(before, Listing(store));
    }

    [TestMethod]
    public async Task The_demo_trains_publishes_and_predicts_the_same_in_a_fresh_process()
    {
        using var folder = new TemporaryFolder();
        var ran = await Mlp.RunProcessAsync([], "demo", "--store", folder.File("store"), "--json");
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.IsTrue(ran.Json.GetProperty("freshProcessAgrees").GetBoolean());
        var models = ran.Json.GetProperty("models").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(new[] { "intent", "sentiment" }, models.Select(model => model.GetProperty("name").GetString()).ToArray());
        foreach (var model in models)
        {
            Assert.IsGreaterThan(0.85, model.GetProperty("metrics").GetProperty("microAccuracy").GetDouble());
            Assert.IsTrue(File.Exists(model.GetProperty("path").GetString()));
        }
    }

    private static string Listing(string store) => string.Join('\n', Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => $"{file} {new FileInfo(file).Length}"));

    private static void WriteLargeTable(string path)
    {
        const int Rows = 20_000;
        var random = new Random(1);
        using var writer = new StreamWriter(path);
        writer.Write("body,topic\n");
        for (int i = 0; i < Rows; i++)
        {
            for (int word = 0; word < 30; word++)
                writer.Write($"w{random.Next(20_000):x} ");
            writer.Write($",class{random.Next(30)}\n");
        }
    }
}
