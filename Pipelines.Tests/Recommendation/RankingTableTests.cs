using Microsoft.ML;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>
/// On real interactions, recommenders rank as well as the best implementation of others of the same algorithm: their NDCG@10 is not below the 95 %
/// interval of its. Two tables that are quickly trained on; the benchmark <c>recommenders</c> has all.
/// </summary>
[TestClass]
public sealed class RankingTableTests
{
    private readonly MLContext _context = new(1);

    private RecommendationCatalog.RecommendationTrainers Trainers => _context.Recommendation().Trainers;

    [TestMethod]
    public void RP3BetaRanksAsIrspacksDoes() => AssertReaches(Trainers.RP3Beta(), "movielens_small_mlnet", 0, .1725);

    [TestMethod]
    public void BprRanksAsLightFMsDoes() => AssertReaches(Trainers.Bpr(new() { NumberOfThreads = 1 }), "movielens_100k", 4, .1530);

    [TestMethod]
    public void WarpRanksAsLightFMsDoes() =>
        AssertReaches(Trainers.Warp(new() { Factors = 64, LearningRate = 0.0206f, Regularization = 0.003f, MaxSampled = 10, Iterations = 60, NumberOfThreads = 1 }), "movielens_100k", 4, .1846);

    private void AssertReaches(IEstimator<RecommenderTransformer> estimator, string table, float leastRating, double bar)
    {
        var (train, test) = SharedInteractions.Load(_context, table, leastRating);
        var ndcg = _context.Recommendation().EvaluateRanking(estimator.Fit(train), test, new RankingEvaluationOptions { CutOffs = [10], BootstrapSamples = 0 }).At(10).Ndcg.Value;
        Assert.IsGreaterThan(bar, ndcg);
    }
}
