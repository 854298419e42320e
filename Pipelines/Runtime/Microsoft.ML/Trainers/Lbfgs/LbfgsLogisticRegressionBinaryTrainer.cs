using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Trains a linear model of two classes by logistic regression, minimised by limited-memory BFGS.</summary>
public sealed class LbfgsLogisticRegressionBinaryTrainer : LbfgsTrainerBase<
    LbfgsLogisticRegressionBinaryTrainer.Options,
    BinaryPredictionTransformer<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>,
    CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>
{
    /// <summary>The options of the trainer.</summary>
    public sealed class Options : OptionsBase
    {
        /// <summary>Whether to compute statistics of the model on its training set. The default value is false.</summary>
        public bool ShowTrainingStatistics;

        /// <summary>What computes the standard errors of the weights. The default value is null: they are not computed.</summary>
        public ComputeLogisticRegressionStandardDeviation ComputeStandardDeviation;
    }

    private double _positiveWeight;

    internal LbfgsLogisticRegressionBinaryTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerColumns.BooleanLabel(options.LabelColumnName))
    {
    }

    /// <summary>Continues the training of a model.</summary>
    public BinaryPredictionTransformer<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>> Fit(IDataView trainData, LinearModelParameters modelParameters) =>
        TrainTransformer(trainData, modelParameters);

    private protected override int CheckLabel(RoleMappedData data)
    {
        data.CheckBinaryLabel();
        return 1;
    }

    private protected override LbfgsObjective MakeObjective(TrainingSet examples, int biasCount, double weightSum, int threads) =>
        new LogisticObjective(Host, examples, TrainerOptions.L2Regularization, weightSum, threads);

    private protected override float[] ParametersOf(object model, int biasCount, int featureCount) =>
        ParametersOfLinear((LinearModelParameters)model, featureCount);

    private protected override CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator> MakeModel(
        TrainingSet examples, float[] parameters, int biasCount, float loss, double weightSum)
    {
        ModelStatisticsBase statistics = null;
        if (TrainerOptions.ShowTrainingStatistics)
        {
            foreach (int row in examples.Order())
            {
                if (examples.Labels[row] > 0)
                    _positiveWeight += examples.Weight(row);
            }
            statistics = MakeStatistics(examples, parameters, loss, weightSum);
        }
        var weights = new VBuffer<float>(parameters.Length - 1, parameters[1..]);
        return new CalibratedModelParameters<LinearBinaryModelParameters, PlattCalibrator>(
            Host,
            new LinearBinaryModelParameters(Host, in weights, parameters[0], statistics),
            new PlattCalibrator(Host, -1, 0));
    }

    private ModelStatisticsBase MakeStatistics(TrainingSet examples, float[] parameters, float loss, double weightSum)
    {
        using var channel = Host.Start("Training");
        float l2 = TrainerOptions.L2Regularization;
        float deviance = TrainingDeviance.OfModel(parameters, 1, loss, weightSum, TrainerOptions.L1Regularization, l2);
        float nullDeviance = TrainingDeviance.OfPrior(_positiveWeight / weightSum, weightSum);
        var selected = LogisticHessian.Selected(parameters);
        long size = (long)selected.Length * (selected.Length + 1) / 2;
        if (size > Array.MaxLength || TrainerOptions.ComputeStandardDeviation == null)
        {
            channel.Warning(MessageSensitivity.None, "The standard errors of the weights are not computed: there are too many weights, or the options name nothing that computes them.");
            return new ModelStatisticsBase(Host, examples.Count, selected.Length, deviance, nullDeviance);
        }
        var hessian = LogisticHessian.Compute(examples, parameters, selected, l2);
        var indices = selected.Length == parameters.Length ? null : selected;
        var errors = TrainerOptions.ComputeStandardDeviation.ComputeStandardDeviation(hessian, indices, selected.Length, parameters.Length, channel, l2);
        return new LinearModelParameterStatistics(Host, examples.Count, selected.Length, deviance, nullDeviance, errors, new VBuffer<float>(parameters.Length - 1, parameters[1..]), parameters[0]);
    }

    private protected override BinaryPredictionTransformer<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>> MakeTransformer(
        CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator> model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.CalibratedBinaryOutputs();
}
