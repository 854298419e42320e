using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Recommendation;

namespace MLPipelines.Sweeps;

/// <summary>Searches the best recommender for interactions: which algorithm, and with which options.</summary>
public static class RecommenderSweep
{
    private const string Algorithm = "algorithm";

    private static readonly Candidate[] Candidates =
    [
        new("ease",
            [("regularization", new UniformSingleOption(5, 2000, true, 200)), ("dropout", new UniformSingleOption(0, 0.8f, false, 0.1f))],
            (trainers, set, p) => trainers.Ease(With(set, new EaseOptions { Regularization = p.Single("regularization"), Dropout = p.Single("dropout") }))),
        new("implicit-als",
            [("factors", new UniformIntOption(8, 128, true, 64)), ("iterations", new UniformIntOption(2, 30, true, 16)), ("unobserved-weight", new UniformSingleOption(0.01f, 2, true, 0.1f)), ("regularization", new UniformSingleOption(1e-3f, 0.1f, true, 0.01f))],
            (trainers, set, p) => trainers.ImplicitAls(With(set, new ImplicitAlsOptions
            {
                Factors = p.Int("factors"), Iterations = p.Int("iterations"), UnobservedWeight = p.Single("unobserved-weight"), Regularization = p.Single("regularization"),
            }))),
        new("item-knn",
            [("neighbours", new UniformIntOption(10, 1000, true, 200)), ("shrinkage", new UniformSingleOption(0.1f, 300, true, 20)), ("similarity", new ChoiceOption(Enum.GetNames<ItemSimilarity>(), nameof(ItemSimilarity.Cosine)))],
            (trainers, set, p) => trainers.ItemKnn(With(set, new ItemKnnOptions { Neighbours = p.Int("neighbours"), Shrinkage = p.Single("shrinkage"), Similarity = Enum.Parse<ItemSimilarity>(p.Text("similarity")) }))),
        new("rp3beta",
            [("neighbours", new UniformIntOption(10, 2000, true, 1000)), ("alpha", new UniformSingleOption(0.5f, 1.5f, false, 1)), ("beta", new UniformSingleOption(0, 1, false, 0.2f))],
            (trainers, set, p) => trainers.RP3Beta(With(set, new RP3BetaOptions { Neighbours = p.Int("neighbours"), Alpha = p.Single("alpha"), Beta = p.Single("beta") }))),
    ];

    /// <summary>The algorithms that can be searched.</summary>
    public static IReadOnlyList<string> Algorithms { get; } = [.. Candidates.Select(candidate => candidate.Name)];

    /// <summary>Sets the space, its conditions, the task and the metric, NDCG@10, of a sweep.</summary>
    /// <param name="options">The options; what says how long and where stays as it is.</param>
    /// <param name="algorithms">Which algorithms are tried; none for all.</param>
    /// <exception cref="ArgumentException">An algorithm is not known.</exception>
    public static SweepOptions Configure(SweepOptions options, params IReadOnlyList<string> algorithms)
    {
        ArgumentNullException.ThrowIfNull(options);
        var chosen = algorithms.Count == 0 ? Candidates : [.. algorithms.Distinct().Select(Find)];
        var space = new SearchSpace { [Algorithm] = new ChoiceOption([.. chosen.Select(candidate => candidate.Name)]) };
        var conditions = new List<Condition>();
        foreach (var candidate in chosen)
        {
            foreach (var (name, option) in candidate.Options)
            {
                space[$"{candidate.Name}.{name}"] = option;
                conditions.Add(new Condition($"{candidate.Name}.{name}", Algorithm, Parameter.FromString(candidate.Name)));
            }
        }
        (options.Space, options.Conditions, options.Task, options.Metric, options.Maximize) = (space, conditions, "recommender", "NDCG@10", true);
        return options;
    }

    /// <summary>The recommender that a trial tries.</summary>
    /// <param name="context">The context.</param>
    /// <param name="parameter">What is tried, of a space that <see cref="Configure"/> made.</param>
    /// <param name="common">Sets what is the same for all trials, such as the names of columns; <see langword="null"/> for nothing.</param>
    public static IEstimator<RecommenderTransformer> Create(MLContext context, Parameter parameter, Action<RecommenderOptions>? common = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(parameter);
        var candidate = Find(parameter[Algorithm].AsType<string>());
        return candidate.Create(context.Recommendation().Trainers, common, new Values(candidate.Name, parameter));
    }

    /// <summary>Trains each trial on one part of the data and ranks for the other.</summary>
    /// <param name="context">The context.</param>
    /// <param name="options">The budget and the place of the ledger.</param>
    /// <param name="train">Interactions to learn from.</param>
    /// <param name="validation">Interactions of the same users to be ranked high.</param>
    /// <param name="algorithms">Which algorithms are tried; <see langword="null"/> or none for all.</param>
    /// <param name="common">Sets what is the same for all trials.</param>
    public static Task<SweepResult> RunAsync(
        MLContext context, SweepOptions options, IDataView train, IDataView validation, IReadOnlyList<string>? algorithms = null, Action<RecommenderOptions>? common = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        Configure(options, algorithms ?? []);
        return Sweep.RunAsync(options, trial =>
        {
            var model = Create(context, trial.Parameter, recommender =>
            {
                common?.Invoke(recommender);
                (recommender.Seed, recommender.CancellationToken) = (trial.Seed, trial.CancellationToken);
            }).Fit(train);
            var report = context.Recommendation().EvaluateRanking(model, validation, new RankingEvaluationOptions { CutOffs = [10], BootstrapSamples = 0, CancellationToken = trial.CancellationToken });
            return Task.FromResult(report.At(10).Ndcg.Value);
        });
    }

    private static Candidate Find(string name) => Array.Find(Candidates, candidate => candidate.Name == name)
        ?? throw new ArgumentException($"There is no algorithm '{name}' to search; there are {string.Join(", ", Candidates.Select(candidate => candidate.Name))}.", nameof(name));

    private delegate IEstimator<RecommenderTransformer> Creator(RecommendationCatalog.RecommendationTrainers trainers, Action<RecommenderOptions>? set, Values values);

    private sealed record Candidate(string Name, (string Name, OptionBase Option)[] Options, Creator Create);

    private static T With<T>(Action<RecommenderOptions>? set, T options)
        where T : RecommenderOptions
    {
        set?.Invoke(options);
        return options;
    }

    private readonly record struct Values(string Prefix, Parameter Parameter)
    {
        public float Single(string name) => Parameter[$"{Prefix}.{name}"].AsType<float>();

        public int Int(string name) => Parameter[$"{Prefix}.{name}"].AsType<int>();

        public string Text(string name) => Parameter[$"{Prefix}.{name}"].AsType<string>();
    }
}
