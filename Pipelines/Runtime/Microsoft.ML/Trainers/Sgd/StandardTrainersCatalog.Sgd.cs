using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Microsoft.ML;

public static partial class StandardTrainersCatalog
{
    public static SgdCalibratedTrainer SgdCalibrated(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        string exampleWeightColumnName = null,
        int numberOfIterations = SgdDefaults.NumberOfIterations,
        double learningRate = SgdDefaults.LearningRate,
        float l2Regularization = SgdDefaults.L2Regularization) =>
        catalog.SgdCalibrated(new SgdCalibratedTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            NumberOfIterations = numberOfIterations,
            LearningRate = learningRate,
            L2Regularization = l2Regularization,
        });

    public static SgdCalibratedTrainer SgdCalibrated(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, SgdCalibratedTrainer.Options options)
    {
        CheckOptions(catalog, options);
        return new SgdCalibratedTrainer(catalog.GetEnvironment(), options);
    }

    public static SgdNonCalibratedTrainer SgdNonCalibrated(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = DefaultColumnNames.Label,
        string featureColumnName = DefaultColumnNames.Features,
        string exampleWeightColumnName = null,
        IClassificationLoss lossFunction = null,
        int numberOfIterations = SgdDefaults.NumberOfIterations,
        double learningRate = SgdDefaults.LearningRate,
        float l2Regularization = SgdDefaults.L2Regularization) =>
        catalog.SgdNonCalibrated(new SgdNonCalibratedTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ExampleWeightColumnName = exampleWeightColumnName,
            LossFunction = lossFunction,
            NumberOfIterations = numberOfIterations,
            LearningRate = learningRate,
            L2Regularization = l2Regularization,
        });

    public static SgdNonCalibratedTrainer SgdNonCalibrated(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, SgdNonCalibratedTrainer.Options options)
    {
        CheckOptions(catalog, options);
        return new SgdNonCalibratedTrainer(catalog.GetEnvironment(), options);
    }
}
