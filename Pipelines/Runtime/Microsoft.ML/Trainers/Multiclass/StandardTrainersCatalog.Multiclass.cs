using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML;

public static partial class StandardTrainersCatalog
{
    private const int MostCalibrationExamples = 1_000_000_000;

    public static OneVersusAllTrainer OneVersusAll<TModel>(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        ITrainerEstimator<BinaryPredictionTransformer<TModel>, TModel> binaryEstimator,
        string labelColumnName = DefaultColumnNames.Label,
        bool imputeMissingLabelsAsNegative = false,
        IEstimator<ISingleFeaturePredictionTransformer<ICalibrator>> calibrator = null,
        int maximumCalibrationExampleCount = MostCalibrationExamples,
        bool useProbabilities = true)
        where TModel : class
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new OneVersusAllTrainer(
            catalog.GetEnvironment(), BinaryTrainer.Of(binaryEstimator), labelColumnName, TrainerOf(calibrator), maximumCalibrationExampleCount, useProbabilities);
    }

    public static PairwiseCouplingTrainer PairwiseCoupling<TModel>(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        ITrainerEstimator<ISingleFeaturePredictionTransformer<TModel>, TModel> binaryEstimator,
        string labelColumnName = DefaultColumnNames.Label,
        bool imputeMissingLabelsAsNegative = false,
        IEstimator<ISingleFeaturePredictionTransformer<ICalibrator>> calibrator = null,
        int maximumCalibrationExampleCount = MostCalibrationExamples)
        where TModel : class
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new PairwiseCouplingTrainer(
            catalog.GetEnvironment(), BinaryTrainer.Of(binaryEstimator), labelColumnName, TrainerOf(calibrator), maximumCalibrationExampleCount);
    }

    public static NaiveBayesMulticlassTrainer NaiveBayes(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        return new NaiveBayesMulticlassTrainer(catalog.GetEnvironment(), labelColumnName, featureColumnName);
    }

    private static CalibratorTrainer TrainerOf(IEstimator<ISingleFeaturePredictionTransformer<ICalibrator>> calibrator) =>
        (calibrator as IHasCalibratorTrainer)?.CalibratorTrainer;
}
