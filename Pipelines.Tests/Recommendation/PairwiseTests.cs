using System.Runtime.Intrinsics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>BPR and WARP take the steps of their papers, repeat, and hold to the contract of recommenders.</summary>
[TestClass]
public sealed class PairwiseTests
{
    private const int Factors = 20;

    private readonly MLContext _context = new(1);

    private RecommendationCatalog.RecommendationTrainers Trainers => _context.Recommendation().Trainers;

    private delegate double TrainingKernel(
        PairwiseSide users, PairwiseDraw draw, PairwiseSide items, InteractionMatrix data, int[] userOf, ReadOnlySpan<int> order, float weightScale, PairwiseRoom room, ref SplitMix64 random);

    private static readonly TrainingKernel[] Kernels =
    [
        PairwiseKernel<Vector128<float>, Register128>.Train, PairwiseKernel<Vector256<float>, Register256>.Train, PairwiseKernel<Vector512<float>, Register512>.Train,
    ];

    [TestMethod]
    [DataRow(false, 0)]
    [DataRow(false, 1)]
    [DataRow(false, 2)]
    [DataRow(true, 0)]
    [DataRow(true, 1)]
    [DataRow(true, 2)]
    public void AStepFollowsTheGradientOfThePair(bool isWarp, int kernel)
    {
        const float rate = 0.3f, regularization = 0.01f, weight = 1.5f;
        // "a" has x, "b" has y: the only pair of "a" is x above y.
        var data = InteractionReader.Read(Shop.Load(_context, Shop.Did("a", "x"), Shop.Did("b", "y")), new WarpOptions());
        double[] u = Numbers(1), x = Numbers(2), y = Numbers(3);
        u[^1] = 1;
        PairwiseSide users = Side(u, Numbers(4)), items = Side(x, y);
        var draw = new PairwiseDraw(data, items.Factors, null, new PairwiseSteps(isWarp, false, 1000, rate, regularization, 1, 1));
        var random = new SplitMix64(5);
        double loss = Kernels[kernel](users, draw, items, data, [0, 1], [0], weight, new PairwiseRoom(Factors + 1), ref random);

        double gap = u.Zip(x, (a, b) => a * b).Sum() - u.Zip(y, (a, b) => a * b).Sum();
        double push = isWarp ? weight * Math.Log(2) : weight / (1 + Math.Exp(gap));
        Assert.AreEqual(isWarp ? push * (1 - gap) : weight * Math.Log(1 + Math.Exp(-gap)), loss, 1e-4);
        for (int f = 0; f <= Factors; f++)
        {
            double ofX = -push * u[f] + regularization * x[f], ofY = push * u[f] + regularization * y[f], ofUser = push * (y[f] - x[f]) + regularization * u[f];
            Assert.AreEqual(x[f] - rate * ofX / Math.Sqrt(2), items.Factors[0][f], 1e-5);
            Assert.AreEqual(y[f] - rate * ofY / Math.Sqrt(2), items.Factors[1][f], 1e-5);
            Assert.AreEqual(2 + ofX * ofX, items.Squares[0][f], 1e-4);
            if (f < Factors)
                Assert.AreEqual(u[f] - rate * ofUser / Math.Sqrt(2), users.Factors[0][f], 1e-5);
        }

        static double[] Numbers(int seed) => [.. Enumerable.Range(0, Factors + 1).Select(f => (double)(float)(0.3 * Math.Sin(f * 3 + seed)))];

        static PairwiseSide Side(params double[][] rows)
        {
            FactorMatrix factors = new(rows.Length, Factors + 1), squares = new(rows.Length, Factors + 1);
            for (int row = 0; row < rows.Length; row++)
            {
                for (int f = 0; f <= Factors; f++)
                    (factors[row][f], squares[row][f]) = ((float)rows[row][f], 2);
            }
            return new PairwiseSide(factors, squares, null);
        }
    }

    [TestMethod]
    public void ASeedRepeatsOnOneThreadAndSeveralThreadsAreAsGood()
    {
        var split = InteractionSplits.Random(Shop.Load(_context, Shop.TwoTastes(200)), 0.25);
        foreach (Func<int, int, IEstimator<RecommenderTransformer>> make in new Func<int, int, IEstimator<RecommenderTransformer>>[]
        {
            (seed, threads) => Trainers.Bpr(new() { Factors = 8, Seed = seed, NumberOfThreads = threads }), (seed, threads) => Trainers.Warp(new() { Factors = 8, Seed = seed, NumberOfThreads = threads }),
        })
        {
            float[] Scores(int seed, int threads) => [.. make(seed, threads).Fit(split.Train).Transform(split.Test).GetColumn<float>("Score")];
            CollectionAssert.AreEqual(Scores(3, 1), Scores(3, 1));
            CollectionAssert.AreNotEqual(Scores(3, 1), Scores(4, 1));
            RankingMetric one = Ndcg(make(3, 1).Fit(split.Train)), four = Ndcg(make(3, 4).Fit(split.Train));
            Assert.IsTrue(four.Value > one.Low && four.Value < one.High, $"{one} on one thread, {four} on four");
        }

        RankingMetric Ndcg(RecommenderTransformer model) => _context.Recommendation().EvaluateRanking(model, split.Test).At(10).Ndcg;
    }

    [TestMethod]
    public void UsersNeverSeenAreFoldedInAsWellAsThoseTrainedOn()
    {
        var data = Shop.Load(_context, Shop.TwoTastes(300));
        var split = InteractionSplits.HeldOutUsers(data, 0.3, 0.25);
        foreach (IEstimator<RecommenderTransformer> estimator in new IEstimator<RecommenderTransformer>[] { Trainers.Bpr(new() { Factors = 8, NumberOfThreads = 1 }), Trainers.Warp(new() { Factors = 8, NumberOfThreads = 1 }) })
        {
            var model = estimator.Fit(split.Train);
            var foldedIn = _context.Recommendation().EvaluateRanking(model, split.Test, new() { History = split.History });
            var seen = InteractionSplits.Random(data, 0.25);
            var trained = _context.Recommendation().EvaluateRanking(estimator.Fit(seen.Train), seen.Test);
            Assert.IsGreaterThan(0.8 * trained.At(10).Ndcg.Value, foldedIn.At(10).Ndcg.Value);
            TasteItem[] taste = [new("1"), new("2", 3), new("unknown")];
            CollectionAssert.AreEqual(model.Recommend(taste, 5).ToArray(), model.Recommend(taste, 5).ToArray());
        }
    }

    [TestMethod]
    public void WeightsCountRelativeToTheirMean()
    {
        var rows = Shop.TwoTastes(40).ToArray();
        float[] Scores(float weight)
        {
            foreach (var row in rows)
                row.Weight = weight;
            return [.. Trainers.Warp(new() { Factors = 8, NumberOfThreads = 1, WeightColumnName = "Weight" }).Fit(Shop.Load(_context, rows)).Transform(Shop.Load(_context, rows)).GetColumn<float>("Score")];
        }
        CollectionAssert.AreEqual(Scores(1), Scores(4096));
    }

    [TestMethod]
    public void ProgressFallsAndCancellationStops()
    {
        var data = Shop.Load(_context, Shop.TwoTastes(200));
        var losses = new List<double>();
        var report = new Reports(progress => losses.Add(progress.Loss!.Value));
        Trainers.Bpr(new() { Factors = 8, NumberOfThreads = 1, Iterations = 12, Progress = report }).Fit(data);
        Assert.HasCount(12, losses);
        Assert.IsLessThan(losses[0], losses[^1]);
        using var stop = new CancellationTokenSource();
        var warp = Trainers.Warp(new() { Iterations = int.MaxValue, Progress = new Reports(_ => stop.Cancel()), CancellationToken = stop.Token });
        Assert.Throws<OperationCanceledException>(() => warp.Fit(data));
    }

    [TestMethod]
    public void TinyAndOddDataGiveFiniteScores()
    {
        Shop.Row[][] datas =
        [
            [Shop.Did("a", "x")],
            [Shop.Did("a", "x"), Shop.Did("a", "x"), Shop.Did("a", "y")],
            [Shop.Did("only", "x", 3), Shop.Did("only", "y", 1e-20f), Shop.Did("other", "z", 1e20f)],
            [Shop.Did("Ω≈ç√∫ 東京 👍🏽", "日本 ☕"), Shop.Did("\u0000", "e\u0301"), Shop.Did("\u0000", "\u00e9"), Shop.Did("\ud800", "x")],
        ];
        foreach (var rows in datas)
        {
            foreach (IEstimator<RecommenderTransformer> estimator in new IEstimator<RecommenderTransformer>[]
            {
                Trainers.Bpr(new() { WeightColumnName = "Weight" }), Trainers.Bpr(new() { WeightColumnName = "Weight", NegativeSampling = NegativeSampling.Popularity }), Trainers.Warp(new() { WeightColumnName = "Weight" }),
            })
            {
                var model = estimator.Fit(Shop.Load(_context, rows));
                Assert.IsTrue(model.Transform(Shop.Load(_context, rows)).GetColumn<float>("Score").All(float.IsFinite));
                var all = model.Recommend(rows[0].UserId, 1000, new RecommendOptions { ExcludeSeen = false });
                Assert.HasCount(model.Items.Count, all);
                Assert.IsTrue(all.All(item => float.IsFinite(item.Score)));
                Assert.IsTrue(model.Recommend([new TasteItem(rows[0].ItemId, 5)], 5, new RecommendOptions { ExcludeSeen = false }).All(item => float.IsFinite(item.Score)));
                Assert.AreEqual(model.Items.Count - 1, model.SimilarItems(rows[0].ItemId, 100).Count);
            }
        }
    }

    [TestMethod]
    public void OptionsOutOfRangeAreAllNamed()
    {
        var data = Shop.Load(_context, Shop.TwoTastes(4));
        AssertNames(() => Trainers.Bpr(new() { Factors = 0, Iterations = 0, LearningRate = float.NaN, Regularization = -1, NegativeSampling = (NegativeSampling)7 }).Fit(data), "Factors", "Iterations", "LearningRate", "Regularization", "NegativeSampling");
        AssertNames(() => Trainers.Warp(new() { Factors = 5000, MaxSampled = 0, Regularization = 2 }).Fit(data), "Factors", "MaxSampled", "Regularization");

        static void AssertNames(Action fit, params string[] names)
        {
            var message = Assert.ThrowsExactly<ArgumentException>(fit).Message;
            foreach (var name in names)
                Assert.Contains(name, message);
        }
    }

    private sealed class Reports(Action<RecommenderProgress> report) : IProgress<RecommenderProgress>
    {
        public void Report(RecommenderProgress value) => report(value);
    }
}
