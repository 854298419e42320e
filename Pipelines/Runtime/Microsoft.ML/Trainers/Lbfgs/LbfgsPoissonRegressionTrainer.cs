using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Trains a linear model of the logarithm of a count by Poisson regression, minimised by limited-memory BFGS.</summary>
public sealed class LbfgsPoissonRegressionTrainer : LbfgsTrainerBase<
    LbfgsPoissonRegressionTrainer.Options,
    RegressionPredictionTransformer<PoissonRegressionModelParameters>,
    PoissonRegressionModelParameters>
{
    /// <summary>The options of the trainer.</summary>
    public sealed class Options : OptionsBase
    {
    }

    /// <summary>The sum over all training sets so far: it moves the objective, and with it the criterion by which training stops.</summary>
    private double _logFactorials;

    internal LbfgsPoissonRegressionTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerColumns.SingleLabel(options.LabelColumnName))
    {
    }

    /// <summary>Continues the training of a model.</summary>
    public RegressionPredictionTransformer<PoissonRegressionModelParameters> Fit(IDataView trainData, LinearModelParameters linearModel) =>
        TrainTransformer(trainData, linearModel);

    private protected override int CheckLabel(RoleMappedData data)
    {
        data.CheckRegressionLabel();
        return 1;
    }

    private protected override LbfgsObjective MakeObjective(TrainingSet examples, int biasCount, double weightSum, int threads)
    {
        foreach (int row in examples.Order())
        {
            float label = examples.Labels[row];
            if (!(label >= 0))
                throw Contracts.Except($"Poisson regression must regress to a non-negative label, but label {label} encountered");
            _logFactorials += ScalarMath.LogGamma(label + 1);
        }
        return new PoissonObjective(Host, examples, TrainerOptions.L2Regularization, weightSum, threads, _logFactorials / examples.Count);
    }

    private protected override IStoppingCriterion MakeCriterion() =>
        new MeanRelativeImprovement(TrainerOptions.OptimizationTolerance, TrainerOptions.MaximumNumberOfIterations);

    private protected override float[] ParametersOf(object model, int biasCount, int featureCount) =>
        ParametersOfLinear((LinearModelParameters)model, featureCount);

    private protected override PoissonRegressionModelParameters MakeModel(TrainingSet examples, float[] parameters, int biasCount, float loss, double weightSum) =>
        new(Host, new VBuffer<float>(parameters.Length - 1, parameters[1..]), parameters[0]);

    private protected override RegressionPredictionTransformer<PoissonRegressionModelParameters> MakeTransformer(PoissonRegressionModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.ScalarOutputs();
}
