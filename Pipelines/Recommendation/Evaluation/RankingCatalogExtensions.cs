using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>How good rankings are, where users of ML.NET look for evaluation.</summary>
public static class RankingCatalogExtensions
{
    /// <summary>
    /// Measures the lists of a recommender on held-out interactions: for each user all items that he did not touch in training are ranked, and those
    /// of the test data should stand on top. Test items that are unknown or already seen are left out, and so are users of whom nothing is known.
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Recommendation()</c>.</param>
    /// <param name="recommender">The recommender, trained without the test data.</param>
    /// <param name="test">Interactions with the columns of training; only users and items count.</param>
    /// <param name="options">What to measure; <see langword="null"/> for the defaults.</param>
    /// <exception cref="InvalidOperationException">There is no user to measure.</exception>
    public static RankingReport EvaluateRanking(this RecommendationCatalog catalog, RecommenderTransformer recommender, IDataView test, RankingEvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(recommender);
        ArgumentNullException.ThrowIfNull(test);
        return RankingEvaluation.Run(recommender, test, options ?? new RankingEvaluationOptions());
    }
}
