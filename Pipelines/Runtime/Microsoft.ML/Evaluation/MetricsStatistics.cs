namespace Microsoft.ML.Data;

/// <summary>What several observations of a metric have in common.</summary>
public sealed class MetricStatistics
{
    private double _squares;

    internal MetricStatistics()
    {
    }

    public double Mean { get; private set; }

    /// <summary>The standard deviation of the sample; 0 for a single observation.</summary>
    public double StandardDeviation => Count <= 1 ? 0 : Math.Sqrt(_squares / (Count - 1));

    /// <summary>The standard error of the mean; 0 for a single observation.</summary>
    public double StandardError => Count <= 1 ? 0 : StandardDeviation / Math.Sqrt(Count);

    public int Count { get; private set; }

    internal void Add(double value)
    {
        Count++;
        double difference = value - Mean;
        Mean += difference / Count;
        _squares += difference * (value - Mean);
    }

    internal static MetricStatistics[] Make(int count) => [.. Enumerable.Range(0, count).Select(_ => new MetricStatistics())];

    internal static void Add(IReadOnlyList<MetricStatistics> statistics, IReadOnlyList<double> values, IReadOnlyList<double> baseline)
    {
        for (int i = 0; i < statistics.Count; i++)
            statistics[i].Add(values[i] - baseline[i]);
    }
}

/// <summary>Statistics of the metrics of a model of numbers.</summary>
public sealed class RegressionMetricsStatistics
{
    internal RegressionMetricsStatistics()
    {
    }

    public MetricStatistics MeanAbsoluteError { get; } = new();

    public MetricStatistics MeanSquaredError { get; } = new();

    public MetricStatistics RootMeanSquaredError { get; } = new();

    public MetricStatistics LossFunction { get; } = new();

    public MetricStatistics RSquared { get; } = new();

    internal void Add(RegressionMetrics metrics, RegressionMetrics baseline)
    {
        MeanAbsoluteError.Add(metrics.MeanAbsoluteError - baseline.MeanAbsoluteError);
        MeanSquaredError.Add(metrics.MeanSquaredError - baseline.MeanSquaredError);
        RootMeanSquaredError.Add(metrics.RootMeanSquaredError - baseline.RootMeanSquaredError);
        LossFunction.Add(metrics.LossFunction - baseline.LossFunction);
        RSquared.Add(metrics.RSquared - baseline.RSquared);
    }
}

/// <summary>Statistics of the metrics of a model of two classes.</summary>
public sealed class BinaryClassificationMetricsStatistics
{
    internal BinaryClassificationMetricsStatistics()
    {
    }

    public MetricStatistics AreaUnderRocCurve { get; } = new();

    public MetricStatistics Accuracy { get; } = new();

    public MetricStatistics PositivePrecision { get; } = new();

    public MetricStatistics PositiveRecall { get; } = new();

    public MetricStatistics NegativePrecision { get; } = new();

    public MetricStatistics NegativeRecall { get; } = new();

    public MetricStatistics F1Score { get; } = new();

    public MetricStatistics AreaUnderPrecisionRecallCurve { get; } = new();

    internal void Add(BinaryClassificationMetrics metrics, BinaryClassificationMetrics baseline)
    {
        AreaUnderRocCurve.Add(metrics.AreaUnderRocCurve - baseline.AreaUnderRocCurve);
        Accuracy.Add(metrics.Accuracy - baseline.Accuracy);
        PositivePrecision.Add(metrics.PositivePrecision - baseline.PositivePrecision);
        PositiveRecall.Add(metrics.PositiveRecall - baseline.PositiveRecall);
        NegativePrecision.Add(metrics.NegativePrecision - baseline.NegativePrecision);
        NegativeRecall.Add(metrics.NegativeRecall - baseline.NegativeRecall);
        F1Score.Add(metrics.F1Score - baseline.F1Score);
        AreaUnderPrecisionRecallCurve.Add(metrics.AreaUnderPrecisionRecallCurve - baseline.AreaUnderPrecisionRecallCurve);
    }
}

/// <summary>Statistics of the metrics of a model of several classes.</summary>
public sealed class MulticlassClassificationMetricsStatistics
{
    private MetricStatistics[] _perClassLogLoss = [];

    internal MulticlassClassificationMetricsStatistics()
    {
    }

    public MetricStatistics MacroAccuracy { get; } = new();

    public MetricStatistics MicroAccuracy { get; } = new();

    public MetricStatistics LogLoss { get; } = new();

    public MetricStatistics LogLossReduction { get; } = new();

    public MetricStatistics TopKAccuracy { get; } = new();

    public IReadOnlyList<MetricStatistics> PerClassLogLoss => _perClassLogLoss;

    internal void Add(MulticlassClassificationMetrics metrics, MulticlassClassificationMetrics baseline)
    {
        MacroAccuracy.Add(metrics.MacroAccuracy - baseline.MacroAccuracy);
        MicroAccuracy.Add(metrics.MicroAccuracy - baseline.MicroAccuracy);
        LogLoss.Add(metrics.LogLoss - baseline.LogLoss);
        LogLossReduction.Add(metrics.LogLossReduction - baseline.LogLossReduction);
        TopKAccuracy.Add(metrics.TopKAccuracy - baseline.TopKAccuracy);
        if (_perClassLogLoss.Length == 0)
            _perClassLogLoss = MetricStatistics.Make(baseline.PerClassLogLoss.Count);
        MetricStatistics.Add(_perClassLogLoss, metrics.PerClassLogLoss, baseline.PerClassLogLoss);
    }
}

/// <summary>Statistics of the metrics of a ranking.</summary>
public sealed class RankingMetricsStatistics
{
    private MetricStatistics[] _gains = [];
    private MetricStatistics[] _normalizedGains = [];

    internal RankingMetricsStatistics()
    {
    }

    public IReadOnlyList<MetricStatistics> DiscountedCumulativeGains => _gains;

    public IReadOnlyList<MetricStatistics> NormalizedDiscountedCumulativeGains => _normalizedGains;

    internal void Add(RankingMetrics metrics, RankingMetrics baseline)
    {
        if (_gains.Length == 0)
        {
            _gains = MetricStatistics.Make(baseline.DiscountedCumulativeGains.Count);
            _normalizedGains = MetricStatistics.Make(baseline.NormalizedDiscountedCumulativeGains.Count);
        }
        MetricStatistics.Add(_gains, metrics.DiscountedCumulativeGains, baseline.DiscountedCumulativeGains);
        MetricStatistics.Add(_normalizedGains, metrics.NormalizedDiscountedCumulativeGains, baseline.NormalizedDiscountedCumulativeGains);
    }
}
