using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The base of trainers of linear models of two classes by SDCA.</summary>
public abstract class SdcaBinaryTrainerBase<TModelParameters> :
    SdcaTrainerBase<SdcaBinaryTrainerBase<TModelParameters>.BinaryOptionsBase, BinaryPredictionTransformer<TModelParameters>, TModelParameters>
    where TModelParameters : class
{
    private readonly ISupportSdcaClassificationLoss _loss;

    /// <summary>The options of SDCA for two classes.</summary>
    public class BinaryOptionsBase : OptionsBase
    {
        /// <summary>What the weight of a positive example is multiplied by. The default value is 1.</summary>
        public float PositiveInstanceWeight = 1;

        internal override void Check(IHostEnvironment env)
        {
            base.Check(env);
            Contracts.CheckUserArg(PositiveInstanceWeight > 0, nameof(PositiveInstanceWeight), "Weight for positive instances must be positive");
        }
    }

    private protected SdcaBinaryTrainerBase(IHostEnvironment env, BinaryOptionsBase options, ISupportSdcaClassificationLoss loss)
        : base(env, options, TrainerColumns.BooleanLabel(options.LabelColumnName))
    {
        _loss = loss ?? new LogLoss();
    }

    public override TrainerInfo Info { get; } = new();

    private protected sealed override int CheckLabel(RoleMappedData data)
    {
        data.CheckBinaryLabel();
        return 1;
    }

    private protected sealed override SdcaSolver MakeSolver(TrainingSet examples, in SdcaSettings settings, int[] seeds, int functionCount) =>
        new ScalarSdca(Host, examples, _loss, settings with { PositiveInstanceWeight = TrainerOptions.PositiveInstanceWeight }, seeds);

    private protected sealed override BinaryPredictionTransformer<TModelParameters> MakeTransformer(TModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    private protected LinearBinaryModelParameters MakeLinearModel(SdcaSolver solver, float[] bias, int featureCount) =>
        new(Host, SparseWeights(solver, featureCount), bias[0]);
}

/// <summary>Trains a logistic regression by SDCA: its scores are log-odds.</summary>
public sealed class SdcaLogisticRegressionBinaryTrainer : SdcaBinaryTrainerBase<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>>
{
    /// <inheritdoc/>
    public sealed class Options : BinaryOptionsBase
    {
    }

    internal SdcaLogisticRegressionBinaryTrainer(IHostEnvironment env, Options options) : base(env, options, new LogLoss())
    {
    }

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.CalibratedBinaryOutputs();

    private protected override CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator> MakeModel(SdcaSolver solver, float[] bias, int featureCount)
    {
        var linear = MakeLinearModel(solver, bias, featureCount);
        return new CalibratedModelParameters<LinearBinaryModelParameters, PlattCalibrator>(Host, linear, new PlattCalibrator(Host, -1, 0));
    }
}

/// <summary>Trains a linear model of two classes under any loss that SDCA can minimise.</summary>
public sealed class SdcaNonCalibratedBinaryTrainer : SdcaBinaryTrainerBase<LinearBinaryModelParameters>
{
    /// <inheritdoc/>
    public sealed class Options : BinaryOptionsBase
    {
        /// <summary>The loss. The default value is null: <see cref="LogLoss"/>.</summary>
        public ISupportSdcaClassificationLoss LossFunction { get; set; }
    }

    internal SdcaNonCalibratedBinaryTrainer(IHostEnvironment env, Options options) : base(env, options, options.LossFunction)
    {
    }

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.BinaryOutputs();

    private protected override LinearBinaryModelParameters MakeModel(SdcaSolver solver, float[] bias, int featureCount) =>
        MakeLinearModel(solver, bias, featureCount);
}
