using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Trains an averaged perceptron, or a linear model of two classes under another loss.</summary>
/// <remarks>Y. Freund and R. E. Schapire, "Large Margin Classification Using the Perceptron Algorithm" (1999).</remarks>
public sealed class AveragedPerceptronTrainer : AveragedLinearTrainer<BinaryPredictionTransformer<LinearBinaryModelParameters>, LinearBinaryModelParameters>
{
    internal const int DefaultIterations = 10;

    /// <summary>The options of the averaged perceptron.</summary>
    public sealed class Options : AveragedLinearOptions
    {
        public Options()
        {
            NumberOfIterations = DefaultIterations;
        }

        /// <summary>The loss. The default value is null: <see cref="HingeLoss"/>.</summary>
        public IClassificationLoss LossFunction { get; set; }
    }

    internal AveragedPerceptronTrainer(IHostEnvironment env, Options options)
        : base(options, env, "Averaged Perceptron", TrainerColumns.BooleanLabel(options.LabelColumnName), options.LossFunction ?? new HingeLoss(), needsCalibration: true)
    {
    }

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.BinaryOutputs();

    private protected override void CheckLabel(RoleMappedData data) => data.CheckBinaryLabel();

    private protected override LinearBinaryModelParameters MakeModel(VBuffer<float> weights, float bias) => new(Host, in weights, bias);

    private protected override BinaryPredictionTransformer<LinearBinaryModelParameters> MakeTransformer(LinearBinaryModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);
}
