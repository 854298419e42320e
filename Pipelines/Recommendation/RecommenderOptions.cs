namespace MLPipelines.Recommendation;

/// <summary>What every recommender is told: where interactions stand in the data and how much each counts.</summary>
public abstract class RecommenderOptions
{
    private protected RecommenderOptions()
    {
    }

    /// <summary>Name of the column of users: text, a whole number or a key. Rows where it is missing are left out. The default value is "UserId".</summary>
    public string UserColumnName { get; set; } = "UserId";

    /// <summary>Name of the column of items: text, a whole number or a key. Rows where it is missing are left out. The default value is "ItemId".</summary>
    public string ItemColumnName { get; set; } = "ItemId";

    /// <summary>
    /// Name of a column of numbers that say how much an interaction counts, 0 or more; rows of weight 0 are left out. The default
    /// value is <see langword="null"/>: every interaction weighs 1.
    /// </summary>
    public string? WeightColumnName { get; set; }

    /// <summary>
    /// Name of a column of times: a date, or a number of seconds. The default value is <see langword="null"/>: times are not known.
    /// </summary>
    public string? TimeColumnName { get; set; }

    /// <summary>Name of a text column of interaction types, such as "view" or "purchase"; needs <see cref="TypeWeights"/>. The default value is <see langword="null"/>.</summary>
    public string? TypeColumnName { get; set; }

    /// <summary>
    /// What interactions of each type weigh, multiplied with the weight of the row; a type that is not named is an error, a
    /// weight of 0 leaves a type out. Legal range of each: 0 or more. The default value is { view 1, add_to_cart 3, purchase 5 }.
    /// </summary>
    public IReadOnlyDictionary<string, float> TypeWeights { get; set; } =
        new Dictionary<string, float>(StringComparer.Ordinal) { ["view"] = 1, ["add_to_cart"] = 3, ["purchase"] = 5 };

    /// <summary>
    /// The age, before the newest interaction, at which an interaction counts half. Legal range: above 0. The default value is
    /// <see langword="null"/>: age does not count.
    /// </summary>
    public TimeSpan? RecencyHalfLife { get; set; }

    /// <summary>
    /// Whether several interactions of a user with an item count together, as the sum of their weights, or as one of weight 1,
    /// whatever the weights are. The default value is <see langword="false"/>: they sum up.
    /// </summary>
    public bool Binary { get; set; }

    /// <summary>Name of the output column with the score of each row's user and item. The default value is "Score".</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>Seed of all random numbers: with one thread the same seed gives the same model, bit for bit. The default value is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Number of threads that training uses. Legal range: 1 or more; <see langword="null"/> uses all processors. The default value is <see langword="null"/>.</summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>Receives the progress of training. The default value is <see langword="null"/>.</summary>
    public IProgress<RecommenderProgress>? Progress { get; set; }

    /// <summary>Stops training when cancelled; <c>Fit</c> then throws <see cref="OperationCanceledException"/>. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Whether the weight is a rating: any finite number, several counting as their mean.</summary>
    internal virtual bool ReadsRatings => false;

    internal int Threads => NumberOfThreads ?? Environment.ProcessorCount;

    internal ParallelOptions Parallelism => new() { MaxDegreeOfParallelism = Threads, CancellationToken = CancellationToken };

    /// <summary>Gives another recommender the same columns, weights, seed, threads and cancellation.</summary>
    internal TOptions CopyColumnsTo<TOptions>(TOptions other) where TOptions : RecommenderOptions
    {
        (other.UserColumnName, other.ItemColumnName, other.WeightColumnName, other.TimeColumnName) = (UserColumnName, ItemColumnName, WeightColumnName, TimeColumnName);
        (other.TypeColumnName, other.TypeWeights, other.RecencyHalfLife, other.Binary) = (TypeColumnName, TypeWeights, RecencyHalfLife, Binary);
        (other.Seed, other.NumberOfThreads, other.CancellationToken) = (Seed, NumberOfThreads, CancellationToken);
        return other;
    }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(GetType().Name)
            .Name(UserColumnName, nameof(UserColumnName))
            .Name(ItemColumnName, nameof(ItemColumnName))
            .Name(ScoreColumnName, nameof(ScoreColumnName))
            .If(WeightColumnName is not null && string.IsNullOrWhiteSpace(WeightColumnName), $"{nameof(WeightColumnName)} is empty; name a column, or give null")
            .If(TimeColumnName is not null && string.IsNullOrWhiteSpace(TimeColumnName), $"{nameof(TimeColumnName)} is empty; name a column, or give null")
            .If(TypeColumnName is not null && (TypeWeights is null || TypeWeights.Count == 0), $"{nameof(TypeWeights)} is empty; say what each type weighs")
            .If(TypeWeights?.Values.Any(weight => !(weight >= 0 && float.IsFinite(weight))) == true, $"{nameof(TypeWeights)} holds a weight that is negative or not finite")
            .If(RecencyHalfLife <= TimeSpan.Zero, $"{nameof(RecencyHalfLife)} is {RecencyHalfLife}; it must be above zero")
            .If(RecencyHalfLife is not null && TimeColumnName is null, $"{nameof(RecencyHalfLife)} needs {nameof(TimeColumnName)}");
        if (NumberOfThreads is { } threads)
            faults.Range(threads, 1, int.MaxValue, nameof(NumberOfThreads));
        AddFaults(faults);
        faults.Throw();
    }

    private protected abstract void AddFaults(OptionFaults faults);
}

/// <summary>How far the training of a recommender has come.</summary>
/// <param name="Iteration">The iterations that are done.</param>
/// <param name="Iterations">The iterations to do.</param>
/// <param name="Loss">The loss of the last iteration, where the algorithm knows it.</param>
public readonly record struct RecommenderProgress(int Iteration, int Iterations, double? Loss)
{
    /// <summary>NDCG@10 on interactions that were held out, where there are any and they have just been ranked.</summary>
    public double? ValidationNdcg { get; init; }

    /// <summary>The share of users with an interaction that was held out among their first 10 items, where <see cref="ValidationNdcg"/> is known.</summary>
    public double? ValidationHitRate { get; init; }
}
