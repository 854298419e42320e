using Microsoft.ML;
using MLPipelines.Recommendation;

namespace MLPipelines.Benchmarks.Recommenders;

/// <summary>What an implementation of others reached: NDCG@10 and its 95 % interval.</summary>
internal readonly record struct PeerFigure(double Ndcg, double Low, double High)
{
    public override string ToString() => FormattableString.Invariant($"{Ndcg:F4} [{Low:F4}, {High:F4}]");
}

/// <summary>An algorithm of ours, and what is measured of it.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Create">Makes the estimator; an option that is not set has its default.</param>
/// <param name="Space">What a search on validation rows draws from.</param>
/// <param name="Chosen">The settings for each table that such a search found (by <c>recommenders --search NAME</c>).</param>
/// <param name="Peer">The implementation of others that did best.</param>
/// <param name="Figures">What it reached on each table.</param>
internal sealed record RecommenderAlgorithm(
    string Name,
    Func<RecommendationCatalog.RecommendationTrainers, Settings, IEstimator<RecommenderTransformer>> Create,
    SettingRange[] Space,
    string[] Chosen,
    string Peer,
    PeerFigure[] Figures)
{
    /// <summary>To measure another, add it here.</summary>
    public static readonly RecommenderAlgorithm[] All =
    [
        new("popularity", (trainers, _) => trainers.Popularity(), [], [], "TopPop",
            [new(.1147, .1066, .1229), new(.1044, .0950, .1135), new(.1042, .0916, .1174), new(.0909, .0784, .1055), new(.0634, .0578, .0691)]),
        new("item-knn",
            (trainers, settings) => trainers.ItemKnn(new()
            {
                Similarity = (ItemSimilarity)settings.Int32("similarity", 0),
                Neighbours = settings.Int32("neighbours", 200),
                Shrinkage = settings.Single("shrinkage", 20),
                K1 = settings.Single("k1", 1.2f),
                B = settings.Single("b", 0.5f),
            }),
            [
                SettingRange.OneOf("similarity", 0, 1, 2), SettingRange.OneOf("neighbours", 20, 50, 100, 200, 500, 1000), SettingRange.OneOf("shrinkage", 0, 5, 10, 20, 50, 100),
                SettingRange.Logarithmic("k1", 0.3, 100), SettingRange.OneOf("b", 0, 0.2, 0.4, 0.6, 0.8),
            ],
            [
                "similarity=2 k1=5.95 b=0.4 neighbours=1000", "similarity=2 k1=5.95 b=0.4 neighbours=1000", "similarity=1 neighbours=100 shrinkage=100", "similarity=1 neighbours=100 shrinkage=100",
                "similarity=0 neighbours=500 shrinkage=5",
            ],
            "the best of implicit, irspack and numpy",
            [new(.2067, .1966, .2162), new(.1783, .1666, .1901), new(.1805, .1652, .1963), new(.1490, .1343, .1658), new(.1825, .1733, .1925)]),
        new("rp3beta",
            (trainers, settings) => trainers.RP3Beta(new() { Alpha = settings.Single("alpha", new RP3BetaOptions().Alpha), Beta = settings.Single("beta", new RP3BetaOptions().Beta), Neighbours = settings.Int32("neighbours", new RP3BetaOptions().Neighbours) }),
            [SettingRange.OneOf("alpha", 0.6, 0.8, 1, 1.2), SettingRange.OneOf("beta", 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), SettingRange.OneOf("neighbours", 100, 200, 500, 1000)],
            ["alpha=1 beta=0.4 neighbours=500", "", "", "", "alpha=0.6 beta=0.2 neighbours=500"],
            "irspack RP3beta",
            [new(.2130, .2026, .2231), new(.1922, .1796, .2046), new(.1871, .1725, .2027), new(.1504, .1344, .1687), new(.1446, .1362, .1524)]),
        new("ease",
            (trainers, settings) => trainers.Ease(new() { Regularization = settings.Single("regularization", 200), Dropout = settings.Single("dropout", 0.1f) }),
            [SettingRange.Logarithmic("regularization", 20, 1000), SettingRange.OneOf("dropout", 0, 0.1, 0.3, 0.5, 0.7)],
            ["regularization=288 dropout=0.5", "regularization=262 dropout=0.3", "regularization=79.9 dropout=0.7", "regularization=124 dropout=0.5", "regularization=29.7 dropout=0.5"],
            "EDLAE or EASE in numpy",
            [new(.2357, .2257, .2454), new(.2040, .1904, .2170), new(.2309, .2154, .2480), new(.1814, .1643, .1988), new(.1973, .1880, .2074)]),
        new("implicit-als",
            (trainers, settings) => trainers.ImplicitAls(new()
            {
                Factors = settings.Int32("factors", new ImplicitAlsOptions().Factors),
                Iterations = settings.Int32("iterations", new ImplicitAlsOptions().Iterations),
                UnobservedWeight = settings.Single("unobserved", new ImplicitAlsOptions().UnobservedWeight),
                Regularization = settings.Single("regularization", 0) is > 0 and var regularization ? regularization : null,
                AutomaticRidge = settings.Single("ridge", new ImplicitAlsOptions().AutomaticRidge),
                RegularizationExponent = settings.Single("exponent", new ImplicitAlsOptions().RegularizationExponent),
                InitialDeviation = settings.Single("deviation", new ImplicitAlsOptions().InitialDeviation),
                Solver = (AlsSolver)settings.Int32("solver", (int)new ImplicitAlsOptions().Solver),
            }),
            [
                SettingRange.OneOf("factors", 64, 128), SettingRange.OneOf("iterations", 4, 8, 16, 32), SettingRange.Logarithmic("unobserved", 0.02, 1), SettingRange.Logarithmic("ridge", 4, 12),
                SettingRange.OneOf("exponent", 0.9, 1), SettingRange.OneOf("solver", 0, 1), SettingRange.OneOf("deviation", 0.1, 1),
            ],
            ["factors=128 iterations=4 ridge=8 unobserved=0.5", "unobserved=0.3 exponent=0.8", "unobserved=0.3 factors=256", "", ""],
            "irspack iALS",
            [new(.2382, .2273, .2477), new(.2006, .1874, .2135), new(.2153, .2008, .2315), new(.1741, .1577, .1924), new(.2033, .1934, .2134)]),
        // None of the peers has it; the nearest is the factorisation that learns from pairs.
        new("neural-cf",
            (trainers, settings) => trainers.NeuralCf(new()
            {
                Network = (NeuralCfNetwork)settings.Int32("network", 0),
                EmbeddingDimension = settings.Int32("dimension", new NeuralCfOptions().EmbeddingDimension),
                HiddenLayers = settings.Int32("dimension", 0) is > 0 and var dimension ? [2 * dimension, dimension, dimension / 2] : new NeuralCfOptions().HiddenLayers,
                Dropout = settings.Single("dropout", new NeuralCfOptions().Dropout),
                NegativeRatio = settings.Int32("negatives", new NeuralCfOptions().NegativeRatio),
                LearningRate = settings.Single("rate", (float)new NeuralCfOptions().LearningRate),
                WeightDecay = settings.Single("decay", (float)new NeuralCfOptions().WeightDecay),
                BatchSize = settings.Int32("batch", new NeuralCfOptions().BatchSize),
                Epochs = settings.Int32("epochs", new NeuralCfOptions().Epochs),
                Device = "cpu",
            }),
            [
                SettingRange.OneOf("network", 0, 1, 2), SettingRange.OneOf("dimension", 16, 32, 64), SettingRange.OneOf("dropout", 0, 0.2, 0.5), SettingRange.OneOf("negatives", 4, 8),
                SettingRange.Logarithmic("rate", 0.0005, 0.003), SettingRange.Logarithmic("decay", 0.01, 1), SettingRange.OneOf("epochs", 5, 10, 20),
            ],
            [],
            "LightFM BPR",
            [new(.2096, .1995, .2195), new(.1646, .1530, .1760), new(.1481, .1346, .1625), new(.1220, .1078, .1371), new(.1381, .1301, .1464)]),
        new("bpr",
            (trainers, settings) => trainers.Bpr(Pairwise(new BprOptions(), settings)),
            PairwiseSpace,
            [
                "factors=128 iterations=60 rate=0.0789 regularization=0.02",
                "factors=128 iterations=60 rate=0.0789 regularization=0.02",
                "factors=64 iterations=60 rate=0.0637 regularization=0.003",
                "factors=64 iterations=45 rate=0.067 regularization=0.0001",
                "factors=64 iterations=60 rate=0.0902 regularization=0",
            ],
            "the best of implicit and LightFM",
            [new(.2096, .1995, .2195), new(.1646, .1530, .1760), new(.1481, .1346, .1625), new(.1224, .1082, .1366), new(.1381, .1301, .1464)]),
        new("warp",
            (trainers, settings) =>
            {
                var options = Pairwise(new WarpOptions(), settings);
                options.MaxSampled = settings.Int32("sampled", options.MaxSampled);
                return trainers.Warp(options);
            },
            [.. PairwiseSpace, SettingRange.OneOf("sampled", 10, 30, 100)],
            [
                "factors=64 iterations=30 rate=0.0234 regularization=0.003 sampled=100",
                "factors=64 iterations=30 rate=0.0234 regularization=0.003 sampled=100",
                "factors=128 iterations=45 rate=0.0188 regularization=0.04 sampled=100",
                "factors=64 iterations=45 rate=0.0246 regularization=0.01 sampled=100",
                "factors=128 iterations=45 rate=0.0188 regularization=0.04 sampled=100",
            ],
            "LightFM WARP",
            [new(.2280, .2175, .2383), new(.1972, .1846, .2092), new(.1725, .1589, .1873), new(.1435, .1285, .1581), new(.1797, .1704, .1890)]),
        // No peer has it: the best of all peers on each table stands beside it. Its weights are learnt within the training data.
        new("blend",
            (trainers, _) => trainers.Blend(new()
            {
                Sources =
                [
                    new("ease", trainers.Ease(new EaseOptions { Dropout = 0.5f })),
                    new("implicit-als", trainers.ImplicitAls(new ImplicitAlsOptions())),
                    new("rp3beta", trainers.RP3Beta(new RP3BetaOptions())),
                    new("bpr", trainers.Bpr(new BprOptions())),
                    new("warp", trainers.Warp(new WarpOptions())),
                ],
            }),
            [],
            [],
            "the best of all",
            [new(.2382, .2273, .2477), new(.2040, .1904, .2170), new(.2309, .2154, .2480), new(.1814, .1643, .1988), new(.2033, .1934, .2134)]),
    ];

    private static SettingRange[] PairwiseSpace =>
    [
        SettingRange.OneOf("factors", 32, 64, 128), SettingRange.OneOf("iterations", 15, 30, 60), SettingRange.Logarithmic("rate", 0.01, 0.1), SettingRange.OneOf("regularization", 0, 1e-5, 1e-4, 1e-3, 1e-2),
    ];

    private static TOptions Pairwise<TOptions>(TOptions options, Settings settings) where TOptions : PairwiseOptions
    {
        options.Factors = settings.Int32("factors", options.Factors);
        options.Iterations = settings.Int32("iterations", options.Iterations);
        options.LearningRate = settings.Single("rate", options.LearningRate);
        options.Regularization = settings.Single("regularization", options.Regularization);
        return options;
    }
}
