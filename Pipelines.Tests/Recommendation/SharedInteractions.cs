using System.Globalization;
using Microsoft.ML;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>Real interactions beside the repository, and the tables that other libraries' recommenders are measured on.</summary>
internal static class SharedInteractions
{
    public static (IDataView Train, IDataView Test) Load(MLContext context, string name, float leastWeight = 0) =>
        (Read(context, Path.Combine(Folder(name), "train.csv"), leastWeight), Read(context, Path.Combine(Folder(name), "test.csv"), leastWeight));

    public static string Folder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MLPipelines.sln")))
            {
                string path = Path.Combine(folder.FullName, "..", "shared", "data", name);
                if (Directory.Exists(path))
                    return path;
                break;
            }
        }
        Assert.Inconclusive($"'../shared/data/{name}' is not there: the shared data sets are not part of the repository.");
        return "";
    }

    private static IDataView Read(MLContext context, string path, float leastWeight) => context.Data.LoadFromEnumerable(File.ReadLines(path).Skip(1)
        .Select(line => line.Split(','))
        .Select(fields => new Shop.Row { UserId = fields[0], ItemId = fields[1], Weight = float.Parse(fields[2], CultureInfo.InvariantCulture) })
        .Where(row => row.Weight >= leastWeight)
        .ToArray());
}
