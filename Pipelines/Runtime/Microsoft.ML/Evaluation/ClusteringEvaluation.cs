using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Evaluation;

/// <summary>How tight clusters are and how well they agree with labels.</summary>
internal sealed class ClusteringEvaluation
{
    private readonly double[] _countOfCluster;
    private readonly List<double[]> _clustersOfClass = [];
    private double _count, _sumOfSmallestScores;

    private ClusteringEvaluation(int clusters)
    {
        _countOfCluster = new double[clusters];
    }

    public double DaviesBouldinIndex { get; private set; }

    public double AverageDistance => _sumOfSmallestScores / _count;

    public double NormalizedMutualInformation
    {
        get
        {
            if (_clustersOfClass.Count <= 1)
                return double.NaN;
            double information = 0, entropy = 0;
            foreach (var clusters in _clustersOfClass)
            {
                double ofClass = clusters.Sum() / _count;
                if (ofClass <= 0)
                    continue;
                for (int j = 0; j < clusters.Length; j++)
                {
                    double ofBoth = clusters[j] / _count;
                    double ofCluster = _countOfCluster[j] / _count;
                    if (ofBoth > 0 && ofCluster > 0)
                        information += ofBoth * Math.Log(ofBoth / (ofClass * ofCluster));
                }
                entropy += -ofClass * Math.Log(ofClass);
            }
            return information / entropy;
        }
    }

    public static ClusteringEvaluation Run(IHostEnvironment env, IDataView data, string label, string score, string features)
    {
        env.Register("ClusteringEvaluator");
        Contracts.CheckValue(data, nameof(data));
        var scoreColumn = EvaluationColumns.Vector(data, score, "score");
        DataViewSchema.Column? labelColumn = label == null ? null : EvaluationColumns.Find(data, label, "label");
        DataViewSchema.Column? featureColumn = features == null ? null : EvaluationColumns.Vector(data, features, "features");
        var evaluation = new ClusteringEvaluation(scoreColumn.Type.VectorSize());
        var sums = evaluation.Assign(env, data, labelColumn, scoreColumn, featureColumn);
        if (featureColumn is { } column)
            evaluation.MeasureSpread(env, data, scoreColumn, column, sums);
        return evaluation;
    }

    private float[][] Assign(IHostEnvironment env, IDataView data, DataViewSchema.Column? label, DataViewSchema.Column score, DataViewSchema.Column? features)
    {
        var sums = new float[_countOfCluster.Length][];
        for (int i = 0; i < sums.Length && features is { } column; i++)
            sums[i] = new float[column.Type.VectorSize()];
        using var cursor = data.GetRowCursor(new[] { label, score, features }.Where(column => column.HasValue).Select(column => column.Value));
        var labels = label is { } labelColumn ? cursor.GetLabelGetter(labelColumn) : null;
        var scores = cursor.GetGetter<VBuffer<float>>(score);
        var featureGetter = features is { } featureColumn ? cursor.GetGetter<VBuffer<float>>(featureColumn) : null;
        VBuffer<float> scoreBuffer = default, featureBuffer = default;
        float labelValue = 0;
        while (cursor.MoveNext())
        {
            env.CheckAlive();
            labels?.Invoke(ref labelValue);
            int classIndex = float.IsNaN(labelValue) ? 0 : (int)labelValue;
            Contracts.Check(float.IsNaN(labelValue) || classIndex == labelValue && classIndex >= 0, $"Invalid label: {labelValue}");
            scores(ref scoreBuffer);
            if (VBufferUtils.HasNonFinite(in scoreBuffer))
                continue;
            int assigned = NearestOf(in scoreBuffer, out float distance);
            _count++;
            _sumOfSmallestScores += distance;
            _countOfCluster[assigned]++;
            while (_clustersOfClass.Count <= classIndex)
                _clustersOfClass.Add(new double[_countOfCluster.Length]);
            _clustersOfClass[classIndex][assigned]++;
            if (featureGetter == null)
                continue;
            featureGetter(ref featureBuffer);
            foreach (var (index, value) in featureBuffer.Items())
                sums[assigned][index] += value;
        }
        return sums;
    }

    private void MeasureSpread(IHostEnvironment env, IDataView data, DataViewSchema.Column score, DataViewSchema.Column features, float[][] centroids)
    {
        for (int i = 0; i < centroids.Length; i++)
        {
            float scale = (float)(1.0 / _countOfCluster[i]);
            for (int j = 0; j < centroids[i].Length; j++)
                centroids[i][j] *= scale;
        }
        var spread = new double[centroids.Length];
        using var cursor = data.GetRowCursor([score, features]);
        var scores = cursor.GetGetter<VBuffer<float>>(score);
        var featureGetter = cursor.GetGetter<VBuffer<float>>(features);
        var dense = new float[features.Type.VectorSize()];
        VBuffer<float> scoreBuffer = default, featureBuffer = default;
        while (cursor.MoveNext())
        {
            env.CheckAlive();
            scores(ref scoreBuffer);
            if (VBufferUtils.HasNonFinite(in scoreBuffer))
                continue;
            int assigned = NearestOf(in scoreBuffer, out _);
            featureGetter(ref featureBuffer);
            featureBuffer.CopyTo(dense);
            spread[assigned] += Distance(centroids[assigned], dense);
        }
        DaviesBouldinIndex = ComputeDaviesBouldin(centroids, spread);
    }

    private double ComputeDaviesBouldin(float[][] centroids, double[] spread)
    {
        double sum = 0;
        for (int i = 0; i < centroids.Length; i++)
        {
            if (_countOfCluster[i] == 0)
                continue;
            double worst = 0;
            for (int j = 0; j < centroids.Length; j++)
            {
                if (i == j || _countOfCluster[j] == 0)
                    continue;
                double spreads = spread[i] / _countOfCluster[i] + spread[j] / _countOfCluster[j];
                worst = Math.Max(worst, spreads / Distance(centroids[i], centroids[j]));
            }
            sum += worst;
        }
        return sum / centroids.Length;
    }

    private static int NearestOf(in VBuffer<float> scores, out float distance)
    {
        int nearest = 0;
        distance = float.PositiveInfinity;
        foreach (var (index, value) in scores.Items(all: true))
        {
            if (value >= distance)
                continue;
            distance = value;
            nearest = index;
        }
        return nearest;
    }

    private static float Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => System.Numerics.Tensors.TensorPrimitives.Distance(a, b);
}
