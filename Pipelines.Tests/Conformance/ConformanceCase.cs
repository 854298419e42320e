using Microsoft.ML;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Conformance;

/// <summary>How the conformance suite makes an estimator of ours and data for it.</summary>
/// <param name="EstimatorType">The estimator, open where it is generic.</param>
/// <param name="Create">Makes it for a seed, with a token that stops its training.</param>
/// <param name="Train">Data to train on; with 0 rows where asked for.</param>
/// <param name="InputColumn">The column that predictions are made from.</param>
/// <param name="WrongInput">The same rows with that column of a type that cannot be.</param>
/// <param name="Codec">How the transformer is saved.</param>
internal sealed record ConformanceCase(
    Type EstimatorType,
    Func<MLContext, int, CancellationToken, IEstimator<ITransformer>> Create,
    Func<MLContext, bool, IDataView> Train,
    string InputColumn,
    Func<MLContext, IDataView> WrongInput,
    StageCodec Codec)
{
    /// <summary>Whether it is an error to fit it without rows.</summary>
    public bool LearnsFromRows { get; init; } = true;

    /// <summary>By how much a number may differ between a row alone and among others; documented by the transformer. The same rows together always give the same.</summary>
    public double RowTolerance { get; init; }

    /// <summary>The name in test listings.</summary>
    public override string ToString() => EstimatorType.Name;
}
