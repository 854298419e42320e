using Microsoft.ML.Evaluation;

namespace Microsoft.ML.Data;

/// <summary>Figures of a model of numeric labels, in units of the label.</summary>
public sealed class RegressionMetrics
{
    internal RegressionMetrics(RegressionEvaluation evaluation)
    {
        MeanAbsoluteError = evaluation.MeanAbsoluteError;
        MeanSquaredError = evaluation.MeanSquaredError;
        RootMeanSquaredError = evaluation.RootMeanSquaredError;
        LossFunction = evaluation.MeanSquaredError;
        RSquared = evaluation.RSquared;
    }

    public double MeanAbsoluteError { get; }

    public double MeanSquaredError { get; }

    public double RootMeanSquaredError { get; }

    public double LossFunction { get; }

    public double RSquared { get; }
}

/// <summary>Figures of a ranking: element i is at cut-off i + 1.</summary>
public sealed class RankingMetrics
{
    internal RankingMetrics(RankingEvaluation evaluation)
    {
        DiscountedCumulativeGains = evaluation.DiscountedCumulativeGains;
        NormalizedDiscountedCumulativeGains = evaluation.NormalizedDiscountedCumulativeGains;
    }

    public IReadOnlyList<double> NormalizedDiscountedCumulativeGains { get; }

    public IReadOnlyList<double> DiscountedCumulativeGains { get; }
}

/// <summary>How rankings are evaluated.</summary>
public sealed class RankingEvaluatorOptions
{
    public int DcgTruncationLevel = 10;
    public string LabelGains = "0,3,7,15,31";
}

/// <summary>Figures of a clustering.</summary>
public sealed class ClusteringMetrics
{
    internal ClusteringMetrics(ClusteringEvaluation evaluation)
    {
        NormalizedMutualInformation = evaluation.NormalizedMutualInformation;
        AverageDistance = evaluation.AverageDistance;
        DaviesBouldinIndex = evaluation.DaviesBouldinIndex;
    }

    public double NormalizedMutualInformation { get; }

    public double AverageDistance { get; }

    public double DaviesBouldinIndex { get; }
}
