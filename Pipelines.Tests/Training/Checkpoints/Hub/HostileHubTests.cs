using System.Text;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Tests.Training.Checkpoints.Hub;

/// <summary>A hub that breaks off, lies, stalls and refuses.</summary>
[TestClass]
public sealed class HostileHubTests
{
    [TestMethod]
    public async Task AConnectionThatBreaksOffIsResumed()
    {
        await using var hub = new HubFixture();
        int count = 0;
        hub.Server.Misbehave = request =>
        {
            if (!HubFixture.IsWeights(request) || Interlocked.Increment(ref count) > 3)
                return null;
            var whole = hub.Server.Answer(request);
            return whole with { Body = whole.Body[..Math.Min(400_000, whole.Body.Length)], Length = whole.Body.Length };
        };
        hub.AssertWhole(await hub.ResolveAsync());
        Assert.AreSequenceEqual(new[] { null, "bytes=400000-", "bytes=800000-", "bytes=1200000-" }, hub.Server.Requests.Where(HubFixture.IsWeights).Select(request => request.Header("Range")));
    }

    [TestMethod]
    public async Task AFetchThatFailedGoesOnTheNextTime()
    {
        await using var hub = new HubFixture();
        hub.Options.MaximumAttempts = 1;
        hub.Server.Misbehave = request => HubFixture.IsWeights(request) ? new HubReply(200, HubFixture.Weights[..500_000], [], HubFixture.Weights.Length) : null;
        StringAssert.Contains(await hub.RefusalAsync(), "hf:org/name@main could not be fetched: ");
        hub.AssertNoWeights();
        hub.Server.Misbehave = _ => null;
        hub.AssertWhole(await hub.ResolveAsync());
        Assert.AreEqual("bytes=500000-", hub.Server.Requests[^1].Header("Range"));
    }

    [TestMethod]
    public async Task AHubThatIgnoresRangesStartsOver()
    {
        await using var hub = new HubFixture();
        int count = 0;
        hub.Server.Misbehave = request =>
            !HubFixture.IsWeights(request) ? null
            : Interlocked.Increment(ref count) == 1 ? new HubReply(200, HubFixture.Weights[..500_000], [], HubFixture.Weights.Length)
            : new HubReply(200, HubFixture.Weights, []);
        hub.AssertWhole(await hub.ResolveAsync());
        Assert.AreEqual(2, count);
    }

    [TestMethod]
    [DataRow(206, "bytes 0-2999999/3000000", DisplayName = "Another part")]
    [DataRow(206, "bytes 500000-500009/77", DisplayName = "Of another length")]
    [DataRow(206, null, DisplayName = "No part named")]
    [DataRow(416, null, DisplayName = "No such part")]
    public async Task AWrongPartIsNotJoined(int status, string? range)
    {
        await using var hub = new HubFixture();
        int count = 0;
        hub.Server.Misbehave = request => !HubFixture.IsWeights(request) ? null : Interlocked.Increment(ref count) switch
        {
            1 => new HubReply(200, HubFixture.Weights[..500_000], [], HubFixture.Weights.Length),
            2 => new HubReply(status, HubFixture.Weights[500_000..], range == null ? [] : [("Content-Range", range)]),
            _ => null,
        };
        hub.AssertWhole(await hub.ResolveAsync());
        Assert.IsNull(hub.Server.Requests[^1].Header("Range"));
    }

    [TestMethod]
    public async Task ABeginningOfAnotherFileIsThrownAway()
    {
        await using var hub = new HubFixture();
        var blob = Path.Combine(hub.Model, "blobs", HubServer.Sha256(HubFixture.Weights));
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.WriteAllBytes(blob + ".incomplete", new byte[1_000_000]);
        hub.AssertWhole(await hub.ResolveAsync());
        Assert.AreSequenceEqual(new[] { "bytes=1000000-", null }, hub.Server.Requests.Where(HubFixture.IsWeights).Select(request => request.Header("Range")));
    }

    [TestMethod]
    [DataRow("model.safetensors", "SHA-256")]
    [DataRow("config.json", "git hash")]
    public async Task WrongContentIsRefused(string name, string kind)
    {
        await using var hub = new HubFixture();
        hub.Server.Misbehave = request =>
        {
            if (request.Method != "GET" || !request.Path.EndsWith("/" + name, StringComparison.Ordinal) || request.Path.Contains("Pooling", StringComparison.Ordinal))
                return null;
            var body = (byte[])hub.Server.Files[name].Clone();
            body[^1] ^= 1;
            return new HubReply(200, body, []);
        };
        StringAssert.Contains(await hub.RefusalAsync(), $"'{name}' should have the {kind}");
        hub.AssertNoWeights();
        Assert.IsEmpty(Directory.EnumerateFiles(hub.Cache, "*.incomplete", SearchOption.AllDirectories));
    }

    [TestMethod]
    public async Task LengthsThatAreLiesAreRefused()
    {
        await using var hub = new HubFixture();
        hub.Server.Misbehave = request => HubFixture.IsWeights(request) ? new HubReply(200, [], [], 1L << 50) : null;
        StringAssert.Contains(await hub.RefusalAsync(), "it announces 'model.safetensors' with 1125899906842624 bytes, but promised 3000");
        hub.Server.Misbehave = request => HubFixture.IsWeights(request) ? new HubReply(200, [.. HubFixture.Weights, 0], [], -1) : null;
        StringAssert.Contains(await hub.RefusalAsync(), "it sends more than the");
        hub.Options.MaximumAttempts = 2;
        hub.Server.Misbehave = request => HubFixture.IsWeights(request) ? new HubReply(200, [1, 2, 3], [], -1) : null;
        StringAssert.Contains(await hub.RefusalAsync(), "it sent 3 bytes of 3000");
        hub.AssertNoWeights();
    }

    [TestMethod]
    public async Task WithoutAPromisedLengthTheHashDecides()
    {
        await using var hub = new HubFixture();
        hub.Server.Misbehave = request => request.Method == "HEAD" && request.Path.EndsWith("/model.safetensors", StringComparison.Ordinal)
            ? HubServer.Status(302, ("Location", "https://storage.invalid/x"), ("X-Linked-ETag", HubServer.Sha256(HubFixture.Weights)))
            : HubFixture.IsWeights(request) ? new HubReply(200, HubFixture.Weights, [], -1) : null;
        hub.AssertWhole(await hub.ResolveAsync());
    }

    [TestMethod]
    public async Task LimitsAreKept()
    {
        await using var hub = new HubFixture();
        hub.Options.MaximumFileBytes = 1_000_000;
        StringAssert.Contains(await hub.RefusalAsync(), "'model.safetensors' has 3000");
        hub.Options.MaximumFileBytes = 1L << 30;
        hub.Options.MaximumTotalBytes = 2_000_000;
        StringAssert.Contains(await hub.RefusalAsync(), "with 'model.safetensors' its files have more bytes than the 2000000 that HubOptions.MaximumTotalBytes allows");
        Assert.IsEmpty(hub.Server.Requests.Where(HubFixture.IsWeights));
        hub.Options.MaximumTotalBytes = 1L << 30;
        hub.Options.MaximumFileBytes = 1_000_000;
        hub.Server.Misbehave = request => request.Method == "HEAD" && request.Path.EndsWith("/model.safetensors", StringComparison.Ordinal)
            ? new HubReply(200, [], [("ETag", HubServer.Sha256(HubFixture.Weights))], -1)
            : HubFixture.IsWeights(request) ? new HubReply(200, HubFixture.Weights, [], -1) : null;
        StringAssert.Contains(await hub.RefusalAsync(), "'model.safetensors' has ");
        hub.AssertNoWeights();
    }

    [TestMethod]
    [DataRow(401, "", "Set HF_TOKEN to a token that may read it")]
    [DataRow(403, "hf_x", "The token that was sent (HF_TOKEN) does not open it")]
    [DataRow(404, "", "The hub has no hf:org/name@main")]
    [DataRow(400, "", "the status is 400")]
    public async Task RefusalsAreNotTriedAgain(int status, string token, string reason)
    {
        await using var hub = new HubFixture();
        hub.Options.Token = token;
        hub.Server.Misbehave = _ => HubServer.Status(status);
        var message = await hub.RefusalAsync();
        StringAssert.Contains(message, reason);
        Assert.DoesNotContain("hf_x", message);
        Assert.HasCount(1, hub.Server.Requests);
    }

    [TestMethod]
    [DataRow(429)]
    [DataRow(500)]
    [DataRow(503)]
    [DataRow(408)]
    public async Task PassingFailuresAreTriedAgainAsOftenAsAllowed(int status)
    {
        await using var hub = new HubFixture();
        int count = 0;
        hub.Server.Misbehave = _ => Interlocked.Increment(ref count) <= 2 ? HubServer.Status(status, ("Retry-After", "0")) : null;
        hub.AssertWhole(await hub.ResolveAsync());
        count = int.MinValue;
        int before = hub.Server.Requests.Length;
        Directory.Delete(hub.Model, recursive: true);
        StringAssert.Contains(await hub.RefusalAsync(), $"failed 5 times in a row, at last because the status is {status}");
        Assert.HasCount(before + 5, hub.Server.Requests);
    }

    [TestMethod]
    public async Task AHubThatStallsIsAskedAgain()
    {
        await using var hub = new HubFixture();
        hub.Options.Timeout = TimeSpan.FromMilliseconds(500);
        int count = 0;
        hub.Server.Misbehave = request => HubFixture.IsWeights(request) && Interlocked.Increment(ref count) == 1 ? new HubReply(200, HubFixture.Weights[..10_000], [], HubFixture.Weights.Length, Stalls: true) : null;
        hub.AssertWhole(await hub.ResolveAsync());
        Assert.AreEqual("bytes=10000-", hub.Server.Requests[^1].Header("Range"));
    }

    [TestMethod]
    [DataRow("../evil.safetensors")]
    [DataRow("/etc/passwd")]
    [DataRow("C:/windows")]
    [DataRow("a/../../b")]
    [DataRow("a//b")]
    [DataRow("a\\b")]
    [DataRow("a\0b")]
    [DataRow("")]
    public async Task NamesThatLeaveTheFolderAreRefused(string name)
    {
        await using var hub = new HubFixture();
        hub.Server.Files[name] = [1];
        StringAssert.Contains(await hub.RefusalAsync(), "it lists the file '");
        Assert.IsFalse(Directory.Exists(hub.Model));
    }

    [TestMethod]
    [DataRow("http://example.com/file", "it redirects to 'http://example.com/file', which is not a plain https address")]
    [DataRow("ftp://127.0.0.1/file", "which is not a plain https address")]
    [DataRow("https://user:word@127.0.0.1/file", "which is not a plain https address")]
    [DataRow("", "it redirects to nowhere")]
    public async Task BadRedirectsAreRefused(string target, string reason)
    {
        await using var hub = new HubFixture();
        hub.Server.Misbehave = request => HubFixture.IsWeights(request) ? HubServer.Status(302, target.Length == 0 ? [] : [("Location", target)]) : null;
        StringAssert.Contains(await hub.RefusalAsync(), reason);
        hub.Server.Misbehave = request => HubServer.Status(307, ("Location", request.Path));
        StringAssert.Contains(await hub.RefusalAsync(), "it redirects more than 10 times");
    }

    [TestMethod]
    [DataRow("nonsense", "is not valid JSON")]
    [DataRow("[]", "names no commit")]
    [DataRow("{\"sha\":\"../../..\",\"siblings\":[]}", "names no commit")]
    [DataRow("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\"}", "lists no files")]
    [DataRow("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[{}]}", "lists a file without a name")]
    [DataRow("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[{\"rfilename\":\"\\ud800\"}]}", "is not valid JSON")]
    [DataRow("{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":[]}", "holds no weights that can be read: it is empty")]
    public async Task ListingsThatMakeNoSenseAreRefused(string json, string reason)
    {
        await using var hub = new HubFixture();
        hub.Server.Misbehave = _ => new HubReply(200, Encoding.UTF8.GetBytes(json), []);
        StringAssert.Contains(await hub.RefusalAsync(), reason);
    }

    [TestMethod]
    public async Task FilesWithoutAHashAreRefused()
    {
        await using var hub = new HubFixture();
        hub.Server.Misbehave = request => request.Method == "HEAD" ? HubServer.Status(200, ("ETag", "\"v1\"")) : null;
        StringAssert.Contains(await hub.RefusalAsync(), "it gives no SHA-256 or git hash for '1_Pooling/config.json' by which to check it (ETag: \"v1\")");
    }

    [TestMethod]
    public async Task ShardsThatTheHubDoesNotHaveAreRefused()
    {
        await using var hub = new HubFixture();
        hub.Server.Files.Remove("model.safetensors");
        hub.Server.Files["model.safetensors.index.json"] = HubFixture.Text("""{"weight_map":{"a":"gone.safetensors"}}""");
        StringAssert.Contains(await hub.RefusalAsync(), "it lists 'gone.safetensors', which the hub does not have");
        hub.Server.Files["model.safetensors.index.json"] = HubFixture.Text("""{"weight_map":{"a":"../../x"}}""");
        hub.ForgetAll();
        StringAssert.Contains(await hub.RefusalAsync(), "which is not the name of a file in the same folder");
    }

    [TestMethod]
    public async Task ABlobThatWasCutIsNamed()
    {
        await using var hub = new HubFixture();
        var blob = Path.Combine(hub.Model, "blobs", HubServer.Sha256(HubFixture.Weights));
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        File.WriteAllBytes(blob, [1, 2]);
        StringAssert.Contains(await hub.RefusalAsync(), "it has 2 bytes where the hub promises 3000");
    }
}
