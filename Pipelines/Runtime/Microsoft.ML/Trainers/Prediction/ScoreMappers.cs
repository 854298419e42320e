using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Data;

/// <summary>Adds the outputs of a model to rows; the model is asked once a row, whatever outputs are active.</summary>
internal abstract class ScoreMapper<TScore>(DataViewSchema inputSchema, IReadOnlyList<OutputColumn> outputs, IPredictor<TScore> predictor, DataViewSchema.Column? features)
    : RowMapper(inputSchema, outputs)
{
    public sealed override Delegate[] MakeGetters(DataViewRow input, bool[] activeOutputs)
    {
        if (!activeOutputs.Contains(true))
            return new Delegate[activeOutputs.Length];
        var getters = MakeGetters(new ScoredRow(input, predictor.GetMapper(), features), activeOutputs.Count(isActive => isActive) > 1);
        for (int i = 0; i < getters.Length; i++)
        {
            if (!activeOutputs[i])
                getters[i] = null;
        }
        return getters;
    }

    /// <summary>The getters of all outputs.</summary>
    /// <param name="row">The score of the current row.</param>
    /// <param name="isShared">Whether several will be asked of a row.</param>
    protected abstract Delegate[] MakeGetters(ScoredRow row, bool isShared);

    /// <summary>The score of the row on which the input stands.</summary>
    protected sealed class ScoredRow(DataViewRow input, FeatureMapper<TScore> mapper, DataViewSchema.Column? features)
    {
        private readonly ValueGetter<VBuffer<float>> _featureGetter = features is { } column ? input.GetGetter<VBuffer<float>>(column) : null;
        private VBuffer<float> _features;
        private TScore _score;
        private long _position = -1;

        /// <summary>The score, which the model writes into <paramref name="destination"/>.</summary>
        public void Compute(ref TScore destination)
        {
            _featureGetter?.Invoke(ref _features);
            mapper(in _features, ref destination);
        }

        /// <summary>The score, computed once for each position of the input.</summary>
        public ref TScore Cached()
        {
            long position = input.Position;
            if (position != _position || position < 0)
            {
                Compute(ref _score);
                _position = position;
            }
            return ref _score;
        }
    }

    protected static int[] Dependencies(DataViewSchema.Column? features) => features is { } column ? [column.Index] : [];
}

/// <summary>Adds the predicted class, the score and, for a model that gives one, the probability.</summary>
internal sealed class BinaryScoreMapper : ScoreMapper<float>
{
    private readonly IDistributionPredictor _distribution;
    private readonly float _threshold;
    private readonly bool _thresholdsProbability;
    private readonly bool _predictsKey;

    private BinaryScoreMapper(DataViewSchema inputSchema, IReadOnlyList<OutputColumn> outputs, IPredictor<float> predictor, DataViewSchema.Column? features, float threshold, bool thresholdsProbability, bool predictsKey)
        : base(inputSchema, outputs, predictor, features)
    {
        _distribution = predictor as IDistributionPredictor;
        _threshold = threshold;
        _thresholdsProbability = thresholdsProbability;
        _predictsKey = predictsKey;
    }

    /// <param name="inputSchema">The schema of the rows.</param>
    /// <param name="predictor">The model.</param>
    /// <param name="features">The feature column.</param>
    /// <param name="label">What is known of the label: two key values make the prediction a key.</param>
    /// <param name="columnKind">The kind of score columns.</param>
    /// <param name="threshold">Above it the prediction is positive.</param>
    /// <param name="thresholdColumn">Which output is compared: the score or the probability.</param>
    public static BinaryScoreMapper Create(DataViewSchema inputSchema, IPredictor<float> predictor, DataViewSchema.Column? features, LabelNames label, string columnKind, float threshold, string thresholdColumn)
    {
        bool isDistribution = predictor is IDistributionPredictor;
        bool thresholdsProbability = thresholdColumn == DefaultColumnNames.Probability;
        Contracts.CheckParam(thresholdsProbability ? isDistribution : thresholdColumn == DefaultColumnNames.Score, nameof(thresholdColumn), $"mapper does not contain a column '{thresholdColumn}'");
        bool predictsKey = label.Count == 2;
        uint setId = AnnotationUtils.MaxScoreColumnSetId(inputSchema) + 1;
        var inputs = Dependencies(features);
        DataViewType predictedType = predictsKey ? new KeyDataViewType(typeof(uint), 2) : BooleanDataViewType.Instance;
        var outputs = new List<OutputColumn>
        {
            new(DefaultColumnNames.PredictedLabel, predictedType, ScoreAnnotations.PredictedLabel(columnKind, setId, predictsKey ? label : null), inputs, null),
            new(DefaultColumnNames.Score, NumberDataViewType.Single, ScoreAnnotations.Output(columnKind, AnnotationUtils.ScoreValueKind.Score, setId, predictsKey ? label.AddTrainingValues : null), inputs, null),
        };
        if (isDistribution)
            outputs.Add(new(DefaultColumnNames.Probability, NumberDataViewType.Single, ScoreAnnotations.Output(columnKind, AnnotationUtils.ScoreValueKind.Probability, setId, builder => builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true)), inputs, null));
        return new BinaryScoreMapper(inputSchema, outputs, predictor, features, threshold, thresholdsProbability, predictsKey);
    }

    protected override Delegate[] MakeGetters(ScoredRow row, bool isShared)
    {
        Delegate predicted = _predictsKey
            ? (ValueGetter<uint>)((ref uint key) => key = Compared() is var value && value > _threshold ? 2u : value <= _threshold ? 1u : 0u)
            : (ValueGetter<bool>)((ref bool isPositive) => isPositive = Compared() > _threshold);
        ValueGetter<float> score = isShared ? (ref float value) => value = row.Cached() : row.Compute;
        if (_distribution == null)
            return [predicted, score];
        return [predicted, score, (ValueGetter<float>)((ref float probability) => probability = _distribution.ToProbability(row.Cached()))];

        float Compared() => _thresholdsProbability ? _distribution.ToProbability(row.Cached()) : row.Cached();
    }
}

/// <summary>Adds the class of the largest score, and the scores.</summary>
internal sealed class MulticlassScoreMapper(DataViewSchema inputSchema, IReadOnlyList<OutputColumn> outputs, IPredictor<VBuffer<float>> predictor, DataViewSchema.Column? features, bool smallestWins)
    : ScoreMapper<VBuffer<float>>(inputSchema, outputs, predictor, features)
{
    public static MulticlassScoreMapper Create(DataViewSchema inputSchema, IPredictor<VBuffer<float>> predictor, DataViewSchema.Column? features, LabelNames label, string scoreColumn, string predictedLabelColumn)
    {
        int count = predictor.OutputType.VectorSize();
        var names = label.Count == count ? label : null;
        return Create(inputSchema, predictor, features, names, AnnotationUtils.ScoreColumnKind.MulticlassClassification, scoreColumn, predictedLabelColumn, false);
    }

    /// <summary>The mapper of a model of clusters: the scores are distances, the nearest is predicted.</summary>
    public static MulticlassScoreMapper CreateClustering(DataViewSchema inputSchema, IPredictor<VBuffer<float>> predictor, DataViewSchema.Column? features) =>
        Create(inputSchema, predictor, features, null, AnnotationUtils.ScoreColumnKind.Clustering, DefaultColumnNames.Score, DefaultColumnNames.PredictedLabel, true);

    private static MulticlassScoreMapper Create(DataViewSchema inputSchema, IPredictor<VBuffer<float>> predictor, DataViewSchema.Column? features, LabelNames names, string columnKind, string scoreColumn, string predictedLabelColumn, bool smallestWins)
    {
        uint setId = AnnotationUtils.MaxScoreColumnSetId(inputSchema) + 1;
        var inputs = Dependencies(features);
        OutputColumn[] outputs =
        [
            new(predictedLabelColumn, new KeyDataViewType(typeof(uint), predictor.OutputType.VectorSize()), ScoreAnnotations.PredictedLabel(columnKind, setId, names), inputs, null),
            new(scoreColumn, predictor.OutputType, ScoreAnnotations.Output(columnKind, AnnotationUtils.ScoreValueKind.Score, setId, names == null ? null : names.AddSlotNames), inputs, null),
        ];
        return new MulticlassScoreMapper(inputSchema, outputs, predictor, features, smallestWins);
    }

    protected override Delegate[] MakeGetters(ScoredRow row, bool isShared) =>
    [
        (ValueGetter<uint>)((ref uint key) => key = (uint)(Best(in row.Cached()) + 1)),
        isShared ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> scores) => row.Cached().CopyTo(ref scores)) : row.Compute,
    ];

    /// <summary>The first of the best scores; -1 where all are NaN.</summary>
    private int Best(in VBuffer<float> scores) =>
        smallestWins ? ScalarMath.ArgMin(scores.GetValues()) : ScalarMath.ArgMax(scores.GetValues());
}

/// <summary>Adds the score alone.</summary>
internal sealed class ScalarScoreMapper(DataViewSchema inputSchema, IReadOnlyList<OutputColumn> outputs, IPredictor<float> predictor, DataViewSchema.Column? features)
    : ScoreMapper<float>(inputSchema, outputs, predictor, features)
{
    public static ScalarScoreMapper Create(DataViewSchema inputSchema, IPredictor<float> predictor, DataViewSchema.Column? features, string columnKind)
    {
        uint setId = AnnotationUtils.MaxScoreColumnSetId(inputSchema) + 1;
        var annotations = ScoreAnnotations.Output(columnKind, AnnotationUtils.ScoreValueKind.Score, setId);
        return new ScalarScoreMapper(inputSchema, [new OutputColumn(DefaultColumnNames.Score, NumberDataViewType.Single, annotations, Dependencies(features), null)], predictor, features);
    }

    protected override Delegate[] MakeGetters(ScoredRow row, bool isShared) => [(ValueGetter<float>)row.Compute];
}
