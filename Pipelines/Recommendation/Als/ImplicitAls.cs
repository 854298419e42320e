namespace MLPipelines.Recommendation;

/// <summary>What implicit ALS minimises.</summary>
public enum AlsObjective
{
    /// <summary>Interactions should score 1 and every pair, interaction or not, 0 a little: the sum over interactions of alpha · weight · (score - 1)², plus <see cref="ImplicitAlsOptions.UnobservedWeight"/> times the sum over all pairs of score².</summary>
    Ials,

    /// <summary>Hu, Koren and Volinsky 2008: interactions should score 1 with confidence <see cref="ImplicitAlsOptions.UnobservedWeight"/> + alpha · weight, all other pairs 0 with confidence <see cref="ImplicitAlsOptions.UnobservedWeight"/> (1 in the paper).</summary>
    HuKorenVolinsky,
}

/// <summary>How implicit ALS solves for the factors of a user or an item.</summary>
public enum AlsSolver
{
    /// <summary>Exactly: costs factors² for each interaction and factors³ / 3 for each user and item.</summary>
    Cholesky,

    /// <summary>By a few steps from the factors of the iteration before: costs factors for each interaction and step; far cheaper where there are many factors.</summary>
    ConjugateGradient,
}

/// <summary>Options of implicit alternating least squares.</summary>
/// <remarks>The defaults were chosen on validation rows of five data sets of 50,000 to 100,000 interactions. What most deserves tuning: <see cref="Regularization"/>, then <see cref="UnobservedWeight"/>.</remarks>
public sealed class ImplicitAlsOptions : RecommenderOptions
{
    internal const int MostFactors = 1024;

    /// <summary>The number of factors of each user and item. Legal range: 1 to 1,024. The default value is 128.</summary>
    public int Factors { get; set; } = 128;

    /// <summary>How often both sides are solved for. Legal range: 1 or more. The default value is 16.</summary>
    public int Iterations { get; set; } = 16;

    /// <summary>What is minimised. The default value is <see cref="AlsObjective.Ials"/>.</summary>
    public AlsObjective Objective { get; set; } = AlsObjective.Ials;

    /// <summary>How much each pair of a user and an item counts, beside an interaction of weight 1; higher values recommend more of what is popular. Legal range: 0 or more. The default value is 0.2.</summary>
    public float UnobservedWeight { get; set; } = 0.2f;

    /// <summary>
    /// What the weights of interactions are multiplied by. Counts that range widely, such as plays, are better given as their logarithms, or as
    /// <see cref="RecommenderOptions.Binary"/>. Legal range: above 0. The default value is 1.
    /// </summary>
    public float Alpha { get; set; } = 1;

    /// <summary>
    /// L2 regularisation of the factors, before it is multiplied as <see cref="RegularizationExponent"/> says. Legal range: above 0. The default value is
    /// <see langword="null"/>: it follows from the size of the data, such that the geometric mean of the average user's and the average item's
    /// regularisation is 6 times the average weight, or, of very small data, half the geometric mean of their sums of weights. No one number came near
    /// to the best on tables of different sizes; this rule did.
    /// </summary>
    public float? Regularization { get; set; }

    /// <summary>
    /// How the regularisation grows with what is known of a user or an item: it is multiplied with (sum of alpha · weight over its interactions +
    /// <see cref="UnobservedWeight"/> · number of all its pairs) to this power (Rendle et al. 2021); 0 regularises all alike. Legal range: 0 to 1.
    /// The default value is 1.
    /// </summary>
    public float RegularizationExponent { get; set; } = 1;

    /// <summary>How factors are solved for. The default value is <see cref="AlsSolver.ConjugateGradient"/>, which came to the same on all tables.</summary>
    public AlsSolver Solver { get; set; } = AlsSolver.ConjugateGradient;

    /// <summary>Steps of <see cref="AlsSolver.ConjugateGradient"/> for each user and item of an iteration. Legal range: 1 or more. The default value is 3.</summary>
    public int ConjugateGradientSteps { get; set; } = 3;

    /// <summary>The length that the random factors of items have at first, on average. Legal range: above 0. The default value is 0.1.</summary>
    public float InitialDeviation { get; set; } = 0.1f;

    /// <summary>
    /// The geometric mean of the average user's and the average item's regularisation where <see cref="Regularization"/> is not given and weights are 1: what to tune across tables of
    /// different sizes. Legal range: above 0. The default value is 6.
    /// </summary>
    public float AutomaticRidge { get; set; } = 6;

    internal AlsObjectiveNumbers NumbersFor(InteractionMatrix data) => new(Objective, Alpha, UnobservedWeight, Regularization ?? AutomaticRegularization(data), RegularizationExponent);

    private float AutomaticRegularization(InteractionMatrix data)
    {
        double total = Alpha * (data.Weights is { } weights ? Sum(weights) : data.Count);
        // Of very small data more would leave nothing.
        double ridge = Math.Min(AutomaticRidge * total / data.Count, 0.5 * total / Math.Sqrt((double)data.Users.Count * data.Items.Count));
        double user = total / data.Users.Count + (double)UnobservedWeight * data.Items.Count, item = total / data.Items.Count + (double)UnobservedWeight * data.Users.Count;
        return (float)Math.Clamp(ridge / Math.Pow(user * item, RegularizationExponent / 2), 1e-30, 1e30);

        static double Sum(float[] values)
        {
            double sum = 0;
            foreach (float value in values)
                sum += value;
            return sum;
        }
    }

    private protected override void AddFaults(OptionFaults faults) => faults
        .Range(Factors, 1, MostFactors, nameof(Factors))
        .Range(Iterations, 1, int.MaxValue, nameof(Iterations))
        .If(!Enum.IsDefined(Objective), $"{nameof(Objective)} is {Objective}, which is no known one")
        .Range(UnobservedWeight, 0, float.MaxValue, nameof(UnobservedWeight))
        .Above(Alpha, 0, float.MaxValue, nameof(Alpha))
        .Above(Regularization ?? 1, 0, float.MaxValue, nameof(Regularization))
        .Above(AutomaticRidge, 0, float.MaxValue, nameof(AutomaticRidge))
        .Range(RegularizationExponent, 0, 1, nameof(RegularizationExponent))
        .If(!Enum.IsDefined(Solver), $"{nameof(Solver)} is {Solver}, which is no known one")
        .Range(ConjugateGradientSteps, 1, int.MaxValue, nameof(ConjugateGradientSteps))
        .Above(InitialDeviation, 0, float.MaxValue, nameof(InitialDeviation));
}

/// <summary>
/// Recommends by the product of factors of users and items, found by alternating least squares over all pairs, interactions or not (Hu, Koren and
/// Volinsky, "Collaborative filtering for implicit feedback datasets", 2008), regularised by frequency (Rendle, Krichene, Zhang and Koren,
/// "Revisiting the performance of iALS on item recommendation benchmarks", 2021). The recommender to begin with.
/// </summary>
/// <remarks>
/// Reads its input once; deterministic for a seed, with any number of threads. Memory: the interactions by user and by item, and 4 bytes for each
/// factor. Time is linear in interactions. Cancellation is honoured every hundred users or so; progress is reported for each iteration, without a loss.
/// </remarks>
public sealed class ImplicitAlsEstimator : RecommenderEstimator<ImplicitAlsOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public ImplicitAlsEstimator(ImplicitAlsOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Train(InteractionMatrix data)
    {
        var trainer = new AlsTrainer(data, Options);
        trainer.Train();
        return new ImplicitAlsModel(data, trainer.Users, trainer.Items, trainer.Numbers, Options.Solver);
    }
}
