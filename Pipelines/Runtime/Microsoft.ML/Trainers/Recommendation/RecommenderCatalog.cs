using Microsoft.ML.Data;
using Microsoft.ML.Evaluation;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML;

/// <summary>Adds the catalog of recommenders to a context.</summary>
public static class RecommenderCatalog
{
    public static RecommendationCatalog Recommendation(this MLContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        return new RecommendationCatalog(ctx);
    }
}

/// <summary>Tasks that predict how a user rates an item.</summary>
public sealed class RecommendationCatalog : TrainCatalogBase
{
    internal RecommendationCatalog(IHostEnvironment env) : base(env, nameof(RecommendationCatalog))
    {
        Trainers = new RecommendationTrainers(this);
    }

    public RecommendationTrainers Trainers { get; }

    public RegressionMetrics Evaluate(IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score") =>
        new(RegressionEvaluation.Run(Environment, data, labelColumnName, scoreColumnName));

    public IReadOnlyList<CrossValidationResult<RegressionMetrics>> CrossValidate(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string labelColumnName = DefaultColumnNames.Label, string samplingKeyColumnName = null, int? seed = null)
    {
        Contracts.CheckNonEmpty(labelColumnName, nameof(labelColumnName));
        return CrossValidate(data, estimator, numberOfFolds, samplingKeyColumnName, seed, scored => Evaluate(scored, labelColumnName));
    }

    /// <summary>Trainers for recommendations.</summary>
    public sealed class RecommendationTrainers : CatalogInstantiatorBase
    {
        internal RecommendationTrainers(RecommendationCatalog catalog) : base(catalog)
        {
        }

        public MatrixFactorizationTrainer MatrixFactorization(
            string labelColumnName, string matrixColumnIndexColumnName, string matrixRowIndexColumnName, int approximationRank = 8, double learningRate = 0.1, int numberOfIterations = 20) =>
            new(this.GetEnvironment(), new MatrixFactorizationTrainer.Options
            {
                LabelColumnName = labelColumnName,
                MatrixColumnIndexColumnName = matrixColumnIndexColumnName,
                MatrixRowIndexColumnName = matrixRowIndexColumnName,
                ApproximationRank = approximationRank,
                LearningRate = learningRate,
                NumberOfIterations = numberOfIterations,
            });

        public MatrixFactorizationTrainer MatrixFactorization(MatrixFactorizationTrainer.Options options) => new(this.GetEnvironment(), options);
    }
}
