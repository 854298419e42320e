using Microsoft.ML;
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
    public void RealTablesAreRankedAsWellAsByOthers(string table, float leastRating, double least)
    {
        var (train, test) = SharedInteractions.Load(_context, table, leastRating);
        var model = _context.Recommendation().Trainers.ImplicitAls().Fit(train);
        var ndcg = _context.Recommendation().EvaluateRanking(model, test, new() { CutOffs = [10] }).At(10).Ndcg;
        Assert.IsGreaterThanOrEqualTo(least, ndcg.Value, $"{table}: {ndcg}");
    }
}
