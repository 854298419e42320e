using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MLPipelines.Artifacts;
using static MLPipelines.Tests.Core.Artifacts.SampleArtifacts;

namespace MLPipelines.Tests.Core.Artifacts;

/// <summary>This program once more, in a part of its own instead of running tests.</summary>
internal static class OtherProcess
{
    private const string PartVariable = "MLPIPELINES_TEST_PART", FolderVariable = "MLPIPELINES_TEST_STORE", CountVariable = "MLPIPELINES_TEST_COUNT";

    /// <summary>Publishes again and again, and promotes every other version.</summary>
    public const string Publisher = "publisher";

    /// <summary>Publishes, promotes, rolls back and deletes, again and again.</summary>
    public const string Mover = "mover";

    /// <summary>Loads the model 'mapped'; its golden rows are checked on the way.</summary>
    public const string Loader = "loader";

    public static Process Start(string part, string folder, int count = 1_000_000)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(OtherProcess).Assembly.Location])
        {
            Environment = { [PartVariable] = part, [FolderVariable] = folder, [CountVariable] = count.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    /// <summary>Plays a part, if this process was started for one.</summary>
    public static async Task<bool> PlayAsync()
    {
        if (Environment.GetEnvironmentVariable(PartVariable) is not { Length: > 0 } part)
            return false;
        var store = new ArtifactStore(Environment.GetEnvironmentVariable(FolderVariable)!);
        int count = int.Parse(Environment.GetEnvironmentVariable(CountVariable)!, CultureInfo.InvariantCulture);
        for (int i = 0; i < count; i++)
        {
            switch (part)
            {
                case Publisher:
                    var published = await PublishAsync(store, i, weights: 200_000);
                    if (i % 2 == 0)
                        await store.PromoteAsync("sample", published, "production");
                    break;
                case Mover:
                    await MoveAsync(store, i);
                    break;
                default:
                    using (await new ModelPackage(new MLContext()).LoadAsync(store, "mapped"))
                        break;
            }
        }
        return true;
    }

    private static async Task MoveAsync(ArtifactStore store, int i)
    {
        var first = await PublishAsync(store, i, weights: 1000);
        await store.PromoteAsync("sample", first, "production");
        var second = await PublishAsync(store, i, weights: 1000);
        await store.PromoteAsync("sample", second, "production");
        await store.RollbackAsync("sample", "production");
        await store.DeleteAsync("sample", second);
    }

    private static async Task<string> PublishAsync(ArtifactStore store, int i, int weights)
    {
        using var content = Content($"{Environment.ProcessId} {i}", weights);
        return (await store.PublishAsync(content, Manifest())).Version.ToString();
    }
}
