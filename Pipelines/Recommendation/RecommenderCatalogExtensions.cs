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
}
