using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Benchmarks.Recommenders;

/// <summary>Interactions that recommenders are measured on.</summary>
internal sealed class RecommenderTable
{
    /// <summary>The tables, in the order of the figures of <see cref="RecommenderAlgorithm"/>.</summary>
    public static readonly RecommenderTable[] All =
    [
        new("movielens_100k, all", "movielens_100k", null),
        new("movielens_100k, >= 4", "movielens_100k", 4),
        new("movielens_small, all", "movielens_small_mlnet", null),
        new("movielens_small, >= 4", "movielens_small_mlnet", 4),
        new("lastfm, all", "lastfm_implicit", null),
    ];

    private readonly string _folder;
    private readonly float? _leastRating;

    private RecommenderTable(string name, string folder, float? leastRating)
    {
        (Name, _folder, _leastRating) = (name, folder, leastRating);
    }

    public string Name { get; }

    public IDataView Train(MLContext context, string data) => Read(context, Path.Combine(data, _folder, "train.csv"));

    public IDataView Test(MLContext context, string data) => Read(context, Path.Combine(data, _folder, "test.csv"));

    private IDataView Read(MLContext context, string path)
    {
        var rows = context.Data.LoadFromTextFile(
            path,
            [new TextLoader.Column("UserId", DataKind.String, 0), new TextLoader.Column("ItemId", DataKind.String, 1), new TextLoader.Column("Rating", DataKind.Single, 2)],
            separatorChar: ',',
            hasHeader: true);
        return context.Data.Cache(_leastRating is { } least ? context.Data.FilterRowsByColumn(rows, "Rating", least) : rows, "UserId", "ItemId");
    }
}

/// <summary>Each user's last interaction of movielens_100k, to be told from 100 others.</summary>
internal static class LeaveOneOutTable
{
    public static (IDataView Test, IReadOnlyDictionary<string, IReadOnlyList<string>> Negatives) Read(MLContext context, string data)
    {
        var rows = new List<Row>();
        var negatives = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var line in File.ReadLines(Path.Combine(data, "movielens_100k", "loo_test.csv")).Skip(1))
        {
            var cells = line.Split(',');
            rows.Add(new Row { UserId = cells[0], ItemId = cells[1] });
            negatives.Add(cells[0], cells[2..]);
        }
        return (context.Data.LoadFromEnumerable(rows), negatives);
    }

    private sealed class Row
    {
        public string UserId { get; set; } = "";

        public string ItemId { get; set; } = "";
    }
}
