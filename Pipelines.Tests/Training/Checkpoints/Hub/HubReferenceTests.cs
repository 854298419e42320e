using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Tests.Training.Checkpoints.Hub;

/// <summary>References, options and environment variables.</summary>
[TestClass]
public sealed class HubReferenceTests
{
    [TestMethod]
    [DataRow("hf:org/name", "org/name", "main", "models--org--name")]
    [DataRow("hf:bert-base-uncased@v1.0", "bert-base-uncased", "v1.0", "models--bert-base-uncased")]
    [DataRow("hf:a_b/c.d@refs/pr/1", "a_b/c.d", "refs/pr/1", "models--a_b--c.d")]
    public void ReferencesAreRead(string text, string id, string revision, string folder)
    {
        var reference = HubReference.Parse(text);
        Assert.AreEqual(id, reference.Id);
        Assert.AreEqual(revision, reference.Revision);
        Assert.AreEqual(folder, reference.FolderName);
    }

    [TestMethod]
    [DataRow("hf:")]
    [DataRow("hf:a/b/c")]
    [DataRow("hf:../x")]
    [DataRow("hf:a/..")]
    [DataRow("hf:a--b/c")]
    [DataRow("hf:.a/b")]
    [DataRow("hf:a b/c")]
    [DataRow("hf:org/name@")]
    [DataRow("hf:org/name@../../x")]
    [DataRow("hf:org/name@a//b")]
    [DataRow("hf:org/name@a?b")]
    [DataRow("hf:org/name@a@b")]
    public void OthersAreRefused(string text) =>
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => HubReference.Parse(text)).Message, "Write hf:organisation/name@revision");

    [TestMethod]
    public void VariablesFillWhatOptionsLeaveOpen()
    {
        var variables = new Dictionary<string, string> { ["HF_HOME"] = "/home", ["HF_TOKEN"] = " hf_1\n", ["HF_HUB_OFFLINE"] = "True", ["HF_ENDPOINT"] = "https://mirror.example/hub/" };
        var settings = Resolve(new HubOptions(), variables);
        Assert.AreEqual(Path.GetFullPath("/home/hub"), settings.CacheFolder);
        Assert.AreEqual("hf_1", settings.Token);
        Assert.IsTrue(settings.IsOffline);
        Assert.AreEqual("https://mirror.example/hub/", settings.Endpoint.AbsoluteUri);
        variables["HF_HUB_CACHE"] = "/cache";
        Assert.AreEqual(Path.GetFullPath("/cache"), Resolve(new HubOptions(), variables).CacheFolder);
        settings = Resolve(new HubOptions { CacheFolder = "/mine", Token = "", Offline = false, Endpoint = new Uri("http://localhost:1") }, variables);
        Assert.AreEqual(Path.GetFullPath("/mine"), settings.CacheFolder);
        Assert.IsNull(settings.Token);
        Assert.IsFalse(settings.IsOffline);
        settings = Resolve(new HubOptions(), new() { ["XDG_CACHE_HOME"] = "/xdg" });
        Assert.AreEqual(Path.GetFullPath("/xdg/huggingface/hub"), settings.CacheFolder);
        Assert.AreEqual("https://huggingface.co/", settings.Endpoint.AbsoluteUri);
        Assert.IsNull(settings.Token);
        Assert.IsFalse(settings.IsOffline);
    }

    [TestMethod]
    public void BadVariablesAreRefused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => Resolve(new(), new() { ["HF_ENDPOINT"] = "http://mirror.example" })).Message, "http is allowed only on this machine itself");
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => Resolve(new(), new() { ["HF_ENDPOINT"] = "mirror" })).Message, "HF_ENDPOINT, 'mirror', is no address");
        var message = Assert.ThrowsExactly<CheckpointException>(() => Resolve(new(), new() { ["HF_TOKEN"] = "hf_a b" })).Message;
        StringAssert.Contains(message, "has a character that no token has");
        Assert.DoesNotContain("hf_a", message);
    }

    [TestMethod]
    public void AllFaultsOfTheOptionsAreListed()
    {
        var options = new HubOptions
        {
            CacheFolder = " ", Endpoint = new Uri("http://example.com"), MaximumAttempts = 0, FirstDelay = TimeSpan.FromHours(1), Timeout = TimeSpan.Zero, MaximumFileBytes = 0, MaximumTotalBytes = -1,
        };
        var message = Assert.ThrowsExactly<ArgumentException>(options.Validate).Message;
        foreach (var name in new[] { "CacheFolder", "Endpoint", "MaximumAttempts", "FirstDelay", "Timeout", "MaximumFileBytes", "MaximumTotalBytes" })
            StringAssert.Contains(message, name);
        new HubOptions().Validate();
    }

    private static HubSettings Resolve(HubOptions options, Dictionary<string, string> variables) => HubSettings.Resolve(options, name => variables.GetValueOrDefault(name));
}
