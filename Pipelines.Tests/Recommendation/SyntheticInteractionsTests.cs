using Microsoft.ML;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>Invented interactions have the structure that they promise, and recommenders find it.</summary>
[TestClass]
public sealed class SyntheticInteractionsTests
{
    private static readonly SyntheticInteractions Shop = SyntheticInteractions.Generate(new() { Users = 300, Items = 80, Interactions = 12_000, Categories = 4, Seed = 3 });

    private readonly MLContext _context = new(1);

    private RecommendationCatalog.RecommendationTrainers Trainers => _context.Recommendation().Trainers;

    private ItemCatalog Items => ItemCatalog.Read(_context.Data.LoadFromEnumerable(Shop.Items));

    [TestMethod]
    public void CountsTimesAndSharesAreThoseAskedFor()
    {
        Assert.HasCount(12_000, Shop.Interactions);
        Assert.AreEqual(300, Shop.Interactions.Select(row => row.UserId).Distinct().Count());
        Assert.HasCount(80, Shop.Items);
        var start = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Assert.IsTrue(Shop.Interactions.All(row => row.Timestamp >= start && row.Timestamp < start.AddDays(181)));
        Assert.IsTrue(Shop.Interactions.Zip(Shop.Interactions.Skip(1), (one, next) => one.Timestamp <= next.Timestamp).All(isOrdered => isOrdered));
        var categoryOf = Shop.Items.ToDictionary(item => item.ItemId, item => item.Category);
        double liked = Shop.Interactions.Average(row => categoryOf[row.ItemId] == Shop.LikedCategories[row.UserId] ? 1.0 : 0);
        Assert.AreEqual(0.8 + 0.2 / 4, liked, 0.03);
        Assert.IsTrue(Shop.Items.All(item => item.Price is >= 5 and <= 500));
        // A power law: the busiest tenth of the users has far more than a tenth of the rows.
        int busiest = Shop.Interactions.CountBy(row => row.UserId).Select(pair => pair.Value).OrderDescending().Take(30).Sum();
        Assert.IsGreaterThan(12_000 * 0.2, busiest);
        // Every purchase follows a look at the same item, and a cart.
        var seen = new HashSet<(string, string, string)>();
        foreach (var row in Shop.Interactions)
        {
            if (row.Type == "purchase")
                Assert.Contains((row.UserId, row.ItemId, "add_to_cart"), seen);
            seen.Add((row.UserId, row.ItemId, row.Type));
        }
    }

    [TestMethod]
    public void ASeedRepeatsAndOptionsOutOfRangeAreAllNamed()
    {
        SyntheticInteractionOptions Options(int seed) => new() { Users = 20, Items = 10, Interactions = 200, Categories = 2, Seed = seed };
        CollectionAssert.AreEqual(SyntheticInteractions.Generate(Options(5)).Interactions.ToArray(), SyntheticInteractions.Generate(Options(5)).Interactions.ToArray());
        CollectionAssert.AreNotEqual(SyntheticInteractions.Generate(Options(5)).Interactions.ToArray(), SyntheticInteractions.Generate(Options(6)).Interactions.ToArray());
        var message = Assert.ThrowsExactly<ArgumentException>(() => SyntheticInteractions.Generate(new() { Users = 0, Affinity = 2, Days = 0, Interactions = -1 })).Message;
        foreach (var name in new[] { "Users", "Affinity", "Days", "Interactions" })
            Assert.Contains(name, message);
    }

    [TestMethod]
    public void CrossSellFindsCompanions()
    {
        var model = Trainers.CrossSell(new() { TypeColumnName = "Type", TimeColumnName = "Timestamp", BasketPause = TimeSpan.FromHours(2) }).Fit(_context.Data.LoadFromEnumerable(Shop.Interactions));
        int found = Shop.Items.Count(item => model.CrossSellRules(item.ItemId, 2).Any(rule => rule.WithItemId == item.CompanionId));
        Assert.IsGreaterThan(40, found);
    }

    [TestMethod]
    public void TrendingFindsFashions()
    {
        var model = Trainers.Trending(new() { RecencyHalfLife = TimeSpan.FromDays(5) }).Fit(_context.Data.LoadFromEnumerable(Shop.Interactions));
        string[] inFashion = [.. Shop.Items.Where(item => item.IsInFashion).Select(item => item.ItemId)];
        string[] trending = [.. model.Recommend("nobody", 10).Select(item => item.ItemId)];
        Assert.IsGreaterThan(2, inFashion.Intersect(trending).Count());
        string[] popular = [.. Trainers.Popularity().Fit(_context.Data.LoadFromEnumerable(Shop.Interactions)).Recommend("nobody", 10).Select(item => item.ItemId)];
        Assert.IsLessThan(2, inFashion.Intersect(popular).Count());
    }

    [TestMethod]
    public void UpSellStaysInTheCategoryAndTheBand()
    {
        var items = Items;
        var model = Trainers.UpSell(new() { Items = items, TypeColumnName = "Type" }).Fit(_context.Data.LoadFromEnumerable(Shop.Interactions));
        foreach (var item in Shop.Items)
        {
            foreach (var dearer in model.SimilarItems(item.ItemId, 5))
            {
                var found = items[dearer.ItemId]!;
                Assert.AreEqual(item.Category, found.Text("Category"));
                Assert.IsTrue(found.Number("Price") >= item.Price * 1.0999f && found.Number("Price") <= item.Price * 2.001f);
            }
        }
    }

    [TestMethod]
    public void RecommendersFindTheTastes()
    {
        var split = InteractionSplits.LeaveLastOut(_context.Data.LoadFromEnumerable(Shop.Interactions));
        var catalog = _context.Recommendation();
        var popular = catalog.EvaluateRanking(Trainers.Popularity().Fit(split.Train), split.Test).At(10).Ndcg;
        foreach (var estimator in new IEstimator<RecommenderTransformer>[] { Trainers.Ease(), Trainers.ItemKnn(), Trainers.RP3Beta(), Trainers.NextPurchase(), Trainers.Trending(new() { Items = Items }) })
        {
            var model = estimator.Fit(split.Train);
            Assert.IsGreaterThan(popular.High, catalog.EvaluateRanking(model, split.Test).At(10).Ndcg.Value, model.Algorithm);
        }
    }
}
