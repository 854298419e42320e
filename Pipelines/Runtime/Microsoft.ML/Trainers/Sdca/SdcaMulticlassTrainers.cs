using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The base of trainers of linear models of several classes by SDCA.</summary>
public abstract class SdcaMulticlassTrainerBase<TModel> :
    SdcaTrainerBase<SdcaMulticlassTrainerBase<TModel>.MulticlassOptions, MulticlassPredictionTransformer<TModel>, TModel>
    where TModel : class
{
    private readonly ISupportSdcaClassificationLoss _loss;

    /// <summary>The options of SDCA for several classes.</summary>
    public class MulticlassOptions : OptionsBase
    {
        internal ISupportSdcaClassificationLoss InternalLoss { get; set; }
    }

    private protected SdcaMulticlassTrainerBase(IHostEnvironment env, MulticlassOptions options)
        : base(env, options, TrainerColumns.KeyLabel(options.LabelColumnName))
    {
        _loss = options.InternalLoss ?? new LogLoss();
    }

    private protected sealed override int CheckLabel(RoleMappedData data) => data.CheckMulticlassLabel();

    private protected sealed override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) =>
        TrainerColumns.MulticlassOutputs(inputSchema, LabelColumn.Name);

    private protected sealed override SdcaSolver MakeSolver(TrainingSet examples, in SdcaSettings settings, int[] seeds, int functionCount) =>
        new MulticlassSdca(Host, examples, _loss, settings, seeds, functionCount);

    private protected sealed override MulticlassPredictionTransformer<TModel> MakeTransformer(TModel model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name);

    private protected static VBuffer<float>[] Weights(SdcaSolver solver, int classCount, int featureCount)
    {
        var weights = new VBuffer<float>[classCount];
        for (int i = 0; i < weights.Length; i++)
        {
            var values = new float[featureCount];
            solver.CopyWeights(i, values);
            weights[i] = new VBuffer<float>(featureCount, values);
        }
        return weights;
    }
}

/// <summary>Trains a maximum entropy classifier by SDCA: its scores are probabilities.</summary>
public sealed class SdcaMaximumEntropyMulticlassTrainer : SdcaMulticlassTrainerBase<MaximumEntropyModelParameters>
{
    /// <inheritdoc/>
    public sealed class Options : MulticlassOptions
    {
    }

    internal SdcaMaximumEntropyMulticlassTrainer(IHostEnvironment env, Options options) : base(env, options)
    {
    }

    private protected override MaximumEntropyModelParameters MakeModel(SdcaSolver solver, float[] bias, int featureCount) =>
        new(Host, Weights(solver, bias.Length, featureCount), bias);
}

/// <summary>Trains a linear model of several classes under any loss that SDCA can minimise.</summary>
public sealed class SdcaNonCalibratedMulticlassTrainer : SdcaMulticlassTrainerBase<LinearMulticlassModelParameters>
{
    /// <inheritdoc/>
    public sealed class Options : MulticlassOptions
    {
        /// <summary>The loss. The default value is null: <see cref="LogLoss"/>.</summary>
        public ISupportSdcaClassificationLoss Loss
        {
            get => InternalLoss;
            set => InternalLoss = value;
        }
    }

    internal SdcaNonCalibratedMulticlassTrainer(IHostEnvironment env, Options options) : base(env, options)
    {
    }

    private protected override LinearMulticlassModelParameters MakeModel(SdcaSolver solver, float[] bias, int featureCount) =>
        new(Host, Weights(solver, bias.Length, featureCount), bias);
}
