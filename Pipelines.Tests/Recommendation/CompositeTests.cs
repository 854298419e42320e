using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

/// <summary>Recommenders that are made of others.</summary>
[TestClass]
public sealed class CompositeTests
{
    private readonly MLContext _context = new(1);

    private RecommendationCatalog.RecommendationTrainers Trainers => _context.Recommendation().Trainers;

    public TestContext TestContext { get; set; } = null!;

    private RecommenderSource[] GoodAndBad() => [new("good", Trainers.Ease(new() { Regularization = 20 })), new("bad", Trainers.Popularity())];

    [TestMethod]
    public void ABlendLearnsWhichSourceIsGood()
    {
        var split = InteractionSplits.Random(Shop.Load(_context, Shop.TwoTastes(200)), 0.25);
        var blend = Trainers.Blend(new() { Sources = GoodAndBad() }).Fit(split.Train);
        var weights = blend.BlendWeights();
        Assert.AreEqual(1f, weights.Values.Sum(), 1e-5f);
        Assert.IsGreaterThan(0.5f, weights["good"]);
        var catalog = _context.Recommendation();
        double popular = catalog.EvaluateRanking(Trainers.Popularity().Fit(split.Train), split.Test).At(10).Ndcg.Value;
        double good = catalog.EvaluateRanking(Trainers.Ease(new() { Regularization = 20 }).Fit(split.Train), split.Test).At(10).Ndcg.Value;
        double blended = catalog.EvaluateRanking(blend, split.Test).At(10).Ndcg.Value;
        Assert.IsGreaterThan(popular + 0.1, blended);
        Assert.IsGreaterThan(good - 0.03, blended);
        Assert.AreEqual("blend", blend.Recommend("0", 1)[0].Source);
        Assert.Contains("only one by blend", Assert.ThrowsExactly<InvalidOperationException>(() => Trainers.Popularity().Fit(split.Train).BlendWeights()).Message);
    }

    [TestMethod]
    [DataRow(BlendNormalization.ZScore)]
    [DataRow(BlendNormalization.MinMax)]
    public void GivenWeightsAddComparableScores(BlendNormalization normalization)
    {
        var data = Shop.Load(_context, Shop.TwoTastes(40));
        var alone = Trainers.Ease(new() { Regularization = 20 }).Fit(data);
        var one = Trainers.Blend(new() { Sources = GoodAndBad(), Weights = new Dictionary<string, float> { ["good"] = 2, ["bad"] = 0 }, Normalization = normalization }).Fit(data);
        foreach (var user in alone.Users)
            CollectionAssert.AreEqual(alone.Recommend(user, 8).Select(item => item.ItemId).ToArray(), one.Recommend(user, 8).Select(item => item.ItemId).ToArray());
        var scores = one.Items.Select(item => (double)one.Score("3", item)).ToArray();
        Assert.AreEqual(normalization == BlendNormalization.ZScore ? 0 : scores.Average(), scores.Average(), 1e-5);
        Assert.AreEqual(1, normalization == BlendNormalization.ZScore ? Math.Sqrt(scores.Average(score => score * score)) : scores.Max() - scores.Min(), 1e-4);
        var both = Trainers.Blend(new() { Sources = GoodAndBad(), Weights = new Dictionary<string, float> { ["good"] = 1, ["bad"] = 1 }, Normalization = normalization }).Fit(data);
        var popular = Trainers.Blend(new() { Sources = GoodAndBad(), Weights = new Dictionary<string, float> { ["good"] = 0, ["bad"] = 1 }, Normalization = normalization }).Fit(data);
        foreach (var item in both.Items)
            Assert.AreEqual((one.Score("3", item) + popular.Score("3", item)) / 2, both.Score("3", item), 1e-5f);
    }

    [TestMethod]
    public void AChainGivesEveryoneEnoughAndSaysFromWhere()
    {
        // "new" bought nothing that goes with anything; "nobody" is unknown.
        var rows = Shop.TwoTastes(60).Concat([Shop.Did("new", "lonely"), Shop.Did("other", "lonely")]);
        var chain = Trainers.FallbackChain(new() { Sources = [new("together", Trainers.CrossSell()), new("lately", Trainers.Trending())] }).Fit(Shop.Load(_context, rows));
        Assert.AreEqual(41, chain.Items.Count);
        var known = chain.Recommend("0", 33);
        Assert.HasCount(33, known);
        Assert.AreEqual(33, known.Select(item => item.ItemId).Distinct().Count());
        string[] sources = [.. known.Select(item => item.Source)];
        int first = sources.Count(source => source == "together");
        Assert.IsTrue(first > 0 && sources.Take(first).All(source => source == "together") && sources.Skip(first).All(source => source == "lately"), string.Join(' ', sources));
        Assert.IsTrue(chain.Recommend("new", 5).All(item => item.Source == "lately"));
        Assert.IsTrue(chain.Recommend("nobody", 41).All(item => item.Source == "lately"));
        Assert.HasCount(41, chain.Recommend("nobody", 1000));
        Assert.AreEqual("lately", chain.Recommend([], 1)[0].Source);
        Assert.AreEqual("together", chain.Recommend([new TasteItem("3"), new TasteItem("5")], 1)[0].Source);
        CollectionAssert.DoesNotContain(chain.Recommend("0", 33, new RecommendOptions { Deny = [known[0].ItemId] }).Select(item => item.ItemId).ToArray(), known[0].ItemId);
        var batch = chain.RecommendBatch(["0", "nobody"], 7);
        CollectionAssert.AreEqual(chain.Recommend("0", 7).ToArray(), batch[0].ToArray());
        CollectionAssert.AreEqual(chain.Recommend("nobody", 7).ToArray(), batch[1].ToArray());
        // Scores order all items as the lists do.
        CollectionAssert.AreEqual(known.Select(item => item.ItemId).ToArray(), known.OrderByDescending(item => chain.Score("0", item.ItemId)).Select(item => item.ItemId).ToArray());
    }

    [TestMethod]
    public void AChainEndsWithWhatIsPopular()
    {
        var rows = Enumerable.Range(0, 6).SelectMany(i => new[] { Shop.Did($"{i}", "a"), Shop.Did($"{i}", "b"), Shop.Did($"z{i}", "c"), Shop.Did("odd", "d") });
        var chain = Trainers.FallbackChain(new() { Sources = [new("together", Trainers.CrossSell())] }).Fit(Shop.Load(_context, rows));
        var list = chain.Recommend([new TasteItem("a")], 9);
        Assert.AreEqual("together popularity popularity", string.Join(' ', list.Select(item => item.Source)));
        Assert.AreEqual("b c d", string.Join(' ', list.Select(item => item.ItemId)));
    }

    [TestMethod]
    public void SourcesMayKnowOtherUsersAndItemsThanTheWhole()
    {
        // The first source takes purchases only; users and items without one are known to the second.
        var rows = Shop.TwoTastes(40).Select((row, i) => Shop.Did(row.UserId, row.ItemId, day: i % 9 + 1, type: i % 3 == 0 && row.ItemId != "7" ? "purchase" : "view")).Append(Shop.Did("looker", "2")).ToArray();
        var bought = Trainers.ItemKnn(new() { TypeColumnName = "Type", TypeWeights = new Dictionary<string, float> { ["view"] = 0, ["purchase"] = 1 } });
        var blend = Trainers.Blend(new() { Sources = [new("bought", bought), new("all", Trainers.Ease())], Weights = new Dictionary<string, float> { ["bought"] = 1, ["all"] = 1 } }).Fit(Shop.Load(_context, rows));
        CollectionAssert.Contains(blend.Items.ToArray(), "7");
        CollectionAssert.Contains(blend.Users.ToArray(), "looker");
        foreach (var user in blend.Users)
            Assert.IsTrue(blend.Items.All(item => float.IsFinite(blend.Score(user, item))));
        Assert.HasCount(5, blend.Recommend("looker", 5));
        var chain = Trainers.FallbackChain(new() { Sources = [new("bought", bought), new("all", Trainers.Ease())] }).Fit(Shop.Load(_context, rows));
        Assert.HasCount(39, chain.Recommend("looker", 100));
    }

    [TestMethod]
    public async Task EachIsTheSameAfterSavingAndLoading()
    {
        var shop = SyntheticInteractions.Generate(new() { Users = 60, Items = 40, Interactions = 1500, Categories = 4 });
        var data = _context.Data.LoadFromEnumerable(shop.Interactions);
        var items = ItemCatalog.Read(_context.Data.LoadFromEnumerable(shop.Items));
        IEstimator<RecommenderTransformer> upSell = Trainers.UpSell(new() { Items = items, TypeColumnName = "Type" }), together = Trainers.CrossSell(new() { TypeColumnName = "Type" }), next = Trainers.NextPurchase(new() { TypeColumnName = "Type" });
        var blend = Trainers.Blend(new() { Sources = [new("dearer", upSell), new("next", next)], TimeColumnName = "Timestamp" });
        var estimators = new[] { upSell, together, next, Trainers.Trending(new() { Items = items }), blend, Trainers.FallbackChain(new() { Sources = [new("dearer", upSell), new("mixed", blend), new("together", together)] }) };
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        var package = new ModelPackage(_context, new RecommenderCodec());
        foreach (var estimator in estimators)
        {
            var model = estimator.Fit(data);
            var (content, manifest) = package.Pack(model, Core.Artifacts.SampleArtifacts.Manifest() with { Name = model.Algorithm }, data);
            await store.PublishAsync(content, manifest, cancellationToken: TestContext.CancellationToken);
            using var loaded = package.Load(store, model.Algorithm);
            var again = (RecommenderTransformer)loaded.Model;
            foreach (var user in model.Users.Take(12).Append("nobody"))
                CollectionAssert.AreEqual(model.Recommend(user, 20).ToArray(), again.Recommend(user, 20).ToArray(), model.Algorithm);
            CollectionAssert.AreEqual(model.Recommend([new TasteItem("i3", 2), new TasteItem("i9")], 20).ToArray(), again.Recommend([new TasteItem("i3", 2), new TasteItem("i9")], 20).ToArray(), model.Algorithm);
            CollectionAssert.AreEqual(model.SimilarItems("i3", 5).ToArray(), again.SimilarItems("i3", 5).ToArray(), model.Algorithm);
        }
    }

    [TestMethod]
    public void WrongSourcesAreNamed()
    {
        var data = Shop.Load(_context, Shop.TwoTastes(4));
        Assert.Contains("Sources is empty", Assert.ThrowsExactly<ArgumentException>(() => Trainers.Blend(new()).Fit(data)).Message);
        Assert.Contains("two of the same name", Assert.ThrowsExactly<ArgumentException>(() => Trainers.FallbackChain(new() { Sources = [new("a", Trainers.Ease()), new("a", Trainers.Ease())] }).Fit(data)).Message);
        Assert.Contains("without a name or an estimator", Assert.ThrowsExactly<ArgumentException>(() => Trainers.FallbackChain(new() { Sources = [new("a", null!)] }).Fit(data)).Message);
        Assert.Contains("lacks a source", Assert.ThrowsExactly<ArgumentException>(() => Trainers.Blend(new() { Sources = GoodAndBad(), Weights = new Dictionary<string, float> { ["good"] = 1 } }).Fit(data)).Message);
    }
}
