using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using MLPipelines.Recommendation;

namespace MLPipelines.Sweeps;

/// <summary>What is searched of each recommender, and how it is made of its options.</summary>
internal static class RecommenderFamilies
{
    public const string Ratings = "biased-matrix-factorization";

    /// <summary>Those tried where none is named: quick, and best on tables of ordinary size.</summary>
    public static readonly string[] Usual = ["ease", "implicit-als", "item-knn", "rp3beta", "warp", "bpr"];

    /// <summary>Those that need to know when interactions were.</summary>
    public static readonly string[] NeedTimes = ["trending", "next-purchase"];

    private const int LongestIterations = 120;

    /// <summary>All that a job can name.</summary>
    /// <param name="maximumEpochs">The most passes over the interactions; null for no limit of its own.</param>
    /// <param name="device">Where networks are trained; null for the default.</param>
    /// <param name="common">Sets what all have in common.</param>
    public static SweepFamily[] All(int? maximumEpochs, string? device, Action<RecommenderOptions> common)
    {
        int Passes(int most) => Math.Min(most, maximumEpochs ?? most);
        return
        [
            For<EaseOptions>("ease")
                .Number("regularization", 5, 2000, 200, (options, value) => options.Regularization = (float)value, logarithmic: true)
                .Number("dropout", 0, 0.8, 0.1, (options, value) => options.Dropout = (float)value)
                .Build(),
            For<ImplicitAlsOptions>("implicit-als")
                .Whole("factors", 16, 256, 128, (options, value) => options.Factors = value, logarithmic: true)
                .Whole("iterations", Passes(2), Passes(32), 16, (options, value) => options.Iterations = value, logarithmic: true)
                .Number("unobserved-weight", 0.01, 2, 0.2, (options, value) => options.UnobservedWeight = (float)value, logarithmic: true)
                .Number("automatic-ridge", 1, 30, 6, (options, value) => options.AutomaticRidge = (float)value, logarithmic: true)
                .Number("regularization-exponent", 0, 1, 1, (options, value) => options.RegularizationExponent = (float)value)
                .Build(),
            For<ItemKnnOptions>("item-knn")
                .Whole("neighbours", 10, 1000, 200, (options, value) => options.Neighbours = value, logarithmic: true)
                .OneOf("similarity", ItemSimilarity.Cosine, (options, value) => options.Similarity = value)
                .Number("shrinkage", 0.1, 300, 20, (options, value) => options.Shrinkage = (float)value, logarithmic: true)
                .Number("k1", 0.3, 100, 1.2, (options, value) => options.K1 = (float)value, logarithmic: true).While("similarity", Parameter.FromString(nameof(ItemSimilarity.Bm25)))
                .Number("b", 0, 1, 0.5, (options, value) => options.B = (float)value).While("similarity", Parameter.FromString(nameof(ItemSimilarity.Bm25)))
                .Build(),
            For<RP3BetaOptions>("rp3beta")
                .Whole("neighbours", 10, 2000, 200, (options, value) => options.Neighbours = value, logarithmic: true)
                .Number("alpha", 0.4, 1.5, 0.6, (options, value) => options.Alpha = (float)value)
                .Number("beta", 0, 1, 0.1, (options, value) => options.Beta = (float)value)
                .Build(),
            Pairwise<WarpOptions>("warp", 0.005, 0.1, 0.025, 0.01, 45).Whole("max-sampled", 10, 200, 100, (options, value) => options.MaxSampled = value, logarithmic: true).Build(),
            Pairwise<BprOptions>("bpr", 0.01, 0.3, 0.07, new BprOptions().Regularization, 60).Build(),
            For<NeuralCfOptions>("neural-cf", options => options.Device = device ?? options.Device)
                .OneOf("network", NeuralCfNetwork.NeuMF, (options, value) => options.Network = value)
                .Whole("embedding-dimension", 32, 128, 64, (options, value) => options.EmbeddingDimension = value, logarithmic: true)
                .Whole("layers", 1, 4, 3, (options, value) => options.HiddenLayers = [.. Enumerable.Range(0, value).Select(layer => Math.Max(8, (2 * options.EmbeddingDimension) >> layer))])
                .Number("learning-rate", 1e-4, 1e-2, 1e-3, (options, value) => options.LearningRate = value, logarithmic: true)
                .Whole("negative-ratio", 2, 8, 4, (options, value) => options.NegativeRatio = value)
                .Number("weight-decay", 0.01, 1, 0.3, (options, value) => options.WeightDecay = value, logarithmic: true)
                .Number("dropout", 0, 0.5, 0, (options, value) => options.Dropout = (float)value)
                .Whole("epochs", Passes(4), Passes(20), 12, (options, value) => options.Epochs = value)
                .Build(),
            For<PopularityOptions>("popularity").Build(),
            For<CrossSellOptions>("cross-sell")
                .Whole("minimum-baskets", 1, 10, 2, (options, value) => options.MinimumBaskets = value)
                .Number("shrinkage", 0.5, 100, 5, (options, value) => options.Shrinkage = (float)value, logarithmic: true)
                .Whole("neighbours", 10, 1000, 200, (options, value) => options.Neighbours = value, logarithmic: true)
                .Build(),
            For<TrendingOptions>("trending")
                .Number("half-life-days", 0.5, 365, 7, (options, value) => options.RecencyHalfLife = TimeSpan.FromDays(value), logarithmic: true)
                .Build(),
            For<NextPurchaseOptions>("next-purchase")
                .Whole("window", 1, 20, 5, (options, value) => options.Window = value)
                .Number("step-decay", 0.3, 1, 0.7, (options, value) => options.StepDecay = (float)value)
                .Whole("memory", 1, 50, 10, (options, value) => options.Memory = value, logarithmic: true)
                .Number("memory-decay", 0.3, 1, 0.8, (options, value) => options.MemoryDecay = (float)value)
                .Number("shrinkage", 0.5, 100, 10, (options, value) => options.Shrinkage = (float)value, logarithmic: true)
                .Build(),
            Blend(common),
            For<BiasedMatrixFactorizationOptions>(Ratings)
                .Whole("approximation-rank", 8, 200, 100, (options, value) => options.ApproximationRank = value, logarithmic: true)
                .Whole("number-of-iterations", Passes(5), Passes(60), 12, (options, value) => options.NumberOfIterations = value, logarithmic: true)
                .Number("learning-rate", 0.005, 0.3, 0.05, (options, value) => options.LearningRate = (float)value, logarithmic: true)
                .Number("lambda", 0.01, 0.5, 0.08, (options, value) => options.Lambda = (float)value, logarithmic: true)
                .Number("user-shrinkage", 0, 20, 3, (options, value) => options.UserShrinkage = (float)value)
                .Number("item-shrinkage", 0, 20, 3, (options, value) => options.ItemShrinkage = (float)value)
                .Build(),
        ];

        FamilyBuilder<TOptions> For<TOptions>(string name, Action<TOptions>? more = null) where TOptions : RecommenderOptions, new() => new(
            name,
            () =>
            {
                var options = new TOptions();
                common(options);
                more?.Invoke(options);
                return options;
            },
            options => options.Validate());

        FamilyBuilder<TOptions> Pairwise<TOptions>(string name, double slowest, double fastest, double usual, double regularization, int iterations) where TOptions : PairwiseOptions, new() => For<TOptions>(name)
            .Whole("factors", 16, 256, 64, (options, value) => options.Factors = value, logarithmic: true)
            .Whole("iterations", Passes(10), Passes(LongestIterations), iterations, (options, value) => options.Iterations = value, logarithmic: true)
            .Number("learning-rate", slowest, fastest, usual, (options, value) => options.LearningRate = (float)value, logarithmic: true)
            .Number("regularization", 1e-5, 0.1, Math.Max(1e-5, regularization), (options, value) => options.Regularization = (float)value, logarithmic: true);
    }

    /// <summary>The recommender of those options.</summary>
    public static IEstimator<RecommenderTransformer> Create(MLContext context, object options)
    {
        var trainers = context.Recommendation().Trainers;
        return options switch
        {
            EaseOptions ease => trainers.Ease(ease),
            ImplicitAlsOptions als => trainers.ImplicitAls(als),
            ItemKnnOptions neighbours => trainers.ItemKnn(neighbours),
            RP3BetaOptions walks => trainers.RP3Beta(walks),
            WarpOptions warp => trainers.Warp(warp),
            BprOptions bpr => trainers.Bpr(bpr),
            NeuralCfOptions neural => trainers.NeuralCf(neural),
            PopularityOptions popularity => trainers.Popularity(popularity),
            CrossSellOptions crossSell => trainers.CrossSell(crossSell),
            TrendingOptions trending => trainers.Trending(trending),
            NextPurchaseOptions next => trainers.NextPurchase(next),
            BiasedMatrixFactorizationOptions ratings => trainers.BiasedMatrixFactorization(ratings),
            BlendParts blend => trainers.Blend(blend.Finish(trainers)),
            _ => throw new InvalidOperationException($"{options.GetType().Name} are no options of a recommender."),
        };
    }

    /// <summary>The options of that point and those of its parts.</summary>
    public static IEnumerable<RecommenderOptions> Parts(object options) => options is BlendParts blend ? [blend.Whole, .. blend.Sources] : [(RecommenderOptions)options];

    private static SweepFamily Blend(Action<RecommenderOptions> common) => new FamilyBuilder<BlendParts>("blend", () => new BlendParts(common), options =>
        {
            foreach (var part in options.Sources)
                part.Validate();
        })
        .OneOf("normalization", BlendNormalization.ZScore, (options, value) => options.Whole.Normalization = value)
        .Number("ease-regularization", 5, 2000, 200, (options, value) => options.Ease.Regularization = (float)value, logarithmic: true)
        .Number("ease-dropout", 0, 0.8, 0.5, (options, value) => options.Ease.Dropout = (float)value)
        .Number("als-unobserved-weight", 0.01, 2, 0.2, (options, value) => options.Als.UnobservedWeight = (float)value, logarithmic: true)
        .Number("als-automatic-ridge", 1, 30, 6, (options, value) => options.Als.AutomaticRidge = (float)value, logarithmic: true)
        .Number("rp3beta-alpha", 0.4, 1.5, 0.6, (options, value) => options.Walks.Alpha = (float)value)
        .Number("rp3beta-beta", 0, 1, 0.1, (options, value) => options.Walks.Beta = (float)value)
        .Build();

    /// <summary>A blend of four, and what is searched of each.</summary>
    internal sealed class BlendParts
    {
        public BlendParts(Action<RecommenderOptions> common)
        {
            foreach (var options in Sources.Append(Whole))
                common(options);
        }

        public BlendOptions Whole { get; } = new();

        public EaseOptions Ease { get; } = new() { Dropout = 0.5f };

        public ImplicitAlsOptions Als { get; } = new();

        public RP3BetaOptions Walks { get; } = new();

        public WarpOptions Warp { get; } = new();

        public IEnumerable<RecommenderOptions> Sources => [Ease, Als, Walks, Warp];

        public BlendOptions Finish(RecommendationCatalog.RecommendationTrainers trainers)
        {
            Whole.Sources = [new("ease", trainers.Ease(Ease)), new("implicit-als", trainers.ImplicitAls(Als)), new("rp3beta", trainers.RP3Beta(Walks)), new("warp", trainers.Warp(Warp))];
            return Whole;
        }
    }
}
