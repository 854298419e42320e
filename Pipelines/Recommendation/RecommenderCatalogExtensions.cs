using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>Our recommenders, where users of ML.NET look for trainers.</summary>
public static class RecommenderCatalogExtensions
{
    /// <summary>What most users use, or, with a half-life, what is trending.</summary>
    /// <example><code>
    /// var model = mlContext.Recommendation().Trainers.Popularity(new() { TimeColumnName = "Timestamp", RecencyHalfLife = TimeSpan.FromDays(30) }).Fit(data);
    /// </code></example>
    public static PopularityEstimator Popularity(this RecommendationCatalog.RecommendationTrainers catalog, PopularityOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new PopularityEstimator(options);
    }

    /// <summary>Ratings predicted from biases of users and items, and factors of what these leave.</summary>
    /// <example><code>
    /// var model = mlContext.Recommendation().Trainers.BiasedMatrixFactorization(new() { UserColumnName = "userId", ItemColumnName = "movieId", WeightColumnName = "rating" }).Fit(data);
    /// var metrics = mlContext.Recommendation().Evaluate(model.Transform(test), labelColumnName: "rating");
    /// </code></example>
    public static BiasedMatrixFactorizationEstimator BiasedMatrixFactorization(this RecommendationCatalog.RecommendationTrainers catalog, BiasedMatrixFactorizationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new BiasedMatrixFactorizationEstimator(options);
    }

    /// <summary>Items that the same users have.</summary>
    public static ItemKnnEstimator ItemKnn(this RecommendationCatalog.RecommendationTrainers catalog, ItemKnnOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ItemKnnEstimator(options);
    }

    /// <summary>Where random walks from a user end, popular items held back.</summary>
    public static RP3BetaEstimator RP3Beta(this RecommendationCatalog.RecommendationTrainers catalog, RP3BetaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new RP3BetaEstimator(options);
    }

    /// <summary>The linear model that predicts each item best from the others.</summary>
    /// <example><code>
    /// var model = mlContext.Recommendation().Trainers.Ease().Fit(data);
    /// foreach (var item in model.Recommend("user 7", k: 10))
    ///     Console.WriteLine(item);
    /// </code></example>
    public static EaseEstimator Ease(this RecommendationCatalog.RecommendationTrainers catalog, EaseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new EaseEstimator(options);
    }

    /// <summary>Factors of users and items, found by alternating least squares: the recommender to begin with.</summary>
    /// <example><code>
    /// var model = mlContext.Recommendation().Trainers.ImplicitAls(new() { Factors = 64 }).Fit(data);
    /// foreach (var item in model.Recommend([new TasteItem("lamp"), new TasteItem("desk")], k: 10))
    ///     Console.WriteLine(item);
    /// </code></example>
    public static ImplicitAlsEstimator ImplicitAls(this RecommendationCatalog.RecommendationTrainers catalog, ImplicitAlsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImplicitAlsEstimator(options);
    }

    /// <summary>Neural collaborative filtering: a factorisation and a network of layers together, trained with LibTorch.</summary>
    /// <example><code>
    /// var model = mlContext.Recommendation().Trainers.NeuralCf(new() { EmbeddingDimension = 32, HiddenLayers = [64, 32], ValidationFraction = 0.1 }).Fit(data);
    /// </code></example>
    public static NeuralCfEstimator NeuralCf(this RecommendationCatalog.RecommendationTrainers catalog, NeuralCfOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new NeuralCfEstimator(options);
    }

    /// <summary>Factors that order what users have above what they have not.</summary>
    public static BprEstimator Bpr(this RecommendationCatalog.RecommendationTrainers catalog, BprOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new BprEstimator(options);
    }

    /// <summary>Factors that bring what users have to the top, also of users and items of which only features are known.</summary>
    /// <example><code>
    /// var model = mlContext.Recommendation().Trainers.Warp(new() { ItemFeatures = products }).Fit(data);
    /// </code></example>
    public static WarpEstimator Warp(this RecommendationCatalog.RecommendationTrainers catalog, WarpOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new WarpEstimator(options);
    }
}
