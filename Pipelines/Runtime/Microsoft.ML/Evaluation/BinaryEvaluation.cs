using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Evaluation;

/// <summary>Counts and rankings over scored rows of two classes.</summary>
internal sealed class BinaryEvaluation
{
    private const int MaximumPrecisionRecallExamples = 100_000;
    private static readonly ReadOnlyMemory<char>[] DefaultClassNames = ["positive".AsMemory(), "negative".AsMemory()];

    private readonly List<float> _positiveScores = [];
    private readonly List<float> _negativeScores = [];
    private readonly ReservoirSampler<(float Score, bool IsPositive)> _precisionRecall;
    private double _truePositives, _falseNegatives, _falsePositives, _trueNegatives;
    private double _logLoss, _logLossPositives, _logLossNegatives;

    private BinaryEvaluation(Random rand)
    {
        _precisionRecall = new ReservoirSampler<(float, bool)>(rand, MaximumPrecisionRecallExamples);
    }

    public ReadOnlyMemory<char>[] ClassNames { get; private set; } = DefaultClassNames;

    public static BinaryEvaluation Run(IHostEnvironment env, IDataView data, string label, string score, string probability)
    {
        var host = (IHost)env.Register("BinaryClassifierEvaluator");
        Contracts.CheckValue(data, nameof(data));
        var labelColumn = EvaluationColumns.Find(data, label, "label");
        if (labelColumn.Type is not (BooleanDataViewType or KeyDataViewType { Count: 2 }) && !labelColumn.Type.Equals(NumberDataViewType.Single) && !labelColumn.Type.Equals(NumberDataViewType.Double))
            throw Contracts.ExceptSchemaMismatch("schema", "label", label, "Boolean, Single, Double, or a key of two values", labelColumn.Type.ToString());
        var scoreColumn = EvaluationColumns.Scalar(data, score, "score");
        var columns = new List<DataViewSchema.Column> { labelColumn, scoreColumn };
        if (probability != null)
            columns.Add(EvaluationColumns.Scalar(data, probability, "probability"));

        var evaluation = new BinaryEvaluation(host.Register("Aggregator").Rand) { ClassNames = NamesOf(labelColumn) };
        using var cursor = data.GetRowCursor(columns);
        var labels = cursor.GetLabelGetter(labelColumn);
        var scores = cursor.GetGetter<float>(scoreColumn);
        var probabilities = probability == null ? null : cursor.GetGetter<float>(columns[2]);
        float labelValue = 0, scoreValue = 0, probabilityValue = float.NaN;
        long badScores = 0, unlabelled = 0;
        while (cursor.MoveNext())
        {
            env.CheckAlive();
            labels(ref labelValue);
            scores(ref scoreValue);
            if (!float.IsFinite(scoreValue))
            {
                badScores++;
                continue;
            }
            if (float.IsNaN(labelValue))
            {
                unlabelled++;
                continue;
            }
            probabilities?.Invoke(ref probabilityValue);
            evaluation.Add(labelValue > 0, scoreValue, probabilityValue);
        }
        EvaluationColumns.WarnOfSkippedRows(env, badScores, unlabelled);
        return evaluation;
    }

    private static ReadOnlyMemory<char>[] NamesOf(DataViewSchema.Column label)
    {
        if (!AnnotationUtils.HasKeyValues(label, out var type) || type.ItemType is not TextDataViewType)
            return DefaultClassNames;
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.GetKeyValues(ref names);
        return [names.GetItemOrDefault(1), names.GetItemOrDefault(0)];
    }

    private void Add(bool isPositive, float score, float probability)
    {
        bool predictedPositive = score > 0;
        if (isPositive)
        {
            _positiveScores.Add(score);
            if (predictedPositive)
                _truePositives++;
            else
                _falseNegatives++;
        }
        else
        {
            _negativeScores.Add(score);
            if (predictedPositive)
                _falsePositives++;
            else
                _trueNegatives++;
        }
        if (float.IsNaN(probability))
        {
            _logLoss = double.NaN;
        }
        else
        {
            _logLoss += isPositive ? -Math.Log(probability, 2) : -Math.Log(1.0 - probability, 2);
            if (isPositive)
                _logLossPositives++;
            else
                _logLossNegatives++;
        }
        _precisionRecall.Add((score, isPositive));
    }

    public double Accuracy => (_trueNegatives + _truePositives) / (_truePositives + _trueNegatives + _falseNegatives + _falsePositives);

    public double PositivePrecision => Ratio(_truePositives, _falsePositives);

    public double PositiveRecall => Ratio(_truePositives, _falseNegatives);

    public double NegativePrecision => Ratio(_trueNegatives, _falseNegatives);

    public double NegativeRecall => Ratio(_trueNegatives, _falsePositives);

    public double F1Score => 2 * PositivePrecision * PositiveRecall / (PositivePrecision + PositiveRecall);

    public double LogLoss
    {
        get
        {
            double count = _logLossPositives + _logLossNegatives;
            return double.IsNaN(_logLoss) ? double.NaN : count > 0 ? _logLoss / count : 0;
        }
    }

    public double LogLossReduction
    {
        get
        {
            double count = _logLossPositives + _logLossNegatives;
            if (count == 0)
                return 0;
            double prior = BinaryEntropy(_logLossPositives / count);
            return (prior - _logLoss / count) / prior;
        }
    }

    public double Entropy => BinaryEntropy((_truePositives + _falseNegatives) / (_truePositives + _trueNegatives + _falseNegatives + _falsePositives));

    public ConfusionMatrix ConfusionMatrix => new([[_truePositives, _falseNegatives], [_falsePositives, _trueNegatives]], ClassNames, isBinary: true);

    /// <summary>The share of pairs of a positive and a negative row that are in order, ties counting half.</summary>
    public double AreaUnderRocCurve()
    {
        var positives = Descending(_positiveScores);
        var negatives = Descending(_negativeScores);
        double ordered = 0, positivesAbove = 0;
        int p = 0, n = 0;
        while (n < negatives.Length)
        {
            float score = negatives[n];
            for (; p < positives.Length && positives[p] > score; p++)
                positivesAbove++;
            int firstTied = p;
            while (p < positives.Length && positives[p] == score)
                p++;
            double tiedPositives = p - firstTied;
            int firstNegative = n;
            while (n < negatives.Length && negatives[n] == score)
                n++;
            double tiedNegatives = n - firstNegative;
            ordered += positivesAbove * tiedNegatives + 0.5 * tiedPositives * tiedNegatives;
            positivesAbove += tiedPositives;
        }
        return ordered / ((double)positives.Length * negatives.Length);
    }

    /// <summary>The lower trapezoid estimate of Boyd, Eng and Page (ECML 2013).</summary>
    public double AreaUnderPrecisionRecallCurve()
    {
        var sample = _precisionRecall.Sample;
        if (sample.Count == 0)
            return 0;
        double positives = sample.Count(example => example.IsPositive);
        double area = 0, previousRecall = 0, previousPrecision = 1;
        int truePositives = 0, falsePositives = 0;
        foreach (var example in sample.OrderByDescending(example => example.Score))
        {
            if (!example.IsPositive)
            {
                falsePositives++;
                previousPrecision = (double)truePositives / (truePositives + falsePositives);
                continue;
            }
            truePositives++;
            double recall = truePositives / positives;
            double precision = (double)truePositives / (truePositives + falsePositives);
            area += (recall - previousRecall) * (previousPrecision + precision) / 2;
            previousPrecision = precision;
            previousRecall = recall;
        }
        return area;
    }

    private static float[] Descending(List<float> scores)
    {
        var sorted = scores.ToArray();
        Array.Sort(sorted);
        Array.Reverse(sorted);
        return sorted;
    }

    private static double Ratio(double part, double rest) => part + rest > 0 ? part / (part + rest) : 0;

    /// <summary>In bits.</summary>
    private static double BinaryEntropy(double probability) =>
        probability is <= 0 or >= 1 ? 0 : -(probability * Math.Log(probability, 2) + (1 - probability) * Math.Log(1 - probability, 2));
}
