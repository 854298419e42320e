using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Evaluation;

/// <summary>Discounted gains over groups of scored rows.</summary>
internal sealed class RankingEvaluation
{
    private readonly double[] _gains;
    private readonly double[] _sumDcg;
    private readonly double[] _sumNdcg;
    private readonly List<(short Label, float Score)> _group = [];
    private int _groups;

    private RankingEvaluation(double[] gains, int truncation)
    {
        _gains = gains;
        _sumDcg = new double[truncation];
        _sumNdcg = new double[truncation];
    }

    public static RankingEvaluation Run(IHostEnvironment env, IDataView data, RankingEvaluatorOptions options, string label, string group, string score)
    {
        env.Register("RankingEvaluator");
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckUserArg(options.DcgTruncationLevel is > 0 and <= 100, nameof(options.DcgTruncationLevel), "DCG truncation level must be between 1 and 100");
        var labelColumn = EvaluationColumns.Find(data, label, "label");
        if (!labelColumn.Type.Equals(NumberDataViewType.Single) && labelColumn.Type is not KeyDataViewType)
            throw Contracts.ExceptSchemaMismatch("schema", "label", label, "Single or Key", labelColumn.Type.ToString());
        var scoreColumn = EvaluationColumns.Scalar(data, score, "score");
        var groupColumn = EvaluationColumns.Find(data, group, "group");
        if (groupColumn.Type is not KeyDataViewType)
            throw Contracts.ExceptSchemaMismatch("schema", "group", group, "key", groupColumn.Type.ToString());
        var evaluation = new RankingEvaluation(ParseGains(options.LabelGains), options.DcgTruncationLevel);
        evaluation.Read(env, data, labelColumn, scoreColumn, groupColumn);
        return evaluation;
    }

    private static double[] ParseGains(string gains)
    {
        Contracts.CheckNonEmpty(gains, nameof(RankingEvaluatorOptions.LabelGains));
        return [.. gains.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double gain)
            ? gain
            : throw Contracts.ExceptUserArg(nameof(RankingEvaluatorOptions.LabelGains), $"'{part}' is not a number; expected is a list such as 0,3,7,15,31."))];
    }

    private void Read(IHostEnvironment env, IDataView data, DataViewSchema.Column label, DataViewSchema.Column score, DataViewSchema.Column group)
    {
        using var cursor = data.GetRowCursor([label, score, group]);
        var labels = cursor.GetLabelGetter(label);
        var scores = cursor.GetGetter<float>(score);
        var groups = cursor.GetLabelGetter(group);
        float labelValue = 0, scoreValue = 0, groupValue = 0, currentGroup = float.NegativeInfinity;
        long badScores = 0;
        while (cursor.MoveNext())
        {
            env.CheckAlive();
            groups(ref groupValue);
            if (!groupValue.Equals(currentGroup))
            {
                FinishGroup();
                currentGroup = groupValue;
            }
            labels(ref labelValue);
            scores(ref scoreValue);
            if (float.IsNaN(scoreValue))
            {
                badScores++;
                continue;
            }
            short gainIndex = float.IsNaN(labelValue) ? (short)-1 : (short)labelValue;
            Contracts.Check(gainIndex >= 0 && gainIndex < _gains.Length, $"The relevance label {labelValue} is outside 0 … {_gains.Length - 1}, the range of the label gains.");
            _group.Add((gainIndex, scoreValue));
        }
        FinishGroup();
        EvaluationColumns.WarnOfSkippedRows(env, badScores, 0);
    }

    private void FinishGroup()
    {
        if (_group.Count == 0)
            return;
        _groups++;
        double[] best = Cumulate(_group.Select(row => row.Label).OrderDescending());
        double[] actual = Cumulate(_group.OrderByDescending(row => row.Score).Select(row => row.Label));
        for (int i = 0; i < _sumDcg.Length; i++)
        {
            _sumDcg[i] += actual[i];
            _sumNdcg[i] += best[i] > 0 ? actual[i] / best[i] : 0;
        }
        _group.Clear();
    }

    private double[] Cumulate(IEnumerable<short> labels)
    {
        var cumulated = new double[_sumDcg.Length];
        double sum = 0;
        int rank = 0;
        foreach (short label in labels.Take(cumulated.Length))
        {
            sum += _gains[label] * (1 / Math.Log(2 + rank));
            cumulated[rank++] = sum;
        }
        for (; rank < cumulated.Length; rank++)
            cumulated[rank] = sum;
        return cumulated;
    }

    public double[] DiscountedCumulativeGains => Array.ConvertAll(_sumDcg, sum => sum / _groups);

    public double[] NormalizedDiscountedCumulativeGains => Array.ConvertAll(_sumNdcg, sum => sum / _groups);
}
