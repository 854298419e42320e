using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The options of trainers that learn from one example after another.</summary>
public abstract class OnlineLinearOptions : TrainerInputBaseWithLabel
{
    private protected OnlineLinearOptions()
    {
    }

    /// <summary>The number of passes over the data. The default value is 1 unless the trainer says otherwise.</summary>
    public int NumberOfIterations = 1;

    /// <summary>The width of the interval around 0 from which the first weights are drawn. The default value is 0: all are 0.</summary>
    public float InitialWeightsDiameter;

    /// <summary>Whether to shuffle in every pass, where the data can be shuffled. The default value is true.</summary>
    public bool Shuffle = true;
}

/// <summary>The base of trainers of linear models that learn from one example after another.</summary>
public abstract class OnlineLinearTrainer<TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private protected const string MustBePositive = "must be positive";
    private protected const string MustNotBeNegative = "must be non-negative";
    private const int RowsBetweenStopChecks = 1024;

    private readonly OnlineLinearOptions _options;

    private protected OnlineLinearTrainer(OnlineLinearOptions options, IHostEnvironment env, string name, SchemaShape.Column label, bool needsCalibration)
        : base(env.Register(name), TrainerColumns.Features(options.FeatureColumnName), label)
    {
        Contracts.CheckUserArg(options.NumberOfIterations > 0, nameof(options.NumberOfIterations), MustBePositive);
        Contracts.CheckUserArg(options.InitialWeightsDiameter >= 0, nameof(options.InitialWeightsDiameter), MustNotBeNegative);
        _options = options;
        Info = new TrainerInfo(calibration: needsCalibration, incremental: true);
    }

    public override TrainerInfo Info { get; }

    /// <summary>Continues the training of a model.</summary>
    public TTransformer Fit(IDataView trainData, LinearModelParameters modelParameters) => TrainTransformer(trainData, modelParameters);

    private protected sealed override TModel TrainModel(TrainContext context)
    {
        Contracts.CheckParam(context.InitialModel is null or LinearModelParameters, nameof(context), "Initial predictor was not a linear predictor.");
        context.TrainingSet.CheckFeatures();
        CheckLabel(context.TrainingSet);
        using var channel = Host.Start("Training");
        var learner = MakeLearner(InitialWeights((LinearModelParameters)context.InitialModel, context.TrainingSet.FeatureCount, out float bias), bias);
        bool shuffle = _options.Shuffle;
        if (shuffle && !context.TrainingSet.Data.CanShuffle)
        {
            channel.Warning(MessageSensitivity.None, "Training data does not support shuffling, so ignoring request to shuffle");
            shuffle = false;
        }
        var examples = context.Examples ?? TrainingSet.Load(Host, context.TrainingSet);
        Contracts.Check(examples.Count > 0, "No valid training instances found, all instances have missing features.");
        for (int i = 0; i < _options.NumberOfIterations; i++)
            Pass(learner, examples, examples.Order(shuffle ? Host.Rand : null));
        if (examples.BadFeatures > 0)
            channel.Warning(MessageSensitivity.None, $"Skipped {examples.BadFeatures} instances with missing features in each of {_options.NumberOfIterations} iterations");
        Contracts.Check(learner.IsFinite, "The weights/bias contain invalid values (NaN or Infinite). Potential causes: high learning rates, no normalization, high initial weights, etc.");
        var (weights, finalBias) = learner.Finish();
        return MakeModel(new VBuffer<float>(weights.Length, weights), finalBias);
    }

    /// <summary>Throws where the label is of a wrong type.</summary>
    private protected abstract void CheckLabel(RoleMappedData data);

    private protected abstract OnlineLearner MakeLearner(float[] weights, float bias);

    private protected abstract TModel MakeModel(VBuffer<float> weights, float bias);

    private void Pass(OnlineLearner learner, TrainingSet examples, ReadOnlySpan<int> order)
    {
        learner.BeginPass();
        for (int i = 0; i < order.Length; i++)
        {
            if (i % RowsBetweenStopChecks == 0)
                Host.CheckAlive();
            int row = order[i];
            learner.Learn(examples.Features(row), examples.Labels[row], examples.Weight(row));
        }
        learner.EndPass();
    }

    private float[] InitialWeights(LinearModelParameters initial, int featureCount, out float bias)
    {
        bias = 0;
        if (initial != null)
        {
            Contracts.CheckParam(initial.Weights.Count == featureCount, "modelParameters", $"The initial model has {initial.Weights.Count} features, the training set {featureCount}.");
            bias = initial.Bias;
            return [.. initial.Weights];
        }
        var weights = new float[featureCount];
        if (_options.InitialWeightsDiameter > 0)
        {
            foreach (ref float weight in weights.AsSpan())
                weight = Draw();
            bias = Draw();
        }
        return weights;

        float Draw() => _options.InitialWeightsDiameter * (Internal.RandomUtils.NextSingle(Host.Rand) - 0.5f);
    }
}
