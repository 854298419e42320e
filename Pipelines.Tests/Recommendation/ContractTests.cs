using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>What all recommenders have in common, shown with the one whose scores can be counted.</summary>
[TestClass]
public sealed class ContractTests
{
    private readonly MLContext _context = new(1);

    private RecommenderTransformer Fit(IEnumerable<Shop.Row> rows, Action<PopularityOptions>? change = null)
    {
        var options = new PopularityOptions();
        change?.Invoke(options);
        return _context.Recommendation().Trainers.Popularity(options).Fit(Shop.Load(_context, rows));
    }

    private static readonly Shop.Row[] Few =
    [
        Shop.Did("a", "x"), Shop.Did("a", "y"), Shop.Did("b", "x"), Shop.Did("b", "10"), Shop.Did("c", "x"), Shop.Did("c", "9"), Shop.Did("c", "y"), Shop.Did("d", "z"),
    ];

    private static string Ids(IEnumerable<RecommendedItem> list) => string.Join(' ', list.Select(item => item.ItemId));

    [TestMethod]
    public void EqualScoresStandInTheOrderOfIdentifiersAndNumbersByValue()
    {
        var model = Fit(Few);
        Assert.AreEqual("9 10 x y z", string.Join(' ', model.Items));
        Assert.AreEqual("x y 9 10 z", Ids(model.Recommend("nobody", 10)));
        Assert.AreEqual("x y 9", Ids(model.Recommend("nobody", 3)));
    }

    [TestMethod]
    public void SeenItemsAreLeftOutUnlessAskedFor()
    {
        var model = Fit(Few);
        Assert.AreEqual("9 10 z", Ids(model.Recommend("a", 10)));
        Assert.AreEqual("x y 9 10 z", Ids(model.Recommend("a", 10, new RecommendOptions { ExcludeSeen = false })));
    }

    [TestMethod]
    public void ListsAndColumnsOfItemsChooseCandidates()
    {
        var model = Fit(Few);
        Assert.AreEqual("9 z", Ids(model.Recommend("nobody", 10, new RecommendOptions { Allow = ["z", "9", "unknown", "x"], Deny = ["x"] })));
        var items = ItemCatalog.Read(_context.Data.LoadFromEnumerable(new[]
        {
            new ItemRow { ItemId = "x", Category = "lamp", Price = 5 }, new ItemRow { ItemId = "y", Category = "lamp", Price = 50 }, new ItemRow { ItemId = "z", Category = "desk", Price = 500 },
        }));
        Assert.AreEqual("y", Ids(model.Recommend("nobody", 10, new RecommendOptions { Allow = items.Where(item => item.Text("Category") == "lamp" && item.Number("Price") > 10) })));
        Assert.Contains("no column 'Colour'", Assert.ThrowsExactly<KeyNotFoundException>(() => items.Where(item => item.Text("Colour") == "red")).Message);
    }

    [TestMethod]
    public void ABatchGivesWhatSingleCallsGive()
    {
        var rows = Shop.TwoTastes().ToArray();
        var model = Fit(rows);
        string[] users = [.. rows.Select(row => row.UserId).Distinct(), "nobody"];
        var lists = model.RecommendBatch(users, 5, new RecommendOptions { NumberOfThreads = 3 });
        for (int i = 0; i < users.Length; i++)
            CollectionAssert.AreEqual(model.Recommend(users[i], 5).ToArray(), lists[i].ToArray());
        Assert.ThrowsExactly<OperationCanceledException>(() => model.RecommendBatch(users, 5, cancellationToken: new CancellationToken(true)));
    }

    [TestMethod]
    public void DiverseListsAvoidItemsThatTheSameUsersHave()
    {
        // "p" and "q" are bought together by all; "r" by others.
        var rows = Enumerable.Range(0, 10).SelectMany(i => new[] { Shop.Did($"a{i}", "p"), Shop.Did($"a{i}", "q") }).Concat(Enumerable.Range(0, 8).Select(i => Shop.Did($"b{i}", "r")));
        var model = Fit(rows);
        Assert.AreEqual("p q", Ids(model.Recommend("nobody", 2)));
        Assert.AreEqual("p r", Ids(model.Recommend("nobody", 2, new RecommendOptions { Diversity = 0.7f })));
        Assert.AreEqual("q", model.SimilarItems("p", 1)[0].ItemId);
        Assert.AreEqual(1f, model.SimilarItems("p", 1)[0].Score, 1e-6f);
        Assert.AreEqual(1f, model.SimilarUsers("a3", 1)[0].Similarity, 1e-6f);
    }

    [TestMethod]
    public void InteractionsWeighByColumnTypeAndAge()
    {
        Shop.Row[] rows = [Shop.Did("a", "x", 2, 0, "view"), Shop.Did("b", "x", 1, 30, "purchase"), Shop.Did("a", "x", 3, 15, "view"), Shop.Did("c", "y", 1, 30, "add_to_cart"), Shop.Did("d", "x", 0)];
        Assert.AreEqual(6f, Fit(rows, options => options.WeightColumnName = "Weight").Score("nobody", "x"), 1e-6f);
        Assert.AreEqual(7f, Fit(rows, options => options.TypeColumnName = "Type").Score("nobody", "x") - 1, 1e-6f);
        var recent = Fit(rows.Where(row => row.Weight > 0), options => (options.TimeColumnName, options.RecencyHalfLife) = ("Timestamp", TimeSpan.FromDays(15)));
        Assert.AreEqual(0.25f + 0.5f + 1, recent.Score("nobody", "x"), 1e-6f);
        Assert.AreEqual(3f, Fit(rows, options => options.Binary = true).Score("nobody", "x"), 1e-6f);
        Assert.Contains("which TypeWeights does not weigh", Assert.ThrowsExactly<InvalidOperationException>(() => Fit([Shop.Did("a", "x", type: "stare")], options => options.TypeColumnName = "Type")).Message);
    }

    [TestMethod]
    public void IdentifiersMayBeNumbersOrKeys()
    {
        var data = _context.Data.LoadFromEnumerable(new[] { new Numbered { UserId = 7, ItemId = 3 }, new Numbered { UserId = 8, ItemId = 3 }, new Numbered { UserId = 8, ItemId = 12 } });
        var numbered = _context.Recommendation().Trainers.Popularity().Fit(data);
        Assert.AreEqual("12", Ids(numbered.Recommend("7", 5)));
        var keyed = _context.Transforms.Conversion.MapValueToKey("ItemId").Append(_context.Recommendation().Trainers.Popularity()).Fit(data);
        Assert.AreEqual("3 12", string.Join(' ', keyed.LastTransformer.Items));
        CollectionAssert.AreEqual(new[] { 2f, 2f, 1f }, keyed.Transform(data).GetColumn<float>("Score").ToArray());
    }

    [TestMethod]
    public void BadInputIsRefusedOrFollowsTheDocumentedRule()
    {
        foreach (float weight in new[] { -1f, float.NaN, float.PositiveInfinity })
            Assert.Contains("Row 1 has the weight", Assert.ThrowsExactly<InvalidOperationException>(() => Fit([Shop.Did("a", "x", weight)], options => options.WeightColumnName = "Weight")).Message);
        Assert.Contains("None of the 1 rows", Assert.ThrowsExactly<InvalidOperationException>(() => Fit([Shop.Did("a", "x", 0)], options => options.WeightColumnName = "Weight")).Message);
        Assert.Contains("needs times", Assert.ThrowsExactly<InvalidOperationException>(() => Fit(
            [new Shop.Row { UserId = "a", ItemId = "x" }], options => (options.TimeColumnName, options.RecencyHalfLife) = ("Timestamp", TimeSpan.FromDays(1)))).Message);
        var one = Fit([Shop.Did("a", "x"), Shop.Did("a", "x"), Shop.Did("a", "y")]);
        Assert.AreEqual(2f, one.Score("a", "x"));
        Assert.AreEqual("", Ids(one.Recommend("a", 5)));
        Assert.AreEqual(0f, one.Score("a", "unknown"));
        Assert.AreEqual("x y", Ids(one.Recommend([], 5)));
        Assert.AreEqual("y", Ids(one.Recommend([new TasteItem("x"), new TasteItem("unknown")], 5)));
        Assert.ThrowsExactly<ArgumentException>(() => one.Recommend([new TasteItem("x", float.NaN)], 5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => one.Recommend("a", 0));
        Assert.ThrowsExactly<KeyNotFoundException>(() => one.SimilarItems("unknown", 5));
        Assert.ThrowsExactly<KeyNotFoundException>(() => one.Explain("unknown", "x"));
        var faults = Assert.ThrowsExactly<ArgumentException>(() => Fit(Few, options => (options.UserColumnName, options.NumberOfThreads, options.RecencyHalfLife) = ("", 0, TimeSpan.Zero))).Message;
        foreach (var option in new[] { "UserColumnName", "NumberOfThreads", "RecencyHalfLife" })
            Assert.Contains(option, faults);
        Assert.Contains("Diversity", Assert.ThrowsExactly<ArgumentException>(() => one.Recommend("a", 1, new RecommendOptions { Diversity = 2 })).Message);
    }

    private sealed class ItemRow
    {
        public string ItemId { get; set; } = "";
        public string Category { get; set; } = "";
        public float Price { get; set; }
    }

    private sealed class Numbered
    {
        public int UserId { get; set; }
        public int ItemId { get; set; }
    }
}
