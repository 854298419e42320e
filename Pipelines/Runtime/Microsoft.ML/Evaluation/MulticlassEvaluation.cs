using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Evaluation;

/// <summary>Counts and log losses over scored rows of several classes.</summary>
internal sealed class MulticlassEvaluation
{
    private const float SmallestProbability = 1e-15f;

    private readonly int _topK;
    private readonly double[] _countOfClass;
    private readonly double[] _logLossOfClass;
    private readonly double[] _correctWithin;
    private readonly double[][] _confusion;
    private double _count, _correct, _logLoss;

    private MulticlassEvaluation(ReadOnlyMemory<char>[] classNames, int topK)
    {
        int classes = classNames.Length;
        ClassNames = classNames;
        _topK = topK;
        _countOfClass = new double[classes];
        _logLossOfClass = new double[classes];
        _correctWithin = new double[classes];
        _confusion = new double[classes][];
        for (int i = 0; i < classes; i++)
            _confusion[i] = new double[classes];
    }

    public ReadOnlyMemory<char>[] ClassNames { get; }

    public static MulticlassEvaluation Run(IHostEnvironment env, IDataView data, string label, string score, int topK)
    {
        env.Register("MulticlassClassificationEvaluator");
        Contracts.CheckValue(data, nameof(data));
        var labelColumn = EvaluationColumns.Find(data, label, "label");
        if (!labelColumn.Type.Equals(NumberDataViewType.Single) && labelColumn.Type is not KeyDataViewType)
            throw Contracts.ExceptSchemaMismatch("schema", "label", label, "Single or Key", labelColumn.Type.ToString());
        var scoreColumn = EvaluationColumns.Vector(data, score, "score");
        var evaluation = new MulticlassEvaluation(NamesOf(scoreColumn), topK);
        evaluation.Read(env, data, labelColumn, scoreColumn);
        return evaluation;
    }

    private static ReadOnlyMemory<char>[] NamesOf(DataViewSchema.Column score)
    {
        int size = score.Type.VectorSize();
        if (!score.HasSlotNames())
            return [.. Enumerable.Range(0, size).Select(i => i.ToString().AsMemory())];
        return [.. score.SlotNamesOrEmpty().DenseValues()];
    }

    private void Read(IHostEnvironment env, IDataView data, DataViewSchema.Column label, DataViewSchema.Column score)
    {
        using var cursor = data.GetRowCursor([label, score]);
        var labels = cursor.GetLabelGetter(label);
        var scores = cursor.GetGetter<VBuffer<float>>(score);
        var dense = new float[ClassNames.Length];
        VBuffer<float> buffer = default;
        float labelValue = 0;
        long badScores = 0, unlabelled = 0, unknownClasses = 0;
        while (cursor.MoveNext())
        {
            env.CheckAlive();
            labels(ref labelValue);
            if (float.IsNaN(labelValue) || labelValue < 0 || labelValue != (int)labelValue)
            {
                unlabelled++;
                continue;
            }
            scores(ref buffer);
            Contracts.Check(buffer.Length == dense.Length, $"A score vector has {buffer.Length} values where {dense.Length} are expected.");
            if (VBufferUtils.HasNonFinite(in buffer))
            {
                badScores++;
                continue;
            }
            buffer.CopyTo(dense);
            if (labelValue >= dense.Length)
                unknownClasses++;
            Add((int)labelValue, dense);
        }
        EvaluationColumns.WarnOfSkippedRows(env, badScores, unlabelled);
        if (unknownClasses > 0)
        {
            using var channel = env.Start("Evaluation");
            channel.Warning(MessageSensitivity.None, $"Found {unknownClasses} test instances with class values not seen in the training set. LogLoss is reported higher than usual because of these instances.");
        }
    }

    private void Add(int label, ReadOnlySpan<float> scores)
    {
        _count++;
        bool isKnown = label < scores.Length;
        float probability = isKnown ? Math.Min(1, Math.Max(SmallestProbability, scores[label])) : SmallestProbability;
        double logLoss = -Math.Log(probability);
        _logLoss += logLoss;
        if (!isKnown)
            return;
        _countOfClass[label]++;
        _logLossOfClass[label] += logLoss;
        // The rank among the classes by descending score; of equal scores the earlier class comes first.
        int rank = 0, assigned = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] > scores[label] || scores[i] == scores[label] && i < label)
                rank++;
            if (scores[i] > scores[assigned])
                assigned = i;
        }
        if (rank == 0)
            _correct++;
        _correctWithin[rank]++;
        _confusion[label][assigned]++;
    }

    public double MicroAccuracy => _count > 0 ? _correct / _count : 0;

    public double MacroAccuracy
    {
        get
        {
            double sum = 0;
            int seen = 0;
            for (int i = 0; i < _countOfClass.Length; i++)
            {
                if (_countOfClass[i] <= 0)
                    continue;
                seen++;
                sum += _confusion[i][i] / _countOfClass[i];
            }
            return seen > 0 ? sum / seen : 0;
        }
    }

    public double LogLoss => _count > 0 ? _logLoss / _count : 0;

    /// <summary>By how much the log loss is below that of always giving the class shares.</summary>
    public double LogLossReduction
    {
        get
        {
            double entropy = 0;
            foreach (double count in _countOfClass)
            {
                if (count != 0)
                    entropy += count * Math.Log(count / _count);
            }
            entropy /= -_count;
            return (entropy - LogLoss) / entropy;
        }
    }

    public double[] PerClassLogLoss =>
        [.. _logLossOfClass.Select((loss, i) => _countOfClass[i] > 0 ? loss / _countOfClass[i] : 0)];

    public int TopKPredictionCount => _topK;

    public double[] TopKAccuracyForAllK
    {
        get
        {
            var accuracies = new double[_correctWithin.Length];
            double correct = 0;
            for (int k = 0; k < accuracies.Length; k++)
            {
                correct += _correctWithin[k];
                accuracies[k] = _count > 0 ? correct / _count : 0;
            }
            return accuracies;
        }
    }

    public ConfusionMatrix ConfusionMatrix => new(_confusion, ClassNames, isBinary: false);
}
