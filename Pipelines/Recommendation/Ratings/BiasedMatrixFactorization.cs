using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLPipelines.Recommendation;

/// <summary>Options of matrix factorisation with biases.</summary>
/// <remarks><see cref="RecommenderOptions.WeightColumnName"/> names the column of ratings, by default "Rating": any finite numbers, negative ones too; rows without one are left out, several of a user for an item count as their mean.</remarks>
public sealed class BiasedMatrixFactorizationOptions : RecommenderOptions
{
    /// <summary>Options that read ratings from a column "Rating".</summary>
    public BiasedMatrixFactorizationOptions()
    {
        WeightColumnName = "Rating";
    }

    /// <summary>Number of factors of a user and of an item. Legal range: 1 to 4,096. The default value is 100.</summary>
    public int ApproximationRank { get; set; } = 100;

    /// <summary>Passes over the ratings. Legal range: 1 to 10,000. The default value is 12.</summary>
    public int NumberOfIterations { get; set; } = 12;

    /// <summary>The first step size. Legal range: above 0, at most 10. The default value is 0.05.</summary>
    public float LearningRate { get; set; } = 0.05f;

    /// <summary>L2 regularisation of the factors. Legal range: 0 or more. The default value is 0.08.</summary>
    public float Lambda { get; set; } = 0.08f;

    /// <summary>As many ratings at the mean are added to those of each user before his bias is taken. Legal range: 0 or more. The default value is 3.</summary>
    public float UserShrinkage { get; set; } = 3;

    /// <summary>As many ratings at the mean are added to those of each item before its bias is taken. Legal range: 0 or more. The default value is 3.</summary>
    public float ItemShrinkage { get; set; } = 3;

    internal override bool ReadsRatings => true;

    private protected override void AddFaults(OptionFaults faults) => faults
        .Range(ApproximationRank, 1, 4096, nameof(ApproximationRank))
        .Range(NumberOfIterations, 1, 10_000, nameof(NumberOfIterations))
        .Above(LearningRate, 0, 10, nameof(LearningRate))
        .Range(Lambda, 0, float.MaxValue, nameof(Lambda))
        .Range(UserShrinkage, 0, float.MaxValue, nameof(UserShrinkage))
        .Range(ItemShrinkage, 0, float.MaxValue, nameof(ItemShrinkage))
        .If(WeightColumnName is null, $"{nameof(WeightColumnName)} is null; name the column of ratings")
        .If(TypeColumnName is not null, $"{nameof(TypeColumnName)} is set; types weigh interactions, a rating has none")
        .If(RecencyHalfLife is not null, $"{nameof(RecencyHalfLife)} is set; ratings are predicted, not weighed")
        .If(Binary, $"{nameof(Binary)} is set; ratings are predicted, not counted");
}

/// <summary>
/// Predicts ratings: the mean, what a user adds to it, what an item adds to it, and the product of their factors, which ML.NET's
/// matrix factorisation learns from what the biases leave (Koren, Bell and Volinsky, "Matrix factorization techniques for recommender systems", 2009).
/// </summary>
/// <remarks>
/// A score is clipped to the range of the ratings in training; lists are ordered by the score before it is clipped, and hold that one. A user who is unknown
/// counts as one without bias, an item that is unknown likewise, so every pair gets a rating.
/// </remarks>
public sealed class BiasedMatrixFactorizationEstimator : RecommenderEstimator<BiasedMatrixFactorizationOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public BiasedMatrixFactorizationEstimator(BiasedMatrixFactorizationOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Train(InteractionMatrix data)
    {
        var biases = RatingBiases.Learn(data, Options.UserShrinkage, Options.ItemShrinkage);
        var context = new MLContext(Options.Seed);
        var residuals = Residuals(context, data, biases);
        int iteration = 0;
        context.Log += (_, message) =>
        {
            Options.CancellationToken.ThrowIfCancellationRequested();
            if (message.RawMessage.StartsWith("Iteration", StringComparison.Ordinal))
                Options.Progress?.Report(new RecommenderProgress(++iteration, Options.NumberOfIterations, null));
        };
        var trainer = context.Recommendation().Trainers.MatrixFactorization(new MatrixFactorizationTrainer.Options
        {
            MatrixRowIndexColumnName = nameof(Residual.User),
            MatrixColumnIndexColumnName = nameof(Residual.Item),
            LabelColumnName = nameof(Residual.Value),
            ApproximationRank = Options.ApproximationRank,
            NumberOfIterations = Options.NumberOfIterations,
            LearningRate = Options.LearningRate,
            Lambda = Options.Lambda,
            NumberOfThreads = Options.Threads,
        });
        var factors = trainer.Fit(residuals).Model;
        return new BiasedFactorModel(
            data, biases, Known(factors.LeftFactorMatrix), Known(factors.RightFactorMatrix), Options.ApproximationRank, Options.Lambda, Options.UserShrinkage);
    }

    private IDataView Residuals(MLContext context, InteractionMatrix data, RatingBiases biases)
    {
        var schema = SchemaDefinition.Create(typeof(Residual));
        schema[nameof(Residual.User)].ColumnType = new KeyDataViewType(typeof(uint), data.Users.Count);
        schema[nameof(Residual.Item)].ColumnType = new KeyDataViewType(typeof(uint), data.Items.Count);
        return context.Data.LoadFromEnumerable(Rows(), schema);

        IEnumerable<Residual> Rows()
        {
            for (int user = 0; user < data.Users.Count; user++)
            {
                Options.CancellationToken.ThrowIfCancellationRequested();
                for (int at = data.Starts[user]; at < data.Starts[user + 1]; at++)
                    yield return new Residual { User = (uint)user, Item = (uint)data.Others[at], Value = data.Weight(at) - biases.Predict(user, data.Others[at]) };
            }
        }
    }

    /// <summary>The factors, zero where training knew no rating.</summary>
    private static float[] Known(IReadOnlyList<float> factors)
    {
        var known = new float[factors.Count];
        for (int i = 0; i < known.Length; i++)
        {
            if (float.IsInfinity(factors[i]))
                throw RecommendationErrors.Diverged(BiasedFactorModel.Name, "Lower LearningRate or raise Lambda.");
            known[i] = float.IsNaN(factors[i]) ? 0 : factors[i];
        }
        return known;
    }

    private sealed class Residual
    {
        public uint User { get; set; }

        public uint Item { get; set; }

        public float Value { get; set; }
    }
}
