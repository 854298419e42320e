using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Trains a naive Bayes model of several classes; a feature is present where its value is above zero.</summary>
public sealed class NaiveBayesMulticlassTrainer : TrainerEstimatorBase<MulticlassPredictionTransformer<NaiveBayesMulticlassModelParameters>, NaiveBayesMulticlassModelParameters>
{
    private const int RowsBetweenStopChecks = 1024;

    internal NaiveBayesMulticlassTrainer(IHostEnvironment env, string labelColumn, string featureColumn)
        : base(env.Register("MultiClassNaiveBayes"), TrainerColumns.Features(featureColumn), TrainerColumns.KeyLabel(labelColumn))
    {
        Contracts.CheckNonEmpty(featureColumn, nameof(featureColumn));
        Contracts.CheckNonEmpty(labelColumn, nameof(labelColumn));
    }

    public override TrainerInfo Info { get; } = new(normalization: false, caching: false);

    private protected override NaiveBayesMulticlassModelParameters TrainModel(TrainContext context)
    {
        var data = context.TrainingSet;
        data.CheckFeatures();
        int featureCount = data.FeatureCount;
        var labels = new long[data.CheckMulticlassLabel()];
        var features = new long[labels.Length][];
        using var cursor = data.Data.GetRowCursor(data.Columns);
        var labelGetter = TrainingGetters.Label(cursor, data.Label.Value);
        var featureGetter = cursor.GetGetter<VBuffer<float>>(data.Feature.Value);
        VBuffer<float> row = default;
        float label = 0;
        while (cursor.MoveNext())
        {
            if (cursor.Position % RowsBetweenStopChecks == 0)
                Host.CheckAlive();
            labelGetter(ref label);
            if (!float.IsFinite(label))
                continue;
            featureGetter(ref row);
            if (VBufferUtils.HasNonFinite(in row))
                continue;
            labels[(int)label]++;
            Count(in row, features[(int)label] ??= new long[featureCount]);
        }
        return new NaiveBayesMulticlassModelParameters(Host, labels, features, featureCount);
    }

    private static void Count(in VBuffer<float> row, long[] counts)
    {
        var values = row.GetValues();
        var indices = row.GetIndices();
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] > 0)
                counts[row.IsDense ? i : indices[i]]++;
        }
    }

    private protected override MulticlassPredictionTransformer<NaiveBayesMulticlassModelParameters> MakeTransformer(NaiveBayesMulticlassModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.MulticlassOutputs(inputSchema, LabelColumn.Name);
}

/// <summary>How often each feature is present in each class.</summary>
public sealed class NaiveBayesMulticlassModelParameters : ModelParametersBase<VBuffer<float>>
{
    internal const string LoaderName = "MultiClassNaiveBayesPred";
    private const int FormatVersion = 1;

    private readonly long[] _labels;
    private readonly long[][] _features;
    private readonly int _featureCount;
    private readonly long _total;

    /// <summary>The log-probability of each class that all features are absent.</summary>
    private readonly double[] _absent;

    /// <param name="env">The environment.</param>
    /// <param name="labels">The number of examples of each class.</param>
    /// <param name="features">In how many of them each feature is present; null for a class without examples.</param>
    /// <param name="featureCount">The number of features.</param>
    internal NaiveBayesMulticlassModelParameters(IHostEnvironment env, long[] labels, long[][] features, int featureCount) : base(env, LoaderName)
    {
        _labels = labels;
        _features = features;
        _featureCount = featureCount;
        _total = labels.Sum();
        _absent = [.. Enumerable.Range(0, labels.Length).Select(AbsentLogProbability)];
        FeatureType = new VectorDataViewType(NumberDataViewType.Single, featureCount);
        OutputType = new VectorDataViewType(NumberDataViewType.Single, labels.Length);
    }

    private protected override VectorDataViewType FeatureType { get; }

    private protected override DataViewType OutputType { get; }

    /// <summary>The number of examples of each class.</summary>
    public IReadOnlyList<long> GetLabelHistogramLong() => _labels;

    /// <summary>In how many examples of each class each feature is present; null for a class without examples.</summary>
    public IReadOnlyList<IReadOnlyList<long>> GetFeatureHistogramLong() => _features;

    private double AbsentLogProbability(int label)
    {
        double sum = 0;
        if (_labels[label] == 0)
            return sum;
        for (int i = 0; i < _featureCount; i++)
            sum += Math.Log(1 + ((double)_labels[label] - _features[label][i])) - Math.Log(_labels[label] + _labels.Length);
        return sum;
    }

    private protected override FeatureMapper<VBuffer<float>> MakeMapper() => (in VBuffer<float> features, ref VBuffer<float> scores) =>
    {
        Contracts.Check(features.Length == _featureCount, "Invalid number of features passed.");
        var editor = VBufferEditor.Create(ref scores, _labels.Length);
        for (int i = 0; i < _labels.Length; i++)
            editor.Values[i] = Score(i, in features);
        scores = editor.Commit();
    };

    private float Score(int label, in VBuffer<float> features)
    {
        double count = _labels[label];
        double present = Math.Log(count / _total);
        double absent = 0;
        if (count > 0)
        {
            double logTotal = Math.Log(count + _labels.Length);
            var values = features.GetValues();
            var indices = features.GetIndices();
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i] <= 0)
                    continue;
                double featureCount = _features[label][features.IsDense ? i : indices[i]];
                present += Math.Log(featureCount + 1) - logTotal;
                absent += Math.Log(count - featureCount + 1) - logTotal;
            }
        }
        return (float)(present + (_absent[label] - absent));
    }

    internal static NaiveBayesMulticlassModelParameters Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var labels = ctx.Reader.ReadArray<long>();
        int featureCount = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(labels.Length > 0 && featureCount > 0 && Array.TrueForAll(labels, count => count >= 0));
        var features = new long[labels.Length][];
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] == 0)
                continue;
            features[i] = ctx.Reader.ReadArray<long>();
            Contracts.CheckDecode(features[i].Length == featureCount && Array.TrueForAll(features[i], count => count >= 0));
        }
        return new NaiveBayesMulticlassModelParameters(ctx.Env, labels, features, featureCount);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.WriteArray<long>(_labels);
        ctx.Writer.Write(_featureCount);
        for (int i = 0; i < _labels.Length; i++)
        {
            if (_labels[i] > 0)
                ctx.Writer.WriteArray<long>(_features[i]);
        }
    }
}
