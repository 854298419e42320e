using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>Whatever is put into a recommender, of any kind: a clear error or a documented rule, never NaN.</summary>
[TestClass]
public sealed class BadInputTests
{
    private readonly MLContext _context = new(1);

    private static readonly string[] Names = ["popularity", "item-knn", "rp3beta", "ease", "implicit-als", "neural-cf", "cross-sell", "up-sell", "trending", "next-purchase", "blend", "fallback-chain"];

    public static IEnumerable<object[]> Algorithms => Names.Select(name => new object[] { name });

    private RecommenderTransformer Fit(string name, IEnumerable<Shop.Row> rows, bool weigh = false)
    {
        string? weight = weigh ? "Weight" : null;
        var trainers = _context.Recommendation().Trainers;
        var things = ItemCatalog.Read(_context.Data.LoadFromEnumerable(Enumerable.Range(0, 50).Select(i => new Thing { ItemId = $"{i}", Category = "c", Price = 10 + i }).Append(new Thing { ItemId = "x", Category = "c", Price = 5 })));
        IEstimator<RecommenderTransformer> estimator = name switch
        {
            "popularity" => trainers.Popularity(new() { WeightColumnName = weight }),
            "item-knn" => trainers.ItemKnn(new() { WeightColumnName = weight }),
            "rp3beta" => trainers.RP3Beta(new() { WeightColumnName = weight }),
            "ease" => trainers.Ease(new() { WeightColumnName = weight }),
            "implicit-als" => trainers.ImplicitAls(new() { Factors = 4, WeightColumnName = weight }),
            "neural-cf" => trainers.NeuralCf(new() { EmbeddingDimension = 4, HiddenLayers = [8], Epochs = 1, Device = "cpu", WeightColumnName = weight }),
            "cross-sell" => trainers.CrossSell(new() { MinimumBaskets = 1, WeightColumnName = weight }),
            "up-sell" => trainers.UpSell(new() { Items = things, WeightColumnName = weight }),
            "trending" => trainers.Trending(new() { WeightColumnName = weight }),
            "next-purchase" => trainers.NextPurchase(new() { WeightColumnName = weight }),
            "blend" => trainers.Blend(new() { Sources = [new("a", trainers.Ease(new() { WeightColumnName = weight })), new("b", trainers.ItemKnn(new() { WeightColumnName = weight }))], WeightColumnName = weight }),
            _ => trainers.FallbackChain(new() { Sources = [new("a", trainers.CrossSell(new() { WeightColumnName = weight })), new("b", trainers.Ease(new() { WeightColumnName = weight }))], WeightColumnName = weight }),
        };
        return estimator.Fit(Shop.Load(_context, rows));
    }

    private static void AssertFinite(RecommenderTransformer model)
    {
        foreach (var user in model.Users.Append("unknown"))
        {
            foreach (var item in model.Items.Append("unknown"))
                Assert.IsTrue(float.IsFinite(model.Score(user, item)), $"{model.Algorithm}: {user} {item}");
            Assert.IsTrue(model.Recommend(user, 5).All(item => float.IsFinite(item.Score)), model.Algorithm);
        }
        foreach (var item in model.Items)
            Assert.IsTrue(model.SimilarItems(item, 5).All(like => float.IsFinite(like.Score)), model.Algorithm);
        foreach (var user in model.Users)
            Assert.IsTrue(model.SimilarUsers(user, 5).All(like => float.IsFinite(like.Similarity)), model.Algorithm);
    }

    [TestMethod]
    [DynamicData(nameof(Algorithms))]
    public void RepeatedInteractionsAreOne(string name)
    {
        var rows = Shop.TwoTastes(20).ToArray();
        var model = Fit(name, rows.Concat(rows).Concat(rows));
        AssertFinite(model);
        Assert.IsTrue(model.Recommend("0", 100).All(item => rows.All(row => row.UserId != "0" || row.ItemId != item.ItemId)));
    }

    [TestMethod]
    [DynamicData(nameof(Algorithms))]
    public void UnknownUsersAndItemsFollowTheRule(string name)
    {
        var model = Fit(name, Shop.TwoTastes(20));
        AssertFinite(model);
        Assert.HasCount(5, model.Recommend("unknown", 5));
        Assert.HasCount(5, model.Recommend([], 5));
        Assert.HasCount(5, model.Recommend([new TasteItem("unknown")], 5));
        Assert.AreEqual(0f, model.Score("0", "unknown"));
        Assert.ThrowsExactly<KeyNotFoundException>(() => model.SimilarItems("unknown", 5));
        Assert.ThrowsExactly<KeyNotFoundException>(() => model.SimilarUsers("unknown", 5));
        Assert.ThrowsExactly<KeyNotFoundException>(() => model.Explain("unknown", "1"));
        Assert.HasCount(0, model.Recommend("0", 5, new RecommendOptions { Allow = ["unknown"] }));
        // More than there are gives all there are, each once.
        var all = model.Recommend("unknown", 1000);
        Assert.AreEqual(model.Items.Count, all.Select(item => item.ItemId).Distinct().Count());
        Assert.AreEqual(model.Items.Count, all.Count);
    }

    [TestMethod]
    [DynamicData(nameof(Algorithms))]
    public void WeightsThatAreNegativeOrNoNumbersAreRefusedAndZeroLeavesOut(string name)
    {
        foreach (float weight in new[] { -1f, float.NaN, float.PositiveInfinity })
        {
            var message = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(name, Shop.TwoTastes(20).Append(Shop.Did("a", "1", weight)), weigh: true)).Message;
            Assert.Contains("Row 161 has the weight", message);
        }
        var model = Fit(name, Shop.TwoTastes(20).Append(Shop.Did("left out", "x", 0)), weigh: true);
        CollectionAssert.DoesNotContain(model.Users.ToArray(), "left out");
        AssertFinite(model);
    }

    [TestMethod]
    [DynamicData(nameof(Algorithms))]
    public void OneUserIsEnough(string name)
    {
        var model = Fit(name, [Shop.Did("a", "1"), Shop.Did("a", "2", day: 2), Shop.Did("a", "3", day: 3)]);
        AssertFinite(model);
        Assert.HasCount(0, model.Recommend("a", 5));
        Assert.HasCount(0, model.SimilarUsers("a", 5));
    }

    [TestMethod]
    [DynamicData(nameof(Algorithms))]
    public void OneInteractionIsEnough(string name)
    {
        var model = Fit(name, [Shop.Did("a", "1")]);
        AssertFinite(model);
        Assert.HasCount(0, model.SimilarItems("1", 5));
    }

    [TestMethod]
    [DynamicData(nameof(Algorithms))]
    public void TheOrderOfRowsDoesNotMatter(string name)
    {
        var rows = Shop.TwoTastes(20).ToArray();
        var (one, other) = (Fit(name, rows), Fit(name, rows.Reverse()));
        CollectionAssert.AreEqual(one.Items.ToArray(), other.Items.ToArray());
        // What is drawn at random depends on the order.
        if (name is "neural-cf" or "blend")
            return;
        foreach (var user in one.Users)
        {
            foreach (var item in one.Items)
                Assert.AreEqual(one.Score(user, item), other.Score(user, item), 1e-3f * Math.Max(1, Math.Abs(one.Score(user, item))), $"{name} {user} {item}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Algorithms))]
    public void TimesMayBeMissingUnlessTheyAreNeeded(string name)
    {
        var rows = Shop.TwoTastes(20).Append(new Shop.Row { UserId = "0", ItemId = "39" });
        if (name is "trending" or "next-purchase")
            Assert.Contains("needs times", Assert.ThrowsExactly<InvalidOperationException>(() => Fit(name, rows)).Message);
        else
            AssertFinite(Fit(name, rows));
    }

    [TestMethod]
    [DynamicData(nameof(Algorithms))]
    public void IdentifiersMayBeAnyUnicode(string name)
    {
        string[] odd = ["Ω≈ç√∫", "東京 タワー", "👍🏽👩‍👩‍👧", " ", "a\nb", "\"quoted\", with comma", "e\u0301", "é", "\u200b", new string('x', 5000), "\ud83d", "007", "7"];
        var rows = Enumerable.Range(0, 8).SelectMany(user => odd.Where((_, i) => (i + user) % 3 != 0).Select((item, i) => Shop.Did(odd[user], item, day: i + 1)));
        if (name == "up-sell")
            rows = rows.Append(Shop.Did("u", "3")).Append(Shop.Did("u", "4"));
        var model = Fit(name, rows);
        AssertFinite(model);
        foreach (var id in odd)
            CollectionAssert.Contains(model.Items.ToArray(), id);
        Assert.IsTrue(model.Recommend(odd[2], 5).All(item => model.Items.Contains(item.ItemId)));
    }

    [TestMethod]
    public void ItemsWithoutInteractionsScoreLikeOthers()
    {
        // The whole knows item "x" through a source that counts what the other leaves out.
        var trainers = _context.Recommendation().Trainers;
        var rows = Shop.TwoTastes(20).Append(Shop.Did("looker", "x", type: "look")).ToArray();
        Dictionary<string, float> Only(float look) => new() { ["view"] = 1, ["look"] = look };
        var chain = trainers.FallbackChain(new()
        {
            TypeColumnName = "Type", TypeWeights = Only(0),
            Sources = [new("a", trainers.Ease(new() { TypeColumnName = "Type", TypeWeights = Only(0) })), new("b", trainers.Popularity(new() { TypeColumnName = "Type", TypeWeights = Only(1) }))],
        }).Fit(Shop.Load(_context, rows));
        CollectionAssert.Contains(chain.Items.ToArray(), "x");
        AssertFinite(chain);
        // The whole knows no interaction of the looker, but his name.
        Assert.HasCount(chain.Items.Count, chain.Recommend("looker", 100));
        var report = _context.Recommendation().EvaluateRanking(chain, Shop.Load(_context, Shop.Did("looker", "3"), Shop.Did("1", "x")), new() { IncludeNewUsers = true });
        Assert.AreEqual(2, report.Users);
    }

    private sealed class Thing
    {
        public string ItemId { get; set; } = "";
        public string Category { get; set; } = "";
        public float Price { get; set; }
    }
}
