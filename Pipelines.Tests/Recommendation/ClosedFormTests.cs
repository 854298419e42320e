using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>Recommenders without iterations give what their formulas say.</summary>
[TestClass]
public sealed class ClosedFormTests
{
    private readonly MLContext _context = new(1);

    private RecommendationCatalog.RecommendationTrainers Trainers => _context.Recommendation().Trainers;

    [TestMethod]
    [DataRow(25)]
    [DataRow(90)]
    public void EaseIsTheInverseOfTheProductsOfItems(int users)
    {
        const double regularization = 7, dropout = 0.3;
        var rows = Shop.TwoTastes(users).ToArray();
        var model = Trainers.Ease(new() { Regularization = (float)regularization, Dropout = (float)dropout }).Fit(Shop.Load(_context, rows));
        int n = model.Items.Count;
        var x = Matrix(model, rows);
        var products = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                products[i, j] = x.Sum(row => row[i] * row[j]);
        }
        for (int i = 0; i < n; i++)
            products[i, i] += regularization + dropout / (1 - dropout) * x.Sum(row => row[i]);
        // The weights W solve (I + W) = -inverse / diagonal: check through products * column = unit column, without inverting.
        string user = model.Users[3];
        for (int target = 0; target < n; target++)
        {
            var column = Enumerable.Range(0, n).Select(from => (double)Weight(model, from, target)).ToArray();
            column[target] = -1;
            for (int row = 0; row < n; row++)
            {
                double value = Enumerable.Range(0, n).Sum(j => products[row, j] * column[j]);
                if (row != target)
                    Assert.AreEqual(0, value, 1e-3);
            }
            double score = Enumerable.Range(0, n).Sum(j => x[3][j] * (j == target ? 0 : column[j]));
            Assert.AreEqual(score, model.Score(user, model.Items[target]), 1e-5);
        }
    }

    [TestMethod]
    public void ItemKnnSumsShrunkCosinesOfTheNearestItems()
    {
        var rows = Shop.TwoTastes().ToArray();
        var model = Trainers.ItemKnn(new() { Neighbours = 5, Shrinkage = 3 }).Fit(Shop.Load(_context, rows));
        var x = Matrix(model, rows);
        int n = model.Items.Count;
        for (int target = 0; target < n; target++)
        {
            double Cosine(int other) => other == target ? 0 : x.Sum(row => row[other] * row[target]) / (Math.Sqrt(x.Sum(row => row[other]) * x.Sum(row => row[target])) + 3);
            var nearest = Enumerable.Range(0, n).OrderByDescending(Cosine).ThenBy(other => other).Take(5).ToHashSet();
            double score = nearest.Sum(other => x[2][other] * Cosine(other));
            Assert.AreEqual(score, model.Score(model.Users[2], model.Items[target]), 1e-5);
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void RP3BetaSumsTheChancesOfWalks(bool normalize)
    {
        var rows = Shop.TwoTastes().ToArray();
        var model = Trainers.RP3Beta(new() { Alpha = 1, Beta = 0.4f, Neighbours = 1000, NormalizeWeights = normalize }).Fit(Shop.Load(_context, rows));
        var x = Matrix(model, rows);
        int n = model.Items.Count;
        double[] popularity = [.. Enumerable.Range(0, n).Select(item => x.Sum(row => row[item]))];
        double Walk(int from, int to) => from == to ? 0 : x.Sum(row => row[from] / popularity[from] * row[to] / row.Sum()) / Math.Pow(popularity[to], 0.4);
        double[] share = [.. Enumerable.Range(0, n).Select(from => normalize ? 1 / Enumerable.Range(0, n).Sum(to => Walk(from, to)) : 1)];
        for (int target = 0; target < n; target++)
        {
            double score = Enumerable.Range(0, n).Sum(from => x[4][from] * share[from] * Walk(from, target));
            Assert.AreEqual(score, model.Score(model.Users[4], model.Items[target]), 1e-5);
        }
    }

    [TestMethod]
    public void EachLearnsTastesFoldsInAndExplains()
    {
        var rows = Shop.TwoTastes(200).ToArray();
        var split = InteractionSplits.Random(Shop.Load(_context, rows), 0.25);
        var popular = _context.Recommendation().EvaluateRanking(Trainers.Popularity().Fit(split.Train), split.Test);
        foreach (var estimator in new IEstimator<RecommenderTransformer>[]
        {
            Trainers.Ease(), Trainers.RP3Beta(), Trainers.ItemKnn(), Trainers.ItemKnn(new() { Similarity = ItemSimilarity.TfIdf }), Trainers.ItemKnn(new() { Similarity = ItemSimilarity.Bm25, PruneByCandidate = false }),
            Trainers.Bpr(new() { Factors = 8, NumberOfThreads = 1 }), Trainers.Warp(new() { Factors = 8, NumberOfThreads = 1 }),
        })
        {
            var model = estimator.Fit(split.Train);
            Assert.IsGreaterThan(popular.At(10).Ndcg.High, _context.Recommendation().EvaluateRanking(model, split.Test).At(10).Ndcg.Value, model.Algorithm);
            Assert.AreEqual(0, model.Recommend([new TasteItem("1"), new TasteItem("2"), new TasteItem("3"), new TasteItem("5")], 10).Count(item => int.Parse(item.ItemId) >= 20), model.Algorithm);
            var explained = model.Explain("0", model.Recommend("0", 1)[0].ItemId, most: 100);
            Assert.AreEqual(model.Recommend("0", 1)[0].Score, explained.Score, 1e-5f);
            Assert.IsGreaterThan(0, explained.Because.Count);
            Assert.IsTrue(explained.Because.Zip(explained.Because.Skip(1), (first, second) => first.Share >= second.Share).All(isOrdered => isOrdered));
            Assert.AreEqual("popularity", model.Recommend("nobody", 1)[0].Source);
            Assert.IsLessThan(20, int.Parse(model.SimilarItems("4", 1)[0].ItemId));
        }
    }

    [TestMethod]
    public void EveryNumberOfThreadsGivesTheSame()
    {
        var data = Shop.Load(_context, Shop.TwoTastes());
        foreach (Func<int, IEstimator<RecommenderTransformer>> make in new Func<int, IEstimator<RecommenderTransformer>>[]
        {
            threads => Trainers.Ease(new() { NumberOfThreads = threads }), threads => Trainers.RP3Beta(new() { NumberOfThreads = threads }), threads => Trainers.ItemKnn(new() { NumberOfThreads = threads }),
        })
        {
            CollectionAssert.AreEqual(make(1).Fit(data).Transform(data).GetColumn<float>("Score").ToArray(), make(4).Fit(data).Transform(data).GetColumn<float>("Score").ToArray());
        }
    }

    [TestMethod]
    public void OptionsOutOfRangeAreAllNamed()
    {
        var data = Shop.Load(_context, Shop.TwoTastes(4));
        AssertNames(() => Trainers.Ease(new() { Regularization = 0, Dropout = 1 }).Fit(data), "Regularization", "Dropout");
        AssertNames(() => Trainers.ItemKnn(new() { Neighbours = 0, Shrinkage = -1, K1 = 0, B = 2 }).Fit(data), "Neighbours", "Shrinkage", "K1", "B is 2");
        AssertNames(() => Trainers.RP3Beta(new() { Alpha = 0, Beta = 3, Neighbours = 0 }).Fit(data), "Alpha", "Beta", "Neighbours");

        static void AssertNames(Action fit, params string[] names)
        {
            var message = Assert.ThrowsExactly<ArgumentException>(fit).Message;
            foreach (var name in names)
                Assert.Contains(name, message);
        }
    }

    private static float Weight(RecommenderTransformer model, int from, int target) => model.Model.Score(new UserHistory(-1, new[] { from }, default), target);

    private static double[][] Matrix(RecommenderTransformer model, Shop.Row[] rows)
    {
        var users = model.Users.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        var items = model.Items.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        var matrix = users.Select(_ => new double[items.Count]).ToArray();
        foreach (var row in rows)
            matrix[users[row.UserId]][items[row.ItemId]] = 1;
        return matrix;
    }
}
