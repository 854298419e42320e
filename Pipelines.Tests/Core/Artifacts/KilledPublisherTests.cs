using System.Diagnostics;
using MLPipelines.Artifacts;
using static MLPipelines.Tests.Core.Artifacts.SampleArtifacts;

namespace MLPipelines.Tests.Core.Artifacts;

/// <summary>Several processes on one store, some of them killed at whatever they are doing.</summary>
[TestClass]
public sealed class KilledPublisherTests
{
    public TestContext TestContext { get; set; } = null!;

    private CancellationToken Token => TestContext.CancellationToken;

    [TestMethod]
    [Timeout(120_000, CooperativeCancellation = true)]
    public async Task AProcessKilledWhilePublishingLeavesAStoreThatLoads()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        int lastCount = 0;
        for (int round = 0; round < 8; round++)
        {
            await RunAndKillAsync(OtherProcess.Publisher, store, lastCount + 1, new Random(round).Next(40));
            var versions = store.List("sample");
            Assert.IsGreaterThan(lastCount, versions.Count);
            foreach (var version in versions.Skip(lastCount))
                store.Verify("sample", version.Version.ToString(), cancellationToken: Token);
            Assert.IsNotNull(store.Find("sample", "production"));
            lastCount = versions.Count;
        }
        await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
        Assert.IsEmpty(Directory.GetFiles(Path.Combine(folder.Path, "sample"), "*.tmp"));
        Assert.HasCount(lastCount + 1, store.List("sample"));
        var published = store.History("sample").Where(entry => entry.Kind == "published").Select(entry => entry.Version).ToArray();
        CollectionAssert.AreEquivalent(store.List("sample").Select(version => version.Version.ToString()).ToArray(), published);
    }

    [TestMethod]
    [Timeout(120_000, CooperativeCancellation = true)]
    public async Task AProcessKilledWhileMovingAliasesLeavesThemWhereTheyWereOrAreToBe()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        for (int round = 0; round < 8; round++)
        {
            await RunAndKillAsync(OtherProcess.Mover, store, 1, 10 + new Random(round).Next(40));
            foreach (var version in store.List("sample"))
                store.Verify("sample", version.Version.ToString(), cancellationToken: Token);
            Assert.IsNotNull(store.Find("sample", "production"));
            var highest = store.History("sample").Select(entry => SemanticVersion.Parse(entry.Version)).Concat(store.List("sample").Select(version => version.Version)).Max();
            var next = await store.PublishAsync(Content(), Manifest(), cancellationToken: Token);
            Assert.IsTrue(next.Version > highest, $"{next.Version} after {highest}");
        }
        var numbers = store.History("sample").Where(entry => entry.Kind == "published").Select(entry => entry.Version).ToList();
        Assert.HasCount(numbers.Count, numbers.Distinct());
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public async Task TwoProcessesPublishingAtOnceBothSucceed()
    {
        using var folder = new TemporaryFolder();
        using var first = OtherProcess.Start(OtherProcess.Publisher, folder.Path, count: 15);
        using var second = OtherProcess.Start(OtherProcess.Publisher, folder.Path, count: 15);
        await EndsWellAsync(first);
        await EndsWellAsync(second);
        Assert.HasCount(30, new ArtifactStore(folder.Path).List("sample"));
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public async Task AModelPublishedHereGivesTheSameInAnotherProcess()
    {
        using var folder = new TemporaryFolder();
        var (content, manifest) = ModelPackageTests.PackMapped();
        using (content)
            await new ArtifactStore(folder.Path).PublishAsync(content, manifest, cancellationToken: Token);
        using var loader = OtherProcess.Start(OtherProcess.Loader, folder.Path, count: 1);
        await EndsWellAsync(loader);
    }

    private async Task EndsWellAsync(Process process)
    {
        var errors = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.AreEqual(0, process.ExitCode, errors);
    }

    private async Task RunAndKillAsync(string part, ArtifactStore store, int versions, int milliseconds)
    {
        using var process = OtherProcess.Start(part, store.Root);
        try
        {
            int events = store.History("sample").Count;
            while (store.List("sample").Count < versions || store.History("sample").Count == events || !File.Exists(Path.Combine(store.Root, "sample", "aliases.json")))
            {
                Assert.IsFalse(process.HasExited, "The other process ended by itself.");
                await Task.Delay(2, Token);
            }
            await Task.Delay(milliseconds, Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
        await process.WaitForExitAsync(Token);
    }
}
