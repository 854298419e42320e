using System.Reflection;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Recommendation;

/// <summary>A way to recommend, as the command line knows it.</summary>
internal sealed class RecommenderAlgorithm
{
    private readonly Func<RecommenderOptions> _newOptions;
    private readonly Func<RecommendationCatalog.RecommendationTrainers, RecommenderOptions, IEstimator<RecommenderTransformer>> _create;

    private RecommenderAlgorithm(
        string name, string summary, Func<RecommenderOptions> newOptions, Func<RecommendationCatalog.RecommendationTrainers, RecommenderOptions, IEstimator<RecommenderTransformer>> create)
    {
        (Name, Summary, _newOptions, _create) = (name, summary, newOptions, create);
    }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RecommenderAlgorithm> All { get; } =
    [
        Of<PopularityOptions>("popularity", "what most use", (trainers, options) => trainers.Popularity(options)),
        Of<ItemKnnOptions>("item-knn", "items that the same users have", (trainers, options) => trainers.ItemKnn(options)),
        Of<RP3BetaOptions>("rp3beta", "random walks, popular items held back", (trainers, options) => trainers.RP3Beta(options)),
        Of<EaseOptions>("ease", "a linear model of each item from the others", (trainers, options) => trainers.Ease(options)),
        Of<ImplicitAlsOptions>("implicit-als", "factors of users and items by alternating least squares", (trainers, options) => trainers.ImplicitAls(options)),
        Of<BprOptions>("bpr", "factors learnt from pairs of items", (trainers, options) => trainers.Bpr(options)),
        Of<WarpOptions>("warp", "factors learnt from pairs of items, the top of lists first", (trainers, options) => trainers.Warp(options)),
        Of<BiasedMatrixFactorizationOptions>("biased-matrix-factorization", "predicted ratings, which --weight-column names", (trainers, options) => trainers.BiasedMatrixFactorization(options)),
        Of<NeuralCfOptions>("neural-cf", "a factorisation and a network of layers, with LibTorch", (trainers, options) => trainers.NeuralCf(options)),
        Of<CrossSellOptions>("cross-sell", "what is bought together", (trainers, options) => trainers.CrossSell(options)),
        Of<UpSellOptions>("up-sell", "the same category, a step dearer (--items)", (trainers, options) => trainers.UpSell(options)),
        Of<TrendingOptions>("trending", "what most use of late (--items for categories)", (trainers, options) => trainers.Trending(options)),
        Of<NextPurchaseOptions>("next-purchase", "what follows what a user did last", (trainers, options) => trainers.NextPurchase(options)),
        Of<BlendOptions>("blend", "several added up, with weights learnt (--sources)", (trainers, options) => trainers.Blend(options)),
        Of<FallbackChainOptions>("fallback-chain", "several one after another (--sources)", (trainers, options) => trainers.FallbackChain(options)),
    ];

    public string Name { get; }

    public string Summary { get; }

    public static RecommenderAlgorithm Find(string name) => All.First(algorithm => algorithm.Name == name);

    public RecommenderOptions NewOptions() => _newOptions();

    public IEstimator<RecommenderTransformer> Create(MLContext context, RecommenderOptions options) => _create(context.Recommendation().Trainers, options);

    /// <summary>Sets an option of the algorithm from its text, such as <c>regularization=200</c>.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Set(RecommenderOptions options, string assignment) => OptionAssignment.Set(Name, options, Own(options), assignment);

    /// <summary>The options as a manifest states them.</summary>
    public IEnumerable<(string Name, JsonElement Value)> ToManifest(RecommenderOptions options) => OptionAssignment.ToManifest(options, Own(options));

    private static RecommenderAlgorithm Of<TOptions>(
        string name, string summary, Func<RecommendationCatalog.RecommendationTrainers, TOptions, IEstimator<RecommenderTransformer>> create)
        where TOptions : RecommenderOptions, new() => new(name, summary, () => new TOptions(), (trainers, options) => create(trainers, (TOptions)options));

    /// <summary>The options that only this algorithm has and that a text can set.</summary>
    private static List<PropertyInfo> Own(RecommenderOptions options) => OptionAssignment.Settable(options.GetType(), property => property.DeclaringType != typeof(RecommenderOptions));
}
