using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Trains a linear regression by gradient steps after each example.</summary>
public sealed class OnlineGradientDescentTrainer : AveragedLinearTrainer<RegressionPredictionTransformer<LinearRegressionModelParameters>, LinearRegressionModelParameters>
{
    internal const float DefaultLearningRate = 0.1f;

    /// <summary>The options of online gradient descent.</summary>
    public sealed class Options : AveragedLinearOptions
    {
        public Options()
        {
            LearningRate = DefaultLearningRate;
            DecreaseLearningRate = true;
        }

        /// <summary>The loss. The default value is null: <see cref="SquaredLoss"/>.</summary>
        public IRegressionLoss LossFunction { get; set; }
    }

    internal OnlineGradientDescentTrainer(IHostEnvironment env, Options options)
        : base(options, env, "Stochastic Gradient Descent (Regression)", TrainerColumns.SingleLabel(options.LabelColumnName), options.LossFunction ?? new SquaredLoss(), needsCalibration: false)
    {
    }

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.ScalarOutputs();

    private protected override void CheckLabel(RoleMappedData data) => data.CheckRegressionLabel();

    private protected override LinearRegressionModelParameters MakeModel(VBuffer<float> weights, float bias) => new(Host, in weights, bias);

    private protected override RegressionPredictionTransformer<LinearRegressionModelParameters> MakeTransformer(LinearRegressionModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);
}
