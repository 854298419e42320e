using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>What is known of items and users stands in for interactions.</summary>
[TestClass]
public sealed class FeatureTests
{
    private readonly MLContext _context = new(1);

    private RecommendationCatalog.RecommendationTrainers Trainers => _context.Recommendation().Trainers;

    private IEnumerable<IEstimator<RecommenderTransformer>> Hybrids(IDataView? items, IDataView? users = null) =>
    [
        Trainers.Bpr(new() { Factors = 8, NumberOfThreads = 1, ItemFeatures = items, UserFeatures = users }), Trainers.Warp(new() { Factors = 8, NumberOfThreads = 1, ItemFeatures = items, UserFeatures = users }),
    ];

    [TestMethod]
    public void ItemsWithoutInteractionsAreRecommendedByTheirFeatures()
    {
        // Items 0 to 19 are red, 20 to 39 blue; two more of each colour were never touched.
        var items = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(item => new Item { ItemId = $"{item}", Tags = item < 20 ? "red|thing" : "thing|blue", Price = item % 7 })
            .Concat([new Item { ItemId = "new red", Tags = "red|thing", Price = 3 }, new Item { ItemId = "new blue", Tags = "blue|thing|unheard of", Price = float.NaN }]));
        foreach (var estimator in Hybrids(items))
        {
            var model = estimator.Fit(Shop.Load(_context, Shop.TwoTastes(200)));
            Assert.HasCount(42, model.Items);
            int right = 0;
            for (int user = 0; user < 200; user++)
                right += model.Score($"{user}", "new red") > model.Score($"{user}", "new blue") == (user % 2 == 0) ? 1 : 0;
            Assert.IsGreaterThan(180, right, model.Algorithm);
            Assert.AreEqual("new red", model.Recommend("0", 1, new RecommendOptions { Allow = ["new red", "new blue"] })[0].ItemId);
            Assert.IsLessThan(20, int.Parse(model.SimilarItems("new red", 1)[0].ItemId), model.Algorithm);
            Assert.AreEqual(model.Score("0", "new red"), model.Explain("0", "new red").Score, 1e-6f);
        }
    }

    [TestMethod]
    public void UsersWithoutInteractionsAreServedByTheirFeatures()
    {
        var users = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 200).Select(user => new User { UserId = $"{user}", Club = user % 2 == 0 ? "even" : "odd", Body = [1, user % 3] })
            .Concat([new User { UserId = "even guest", Club = "even", Body = [1, 2] }, new User { UserId = "odd guest", Club = "odd", Body = [0, 0] }, new User { UserId = "guest", Club = "", Body = [0, 0] }]));
        foreach (var estimator in Hybrids(null, users))
        {
            var model = estimator.Fit(Shop.Load(_context, Shop.TwoTastes(200)));
            Assert.IsGreaterThan(7, model.Recommend("even guest", 10).Count(item => int.Parse(item.ItemId) < 20 && item.Source == model.Algorithm), model.Algorithm);
            Assert.IsGreaterThan(7, model.Recommend("odd guest", 10).Count(item => int.Parse(item.ItemId) >= 20), model.Algorithm);
            Assert.AreEqual("popularity", model.Recommend("guest", 1)[0].Source);
            CollectionAssert.AreEqual(model.Recommend("odd guest", 10).ToArray(), model.RecommendBatch(["guest", "odd guest"], 10)[1].ToArray());
            Assert.AreEqual(model.Recommend("even guest", 1)[0].Score, model.Score("even guest", model.Recommend("even guest", 1)[0].ItemId));
            Assert.IsEmpty(model.Explain("even guest", "3").Because);
        }
    }

    [TestMethod]
    public void FeaturesAreSetsCategoriesNumbersAndVectors()
    {
        var data = _context.Data.LoadFromEnumerable(new[]
        {
            new Mixed { ItemId = "b", Tags = "x | y", Kind = "k", Price = 1, Body = [0, 2] },
            new Mixed { ItemId = "a", Tags = "y", Kind = "k", Price = 5, Body = [1, 0] },
            new Mixed { ItemId = "c", Tags = "x|alone", Kind = "alone too", Price = float.NaN, Body = [0, 0] },
            new Mixed { ItemId = "b", Tags = "x|x", Kind = "k", Price = 3, Body = [0, 4] },
            new Mixed { ItemId = "not asked for", Tags = "x", Kind = "k", Price = 1000, Body = [9, 9] },
        });
        var raw = FeatureReader.Read(data, "ItemId", new IdTable(["a", "b", "c"]), '|', normalize: false, default);
        // Numbers 3 ("x": b and c), 4 (kind "k": a and b), 5 (price: a 5, b 3, mean 4, deviation 1), 6 and 7 (the vector); "y" and what stands alone is left out.
        Assert.AreEqual(8, raw.Count);
        Assert.AreEqual("0:1 4:1 5:1 6:1", Text(raw, 0));
        Assert.AreEqual("1:1 3:1 4:1 5:-1 7:4", Text(raw, 1));
        Assert.AreEqual("2:1 3:1", Text(raw, 2));
        var normalized = FeatureReader.Read(data, "ItemId", new IdTable(["a", "b", "c"]), '|', normalize: true, default);
        Assert.AreEqual("1:0.125 3:0.125 4:0.125 5:-0.125 7:0.5", Text(normalized, 1));

        static string Text(FeatureMatrix matrix, int row) =>
            string.Join(' ', Enumerable.Range(matrix.Starts[row], matrix.Starts[row + 1] - matrix.Starts[row]).Select(at => FormattableString.Invariant($"{matrix.Features[at]}:{matrix.Weights[at]}")));
    }

    [TestMethod]
    public void BadFeaturesAreRefused()
    {
        var interactions = Shop.Load(_context, Shop.TwoTastes(8));
        string Message<T>(IEnumerable<T> rows) where T : class =>
            Assert.Throws<Exception>(() => Trainers.Warp(new() { ItemFeatures = _context.Data.LoadFromEnumerable(rows) }).Fit(interactions)).Message;
        Assert.Contains("Row 2 has the value ∞ in the feature column 'Price'", Message([new Item { ItemId = "1" }, new Item { ItemId = "2", Price = float.PositiveInfinity }]).Replace("Infinity", "∞", StringComparison.Ordinal));
        Assert.Contains("'Body'", Message([new Mixed { ItemId = "1", Body = [0, float.NaN] }]));
        Assert.Contains("ItemId", Message([new User { UserId = "1" }]));
        Assert.Contains("When", Message([new Dated { ItemId = "1" }]));
    }

    private sealed class Item
    {
        public string ItemId { get; set; } = "";
        public string Tags { get; set; } = "";
        public float Price { get; set; }
    }

    private sealed class User
    {
        public string UserId { get; set; } = "";
        public string Club { get; set; } = "";

        [VectorType(2)]
        public float[] Body { get; set; } = [0, 0];
    }

    private sealed class Mixed
    {
        public string ItemId { get; set; } = "";
        public string Tags { get; set; } = "";
        public string Kind { get; set; } = "";
        public float Price { get; set; }

        [VectorType(2)]
        public float[] Body { get; set; } = [0, 0];
    }

    private sealed class Dated
    {
        public string ItemId { get; set; } = "";
        public DateTime When { get; set; }
    }
}
