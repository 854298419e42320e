using System.Security.Cryptography;

namespace MLPipelines.Tests.Cli;

/// <summary>Data that cannot be trained on: one clear error that names the place, exit code 3, and the file is not touched.</summary>
[TestClass]
public sealed class BadDataTests
{
    private const int LongLine = 50 * 1024 * 1024;

    [TestMethod]
    public async Task A_missing_file()
    {
        using var folder = new TemporaryFolder();
        SmallTables.Write(folder.File("tickets.csv"));
        foreach (var command in new[] { SmallTables.Train(folder.File("ticket.csv"), folder.File("store")), ["validate", folder.File("ticket.csv")] })
        {
            var ran = await Mlp.RunAsync(command);
            Assert.AreEqual(3, ran.Code, ran.Error);
            Assert.Contains("ticket.csv", ran.Fault);
            Assert.Contains("tickets.csv", ran.Fault);
        }
    }

    [TestMethod]
    public Task A_wrong_separator() => RefusedAsync("body,topic\na,b\nc,d\n"u8, "line 1", "body", "--separator", ";");

    [TestMethod]
    public Task A_missing_column() => RefusedAsync("text,topic\na,b\nc,d\n"u8, "line 1", "body");

    [TestMethod]
    public Task Bytes_that_are_not_utf8() => RefusedAsync([.. "body,topic\ngood,b\n"u8, .. "sch"u8, 0xF6, .. "n,d\n"u8], "line 3", "UTF-8");

    [TestMethod]
    public Task A_single_line_of_50_MB() => RefusedAsync([.. "body,topic\n"u8, .. Enumerable.Repeat((byte)'x', LongLine)], "line 2", "16");

    [TestMethod]
    public Task A_quote_that_is_never_closed() => RefusedAsync("body,topic\na,b\n\"open,d\nc,e\n"u8, "line 3", "quote");

    [TestMethod]
    public Task Nul_bytes() => RefusedAsync("body,topic\na,b\nc\0c,d\n"u8, "line 3", "NUL");

    [TestMethod]
    public Task No_rows() => RefusedAsync("body,topic\n"u8, "line 2", "no usable rows");

    [TestMethod]
    public Task An_empty_file() => RefusedAsync(""u8, "line 1", "");

    [TestMethod]
    public Task One_class() => RefusedAsync("body,topic\na,same\nb,same\nc,same\n"u8, "line 2", "same");

    [TestMethod]
    public Task All_labels_missing() => RefusedAsync("body,topic\na,\nb,\nc,\n"u8, "line 2", "the label is missing, as in all 3 rows");

    [TestMethod]
    public async Task One_class_is_left_when_bad_rows_are_left_out()
    {
        using var folder = new TemporaryFolder();
        string data = folder.File("bad.csv");
        await File.WriteAllTextAsync(data, "body,topic\na,same\nb,\n,other\n");
        var ran = await Mlp.RunAsync(SmallTables.Train(data, folder.File("store"), "--skip-bad-rows"));
        Assert.AreEqual(3, ran.Code);
        Assert.Contains("a classifier needs two or more", ran.Fault);
    }

    [TestMethod]
    public async Task Bad_data_is_refused_by_evaluate_and_predict_too()
    {
        using var folder = new TemporaryFolder();
        string store = await SharedModel.StoreAsync(), data = folder.File("bad.csv");
        File.WriteAllBytes(data, [.. "body,topic\nmy parcel,delivery\nsch"u8, 0xF6, .. "n,praise\n"u8]);
        foreach (var command in new[] { "evaluate", "predict" })
        {
            var ran = await Mlp.RunAsync(command, "topic", "--data", data, "--store", store, "--json");
            Assert.AreEqual(3, ran.Code, ran.Error);
            Assert.Contains("line 3", ran.Fault);
            Assert.Contains(data, ran.Fault);
        }
    }

    [TestMethod]
    public async Task Validate_lists_every_problem()
    {
        using var folder = new TemporaryFolder();
        string data = folder.File("bad.csv");
        File.WriteAllText(data, "body,topic\n,billing\nhello,\nparcel,delivery\n");
        var ran = await Mlp.RunAsync("validate", data, "--text", "body", "--label", "topic", "--json");
        Assert.AreEqual(3, ran.Code);
        Assert.HasCount(1, ran.Lines);
        int[] lines = [.. ran.Json.GetProperty("problems").EnumerateArray().Where(problem => problem.GetProperty("severity").GetString() == "Error").Select(problem => problem.GetProperty("line").GetInt32())];
        CollectionAssert.IsSubsetOf(new[] { 2, 3 }, lines);
        var text = await Mlp.RunAsync("validate", data, "--text", "body", "--label", "topic");
        Assert.Contains("line 2, column 1", text.Output);
        Assert.Contains("line 3", text.Output);
        Assert.AreEqual(2, (await Mlp.RunAsync("validate", data, "--label", "topic")).Code);
    }

    [TestMethod]
    public async Task Validate_recognises_the_sample_data()
    {
        string tickets = MLPipelines.Cli.Demo.SampleData.FindTickets()!;
        var ran = await Mlp.RunAsync("validate", tickets, "--json");
        Assert.AreEqual(0, ran.Code, ran.Output);
        Assert.AreEqual("messages", ran.Json.GetProperty("format").GetString());
        Assert.AreEqual(3000, ran.Json.GetProperty("statistics").GetProperty("rows").GetInt32());
        Assert.AreEqual(0, (await Mlp.RunAsync("validate", tickets, "--format", "messages")).Code);
    }

    private static Task RefusedAsync(ReadOnlySpan<byte> content, string place, string reason, params string[] more) => RefusedAsync(content.ToArray(), place, reason, more);

    private static async Task RefusedAsync(byte[] content, string place, string reason, params string[] more)
    {
        using var folder = new TemporaryFolder();
        string data = folder.File("bad.csv"), store = folder.File("store");
        await File.WriteAllBytesAsync(data, content);
        var ran = await Mlp.RunAsync(SmallTables.Train(data, store, ["--json", .. more]));
        Assert.AreEqual(3, ran.Code, ran.Error);
        Assert.AreEqual("", ran.Output);
        Assert.Contains(data, ran.Fault);
        Assert.Contains(place, ran.Fault);
        Assert.Contains(reason, ran.Fault);
        Assert.IsLessThan(1000, ran.Fault.Length);
        Assert.IsFalse(Directory.Exists(store), "nothing is published");
        using var stream = File.OpenRead(data);
        CollectionAssert.AreEqual(SHA256.HashData(content), SHA256.HashData(stream));
    }
}
