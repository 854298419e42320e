using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>Ratings from biases and factors, on ratings that are made of them and on real ones.</summary>
[TestClass]
public sealed class BiasedMatrixFactorizationTests
{
    private readonly MLContext _context = new(1);

    public TestContext TestContext { get; set; } = null!;

    private RecommenderTransformer Fit(IEnumerable<Rated> rows, Action<BiasedMatrixFactorizationOptions>? change = null)
    {
        var options = new BiasedMatrixFactorizationOptions { ApproximationRank = 8, NumberOfThreads = 1 };
        change?.Invoke(options);
        return _context.Recommendation().Trainers.BiasedMatrixFactorization(options).Fit(_context.Data.LoadFromEnumerable(rows));
    }

    /// <summary>User u adds u/10 to the mean of 0, item i takes i/10; two tastes add or take 1.</summary>
    private static IEnumerable<Rated> Made(int users = 40, int items = 30)
    {
        var random = new Random(7);
        for (int user = 0; user < users; user++)
        {
            for (int item = 0; item < items; item++)
            {
                if (random.NextDouble() < 0.5)
                    yield return new Rated { UserId = $"{user}", ItemId = $"{item}", Rating = Truth(user, item) };
            }
        }
    }

    private static float Truth(int user, int item) => user / 10f - item / 10f + ((user + item) % 2 == 0 ? 1 : -1);

    [TestMethod]
    public void BiasesAndTastesAreFoundInRatingsBelowZeroToo()
    {
        var model = Fit(Made(), options => (options.NumberOfIterations, options.Lambda) = (200, 0.001f));
        double squares = 0;
        for (int user = 0; user < 40; user++)
        {
            for (int item = 0; item < 30; item++)
                squares += Math.Pow(model.Score($"{user}", $"{item}") - Truth(user, item), 2);
        }
        Assert.IsLessThan(0.2, Math.Sqrt(squares / 1200), "error over all pairs, seen or not");
        Assert.AreEqual("1", model.Recommend("39", 3, new RecommendOptions { ExcludeSeen = false })[0].ItemId);
    }

    [TestMethod]
    public void UnknownUsersAndItemsGetWhatIsKnownOfTheOther()
    {
        var model = Fit(Made());
        float item0 = model.Score("nobody", "0"), item29 = model.Score("nobody", "29");
        Assert.IsGreaterThan(item29 + 2, item0, "the item's bias");
        float user39 = model.Score("39", "nothing"), user0 = model.Score("0", "nothing");
        Assert.IsGreaterThan(user0 + 2, user39, "the user's bias");
        Assert.IsTrue(float.IsFinite(model.Score("nobody", "nothing")));
    }

    [TestMethod]
    public void AUserWhoRatesAsAnotherGetsHisRatings()
    {
        var rows = Made().ToArray();
        var model = Fit(rows, options => (options.NumberOfIterations, options.Lambda) = (200, 0.001f));
        var taste = rows.Where(row => row.UserId == "20").Select(row => new TasteItem(row.ItemId, row.Rating));
        var folded = model.Recommend(taste, 5, new RecommendOptions { ExcludeSeen = false });
        var known = model.Recommend("20", 5, new RecommendOptions { ExcludeSeen = false });
        CollectionAssert.AreEquivalent(known.Select(item => item.ItemId).ToArray(), folded.Select(item => item.ItemId).ToArray());
        for (int i = 0; i < 5; i++)
            Assert.AreEqual(known[i].Score, folded.Single(item => item.ItemId == known[i].ItemId).Score, 0.3f);
    }

    [TestMethod]
    public void ScoresStayWithinTheRangeOfRatings()
    {
        var rows = Made().Select(row => new Rated { UserId = row.UserId, ItemId = row.ItemId, Rating = row.Rating > 0 ? 5 : 1 }).ToArray();
        var scores = Fit(rows).Transform(_context.Data.LoadFromEnumerable(rows)).GetColumn<float>("Score").ToArray();
        Assert.IsTrue(scores.All(score => score is >= 1 and <= 5));
        Assert.Contains(5f, scores);
    }

    [TestMethod]
    public void SeveralRatingsOfAnItemCountAsTheirMeanAndMissingOnesNot()
    {
        Rated[] rows =
        [
            new() { UserId = "a", ItemId = "x", Rating = 1 }, new() { UserId = "a", ItemId = "x", Rating = 2 }, new() { UserId = "a", ItemId = "x", Rating = 6 },
            new() { UserId = "b", ItemId = "y", Rating = 3 }, new() { UserId = "b", ItemId = "x", Rating = float.NaN },
        ];
        var model = Fit(rows);
        Assert.AreEqual(3f, model.Score("a", "x"), 1e-5f);
        Assert.AreEqual(3f, model.Score("nobody", "nothing"), 1e-5f);
        Assert.Contains("Row 1 has the weight", Assert.ThrowsExactly<InvalidOperationException>(() => Fit([new Rated { UserId = "a", ItemId = "x", Rating = float.PositiveInfinity }])).Message);
    }

    [TestMethod]
    public void FaultsAreListedTogether()
    {
        var fault = Assert.ThrowsExactly<ArgumentException>(() => Fit(Made(), options => (options.ApproximationRank, options.Binary, options.Lambda, options.WeightColumnName) = (0, true, -1, null)));
        foreach (string name in new[] { "ApproximationRank", "Binary", "Lambda", "WeightColumnName" })
            Assert.Contains(name, fault.Message);
    }

    /// <summary>The bars: what LIBMF reaches on what the same biases leave.</summary>
    [TestMethod]
    [DataRow("movielens_small_mlnet", 0.831)]
    [DataRow("movielens_100k", 0.947)]
    public void RealRatingsArePredictedAsWellAsByThePeer(string name, double bar)
    {
        string folder = Path.Combine(Architecture.FloorTests.Root, "..", "shared", "data", name);
        if (!Directory.Exists(folder))
            Assert.Inconclusive($"The data set {name} is not there.");
        var model = _context.Recommendation().Trainers.BiasedMatrixFactorization(new()
        {
            UserColumnName = "User", ItemColumnName = "Item",
        }).Fit(Read("train.csv"));
        double error = _context.Recommendation().Evaluate(model.Transform(Read("test.csv")), labelColumnName: "Rating").RootMeanSquaredError;
        TestContext.WriteLine($"{name}: RMSE {error:F4}");
        Assert.IsLessThanOrEqualTo(bar, error);

        IDataView Read(string file) => _context.Data.LoadFromTextFile(
            Path.Combine(folder, file),
            [new TextLoader.Column("User", DataKind.String, 0), new TextLoader.Column("Item", DataKind.String, 1), new TextLoader.Column("Rating", DataKind.Single, 2)],
            separatorChar: ',',
            hasHeader: true);
    }

    private sealed class Rated
    {
        public string UserId { get; set; } = "";
        public string ItemId { get; set; } = "";
        public float Rating { get; set; }
    }
}
