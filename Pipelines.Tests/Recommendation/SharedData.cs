namespace MLPipelines.Tests.Recommendation;

/// <summary>Real tables that are not part of the repository; tests that need one are skipped, visibly, where it is absent.</summary>
internal static class SharedData
{
    public static string Folder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "MLPipelines.sln")))
                continue;
            string path = Path.Combine(folder.FullName, "..", "shared", "data", name);
            if (Directory.Exists(path))
                return path;
            break;
        }
        Assert.Inconclusive($"'../shared/data/{name}' is not there: the shared data sets are not part of the repository.");
        return "";
    }
}
