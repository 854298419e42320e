using System.Security.Cryptography;
using MLPipelines.Artifacts;
using static MLPipelines.Tests.Core.Artifacts.SampleArtifacts;

namespace MLPipelines.Tests.Core.Artifacts;

[TestClass]
public sealed class ArtifactStoreTests
{
    public TestContext TestContext { get; set; } = null!;

    private CancellationToken Token => TestContext.CancellationToken;

    [TestMethod]
    public async Task VersionsFollowFromWhatChanged()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        async Task<string> Publish(ArtifactManifest manifest, string text = "hello") =>
            (await store.PublishAsync(Content(text), manifest, cancellationToken: Token)).Version.ToString();

        Assert.AreEqual("1.0.0", await Publish(Manifest()));
        Assert.AreEqual("1.0.1", await Publish(Manifest(data: "b"), "other"), "data only");
        Assert.AreEqual("1.1.0", await Publish(Manifest(option: "2")), "options");
        Assert.AreEqual("2.0.0", await Publish(Manifest(option: "2", input: "Body")), "input column");
        Assert.AreEqual("3.0.0", await Publish(Manifest(option: "2", input: "Body", labels: ["a", "b"])), "labels");
        Assert.AreEqual("3.0.1", await Publish(Manifest(option: "2", input: "Body", labels: ["a", "b"])), "nothing");
        CollectionAssert.AreEqual(new[] { "1.0.0", "1.0.1", "1.1.0", "2.0.0", "3.0.0", "3.0.1" }, store.List("sample").Select(version => version.Version.ToString()).ToArray());
        Assert.HasCount(6, store.History("sample"));
    }

    [TestMethod]
    public async Task AGivenVersionIsTakenAndNeverOverwritten()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        var published = await store.PublishAsync(Content(), Manifest(), new SemanticVersion(4, 2, 0), cancellationToken: Token);
        var before = File.ReadAllBytes(published.Path);

        var error = await Assert.ThrowsExactlyAsync<ArtifactException>(() => store.PublishAsync(Content("other"), Manifest(), new SemanticVersion(4, 2, 0), cancellationToken: Token));
        Assert.Contains("is published at", error.Message);
        CollectionAssert.AreEqual(before, File.ReadAllBytes(published.Path));
        Assert.AreEqual("4.2.1", (await store.PublishAsync(Content(), Manifest(), cancellationToken: Token)).Version.ToString());
    }

    [TestMethod]
    public async Task TheSameModelGivesTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        var first = await new ArtifactStore(folder.File("a")).PublishAsync(Content(), Manifest(), cancellationToken: Token);
        var second = await new ArtifactStore(folder.File("b")).PublishAsync(Content(), Manifest(), cancellationToken: Token);
        CollectionAssert.AreEqual(File.ReadAllBytes(first.Path), File.ReadAllBytes(second.Path));
    }

    [TestMethod]
    public async Task ManifestsComeBackAsTheyWere()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        await store.PublishAsync(Content(), Manifest(labels: ["a", "b"]), cancellationToken: Token);
        var manifest = store.Show("sample");
        Assert.AreEqual("1.0.0", manifest.Version);
        Assert.AreEqual(0.1 + 0.2, manifest.Metrics[0].Value);
        CollectionAssert.AreEqual(new[] { 0.2, 0.4 }, manifest.Metrics[0].Interval95!.ToArray());
        CollectionAssert.AreEqual(new[] { "a", "b" }, manifest.Labels!.Names.ToArray());
        Assert.AreEqual("1", manifest.Training.Options["ngrams"].GetString());
        Assert.HasCount(2, manifest.Entries);
    }

    [TestMethod]
    public async Task AliasesMoveAndRollBack()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        for (int i = 0; i < 3; i++)
            await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);

        await store.PromoteAsync("sample", "1.0.0", "production", cancellationToken: Token);
        await store.PromoteAsync("sample", "1.0.2", "production", expected: "1.0.0", cancellationToken: Token);
        Assert.AreEqual("1.0.2", store.Find("sample", "production").Version.ToString());
        CollectionAssert.AreEqual(new[] { "production" }, store.List("sample")[2].Aliases.ToArray());

        Assert.AreEqual("1.0.0", (await store.RollbackAsync("sample", "production", Token)).Version.ToString());
        var error = await Assert.ThrowsExactlyAsync<ArtifactException>(() => store.RollbackAsync("sample", "production", Token));
        Assert.Contains("never pointed to another", error.Message);
        CollectionAssert.AreEqual(new[] { "published", "published", "published", "promoted", "promoted", "rolledBack" }, store.History("sample").Select(entry => entry.Kind).ToArray());
    }

    [TestMethod]
    public async Task AnAliasMovesOnlyFromWhereItIsExpected()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        for (int i = 0; i < 2; i++)
            await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        await store.PromoteAsync("sample", "1.0.0", "production", cancellationToken: Token);

        var contenders = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            try
            {
                await new ArtifactStore(folder.Path).PromoteAsync("sample", "1.0.1", "production", expected: "1.0.0", cancellationToken: Token);
                return true;
            }
            catch (ArtifactException)
            {
                return false;
            }
        }, Token));
        Assert.AreEqual(1, (await Task.WhenAll(contenders)).Count(won => won));
    }

    [TestMethod]
    public async Task AVersionWithAnAliasIsNotDeleted()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        for (int i = 0; i < 2; i++)
            await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        await store.PromoteAsync("sample", "1.0.1", "staging", cancellationToken: Token);

        Assert.Contains("staging", (await Assert.ThrowsExactlyAsync<ArtifactException>(() => store.DeleteAsync("sample", "1.0.1", Token))).Message);
        await store.DeleteAsync("sample", "1.0.0", Token);
        Assert.HasCount(1, store.List("sample"));
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => store.DeleteAsync("sample", "staging", Token));
    }

    [TestMethod]
    public async Task ANumberIsNeverGivenTwice()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        await store.DeleteAsync("sample", "1.0.1", Token);
        Assert.AreEqual("1.0.2", (await store.PublishAsync(Content(), Manifest(), cancellationToken: Token)).Version.ToString());
    }

    [TestMethod]
    public async Task DifferencesNameOptionsMetricsAndSchema()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        var changed = Manifest(input: "Body", option: "2");
        await store.PublishAsync(Content(), changed with { Metrics = [changed.Metrics[0] with { Value = 0.5 }] }, cancellationToken: Token);

        var diff = store.Diff("sample", "1.0.0", "2.0.0");
        CollectionAssert.AreEqual(new[] { "input Body", "input Text" }, diff.Schema.Select(difference => difference.What).ToArray());
        Assert.AreEqual(new ArtifactDifference("ngrams", "1", "2"), diff.Options.Single());
        Assert.AreEqual("0.5", diff.Metrics.Single().After);
        Assert.AreEqual(VersionChange.Major, diff.Change);
    }

    [TestMethod]
    public async Task SignaturesAreCheckedAgainstTheKeysOfTheHost()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var published = await new ArtifactStore(folder.Path).PublishAsync(Content(), Manifest(), signingKey: key, cancellationToken: Token);

        var strict = new ArtifactStore(folder.Path, new ArtifactTrustOptions { AllowedKeys = [otherKey, key] });
        Assert.AreEqual("1.0.0", strict.Verify("sample", cancellationToken: Token).Version);
        var stranger = new ArtifactStore(folder.Path, new ArtifactTrustOptions { AllowedKeys = [otherKey] });
        Assert.Contains("none of the 1 keys", Assert.ThrowsExactly<ArtifactException>(() => stranger.Open("sample")).Message);
        File.Delete(published.Path + ".sig");
        Assert.Contains("no signature", Assert.ThrowsExactly<ArtifactException>(() => strict.Open("sample")).Message);
    }

    [TestMethod]
    public async Task ManyPublishersGetDifferentVersions()
    {
        using var folder = new TemporaryFolder();
        var publishers = Enumerable.Range(0, 12).Select(i => Task.Run(() => new ArtifactStore(folder.Path).PublishAsync(Content($"{i}"), Manifest(), cancellationToken: Token), Token));
        var versions = (await Task.WhenAll(publishers)).Select(version => version.Version).Distinct();
        Assert.HasCount(12, versions.ToArray());
        Assert.HasCount(12, new ArtifactStore(folder.Path).List("sample"));
    }

    [TestMethod]
    [DataRow("../escape")]
    [DataRow("a/b")]
    [DataRow("CON")]
    [DataRow("")]
    [DataRow("Upper")]
    [DataRow("nul.txt")]
    [DataRow("a..b")]
    public async Task NamesThatLeaveTheStoreOrClashAreRefused(string name)
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => store.PublishAsync(Content(), Manifest(name), cancellationToken: Token));
        Assert.ThrowsExactly<ArgumentException>(() => store.List(name));
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void WhatIsMissingIsNamedBesideWhatThereIs()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        Assert.IsEmpty(store.ListNames());
        Assert.Contains("no artifact 'absent'", Assert.ThrowsExactly<ArtifactException>(() => store.Find("absent")).Message);
    }

    [TestMethod]
    public async Task ACancelledPublishLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        await Assert.ThrowsAsync<OperationCanceledException>(() => store.PublishAsync(Content(), Manifest(), cancellationToken: new CancellationToken(canceled: true)));
        Assert.IsEmpty(store.ListNames());
    }

    [TestMethod]
    public async Task AnEventLineCutByACrashIsPassedOver()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        var events = Path.Combine(folder.Path, "sample", "events.jsonl");
        File.AppendAllText(events, "{\"utc\":\"2026-01-0");
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        CollectionAssert.AreEqual(new[] { "1.0.0", "1.0.1" }, store.History("sample").Select(entry => entry.Version).ToArray());
    }
}
