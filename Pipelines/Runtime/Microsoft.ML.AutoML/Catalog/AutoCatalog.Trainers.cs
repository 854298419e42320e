using Microsoft.ML.AutoML.CodeGen;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.AutoML;

public sealed partial class AutoCatalog
{
    /// <summary>One of the trainers of binary classification.</summary>
    /// <remarks>FastTree, FastForest and LightGBM are not in this runtime and are left out, whatever is said of them; without the others there is none left, which is an error.</remarks>
    /// <exception cref="ArgumentException">No trainer is left.</exception>
    public SweepablePipeline BinaryClassification(
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string exampleWeightColumnName = null,
        bool useFastForest = true,
        bool useLgbm = true,
        bool useFastTree = true,
        bool useLbfgsLogisticRegression = true,
        bool useSdcaLogisticRegression = true,
        FastTreeOption fastTreeOption = null,
        LgbmOption lgbmOption = null,
        FastForestOption fastForestOption = null,
        LbfgsOption lbfgsLogisticRegressionOption = null,
        SdcaOption sdcaLogisticRegressionOption = null,
        SearchSpace<FastTreeOption> fastTreeSearchSpace = null,
        SearchSpace<LgbmOption> lgbmSearchSpace = null,
        SearchSpace<FastForestOption> fastForestSearchSpace = null,
        SearchSpace<LbfgsOption> lbfgsLogisticRegressionSearchSpace = null,
        SearchSpace<SdcaOption> sdcaLogisticRegressionSearchSpace = null)
    {
        var columns = new TrainerColumns(labelColumnName, featureColumnName, exampleWeightColumnName);
        return OneOf(
            "binary classification",
            $"{nameof(useLbfgsLogisticRegression)} or {nameof(useSdcaLogisticRegression)}",
            useLbfgsLogisticRegression ? Lbfgs(columns, LbfgsLogisticRegression, lbfgsLogisticRegressionOption, lbfgsLogisticRegressionSearchSpace, EstimatorType.LbfgsLogisticRegressionBinary) : null,
            useSdcaLogisticRegression ? Sdca(columns, SdcaLogisticRegression, sdcaLogisticRegressionOption, sdcaLogisticRegressionSearchSpace, EstimatorType.SdcaLogisticRegressionBinary) : null);
    }

    /// <summary>One of the trainers of classification.</summary>
    /// <inheritdoc cref="BinaryClassification" path="/remarks"/>
    /// <exception cref="ArgumentException">No trainer is left.</exception>
    public SweepablePipeline MultiClassification(
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string exampleWeightColumnName = null,
        bool useFastForest = true,
        bool useLgbm = true,
        bool useFastTree = true,
        bool useLbfgsMaximumEntrophy = true,
        bool useLbfgsLogisticRegression = true,
        bool useSdcaMaximumEntrophy = true,
        bool useSdcaLogisticRegression = true,
        FastTreeOption fastTreeOption = null,
        LgbmOption lgbmOption = null,
        FastForestOption fastForestOption = null,
        LbfgsOption lbfgsMaximumEntrophyOption = null,
        LbfgsOption lbfgsLogisticRegressionOption = null,
        SdcaOption sdcaMaximumEntrophyOption = null,
        SdcaOption sdcaLogisticRegressionOption = null,
        SearchSpace<FastTreeOption> fastTreeSearchSpace = null,
        SearchSpace<LgbmOption> lgbmSearchSpace = null,
        SearchSpace<FastForestOption> fastForestSearchSpace = null,
        SearchSpace<LbfgsOption> lbfgsMaximumEntrophySearchSpace = null,
        SearchSpace<LbfgsOption> lbfgsLogisticRegressionSearchSpace = null,
        SearchSpace<SdcaOption> sdcaMaximumEntorphySearchSpace = null,
        SearchSpace<SdcaOption> sdcaLogisticRegressionSearchSpace = null)
    {
        var columns = new TrainerColumns(labelColumnName, featureColumnName, exampleWeightColumnName);
        return OneOf(
            "classification",
            $"{nameof(useLbfgsMaximumEntrophy)}, {nameof(useLbfgsLogisticRegression)}, {nameof(useSdcaMaximumEntrophy)} or {nameof(useSdcaLogisticRegression)}",
            useLbfgsMaximumEntrophy
                ? Lbfgs(
                    columns,
                    (context, option) => context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(option.LabelColumnName, option.FeatureColumnName, option.ExampleWeightColumnName, option.L1Regularization, option.L2Regularization),
                    lbfgsMaximumEntrophyOption, lbfgsMaximumEntrophySearchSpace, EstimatorType.LbfgsMaximumEntropyMulti)
                : null,
            useLbfgsLogisticRegression
                ? Lbfgs(
                    columns, (context, option) => context.MulticlassClassification.Trainers.OneVersusAll(LbfgsLogisticRegression(context, option), option.LabelColumnName),
                    lbfgsLogisticRegressionOption, lbfgsLogisticRegressionSearchSpace, EstimatorType.LbfgsLogisticRegressionOva)
                : null,
            useSdcaMaximumEntrophy
                ? Sdca(
                    columns,
                    (context, option) => context.MulticlassClassification.Trainers.SdcaMaximumEntropy(option.LabelColumnName, option.FeatureColumnName, option.ExampleWeightColumnName, option.L2Regularization, option.L1Regularization),
                    sdcaMaximumEntrophyOption, sdcaMaximumEntorphySearchSpace, EstimatorType.SdcaMaximumEntropyMulti)
                : null,
            useSdcaLogisticRegression
                ? Sdca(
                    columns, (context, option) => context.MulticlassClassification.Trainers.OneVersusAll(SdcaLogisticRegression(context, option), option.LabelColumnName),
                    sdcaLogisticRegressionOption, sdcaLogisticRegressionSearchSpace, EstimatorType.SdcaLogisticRegressionOva)
                : null);
    }

    /// <summary>One of the trainers of regression.</summary>
    /// <inheritdoc cref="BinaryClassification" path="/remarks"/>
    /// <exception cref="ArgumentException">No trainer is left.</exception>
    public SweepablePipeline Regression(
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string exampleWeightColumnName = null,
        bool useFastForest = true,
        bool useLgbm = true,
        bool useFastTree = true,
        bool useLbfgsPoissonRegression = true,
        bool useSdca = true,
        FastTreeOption fastTreeOption = null,
        LgbmOption lgbmOption = null,
        FastForestOption fastForestOption = null,
        LbfgsOption lbfgsPoissonRegressionOption = null,
        SdcaOption sdcaOption = null,
        SearchSpace<FastTreeOption> fastTreeSearchSpace = null,
        SearchSpace<LgbmOption> lgbmSearchSpace = null,
        SearchSpace<FastForestOption> fastForestSearchSpace = null,
        SearchSpace<LbfgsOption> lbfgsPoissonRegressionSearchSpace = null,
        SearchSpace<SdcaOption> sdcaSearchSpace = null)
    {
        var columns = new TrainerColumns(labelColumnName, featureColumnName, exampleWeightColumnName);
        return OneOf(
            "regression",
            $"{nameof(useLbfgsPoissonRegression)} or {nameof(useSdca)}",
            useLbfgsPoissonRegression
                ? Lbfgs(
                    columns,
                    (context, option) => context.Regression.Trainers.LbfgsPoissonRegression(option.LabelColumnName, option.FeatureColumnName, option.ExampleWeightColumnName, option.L1Regularization, option.L2Regularization),
                    lbfgsPoissonRegressionOption, lbfgsPoissonRegressionSearchSpace, EstimatorType.LbfgsPoissonRegressionRegression)
                : null,
            useSdca
                ? Sdca(
                    columns,
                    (context, option) => context.Regression.Trainers.Sdca(option.LabelColumnName, option.FeatureColumnName, option.ExampleWeightColumnName, l2Regularization: option.L2Regularization, l1Regularization: option.L1Regularization),
                    sdcaOption, sdcaSearchSpace, EstimatorType.SdcaRegression)
                : null);
    }

    private static LbfgsLogisticRegressionBinaryTrainer LbfgsLogisticRegression(MLContext context, LbfgsOption option) =>
        context.BinaryClassification.Trainers.LbfgsLogisticRegression(option.LabelColumnName, option.FeatureColumnName, option.ExampleWeightColumnName, option.L1Regularization, option.L2Regularization);

    private static SdcaLogisticRegressionBinaryTrainer SdcaLogisticRegression(MLContext context, SdcaOption option) =>
        context.BinaryClassification.Trainers.SdcaLogisticRegression(option.LabelColumnName, option.FeatureColumnName, option.ExampleWeightColumnName, option.L2Regularization, option.L1Regularization);

    private static SweepableEstimator Lbfgs(TrainerColumns columns, Func<MLContext, LbfgsOption, IEstimator<ITransformer>> factory, LbfgsOption option, SearchSpace<LbfgsOption> space, EstimatorType type)
    {
        option ??= new LbfgsOption();
        return SweepableEstimator.Of(
            (context, chosen) =>
            {
                (chosen.LabelColumnName, chosen.FeatureColumnName, chosen.ExampleWeightColumnName) = columns;
                return factory(context, chosen);
            },
            space ?? new SearchSpace<LbfgsOption>(option),
            type);
    }

    private static SweepableEstimator Sdca(TrainerColumns columns, Func<MLContext, SdcaOption, IEstimator<ITransformer>> factory, SdcaOption option, SearchSpace<SdcaOption> space, EstimatorType type)
    {
        option ??= new SdcaOption();
        return SweepableEstimator.Of(
            (context, chosen) =>
            {
                (chosen.LabelColumnName, chosen.FeatureColumnName, chosen.ExampleWeightColumnName) = columns;
                return factory(context, chosen);
            },
            space ?? new SearchSpace<SdcaOption>(option),
            type);
    }

    private static SweepablePipeline OneOf(string task, string flags, params SweepableEstimator[] trainers)
    {
        trainers = Array.FindAll(trainers, trainer => trainer is not null);
        return trainers.Length == 0 ? throw AutoMLErrors.NoTrainer(task, flags) : new SweepablePipeline().Append(trainers);
    }

    private readonly record struct TrainerColumns(string Label, string Features, string Weight);
}
