using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Data;

/// <summary>Adds the predictions of a model of two classes: PredictedLabel, Score and, for a calibrated model, Probability.</summary>
public sealed class BinaryPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel> where TModel : class
{
    internal BinaryPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema trainSchema, string featureColumn, string labelColumn = null, float threshold = 0, string thresholdColumn = DefaultColumnNames.Score)
        : this(env, model, FeatureSource.Find(trainSchema, featureColumn), LabelNames.Find(trainSchema, labelColumn), threshold, thresholdColumn)
    {
    }

    internal BinaryPredictionTransformer(IHostEnvironment env, TModel model, FeatureSource feature, LabelNames label, float threshold, string thresholdColumn)
        : base(env.Register(nameof(BinaryPredictionTransformer<TModel>)), model, feature)
    {
        Contracts.CheckNonEmpty(thresholdColumn, nameof(thresholdColumn));
        Label = label;
        Threshold = threshold;
        ThresholdColumn = thresholdColumn;
    }

    /// <summary>What is compared with <see cref="Threshold"/>.</summary>
    internal string ThresholdColumn { get; }

    /// <summary>Above it the prediction is positive.</summary>
    internal float Threshold { get; }

    private LabelNames Label { get; }

    /// <summary>The same model with another threshold.</summary>
    internal BinaryPredictionTransformer<TModel> WithThreshold(IHostEnvironment env, float threshold) =>
        threshold == Threshold ? this : new(env, Model, new FeatureSource(FeatureColumnName, FeatureColumnType), Label, threshold, ThresholdColumn);

    private protected override RowMapper Bind(DataViewSchema inputSchema) =>
        BinaryScoreMapper.Create(inputSchema, (IPredictor<float>)Model, FindFeatures(inputSchema), Label, AnnotationUtils.ScoreColumnKind.BinaryClassification, Threshold, ThresholdColumn);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        SaveBase(ctx, PredictionTransformerCodec.BinaryLoaderName, PredictionTransformerCodec.FormatVersion);
        Label.Save(ctx.Writer);
        ctx.Writer.Write(Threshold);
        ctx.Writer.Write(ThresholdColumn);
    }
}

/// <summary>Adds the predictions of a model of several classes: PredictedLabel and Score.</summary>
public sealed class MulticlassPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel> where TModel : class
{
    private readonly LabelNames _label;
    private readonly string _scoreColumn;
    private readonly string _predictedLabelColumn;

    internal MulticlassPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema trainSchema, string featureColumn, string labelColumn, string scoreColumn = DefaultColumnNames.Score, string predictedLabelColumn = DefaultColumnNames.PredictedLabel)
        : this(env, model, FeatureSource.Find(trainSchema, featureColumn), LabelNames.Find(trainSchema, labelColumn), scoreColumn, predictedLabelColumn)
    {
    }

    internal MulticlassPredictionTransformer(IHostEnvironment env, TModel model, FeatureSource feature, LabelNames label, string scoreColumn, string predictedLabelColumn)
        : base(env.Register(nameof(MulticlassPredictionTransformer<TModel>)), model, feature)
    {
        _label = label;
        _scoreColumn = scoreColumn;
        _predictedLabelColumn = predictedLabelColumn;
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema) =>
        MulticlassScoreMapper.Create(inputSchema, (IPredictor<VBuffer<float>>)Model, FindFeatures(inputSchema), _label, _scoreColumn, _predictedLabelColumn);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        SaveBase(ctx, PredictionTransformerCodec.MulticlassLoaderName, PredictionTransformerCodec.FormatVersion);
        _label.Save(ctx.Writer);
        ctx.Writer.Write(_scoreColumn);
        ctx.Writer.Write(_predictedLabelColumn);
    }
}
