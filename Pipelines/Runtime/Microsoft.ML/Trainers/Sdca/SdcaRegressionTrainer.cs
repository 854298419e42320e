using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Trains a linear regression by SDCA.</summary>
public sealed class SdcaRegressionTrainer : SdcaTrainerBase<SdcaRegressionTrainer.Options, RegressionPredictionTransformer<LinearRegressionModelParameters>, LinearRegressionModelParameters>
{
    private readonly ISupportSdcaRegressionLoss _loss;

    /// <summary>The options of SDCA for regression.</summary>
    public sealed class Options : OptionsBase
    {
        public Options()
        {
            ConvergenceTolerance = 0.01f;
            BiasLearningRate = 1;
        }

        /// <summary>The loss. The default value is null: <see cref="SquaredLoss"/>.</summary>
        public ISupportSdcaRegressionLoss LossFunction { get; set; }
    }

    internal SdcaRegressionTrainer(IHostEnvironment env, Options options) : base(env, options, TrainerColumns.SingleLabel(options.LabelColumnName))
    {
        _loss = options.LossFunction ?? new SquaredLoss();
    }

    private protected override int MostDefaultThreads => 2;

    private protected override int CheckLabel(RoleMappedData data)
    {
        data.CheckRegressionLabel();
        return 1;
    }

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.ScalarOutputs();

    private protected override float DefaultL2(int iterations, long exampleCount, int threads) => exampleCount switch
    {
        > 10000 => 1e-4f,
        < 200 => 1e-2f,
        _ => 1e-3f,
    };

    private protected override SdcaSolver MakeSolver(TrainingSet examples, in SdcaSettings settings, int[] seeds, int functionCount) =>
        new ScalarSdca(Host, examples, _loss, in settings, seeds);

    private protected override LinearRegressionModelParameters MakeModel(SdcaSolver solver, float[] bias, int featureCount) =>
        new(Host, SparseWeights(solver, featureCount), bias[0]);

    private protected override RegressionPredictionTransformer<LinearRegressionModelParameters> MakeTransformer(LinearRegressionModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);
}
