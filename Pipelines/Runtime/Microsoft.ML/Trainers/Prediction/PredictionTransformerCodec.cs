using Microsoft.ML.Calibrators;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Data;

/// <summary>How prediction transformers are loaded: with the type that they had when they were trained.</summary>
internal static class PredictionTransformerCodec
{
    public const string BinaryLoaderName = "BinaryPredXfer";
    public const string MulticlassLoaderName = "MulticlassPredXfer";
    public const string RegressionLoaderName = "RegressionPredXfer";
    public const string RankingLoaderName = "RankingPredXfer";
    public const string ClusteringLoaderName = "ClusteringPredXfer";
    public const string AnomalyLoaderName = "AnomalyPredXfer";
    public const int FormatVersion = 1;

    private const string ModelChild = "Model";

    public static object LoadBinary(ModelLoadContext ctx) => Load<float>(ctx, MakeBinary<object>);

    public static object LoadMulticlass(ModelLoadContext ctx) => Load<VBuffer<float>>(ctx, MakeMulticlass<object>);

    public static object LoadRegression(ModelLoadContext ctx) => Load<float>(ctx, MakeRegression<object>);

    public static object LoadRanking(ModelLoadContext ctx) => Load<float>(ctx, MakeRanking<object>);

    public static object LoadClustering(ModelLoadContext ctx) => Load<VBuffer<float>>(ctx, MakeClustering<object>);

    public static object LoadAnomaly(ModelLoadContext ctx) => Load<float>(ctx, MakeAnomaly<object>);

    private static object Load<TScore>(ModelLoadContext ctx, Func<ModelLoadContext, FeatureSource, object, object> make)
    {
        ctx.CheckVersion(FormatVersion);
        var feature = FeatureSource.Load(ctx.Reader);
        var model = ctx.LoadChild<IPredictor<TScore>>(ModelChild);
        return GenericDispatch.Invoke(PredictionModelTypes.PublicType(model), make, ctx, feature, (object)model);
    }

    private static object MakeBinary<TModel>(ModelLoadContext ctx, FeatureSource feature, object model) where TModel : class
    {
        var label = LabelNames.Load(ctx.Reader);
        return new BinaryPredictionTransformer<TModel>(ctx.Env, (TModel)model, feature, label, ctx.Reader.ReadSingle(), ctx.Reader.ReadString());
    }

    private static object MakeMulticlass<TModel>(ModelLoadContext ctx, FeatureSource feature, object model) where TModel : class
    {
        var label = LabelNames.Load(ctx.Reader);
        return new MulticlassPredictionTransformer<TModel>(ctx.Env, (TModel)model, feature, label, ctx.Reader.ReadString(), ctx.Reader.ReadString());
    }

    private static object MakeRegression<TModel>(ModelLoadContext ctx, FeatureSource feature, object model) where TModel : class =>
        new RegressionPredictionTransformer<TModel>(ctx.Env, (TModel)model, feature);

    private static object MakeRanking<TModel>(ModelLoadContext ctx, FeatureSource feature, object model) where TModel : class =>
        new RankingPredictionTransformer<TModel>(ctx.Env, (TModel)model, feature);

    private static object MakeClustering<TModel>(ModelLoadContext ctx, FeatureSource feature, object model) where TModel : class =>
        new ClusteringPredictionTransformer<TModel>(ctx.Env, (TModel)model, feature);

    private static object MakeAnomaly<TModel>(ModelLoadContext ctx, FeatureSource feature, object model) where TModel : class =>
        new AnomalyPredictionTransformer<TModel>(ctx.Env, (TModel)model, feature, ctx.Reader.ReadSingle(), ctx.Reader.ReadString());
}

/// <summary>The types by which programs know models.</summary>
internal static class PredictionModelTypes
{
    /// <summary>The type of a model; for a calibrated one the public base of its implementation.</summary>
    public static Type PublicType(object model) => model is CalibratedModelParametersBase ? model.GetType().BaseType : model.GetType();
}
