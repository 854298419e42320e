using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Tests.Training.Checkpoints.Hub;

/// <summary>A hub that behaves: what is fetched, where it lands, and what is sent to whom.</summary>
[TestClass]
public sealed class ModelHubTests
{
    [TestMethod]
    public async Task WhatACheckpointNeedsIsFetchedIntoTheUsualLayout()
    {
        await using var hub = new HubFixture();
        var folder = await hub.ResolveAsync();
        hub.AssertWhole(folder);
        string[] names = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)];
        Assert.AreSequenceEqual(new[] { "1_Pooling/config.json", "config.json", "model.safetensors", "tokenizer.json", "vocab.txt" }, names);
        Assert.AreEqual(HubServer.Commit, File.ReadAllText(Path.Combine(hub.Model, "refs", "main")));
        var blobs = Directory.EnumerateFiles(Path.Combine(hub.Model, "blobs")).Select(path => Path.GetFileName(path)).ToHashSet();
        Assert.Contains(HubServer.Sha256(HubFixture.Weights), blobs);
        Assert.Contains(HubServer.GitHash(hub.Server.Files["config.json"]), blobs);
        Assert.HasCount(5, blobs);
        Assert.AreEqual($"../../blobs/{HubServer.Sha256(HubFixture.Weights)}", new FileInfo(Path.Combine(folder, "model.safetensors")).LinkTarget);
        Assert.AreEqual($"../../../blobs/{HubServer.GitHash(hub.Server.Files["1_Pooling/config.json"])}", new FileInfo(Path.Combine(folder, "1_Pooling", "config.json")).LinkTarget);
    }

    [TestMethod]
    public async Task ASecondTimeOnlyTheRevisionIsAskedFor()
    {
        await using var hub = new HubFixture();
        await hub.ResolveAsync();
        int before = hub.Server.Requests.Length;
        hub.AssertWhole(await hub.ResolveAsync());
        Assert.HasCount(before + 1, hub.Server.Requests);
        Assert.AreEqual("/api/models/org/name/revision/main", hub.Server.Requests[^1].Path);
    }

    [TestMethod]
    public async Task BranchesTagsAndCommitsAreRevisions()
    {
        await using var hub = new HubFixture();
        hub.AssertWhole(await hub.ResolveAsync("hf:org/name@refs/pr/7"));
        Assert.AreEqual("/api/models/org/name/revision/refs%2Fpr%2F7", hub.Server.Requests[0].Path);
        Assert.AreEqual(HubServer.Commit, File.ReadAllText(Path.Combine(hub.Model, "refs", "refs", "pr", "7")));
        hub.AssertWhole(await hub.ResolveAsync($"hf:org/name@{HubServer.Commit}"));
        Assert.IsFalse(File.Exists(Path.Combine(hub.Model, "refs", HubServer.Commit)));
    }

    [TestMethod]
    public async Task ShardsOfTheIndexAreFetched()
    {
        await using var hub = new HubFixture();
        using var shards = new TemporaryFolder();
        SafetensorsWriter.WriteSharded(shards.Path, [SampleTensors.Floats("a", [1], 1), SampleTensors.Floats("b", [1], 2)], maximumShardBytes: 4);
        hub.Server.Files.Remove("model.safetensors");
        foreach (var file in Directory.EnumerateFiles(shards.Path))
            hub.Server.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        hub.Server.Files["model-00003-of-00002.safetensors"] = [1];
        using (var checkpoint = Checkpoint.Open(await hub.ResolveAsync()))
            Assert.AreEqual(2f, checkpoint["b"].ToFloats()[0]);
        Assert.IsFalse(hub.Server.Requests.Any(request => request.Path.Contains("00003", StringComparison.Ordinal)));
        hub.Options.Offline = true;
        Checkpoint.Open(await hub.ResolveAsync()).Dispose();
    }

    [TestMethod]
    public async Task PicklesAreFetchedWhereThereIsNothingBetter()
    {
        await using var hub = new HubFixture();
        hub.Server.Files.Remove("model.safetensors");
        Assert.IsTrue(File.Exists(Path.Combine(await hub.ResolveAsync(), "pytorch_model.bin")));
    }

    [TestMethod]
    public async Task TheTokenGoesToTheHubAlone()
    {
        await using var hub = new HubFixture();
        await using var storage = new HubServer();
        storage.Files["model.safetensors"] = HubFixture.Weights;
        hub.Server.Storage = storage;
        hub.Options.Token = "hf_secret";
        hub.AssertWhole(await hub.ResolveAsync());
        Assert.IsTrue(hub.Server.Requests.All(request => request.Header("Authorization") == "Bearer hf_secret"));
        Assert.IsNotEmpty(storage.Requests);
        Assert.IsTrue(storage.Requests.All(request => request.Header("Authorization") == null));
    }

    [TestMethod]
    public async Task ProgressCountsBytesUpToTheLast()
    {
        await using var hub = new HubFixture();
        var seen = new List<HubProgress>();
        await hub.ResolveAsync(progress: new Synchronous(seen.Add));
        Assert.IsNotEmpty(seen);
        Assert.AreEqual("model.safetensors", seen[^1].File);
        Assert.AreEqual(HubFixture.Weights.Length, seen[^1].FileBytes);
        Assert.AreEqual(HubFixture.Weights.Length, seen[^1].FileLength);
        Assert.AreEqual(seen[^1].TotalLength, seen[^1].TotalBytes);
        for (int i = 1; i < seen.Count; i++)
            Assert.IsGreaterThanOrEqualTo(seen[i - 1].TotalBytes, seen[i].TotalBytes);
    }

    [TestMethod]
    public async Task OfflineOnlyTheCacheIsUsed()
    {
        await using var hub = new HubFixture();
        hub.Options.Offline = true;
        StringAssert.Contains(await hub.RefusalAsync(), "hf:org/name@main is not complete in the cache");
        Assert.IsEmpty(hub.Server.Requests);
        hub.Options.Offline = false;
        var folder = await hub.ResolveAsync();
        int before = hub.Server.Requests.Length;
        hub.Options.Offline = true;
        Assert.AreEqual(folder, await hub.ResolveAsync());
        Assert.AreEqual(folder, await hub.ResolveAsync($"hf:org/name@{HubServer.Commit}"));
        StringAssert.Contains(await hub.RefusalAsync("hf:org/name@v2"), "hf:org/name@v2 is not complete");
        Assert.HasCount(before, hub.Server.Requests);
        File.Delete(Path.Combine(folder, "model.safetensors"));
        StringAssert.Contains(await hub.RefusalAsync(), "is not complete");
    }

    [TestMethod]
    public async Task WithoutANetworkTheCacheIsUsed()
    {
        await using var hub = new HubFixture();
        var folder = await hub.ResolveAsync();
        hub.Options.MaximumAttempts = 2;
        hub.Server.Misbehave = _ => HubServer.Status(503);
        Assert.AreEqual(folder, await hub.ResolveAsync());
        StringAssert.Contains(await hub.RefusalAsync("hf:org/other"), "hf:org/other@main could not be fetched");
    }

    [TestMethod]
    public async Task TwoAtOnceFetchEachFileOnce()
    {
        await using var hub = new HubFixture();
        var folders = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => hub.ResolveAsync())));
        foreach (var folder in folders)
            hub.AssertWhole(folder);
        Assert.HasCount(1, hub.Server.Requests.Where(HubFixture.IsWeights));
    }

    [TestMethod]
    public async Task CancellationEndsAFetchAtOnceAndKeepsWhatCame()
    {
        await using var hub = new HubFixture();
        hub.Server.Misbehave = request => HubFixture.IsWeights(request) ? new HubReply(200, HubFixture.Weights[..1_000_000], [], HubFixture.Weights.Length, Stalls: true) : null;
        using var cancel = new CancellationTokenSource();
        var progress = new Synchronous(seen =>
        {
            if (seen is { File: "model.safetensors", FileBytes: 1_000_000 })
                cancel.Cancel();
        });
        await Assert.ThrowsAsync<OperationCanceledException>(() => hub.ResolveAsync(progress: progress, cancellationToken: cancel.Token));
        hub.AssertNoWeights();
        hub.Server.Misbehave = _ => null;
        hub.AssertWhole(await hub.ResolveAsync());
        Assert.AreEqual("bytes=1000000-", hub.Server.Requests[^1].Header("Range"));
    }

    [TestMethod]
    public async Task AFolderIsItself()
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(folder.Path, await ModelHub.ResolveAsync(folder.Path));
        Assert.AreEqual(folder.Path, ModelHub.Resolve(folder.Path));
        var failure = await Assert.ThrowsExactlyAsync<CheckpointException>(() => ModelHub.ResolveAsync(folder.File("none")));
        StringAssert.Contains(failure.Message, "There is no checkpoint at");
    }

    private sealed class Synchronous(Action<HubProgress> report) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => report(value);
    }
}
