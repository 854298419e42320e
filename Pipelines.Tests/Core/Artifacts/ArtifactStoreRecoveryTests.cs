using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Artifacts;
using static MLPipelines.Tests.Core.Artifacts.SampleArtifacts;

namespace MLPipelines.Tests.Core.Artifacts;

/// <summary>What is found in a store that was left in the middle of something, or touched by others.</summary>
[TestClass]
public sealed class ArtifactStoreRecoveryTests
{
    public TestContext TestContext { get; set; } = null!;

    private CancellationToken Token => TestContext.CancellationToken;

    private sealed class Telling(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }

    private static string In(TemporaryFolder folder, string file) => Path.Combine(folder.Path, "sample", file);

    private async Task<ArtifactStore> StoreOfAsync(TemporaryFolder folder, int versions)
    {
        var store = new ArtifactStore(folder.Path);
        for (int i = 0; i < versions; i++)
            await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        return store;
    }

    [TestMethod]
    public async Task WhatKilledProcessesLeftIsRemovedByTheNextPublish()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 1);
        foreach (var leftover in new[] { ".publish-1.tmp", ".state-1.tmp", "9.9.9.zip.sig" })
            File.WriteAllText(In(folder, leftover), "half");
        Assert.HasCount(1, store.List("sample"));
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        Assert.IsEmpty(Directory.GetFiles(Path.Combine(folder.Path, "sample"), "*.tmp"));
        Assert.IsFalse(File.Exists(In(folder, "9.9.9.zip.sig")));
    }

    [TestMethod]
    public async Task EventsThatCouldNotBeWrittenAreWrittenLater()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 2);
        File.Delete(In(folder, "events.jsonl"));
        File.Delete(In(folder, "1.0.0.zip"));
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        CollectionAssert.AreEqual(new[] { "published 1.0.1 True", "published 1.0.2 " }, store.History("sample").Select(entry => $"{entry.Kind} {entry.Version} {entry.Recovered}").ToArray());
        File.Delete(In(folder, "1.0.2.zip"));
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        Assert.AreEqual("deleted 1.0.2", store.History("sample").Where(entry => entry.Recovered == true).Select(entry => $"{entry.Kind} {entry.Version}").Last());
        Assert.AreEqual("1.0.3", store.Find("sample").Version.ToString());
    }

    [TestMethod]
    public async Task ANumberThatWasDeletedCannotBeGivenAgain()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 2);
        await store.DeleteAsync("sample", "1.0.1", Token);
        var error = await Assert.ThrowsExactlyAsync<ArtifactException>(() => store.PublishAsync(Content(), Manifest(), new SemanticVersion(1, 0, 1), cancellationToken: Token));
        Assert.Contains("was published and deleted", error.Message);
    }

    [TestMethod]
    public async Task AnAliasMovesWhileAPublishIsUnderWay()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 1);
        var promoted = 0;
        var progress = new Telling(_ =>
        {
            if (Interlocked.Exchange(ref promoted, 1) == 0)
                store.PromoteAsync("sample", "1.0.0", "production", expected: "", Token).Wait(TimeSpan.FromSeconds(20), Token);
        });
        await store.PublishAsync(Content(), Manifest(), progress: progress, cancellationToken: Token);
        Assert.AreEqual("1.0.0", store.Find("sample", "production").Version.ToString());
        CollectionAssert.AreEqual(new[] { "published", "promoted", "published" }, store.History("sample").Select(entry => entry.Kind).ToArray());
    }

    [TestMethod]
    public async Task AnAliasThatMustNotExistYetIsSetOnce()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 2);
        await store.PromoteAsync("sample", "1.0.0", "production", expected: "", Token);
        var error = await Assert.ThrowsExactlyAsync<ArtifactException>(() => store.PromoteAsync("sample", "1.0.1", "production", expected: "", Token));
        Assert.Contains("points to 1.0.0, not to nothing", error.Message);
    }

    [TestMethod]
    public async Task APublishCancelledHalfwayLeavesTheStoreAsItWas()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 1);
        var before = Snapshot(folder);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await Assert.ThrowsAsync<OperationCanceledException>(() =>
            store.PublishAsync(Content(weights: 1_000_000), Manifest(), progress: new Telling(written =>
            {
                if (written > 500_000)
                    cancellation.Cancel();
            }), cancellationToken: cancellation.Token));
        CollectionAssert.AreEqual(before, Snapshot(folder));
    }

    [TestMethod]
    public async Task APublishThatFailsLeavesTheStoreAsItWas()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 1);
        var before = Snapshot(folder);
        var local = Manifest() with { CreatedUtc = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Local) };
        Assert.Contains("not in UTC", (await Assert.ThrowsExactlyAsync<ArtifactException>(() => store.PublishAsync(Content(), local, cancellationToken: Token))).Message);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var publicOnly = ECDsa.Create(key.ExportParameters(includePrivateParameters: false));
        await Assert.ThrowsAsync<CryptographicException>(() => store.PublishAsync(Content(), Manifest(), signingKey: publicOnly, cancellationToken: Token));
        Assert.HasCount(1, store.List("sample"));
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        Assert.AreEqual("1.0.1", store.Find("sample").Version.ToString());
        Assert.HasCount(before.Count(name => name.Contains(".zip", StringComparison.Ordinal)) + 1, Snapshot(folder).Where(name => name.Contains(".zip", StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task AnArtifactThatWasReplacedByAnotherIsNoticed()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 1);
        await store.VerifyAsync("sample", cancellationToken: Token);
        File.WriteAllBytes(In(folder, "1.0.0.zip"), Bytes(Manifest() with { Notes = "better" }));
        Assert.Contains("not the one that was published", Assert.ThrowsExactly<ArtifactException>(() => store.Verify("sample", cancellationToken: Token)).Message);
    }

    [TestMethod]
    public async Task AnArtifactUnderAnotherNameOrNumberIsRefused()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 1);
        File.Copy(In(folder, "1.0.0.zip"), In(folder, "1.0.5.zip"));
        Assert.Contains("says that it is sample 1.0.0", Assert.ThrowsExactly<ArtifactException>(() => store.Open("sample", "1.0.5")).Message);
    }

    [TestMethod]
    public async Task DamagedAliasesAreNamedAndLeftAlone()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 1);
        await store.PromoteAsync("sample", "1.0.0", "production", cancellationToken: Token);
        File.WriteAllText(In(folder, "aliases.json"), "{\"revision\":1,\"aliases\":{\"production\":{\"ver");
        Assert.Contains("aliases.json", Assert.ThrowsExactly<ArtifactException>(() => store.Find("sample", "production")).Message);
        Assert.Contains("aliases.json", (await Assert.ThrowsExactlyAsync<ArtifactException>(() => store.PromoteAsync("sample", "1.0.0", "staging", cancellationToken: Token))).Message);
        Assert.AreEqual("{\"revision\":1,\"aliases\":{\"production\":{\"ver", File.ReadAllText(In(folder, "aliases.json")));
    }

    [TestMethod]
    public async Task AnyBytesInTheFilesOfAStoreAreReadOrRefused()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 1);
        await store.PromoteAsync("sample", "1.0.0", "production", cancellationToken: Token);
        byte[] events = File.ReadAllBytes(In(folder, "events.jsonl")), aliases = File.ReadAllBytes(In(folder, "aliases.json"));
        var changes = Gen.Choose(0, 10_000).Zip(Gen.Elements("{", "null", "\"", "\n", "}", "[", "\0", "1")).Zip(Gen.Choose(0, 8)).ToArbitrary();
        Prop.ForAll(changes, change =>
        {
            var ((at, piece), cut) = change;
            byte[] Changed(byte[] bytes) => [.. bytes[..(at % bytes.Length)], .. Encoding.UTF8.GetBytes(piece), .. bytes[Math.Min(bytes.Length, (at % bytes.Length) + cut)..]];
            File.WriteAllBytes(In(folder, "events.jsonl"), Changed(events));
            File.WriteAllBytes(In(folder, "aliases.json"), Changed(aliases));
            store.History("sample");
            try
            {
                Assert.HasCount(1, store.List("sample"));
            }
            catch (ArtifactException)
            {
                return;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [TestMethod]
    public async Task VerifyingHonoursCancellationAndTellsItsProgress()
    {
        using var folder = new TemporaryFolder();
        var store = await StoreOfAsync(folder, 1);
        var told = new List<long>();
        var manifest = store.Verify("sample", progress: new Telling(told.Add), cancellationToken: Token);
        Assert.AreEqual(manifest.Entries.Sum(entry => entry.Length), told[^1]);
        Assert.ThrowsExactly<OperationCanceledException>(() => store.Verify("sample", cancellationToken: new CancellationToken(canceled: true)));
    }

    private static string[] Snapshot(TemporaryFolder folder) =>
        [.. Directory.GetFiles(Path.Combine(folder.Path, "sample")).Order(StringComparer.Ordinal).Select(path => $"{Path.GetFileName(path)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}")];
}
