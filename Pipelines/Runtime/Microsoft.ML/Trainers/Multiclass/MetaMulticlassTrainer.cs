using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The base of trainers that make a model of several classes of models of two.</summary>
/// <remarks>An example without a label belongs to none of the classes, whatever the catalog's imputeMissingLabelsAsNegative says.</remarks>
public abstract class MetaMulticlassTrainer<TTransformer, TModel> : ITrainerEstimator<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private protected readonly IHost Host;
    private protected readonly SchemaShape.Column LabelColumn;

    private readonly BinaryTrainer _trainer;
    private readonly CalibratorTrainer _calibrator;
    private readonly int _maximumCalibrationCount;

    private protected MetaMulticlassTrainer(IHostEnvironment env, string name, BinaryTrainer trainer, string labelColumn, CalibratorTrainer calibrator, int maximumCalibrationExampleCount)
    {
        Contracts.CheckValue(env, nameof(env));
        Contracts.CheckValue(labelColumn, "labelColumnName");
        Host = env.Register(name);
        LabelColumn = TrainerColumns.KeyLabel(labelColumn);
        _trainer = trainer;
        _calibrator = calibrator ?? new PlattCalibratorTrainer(env);
        _maximumCalibrationCount = maximumCalibrationExampleCount;
        Info = new TrainerInfo(normalization: trainer.Info.NeedNormalization);
    }

    public TrainerInfo Info { get; }

    public abstract TTransformer Fit(IDataView input);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        CheckLabel(inputSchema);
        return inputSchema.With(TrainerColumns.MulticlassOutputs(inputSchema, LabelColumn.Name));
    }

    /// <summary>Reads the examples; what it gives trains models of two classes on them.</summary>
    private protected BinaryLearner Learn(IDataView input, bool needsProbabilities, out int classCount)
    {
        Contracts.CheckValue(input, nameof(input));
        var data = new RoleMappedData(input, LabelColumn.Name);
        classCount = data.CheckMulticlassLabel();
        if (data.Label.Value.Type is not KeyDataViewType)
            throw Contracts.ExceptNotSupp($"Label column type is not supported by {GetType().Name}: {data.Label.Value.Type.RawType}");
        return new BinaryLearner(Host, input, data.Label.Value, _trainer, needsProbabilities ? _calibrator : null, _maximumCalibrationCount);
    }

    private void CheckLabel(SchemaShape inputSchema)
    {
        if (!inputSchema.TryFindColumn(LabelColumn.Name, out var label))
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "label", LabelColumn.Name);
        if (!LabelColumn.IsCompatibleWith(label))
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "label", LabelColumn.Name, LabelColumn.GetTypeString(), label.GetTypeString());
    }
}

/// <summary>Trains for each class a model of whether an example belongs to it.</summary>
public sealed class OneVersusAllTrainer : MetaMulticlassTrainer<MulticlassPredictionTransformer<OneVersusAllModelParameters>, OneVersusAllModelParameters>
{
    private readonly bool _useProbabilities;

    internal OneVersusAllTrainer(IHostEnvironment env, BinaryTrainer trainer, string labelColumn, CalibratorTrainer calibrator, int maximumCalibrationExampleCount, bool useProbabilities)
        : base(env, "OVA", trainer, labelColumn, calibrator, maximumCalibrationExampleCount)
    {
        _useProbabilities = useProbabilities;
    }

    public override MulticlassPredictionTransformer<OneVersusAllModelParameters> Fit(IDataView input)
    {
        var learner = Learn(input, _useProbabilities, out int classCount);
        // The first model is trained twice, which moves the random numbers of the trainer on.
        string featureColumn = learner.Train(label => label == 0).FeatureColumn;
        var models = new IPredictor<float>[classCount];
        for (int i = 0; i < classCount; i++)
        {
            int positive = i;
            models[i] = (IPredictor<float>)learner.Train(label => label == positive).Model;
        }
        var model = new OneVersusAllModelParameters(Host, models, _useProbabilities);
        return new MulticlassPredictionTransformer<OneVersusAllModelParameters>(Host, model, input.Schema, featureColumn, LabelColumn.Name);
    }
}

/// <summary>Trains for each pair of classes, and for each class, a model of whether an example belongs to it.</summary>
public sealed class PairwiseCouplingTrainer : MetaMulticlassTrainer<MulticlassPredictionTransformer<PairwiseCouplingModelParameters>, PairwiseCouplingModelParameters>
{
    internal PairwiseCouplingTrainer(IHostEnvironment env, BinaryTrainer trainer, string labelColumn, CalibratorTrainer calibrator, int maximumCalibrationExampleCount)
        : base(env, "PKPD", trainer, labelColumn, calibrator, maximumCalibrationExampleCount)
    {
    }

    public override MulticlassPredictionTransformer<PairwiseCouplingModelParameters> Fit(IDataView input)
    {
        var learner = Learn(input, needsProbabilities: true, out int classCount);
        // The first model is trained twice, which moves the random numbers of the trainer on.
        string featureColumn = learner.Train(label => label == 0).FeatureColumn;
        var models = new IDistributionPredictor[PairwiseCouplingModelParameters.PairCount(classCount)];
        int next = 0;
        for (int i = 0; i < classCount; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                var (first, second) = (i, j);
                models[next++] = (IDistributionPredictor)learner.Train(label => label == first || label == second).Model;
            }
        }
        var model = new PairwiseCouplingModelParameters(Host, models, classCount);
        return new MulticlassPredictionTransformer<PairwiseCouplingModelParameters>(Host, model, input.Schema, featureColumn, LabelColumn.Name);
    }
}
