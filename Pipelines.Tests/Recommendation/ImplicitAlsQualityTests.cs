using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>Implicit ALS ranks real tables as well as the best implementation of it that others have: within the 95 % interval of its NDCG@10.</summary>
[TestClass]
public sealed class ImplicitAlsQualityTests
{
    private readonly MLContext _context = new(1);

    // With the options that users get without choosing.
    [TestMethod]
    [DataRow("movielens_100k", 0f, 0.2273)]
    [DataRow("movielens_100k", 4f, 0.1874)]
    [DataRow("movielens_small_mlnet", 0f, 0.2008)]
    [DataRow("movielens_small_mlnet", 4f, 0.1577)]
    [DataRow("lastfm_implicit", 0f, 0.1934)]
    public void RealTablesAreRankedAsWellAsByOthers(string table, float leastRating, double least) => AssertNdcg(_context.Recommendation().Trainers.ImplicitAls(), table, leastRating, least);

    private void AssertNdcg(IEstimator<RecommenderTransformer> estimator, string table, float leastRating, double least)
    {
        var model = estimator.Fit(Read(table, "train.csv", leastRating));
        var ndcg = _context.Recommendation().EvaluateRanking(model, Read(table, "test.csv", leastRating), new() { CutOffs = [10] }).At(10).Ndcg;
        Assert.IsGreaterThanOrEqualTo(least, ndcg.Value, $"{table}: {ndcg}");
    }

    private IDataView Read(string table, string file, float leastRating)
    {
        var rows = _context.Data.LoadFromTextFile(
            Path.Combine(SharedData.Folder(table), file),
            [new TextLoader.Column("UserId", DataKind.String, 0), new TextLoader.Column("ItemId", DataKind.String, 1), new TextLoader.Column("Rating", DataKind.Single, 2)],
            separatorChar: ',',
            hasHeader: true);
        return leastRating > 0 ? _context.Data.FilterRowsByColumn(rows, "Rating", leastRating) : rows;
    }
}
