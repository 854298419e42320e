using Microsoft.ML;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Conformance;

/// <summary>A case for every recommender.</summary>
internal static class RecommendationConformanceCases
{
    public static IEnumerable<ConformanceCase> All { get; } =
    [
        Case<PopularityEstimator>((catalog, seed, token) => catalog.Popularity(new() { Seed = seed, CancellationToken = token })),
        Case<ItemKnnEstimator>((catalog, seed, token) => catalog.ItemKnn(new() { Seed = seed, CancellationToken = token })),
        Case<RP3BetaEstimator>((catalog, seed, token) => catalog.RP3Beta(new() { Seed = seed, CancellationToken = token })),
        Case<ImplicitAlsEstimator>((catalog, seed, token) => catalog.ImplicitAls(new() { Factors = 12, Seed = seed, CancellationToken = token })),
        Case<BiasedMatrixFactorizationEstimator>((catalog, seed, token) => catalog.BiasedMatrixFactorization(new() { WeightColumnName = "Rating", ApproximationRank = 4, NumberOfThreads = 1, Seed = seed, CancellationToken = token })),
        Case<BprEstimator>((catalog, seed, token) => catalog.Bpr(new() { Seed = seed, CancellationToken = token, NumberOfThreads = 1 })),
        Case<WarpEstimator>((catalog, seed, token) => catalog.Warp(new() { Seed = seed, CancellationToken = token, NumberOfThreads = 1 })),
        Case<EaseEstimator>((catalog, seed, token) => catalog.Ease(new() { Seed = seed, CancellationToken = token })),
        Case<NeuralCfEstimator>((catalog, seed, token) => catalog.NeuralCf(new() { EmbeddingDimension = 8, HiddenLayers = [16, 8], Epochs = 3, Device = "cpu", Seed = seed, CancellationToken = token })),
        Case<CrossSellEstimator>((catalog, seed, token) => catalog.CrossSell(new() { MinimumBaskets = 1, Seed = seed, CancellationToken = token })),
        Case<UpSellEstimator>((catalog, seed, token) => catalog.UpSell(new() { Items = Things(), Seed = seed, CancellationToken = token })),
        Case<TrendingEstimator>((catalog, seed, token) => catalog.Trending(new() { Items = Things(), Seed = seed, CancellationToken = token })),
        Case<NextPurchaseEstimator>((catalog, seed, token) => catalog.NextPurchase(new() { Seed = seed, CancellationToken = token })),
        Case<BlendEstimator>((catalog, seed, token) => catalog.Blend(new() { Sources = Sources(catalog, token), Seed = seed, CancellationToken = token })),
        Case<FallbackChainEstimator>((catalog, seed, token) => catalog.FallbackChain(new() { Sources = Sources(catalog, token), Seed = seed, CancellationToken = token })),
    ];

    private static RecommenderSource[] Sources(RecommendationCatalog.RecommendationTrainers catalog, CancellationToken token) =>
    [
        new("sold together", catalog.CrossSell(new() { MinimumBaskets = 1, CancellationToken = token })), new("linear", catalog.Ease(new() { Regularization = 5, CancellationToken = token })),
    ];

    private static ItemCatalog Things()
    {
        var context = new MLContext();
        return ItemCatalog.Read(context.Data.LoadFromEnumerable(Enumerable.Range(0, 31).Select(i => new Thing { ItemId = $"item {i}", Category = $"{i % 3}", Price = 10 + i })));
    }

    private static ConformanceCase Case<T>(Func<RecommendationCatalog.RecommendationTrainers, int, CancellationToken, IEstimator<ITransformer>> create) => new(
        typeof(T),
        (context, seed, token) => create(context.Recommendation().Trainers, seed, token),
        (context, empty) => context.Data.LoadFromEnumerable(empty ? [] : Interactions()),
        InputColumn: "ItemId",
        context => context.Data.LoadFromEnumerable(new[] { new NumberRow { UserId = "a", ItemId = 1.5f }, new NumberRow { UserId = "b", ItemId = 2.5f } }),
        new RecommenderCodec());

    private static IEnumerable<Row> Interactions()
    {
        for (int i = 0; i < 240; i++)
            yield return new Row { UserId = $"user {i % 24}", ItemId = $"item {(i * 7 + i / 24 * (i % 2)) % 31}", Rating = 1 + i % 5, Timestamp = Day(i) };
        yield return new Row { UserId = "Ω≈ç√∫ 東京 👍🏽", ItemId = "日本 ☕", Timestamp = Day(3) };
        yield return new Row { UserId = "", ItemId = "item 3", Timestamp = Day(4) };
        yield return new Row { UserId = "user 3", ItemId = "", Timestamp = Day(5) };
    }

    private static DateTime Day(int i) => new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(i % 50);

    private sealed class Thing
    {
        public string ItemId { get; set; } = "";
        public string Category { get; set; } = "";
        public float Price { get; set; }
    }

    private sealed class Row
    {
        public DateTime Timestamp { get; set; }
        public string UserId { get; set; } = "";
        public string ItemId { get; set; } = "";
        public float Rating { get; set; } = 3;
    }

    private sealed class NumberRow
    {
        public string UserId { get; set; } = "";
        public float ItemId { get; set; }
        public float Rating { get; set; } = 3;
    }
}
