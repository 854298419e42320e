using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Trainers.Recommendation;

/// <summary>Real ratings beside the repository, with users and items as the keys Row and Column of the training part.</summary>
internal static class SharedRatings
{
    public static (IDataView Train, IDataView Test) Load(MLContext context, string name)
    {
        string folder = Folder(name);
        var rows = Read(context, Path.Combine(folder, "train.csv"));
        var keys = context.Transforms.Conversion.MapValueToKey("Row", "User").Append(context.Transforms.Conversion.MapValueToKey("Column", "Item")).Fit(rows);
        return (keys.Transform(rows), keys.Transform(Read(context, Path.Combine(folder, "test.csv"))));
    }

    private static IDataView Read(MLContext context, string path) => context.Data.LoadFromTextFile(
        path,
        [new TextLoader.Column("User", DataKind.String, 0), new TextLoader.Column("Item", DataKind.String, 1), new TextLoader.Column("Label", DataKind.Single, 2)],
        separatorChar: ',',
        hasHeader: true);

    private static string Folder(string name)
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
}
