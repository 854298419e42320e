using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.Evaluation;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>How much each feature matters to a model: by how much its metrics change where the values of the feature are shuffled.</summary>
public static class PermutationFeatureImportanceExtensions
{
    public static ImmutableArray<RegressionMetricsStatistics> PermutationFeatureImportance<TModel>(
        this RegressionCatalog catalog, ISingleFeaturePredictionTransformer<TModel> predictionTransformer, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) where TModel : class =>
        [.. catalog.Permute(predictionTransformer, data, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount)];

    public static ImmutableDictionary<string, RegressionMetricsStatistics> PermutationFeatureImportance(
        this RegressionCatalog catalog, ITransformer model, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) =>
        ByName(model, data, predictor => catalog.Permute(predictor, data, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount));

    public static ImmutableArray<BinaryClassificationMetricsStatistics> PermutationFeatureImportance<TModel>(
        this BinaryClassificationCatalog catalog, ISingleFeaturePredictionTransformer<TModel> predictionTransformer, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) where TModel : class =>
        [.. catalog.Permute(predictionTransformer, data, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount)];

    public static ImmutableDictionary<string, BinaryClassificationMetricsStatistics> PermutationFeatureImportanceNonCalibrated(
        this BinaryClassificationCatalog catalog, ITransformer model, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) =>
        ByName(model, data, predictor => catalog.Permute(predictor, data, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount));

    public static ImmutableArray<MulticlassClassificationMetricsStatistics> PermutationFeatureImportance<TModel>(
        this MulticlassClassificationCatalog catalog, ISingleFeaturePredictionTransformer<TModel> predictionTransformer, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) where TModel : class =>
        [.. catalog.Permute(predictionTransformer, data, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount)];

    public static ImmutableDictionary<string, MulticlassClassificationMetricsStatistics> PermutationFeatureImportance(
        this MulticlassClassificationCatalog catalog, ITransformer model, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) =>
        ByName(model, data, predictor => catalog.Permute(predictor, data, labelColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount));

    public static ImmutableArray<RankingMetricsStatistics> PermutationFeatureImportance<TModel>(
        this RankingCatalog catalog, ISingleFeaturePredictionTransformer<TModel> predictionTransformer, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        string rowGroupColumnName = DefaultColumnNames.GroupId, bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) where TModel : class =>
        [.. catalog.Permute(predictionTransformer, data, labelColumnName, rowGroupColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount)];

    public static ImmutableDictionary<string, RankingMetricsStatistics> PermutationFeatureImportance(
        this RankingCatalog catalog, ITransformer model, IDataView data, string labelColumnName = DefaultColumnNames.Label,
        string rowGroupColumnName = DefaultColumnNames.GroupId, bool useFeatureWeightFilter = false, int? numberOfExamplesToUse = null, int permutationCount = 1) =>
        ByName(model, data, predictor => catalog.Permute(predictor, data, labelColumnName, rowGroupColumnName, useFeatureWeightFilter, numberOfExamplesToUse, permutationCount));

    private static RegressionMetricsStatistics[] Permute(this RegressionCatalog catalog, ISingleFeaturePredictionTransformer<object> model, IDataView data, string label, bool filter, int? count, int permutations) =>
        FeaturePermutation.Run<RegressionMetrics, RegressionMetricsStatistics>(
            catalog.GetEnvironment(), model, data, scored => catalog.Evaluate(scored, label), (sum, metrics, baseline) => sum.Add(metrics, baseline), () => new(), filter, count, permutations);

    private static BinaryClassificationMetricsStatistics[] Permute(this BinaryClassificationCatalog catalog, ISingleFeaturePredictionTransformer<object> model, IDataView data, string label, bool filter, int? count, int permutations) =>
        FeaturePermutation.Run<BinaryClassificationMetrics, BinaryClassificationMetricsStatistics>(
            catalog.GetEnvironment(), model, data, scored => catalog.EvaluateNonCalibrated(scored, label), (sum, metrics, baseline) => sum.Add(metrics, baseline), () => new(), filter, count, permutations);

    private static MulticlassClassificationMetricsStatistics[] Permute(this MulticlassClassificationCatalog catalog, ISingleFeaturePredictionTransformer<object> model, IDataView data, string label, bool filter, int? count, int permutations) =>
        FeaturePermutation.Run<MulticlassClassificationMetrics, MulticlassClassificationMetricsStatistics>(
            catalog.GetEnvironment(), model, data, scored => catalog.Evaluate(scored, label), (sum, metrics, baseline) => sum.Add(metrics, baseline), () => new(), filter, count, permutations);

    private static RankingMetricsStatistics[] Permute(this RankingCatalog catalog, ISingleFeaturePredictionTransformer<object> model, IDataView data, string label, string group, bool filter, int? count, int permutations) =>
        FeaturePermutation.Run<RankingMetrics, RankingMetricsStatistics>(
            catalog.GetEnvironment(), model, data, scored => catalog.Evaluate(scored, label, group), (sum, metrics, baseline) => sum.Add(metrics, baseline), () => new(), filter, count, permutations);

    /// <summary>The statistics of the last model of a chain, by the names of its features.</summary>
    private static ImmutableDictionary<string, TStatistics> ByName<TStatistics>(ITransformer model, IDataView data, Func<ISingleFeaturePredictionTransformer<object>, TStatistics[]> permute)
    {
        Contracts.CheckValue(model, nameof(model));
        Contracts.CheckValue(data, nameof(data));
        IEnumerable<ITransformer> transformers = model is IEnumerable<ITransformer> chain ? chain : [model];
        var predictor = transformers.OfType<ISingleFeaturePredictionTransformer<object>>().LastOrDefault();
        if (predictor == null)
            throw new ArgumentNullException("lastTransformer", "The model provided does not have a compatible predictor");
        var statistics = permute(predictor);
        var names = data.Schema[predictor.FeatureColumnName].SlotNamesOrEmpty();
        var result = ImmutableDictionary.CreateBuilder<string, TStatistics>();
        for (int i = 0; i < statistics.Length; i++)
        {
            string name = i < names.Length ? names.GetItemOrDefault(i).ToString() : "";
            result.Add(name.Length == 0 ? $"Slot {i}" : name, statistics[i]);
        }
        return result.ToImmutable();
    }
}
