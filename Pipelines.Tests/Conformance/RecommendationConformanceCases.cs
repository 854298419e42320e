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
    ];

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
            yield return new Row { UserId = $"user {i % 24}", ItemId = $"item {(i * 7 + i / 24 * (i % 2)) % 31}", Rating = 1 + i % 5 };
        yield return new Row { UserId = "Ω≈ç√∫ 東京 👍🏽", ItemId = "日本 ☕" };
        yield return new Row { UserId = "", ItemId = "item 3" };
        yield return new Row { UserId = "user 3", ItemId = "" };
    }

    private sealed class Row
    {
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
