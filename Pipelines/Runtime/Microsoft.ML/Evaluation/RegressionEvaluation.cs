using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Evaluation;

/// <summary>Sums of errors over scored rows with numeric labels.</summary>
internal sealed class RegressionEvaluation
{
    private double _count, _absolute, _squared, _label, _labelSquared;

    public static RegressionEvaluation Run(IHostEnvironment env, IDataView data, string label, string score)
    {
        env.Register("RegressionEvaluator");
        Contracts.CheckValue(data, nameof(data));
        var labelColumn = EvaluationColumns.Scalar(data, label, "label");
        var scoreColumn = EvaluationColumns.Scalar(data, score, "score");
        var evaluation = new RegressionEvaluation();
        using var cursor = data.GetRowCursor([labelColumn, scoreColumn]);
        var labels = cursor.GetGetter<float>(labelColumn);
        var scores = cursor.GetGetter<float>(scoreColumn);
        float labelValue = 0, scoreValue = 0;
        long badScores = 0, unlabelled = 0;
        while (cursor.MoveNext())
        {
            env.CheckAlive();
            labels(ref labelValue);
            scores(ref scoreValue);
            if (float.IsNaN(labelValue))
                unlabelled++;
            else if (float.IsNaN(scoreValue))
                badScores++;
            else
                evaluation.Add(labelValue, scoreValue);
        }
        EvaluationColumns.WarnOfSkippedRows(env, badScores, unlabelled);
        return evaluation;
    }

    private void Add(float label, float score)
    {
        _count++;
        _label += label;
        _labelSquared += label * label;
        double error = Math.Abs((double)label - score);
        _absolute += error;
        _squared += error * error;
    }

    public double MeanAbsoluteError => _count > 0 ? _absolute / _count : 0;

    public double MeanSquaredError => _count > 0 ? _squared / _count : 0;

    public double RootMeanSquaredError => _count > 0 ? Math.Sqrt(_squared / _count) : 0;

    public double RSquared => _count > 0 ? 1 - _squared / (_labelSquared - _label * _label / _count) : 0;
}
