using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>Recommenders for what shops want to show, and those that are made of others.</summary>
public static class BusinessCatalogExtensions
{
    /// <summary>What goes with the items of a user: what is in one basket with them more often than by chance.</summary>
    /// <example><code>
    /// var model = mlContext.Recommendation().Trainers.CrossSell(new() { TypeColumnName = "Type" }).Fit(data);
    /// foreach (var rule in model.CrossSellRules("espresso machine"))
    ///     Console.WriteLine($"{rule.WithItemId}: {rule.ShrunkLift:0.0} times as often as by chance, in {rule.Confidence:P0} of the baskets");
    /// </code></example>
    public static CrossSellEstimator CrossSell(this RecommendationCatalog.RecommendationTrainers catalog, CrossSellOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new CrossSellEstimator(options);
    }

    /// <summary>What is a step dearer than what a user has, in the same category and to his taste.</summary>
    public static UpSellEstimator UpSell(this RecommendationCatalog.RecommendationTrainers catalog, UpSellOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new UpSellEstimator(options);
    }

    /// <summary>What is used most of late, in the categories that a user likes.</summary>
    public static TrendingEstimator Trending(this RecommendationCatalog.RecommendationTrainers catalog, TrendingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new TrendingEstimator(options);
    }

    /// <summary>What a user will do next, from the order and earnestness of what he did.</summary>
    public static NextPurchaseEstimator NextPurchase(this RecommendationCatalog.RecommendationTrainers catalog, NextPurchaseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new NextPurchaseEstimator(options);
    }

    /// <summary>Several recommenders added up, with weights learnt on interactions held out for that.</summary>
    /// <example><code>
    /// var trainers = mlContext.Recommendation().Trainers;
    /// var model = trainers.Blend(new() { Sources = [new("ease", trainers.Ease()), new("neighbours", trainers.ItemKnn())] }).Fit(data);
    /// </code></example>
    public static BlendEstimator Blend(this RecommendationCatalog.RecommendationTrainers catalog, BlendOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new BlendEstimator(options);
    }

    /// <summary>Several recommenders one after another, so that every user gets enough items.</summary>
    public static FallbackChainEstimator FallbackChain(this RecommendationCatalog.RecommendationTrainers catalog, FallbackChainOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new FallbackChainEstimator(options);
    }
}
