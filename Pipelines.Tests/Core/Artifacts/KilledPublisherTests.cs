using System.Diagnostics;
using MLPipelines.Artifacts;
using static MLPipelines.Tests.Core.Artifacts.SampleArtifacts;

namespace MLPipelines.Tests.Core.Artifacts;

/// <summary>Publishers in processes of their own, which are killed while they publish.</summary>
[TestClass]
public sealed class KilledPublisherTests
{
    private const string FolderVariable = "MLPIPELINES_TEST_PUBLISH_INTO";
    private const string CountVariable = "MLPIPELINES_TEST_PUBLISH_COUNT";

    public TestContext TestContext { get; set; } = null!;

    /// <summary>The other side: this program, started with the variable set, publishes instead of running tests.</summary>
    internal static async Task<bool> PublishWhenAskedAsync()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is not { Length: > 0 } folder)
            return false;
        var store = new ArtifactStore(folder);
        int count = int.Parse(Environment.GetEnvironmentVariable(CountVariable)!, System.Globalization.CultureInfo.InvariantCulture);
        for (int i = 0; i < count; i++)
        {
            var version = await store.PublishAsync(Content($"{Environment.ProcessId} {i}", weights: 200_000), Manifest());
            if (i % 2 == 0)
                await store.PromoteAsync("sample", version.Version.ToString(), "production");
        }
        return true;
    }

    [TestMethod]
    [Timeout(120_000, CooperativeCancellation = true)]
    public async Task AProcessKilledWhilePublishingLeavesAStoreThatLoads()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        var random = new Random(1);
        int lastCount = 0;
        for (int round = 0; round < 12; round++)
        {
            using var publisher = Start(folder.Path, count: 1_000);
            try
            {
                await WaitForVersionsAsync(store, lastCount + 1);
                await Task.Delay(random.Next(40), TestContext.CancellationToken);
            }
            finally
            {
                publisher.Kill(entireProcessTree: true);
            }
            await publisher.WaitForExitAsync(TestContext.CancellationToken);

            var versions = store.List("sample");
            Assert.IsGreaterThan(lastCount, versions.Count);
            foreach (var version in versions.Skip(lastCount))
                store.Verify("sample", version.Version.ToString(), cancellationToken: TestContext.CancellationToken);
            Assert.IsNotNull(store.Find("sample", "production"));
            lastCount = versions.Count;
        }
        await store.PublishAsync(Content(), Manifest(), cancellationToken: TestContext.CancellationToken);
        Assert.IsEmpty(Directory.GetFiles(Path.Combine(folder.Path, "sample"), ".tmp-*"));
        Assert.HasCount(lastCount + 1, store.List("sample"));
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public async Task TwoProcessesPublishingAtOnceBothSucceed()
    {
        using var folder = new TemporaryFolder();
        using var first = Start(folder.Path, count: 15);
        using var second = Start(folder.Path, count: 15);
        await first.WaitForExitAsync(TestContext.CancellationToken);
        await second.WaitForExitAsync(TestContext.CancellationToken);
        Assert.AreEqual(0, first.ExitCode);
        Assert.AreEqual(0, second.ExitCode);
        Assert.HasCount(30, new ArtifactStore(folder.Path).List("sample"));
    }

    private static Process Start(string folder, int count)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(KilledPublisherTests).Assembly.Location])
        {
            Environment = { [FolderVariable] = folder, [CountVariable] = count.ToString(System.Globalization.CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private async Task WaitForVersionsAsync(ArtifactStore store, int count)
    {
        while (store.List("sample").Count < count || (store.History("sample").Count == 0))
            await Task.Delay(2, TestContext.CancellationToken);
        while (!File.Exists(Path.Combine(store.Root, "sample", "aliases.json")))
            await Task.Delay(2, TestContext.CancellationToken);
    }
}
