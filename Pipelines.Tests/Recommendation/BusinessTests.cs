using Microsoft.ML;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>Cross-selling, up-selling, trends and the next purchase give what can be counted by hand.</summary>
[TestClass]
public sealed class BusinessTests
{
    private readonly MLContext _context = new(1);

    private RecommendationCatalog.RecommendationTrainers Trainers => _context.Recommendation().Trainers;

    private static string Ids(IEnumerable<RecommendedItem> list) => string.Join(' ', list.Select(item => item.ItemId));

    private ItemCatalog Catalog(params (string Id, string Category, float Price)[] items) =>
        ItemCatalog.Read(_context.Data.LoadFromEnumerable(items.Select(item => new Product { ItemId = item.Id, Category = item.Category, Price = item.Price })));

    /// <summary>20 users; bread with butter in 8 baskets, bread alone in 4, butter alone in 2, one user with both tea and lamp, 5 with only tea. All looked at salt.</summary>
    private static IEnumerable<Shop.Row> Baskets()
    {
        for (int i = 0; i < 20; i++)
        {
            yield return Shop.Did($"{i}", "salt");
            if (i < 12)
                yield return Shop.Did($"{i}", "bread", type: "purchase");
            if (i is < 8 or 12 or 13)
                yield return Shop.Did($"{i}", "butter", type: "purchase");
            if (i >= 14)
                yield return Shop.Did($"{i}", "tea", type: "purchase");
            if (i == 14)
                yield return Shop.Did($"{i}", "lamp", type: "purchase");
        }
    }

    [TestMethod]
    public void CrossSellRulesHaveTheirSupportConfidenceAndLift()
    {
        var model = Trainers.CrossSell(new() { TypeColumnName = "Type", MinimumBaskets = 1, Shrinkage = 5 }).Fit(Shop.Load(_context, Baskets()));
        var rule = model.CrossSellRules("bread").Single();
        Assert.AreEqual(("bread", "butter", 8), (rule.ItemId, rule.WithItemId, rule.Baskets));
        Assert.AreEqual(8 / 20.0, rule.Support, 1e-12);
        Assert.AreEqual(8 / 12.0, rule.Confidence, 1e-12);
        Assert.AreEqual(8 * 20 / (12.0 * 10), rule.Lift, 1e-12);
        Assert.AreEqual((8 + 5) / (12 * 10 / 20.0 + 5), rule.ShrunkLift, 1e-12);
        Assert.AreEqual(8 / 10.0, model.CrossSellRules("butter").Single().Confidence, 1e-12);
        // The lamp was bought once, with tea: a lift of 20 / 6, of which little is believed.
        var rare = model.CrossSellRules("tea").Single();
        Assert.AreEqual(20 / 6.0, rare.Lift, 1e-12);
        Assert.IsLessThan(rule.ShrunkLift, rare.ShrunkLift);
        Assert.IsEmpty(model.CrossSellRules("salt"));
        Assert.AreEqual("butter", model.Recommend([new TasteItem("bread")], 1)[0].ItemId);
        Assert.AreEqual(Math.Log2(rule.ShrunkLift), model.Recommend([new TasteItem("bread")], 1)[0].Score, 1e-5);
        Assert.AreEqual("butter", Ids(model.SimilarItems("bread", 5)));
        Assert.IsEmpty(Trainers.CrossSell(new() { TypeColumnName = "Type" }).Fit(Shop.Load(_context, Baskets())).CrossSellRules("tea"));
        Assert.IsEmpty(Trainers.CrossSell(new() { TypeColumnName = "Type", MinimumConfidence = 0.7f }).Fit(Shop.Load(_context, Baskets())).CrossSellRules("bread"));
        Assert.Contains("types order", Assert.ThrowsExactly<InvalidOperationException>(() => Trainers.CrossSell(new() { TypeColumnName = "Type", PurchaseTypes = ["order"] }).Fit(Shop.Load(_context, Baskets()))).Message);
        Assert.Contains("only one by cross-sell", Assert.ThrowsExactly<InvalidOperationException>(() => Trainers.Popularity().Fit(Shop.Load(_context, Baskets())).CrossSellRules("bread")).Message);
        Assert.ThrowsExactly<KeyNotFoundException>(() => model.CrossSellRules("unknown"));
    }

    [TestMethod]
    public void APauseEndsABasket()
    {
        var rows = Enumerable.Range(0, 9).SelectMany(i => new[] { Shop.Did($"{i}", "a", day: 1), Shop.Did($"{i}", "b", day: 1), Shop.Did($"{i}", "c", day: 9), Shop.Did($"x{i}", "d") });
        var one = Trainers.CrossSell(new() { TimeColumnName = "Timestamp" }).Fit(Shop.Load(_context, rows));
        Assert.AreEqual("b c", string.Join(' ', one.CrossSellRules("a").Select(rule => rule.WithItemId)));
        var several = Trainers.CrossSell(new() { TimeColumnName = "Timestamp", BasketPause = TimeSpan.FromDays(2) }).Fit(Shop.Load(_context, rows));
        Assert.AreEqual("b", string.Join(' ', several.CrossSellRules("a").Select(rule => rule.WithItemId)));
        Assert.AreEqual(9 / 27.0, several.CrossSellRules("a")[0].Support, 1e-12);
    }

    [TestMethod]
    public void UpSellIsTheSameCategoryAStepDearerByTaste()
    {
        // "l150" is what those with "l100" like; "l400" is too dear, "l105" too near, "d150" a desk, "l0" without a price, "x" unknown to the catalogue.
        var items = Catalog(("l100", "lamp", 100), ("l105", "lamp", 105), ("l120", "lamp", 120), ("l150", "lamp", 150), ("l400", "lamp", 400), ("d150", "desk", 150), ("l0", "lamp", 0));
        var rows = Enumerable.Range(0, 10).SelectMany(i => new[] { Shop.Did($"{i}", "l100"), Shop.Did($"{i}", "l150"), Shop.Did($"{i}", "d150"), Shop.Did($"y{i}", "l105"), Shop.Did($"y{i}", "l400") })
            .Concat([Shop.Did("me", "l100"), Shop.Did("you", "l120"), Shop.Did("you", "l0"), Shop.Did("you", "x"), Shop.Did("he", "x"), Shop.Did("she", "l100"), Shop.Did("she", "l150", 3)]);
        var model = Trainers.UpSell(new() { Items = items, WeightColumnName = "Weight" }).Fit(Shop.Load(_context, rows));
        Assert.AreEqual("l150 l120", Ids(model.Recommend("me", 10)));
        Assert.AreEqual("up-sell", model.Recommend("me", 1)[0].Source);
        Assert.AreEqual("l150 l120", Ids(model.SimilarItems("l100", 10)));
        Assert.AreEqual("l400", Ids(model.Recommend([new TasteItem("l105"), new TasteItem("l400", 2)], 10, new RecommendOptions { ExcludeSeen = false })));
        Assert.AreEqual(0f, model.Score("me", "d150"));
        Assert.IsGreaterThan(0f, model.Score("me", "l150"));
        Assert.AreEqual("", Ids(model.Recommend([new TasteItem("l400")], 10)));
        Assert.AreEqual("popularity", model.Recommend("he", 1)[0].Source);
        Assert.AreEqual("l150", model.Explain("me", "l150").ItemId);
        Assert.Contains("Items is null", Assert.ThrowsExactly<ArgumentException>(() => Trainers.UpSell(new()).Fit(Shop.Load(_context, rows))).Message);
        Assert.Contains("finds no item", Assert.ThrowsExactly<InvalidOperationException>(() => Trainers.UpSell(new() { Items = Catalog(("other", "lamp", 3)) }).Fit(Shop.Load(_context, rows))).Message);
    }

    [TestMethod]
    public void TrendsFadeAndFollowTheCategoriesThatAUserLikes()
    {
        // Old lamps were many, new desks are few, chairs are in between.
        var rows = Enumerable.Range(0, 30).Select(i => Shop.Did($"a{i}", "lamp", day: 1)).Concat(Enumerable.Range(0, 4).Select(i => Shop.Did($"b{i}", "desk", day: 29))).Concat(Enumerable.Range(0, 6).Select(i => Shop.Did($"c{i}", "chair", day: 22)))
            .Append(Shop.Did("d", "stool", day: 29));
        var plain = Trainers.Trending().Fit(Shop.Load(_context, rows));
        Assert.AreEqual("desk chair lamp stool", Ids(plain.Recommend("nobody", 9)));
        Assert.AreEqual(30 / 16f, plain.Recommend("nobody", 9)[2].Score, 1e-5f);
        Assert.AreEqual(3f, plain.Score("d", "chair"), 1e-5f);
        var byCategory = Trainers.Trending(new() { Items = Catalog(("lamp", "light", 1), ("desk", "work", 1), ("chair", "seat", 1), ("stool", "seat", 1)), CategoryTaste = 1 }).Fit(Shop.Load(_context, rows));
        Assert.AreEqual("desk chair lamp stool", Ids(byCategory.Recommend("nobody", 9)));
        var seats = byCategory.Recommend("d", 9);
        Assert.AreEqual("chair desk lamp", Ids(seats));
        // All that trends, 4 + 3 + 1.875 + 1, times the chair's share of seats, 3 of 4.
        Assert.AreEqual(9.875f * 3 / 4, seats[0].Score, 1e-4f);
        Assert.AreEqual(0f, seats[1].Score);
        Assert.Contains("CategoryTaste", Assert.ThrowsExactly<ArgumentException>(() => Trainers.Trending(new() { CategoryTaste = 2 }).Fit(Shop.Load(_context, rows))).Message);
    }

    [TestMethod]
    public void TheNextPurchaseFollowsTheOrderAndTheIntent()
    {
        var rows = Enumerable.Range(0, 12).SelectMany(i => new[] { Shop.Did($"{i}", "tent", day: 1, type: "purchase"), Shop.Did($"{i}", "stove", day: 2, type: i % 2 == 0 ? "view" : "purchase"), Shop.Did($"{i}", "map", day: 3, type: "view") })
            .Concat([Shop.Did("me", "tent", day: 5, type: "purchase"), Shop.Did("cart", "stove", day: 6, type: "add_to_cart"), Shop.Did("back", "map", day: 1, type: "view")]).ToArray();
        NextPurchaseOptions Options() => new() { TypeColumnName = "Type", Shrinkage = 0 };
        var model = Trainers.NextPurchase(Options()).Fit(Shop.Load(_context, rows));
        Assert.AreEqual("stove map", Ids(model.Recommend("me", 2)));
        // After a tent: 6 looks and 6 purchases of a stove, then 12 looks at a map, each counting 0.7: 36 and 8.4, shared out; the tent itself weighs 5.
        Assert.AreEqual(5 * 36 / 44.4f, model.Score("me", "stove"), 1e-4f);
        Assert.AreEqual(5 * 8.4f / 44.4f, model.Score("me", "map"), 1e-4f);
        // Nothing comes before: order counts.
        Assert.AreEqual(0f, model.Score("back", "tent"));
        Assert.AreEqual("tent", model.Explain("me", "stove").Because.Single().ItemId);
        // What is in the cart is not yet had; what was bought is.
        CollectionAssert.DoesNotContain(model.Recommend("me", 9).Select(item => item.ItemId).ToArray(), "tent");
        CollectionAssert.Contains(model.Recommend("cart", 9).Select(item => item.ItemId).ToArray(), "stove");
        // The order of rows does not matter, that of times does.
        var shuffled = Trainers.NextPurchase(Options()).Fit(Shop.Load(_context, rows.Reverse()));
        foreach (var item in model.Items)
            Assert.AreEqual(model.Score("me", item), shuffled.Score("me", item), 1e-6f);
        var hurried = Options();
        hurried.LongestPause = TimeSpan.FromHours(3);
        Assert.AreEqual(0f, Trainers.NextPurchase(hurried).Fit(Shop.Load(_context, rows)).Score("me", "stove"));
        Assert.Contains("needs times", Assert.ThrowsExactly<InvalidOperationException>(() => Trainers.NextPurchase().Fit(Shop.Load(_context, new Shop.Row { UserId = "a", ItemId = "b" }))).Message);
        Assert.AreEqual("stove map", Ids(model.Recommend([new TasteItem("tent")], 2)));
    }

    [TestMethod]
    public void CartsSpeakForPurchasesOfTheSameItem()
    {
        var rows = Enumerable.Range(0, 8).SelectMany(i => new[] { Shop.Did($"{i}", "a", day: 1, type: "add_to_cart"), Shop.Did($"{i}", "a", day: 2, type: "purchase"), Shop.Did($"{i}", "b", day: 3) })
            .Append(Shop.Did("me", "a", day: 4, type: "add_to_cart"));
        var model = Trainers.NextPurchase(new() { TypeColumnName = "Type" }).Fit(Shop.Load(_context, rows));
        Assert.AreEqual("a", model.Recommend("me", 1)[0].ItemId);
    }

    private sealed class Product
    {
        public string ItemId { get; set; } = "";
        public string Category { get; set; } = "";
        public float Price { get; set; }
    }
}
