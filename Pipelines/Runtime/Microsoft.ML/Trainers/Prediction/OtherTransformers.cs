using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Data;

/// <summary>Adds the prediction of a model of a number: Score.</summary>
public sealed class RegressionPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel> where TModel : class
{
    internal RegressionPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema trainSchema, string featureColumn)
        : this(env, model, FeatureSource.Find(trainSchema, featureColumn))
    {
    }

    internal RegressionPredictionTransformer(IHostEnvironment env, TModel model, FeatureSource feature)
        : base(env.Register(nameof(RegressionPredictionTransformer<TModel>)), model, feature)
    {
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema) =>
        ScalarScoreMapper.Create(inputSchema, (IPredictor<float>)Model, FindFeatures(inputSchema), AnnotationUtils.ScoreColumnKind.Regression);

    private protected override void SaveModel(ModelSaveContext ctx) =>
        SaveBase(ctx, PredictionTransformerCodec.RegressionLoaderName, PredictionTransformerCodec.FormatVersion);
}

/// <summary>Adds the prediction of a model of ranks: Score.</summary>
public sealed class RankingPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel> where TModel : class
{
    internal RankingPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema trainSchema, string featureColumn)
        : this(env, model, FeatureSource.Find(trainSchema, featureColumn))
    {
    }

    internal RankingPredictionTransformer(IHostEnvironment env, TModel model, FeatureSource feature)
        : base(env.Register(nameof(RankingPredictionTransformer<TModel>)), model, feature)
    {
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema) =>
        ScalarScoreMapper.Create(inputSchema, (IPredictor<float>)Model, FindFeatures(inputSchema), AnnotationUtils.ScoreColumnKind.Ranking);

    private protected override void SaveModel(ModelSaveContext ctx) =>
        SaveBase(ctx, PredictionTransformerCodec.RankingLoaderName, PredictionTransformerCodec.FormatVersion);
}

/// <summary>Adds the predictions of a model of clusters: PredictedLabel and Score (the distances).</summary>
public sealed class ClusteringPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel> where TModel : class
{
    internal ClusteringPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema trainSchema, string featureColumn)
        : this(env, model, FeatureSource.Find(trainSchema, featureColumn))
    {
    }

    internal ClusteringPredictionTransformer(IHostEnvironment env, TModel model, FeatureSource feature)
        : base(env.Register(nameof(ClusteringPredictionTransformer<TModel>)), model, feature)
    {
    }

    private protected override RowMapper Bind(DataViewSchema inputSchema) =>
        MulticlassScoreMapper.CreateClustering(inputSchema, (IPredictor<VBuffer<float>>)Model, FindFeatures(inputSchema));

    private protected override void SaveModel(ModelSaveContext ctx) =>
        SaveBase(ctx, PredictionTransformerCodec.ClusteringLoaderName, PredictionTransformerCodec.FormatVersion);
}

/// <summary>Adds the predictions of a model of anomalies: PredictedLabel and Score.</summary>
public sealed class AnomalyPredictionTransformer<TModel> : SingleFeaturePredictionTransformerBase<TModel> where TModel : class
{
    internal const float DefaultThreshold = 0.5f;

    internal AnomalyPredictionTransformer(IHostEnvironment env, TModel model, DataViewSchema trainSchema, string featureColumn, float threshold = DefaultThreshold, string thresholdColumn = DefaultColumnNames.Score)
        : this(env, model, FeatureSource.Find(trainSchema, featureColumn), threshold, thresholdColumn)
    {
    }

    internal AnomalyPredictionTransformer(IHostEnvironment env, TModel model, FeatureSource feature, float threshold, string thresholdColumn)
        : base(env.Register(nameof(AnomalyPredictionTransformer<TModel>)), model, feature)
    {
        Contracts.CheckNonEmpty(thresholdColumn, nameof(thresholdColumn));
        Threshold = threshold;
        ThresholdColumn = thresholdColumn;
    }

    /// <summary>What is compared with <see cref="Threshold"/>.</summary>
    internal string ThresholdColumn { get; }

    /// <summary>Above it an example is an anomaly.</summary>
    internal float Threshold { get; }

    /// <summary>The same model with another threshold.</summary>
    internal AnomalyPredictionTransformer<TModel> WithThreshold(IHostEnvironment env, float threshold) =>
        threshold == Threshold ? this : new(env, Model, new FeatureSource(FeatureColumnName, FeatureColumnType), threshold, ThresholdColumn);

    private protected override RowMapper Bind(DataViewSchema inputSchema) =>
        BinaryScoreMapper.Create(inputSchema, (IPredictor<float>)Model, FindFeatures(inputSchema), LabelNames.None, AnnotationUtils.ScoreColumnKind.BinaryClassification, Threshold, ThresholdColumn);

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        SaveBase(ctx, PredictionTransformerCodec.AnomalyLoaderName, PredictionTransformerCodec.FormatVersion);
        ctx.Writer.Write(Threshold);
        ctx.Writer.Write(ThresholdColumn);
    }
}
