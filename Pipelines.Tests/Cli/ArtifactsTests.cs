
namespace MLPipelines.Tests.Cli;

[TestClass]
public sealed class ArtifactsTests
{
    private readonly TemporaryFolder _folder = new();

    public TestContext TestContext { get; set; } = null!;

    private string Store => _folder.File("store");

    [TestInitialize]
    public async Task TrainTwoVersions()
    {
        string data = SmallTables.Write(_folder.File("small.csv"), 60);
        foreach (var more in new string[][] { ["--quiet"], ["--quiet", "--word-ngrams", "1"] })
            Assert.AreEqual(0, (await Mlp.RunAsync(SmallTables.Train(data, Store, more))).Code);
    }

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    private Task<Ran> ArtifactsAsync(params string[] arguments) => Mlp.RunAsync(["artifacts", .. arguments, "--store", Store], "", TestContext.CancellationToken);

    [TestMethod]
    public async Task Versions_are_listed_with_sizes_and_aliases()
    {
        await ArtifactsAsync("promote", "topic@1.0.0", "production");
        var list = (await ArtifactsAsync("list", "--json")).Json;
        Assert.AreEqual(Store, list.GetProperty("store").GetString());
        var versions = list.GetProperty("artifacts").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(new[] { "1.0.0", "1.1.0" }, versions.Select(version => version.GetProperty("version").GetString()).ToArray());
        Assert.AreEqual("production", versions[0].GetProperty("aliases")[0].GetString());
        Assert.AreEqual(new FileInfo(versions[0].GetProperty("path").GetString()!).Length, versions[0].GetProperty("bytes").GetInt64());
        var table = await ArtifactsAsync("list", "topic");
        Assert.Contains("production", table.Output);
        Assert.Contains("1.1.0", table.Output);
        Assert.AreEqual(4, (await ArtifactsAsync("list", "none")).Code);
    }

    [TestMethod]
    public async Task An_empty_store_is_said_to_be_empty()
    {
        var ran = await Mlp.RunAsync("artifacts", "list", "--store", _folder.File("nothing"));
        Assert.AreEqual(0, ran.Code);
        Assert.Contains("no artifact", ran.Output);
    }

    [TestMethod]
    public async Task Show_tells_the_manifest()
    {
        var manifest = (await ArtifactsAsync("show", "topic@1.0.0", "--json")).Json;
        Assert.AreEqual("topic", manifest.GetProperty("name").GetString());
        Assert.AreEqual(2, manifest.GetProperty("training").GetProperty("options").GetProperty("wordNGramLength").GetInt32());
        var text = (await ArtifactsAsync("show", "topic")).Output;
        foreach (var part in new[] { "topic 1.1.0", "billing, ", "wordNGramLength = 1", "SHA-256", "microAccuracy" })
            Assert.Contains(part, text);
    }

    [TestMethod]
    public async Task Diff_tells_what_changed()
    {
        var diff = (await ArtifactsAsync("diff", "topic", "1.0.0", "1.1.0", "--json")).Json;
        var option = diff.GetProperty("options").EnumerateArray().Single();
        Assert.AreEqual("wordNGramLength", option.GetProperty("what").GetString());
        Assert.AreEqual("2", option.GetProperty("before").GetString());
        Assert.AreEqual("1", option.GetProperty("after").GetString());
        Assert.Contains("wordNGramLength: 2 -> 1", (await ArtifactsAsync("diff", "topic", "1.0.0", "latest")).Output);
    }

    [TestMethod]
    public async Task Aliases_move_and_come_back_and_protect_their_version()
    {
        Assert.AreEqual(0, (await ArtifactsAsync("promote", "topic@1.0.0", "production")).Code);
        Assert.AreEqual("1.1.0", (await ArtifactsAsync("promote", "topic", "production", "--json")).Json.GetProperty("version").GetString());
        var refused = await ArtifactsAsync("promote", "topic@1.0.0", "production", "--expected", "1.0.0");
        Assert.AreEqual(4, refused.Code);
        Assert.Contains("production is 1.0.0 again", (await ArtifactsAsync("rollback", "topic", "production")).Output.Replace("topic@", "", StringComparison.Ordinal));
        var aliased = await ArtifactsAsync("delete", "topic@1.0.0");
        Assert.AreEqual(4, aliased.Code);
        Assert.Contains("production", aliased.Fault);
        Assert.AreEqual(2, (await ArtifactsAsync("delete", "topic")).Code);
        Assert.AreEqual(0, (await ArtifactsAsync("delete", "topic@1.1.0")).Code);
        Assert.IsFalse(File.Exists(Path.Combine(Store, "topic", "1.1.0.zip")));
        var predicted = await Mlp.RunAsync("predict", "topic@production", "my parcel has not arrived", "--json", "--store", Store);
        Assert.AreEqual("delivery", predicted.Json.GetProperty("predictedLabel").GetString());
        var events = (await ArtifactsAsync("history", "topic", "--json")).Json.GetProperty("events").EnumerateArray().Select(entry => entry.GetProperty("kind").GetString()).ToArray();
        CollectionAssert.AreEqual(new[] { "published", "published", "promoted", "promoted", "rolledBack", "deleted" }, events);
        Assert.Contains("rolledBack", (await ArtifactsAsync("history", "topic")).Output);
    }

    [TestMethod]
    public async Task Verify_finds_the_one_damaged_version_among_all()
    {
        Assert.AreEqual(0, (await ArtifactsAsync("verify")).Code);
        DamagedArtifactTests.FlipByteInTheMiddle(Path.Combine(Store, "topic", "1.0.0.zip"));
        var ran = await ArtifactsAsync("verify", "--json");
        Assert.AreEqual(4, ran.Code);
        var results = ran.Json.GetProperty("verified").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(new[] { false, true }, results.Select(result => result.GetProperty("valid").GetBoolean()).ToArray());
        Assert.Contains("1.0.0.zip", ran.Fault);
        Assert.AreEqual(0, (await ArtifactsAsync("verify", "topic@1.1.0")).Code);
    }

    [TestMethod]
    public async Task What_is_not_there_is_named_with_what_is()
    {
        var name = await ArtifactsAsync("show", "tropic");
        Assert.AreEqual(4, name.Code);
        Assert.Contains("topic", name.Fault);
        var version = await ArtifactsAsync("show", "topic@9.9.9");
        Assert.AreEqual(4, version.Code);
        Assert.Contains("1.0.0, 1.1.0", version.Fault);
    }
}
