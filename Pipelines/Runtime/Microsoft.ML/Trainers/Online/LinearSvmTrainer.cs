using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Trains a linear support vector machine by stochastic steps on batches.</summary>
/// <remarks>S. Shalev-Shwartz et al., "Pegasos: Primal Estimated sub-GrAdient SOlver for SVM" (2007).</remarks>
public sealed class LinearSvmTrainer : OnlineLinearTrainer<BinaryPredictionTransformer<LinearBinaryModelParameters>, LinearBinaryModelParameters>
{
    private readonly Options _options;

    /// <summary>The options of the linear support vector machine.</summary>
    public sealed class Options : OnlineLinearOptions
    {
        /// <summary>The weight of the L2 penalty. Positive; the default value is 0.001.</summary>
        public float Lambda = 0.001f;

        /// <summary>The number of examples of a step. The default value is 1.</summary>
        public int BatchSize = 1;

        /// <summary>Whether the weights are kept within the ball of radius 1/√lambda. The default value is false.</summary>
        public bool PerformProjection;

        /// <summary>Whether the bias stays 0. The default value is false.</summary>
        public bool NoBias;

        /// <summary>Has no effect, as in ML.NET: all examples weigh 1.</summary>
        public string ExampleWeightColumnName;
    }

    internal LinearSvmTrainer(IHostEnvironment env, Options options)
        : base(options, env, "SVM (Pegasos-Linear)", TrainerColumns.BooleanLabel(options.LabelColumnName), needsCalibration: true)
    {
        Contracts.CheckUserArg(options.Lambda > 0, nameof(options.Lambda), MustBePositive);
        Contracts.CheckUserArg(options.BatchSize > 0, nameof(options.BatchSize), MustBePositive);
        _options = options;
    }

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.BinaryOutputs();

    private protected override void CheckLabel(RoleMappedData data) => data.CheckBinaryLabel();

    private protected override OnlineLearner MakeLearner(float[] weights, float bias) => new PegasosLearner(weights, bias, _options);

    private protected override LinearBinaryModelParameters MakeModel(VBuffer<float> weights, float bias) => new(Host, in weights, bias);

    private protected override BinaryPredictionTransformer<LinearBinaryModelParameters> MakeTransformer(LinearBinaryModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);
}
