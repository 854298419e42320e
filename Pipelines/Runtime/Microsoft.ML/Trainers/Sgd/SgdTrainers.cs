using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Trains a logistic regression by stochastic gradient descent: its scores are log-odds.</summary>
public sealed class SgdCalibratedTrainer : SgdBinaryTrainerBase<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>
{
    /// <inheritdoc/>
    public sealed class Options : OptionsBase
    {
    }

    internal SgdCalibratedTrainer(IHostEnvironment env, Options options) : base(env, options, new LogLoss())
    {
    }

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.CalibratedBinaryOutputs();

    private protected override CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator> MakeModel(VBuffer<float> weights, float bias)
    {
        var linear = new LinearBinaryModelParameters(Host, in weights, bias);
        return new CalibratedModelParameters<LinearBinaryModelParameters, PlattCalibrator>(Host, linear, new PlattCalibrator(Host, -1, 0));
    }
}

/// <summary>Trains a linear model of two classes under any loss by stochastic gradient descent.</summary>
public sealed class SgdNonCalibratedTrainer : SgdBinaryTrainerBase<LinearBinaryModelParameters>
{
    /// <inheritdoc/>
    public sealed class Options : OptionsBase
    {
        /// <summary>The loss. The default value is a <see cref="LogLoss"/>.</summary>
        public IClassificationLoss LossFunction = new LogLoss();
    }

    internal SgdNonCalibratedTrainer(IHostEnvironment env, Options options) : base(env, options, options.LossFunction)
    {
    }

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.BinaryOutputs();

    private protected override LinearBinaryModelParameters MakeModel(VBuffer<float> weights, float bias) => new(Host, in weights, bias);
}
