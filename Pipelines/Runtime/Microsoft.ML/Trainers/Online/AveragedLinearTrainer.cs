using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The options of trainers whose model is the average of the models after each example.</summary>
public abstract class AveragedLinearOptions : OnlineLinearOptions
{
    private protected AveragedLinearOptions()
    {
    }

    /// <summary>The size of a step.</summary>
    public float LearningRate = 1;

    /// <summary>Whether steps shrink with the square root of the number of updates.</summary>
    public bool DecreaseLearningRate;

    /// <summary>After how many examples the weights are set to their average. The default value is null: never.</summary>
    public long? ResetWeightsAfterXExamples;

    /// <summary>Whether the average is updated only where there is a loss. The default value is true.</summary>
    public bool LazyUpdate = true;

    /// <summary>The L2 penalty: weights are multiplied by 1 − 2 · penalty in each update. At least 0 and below 0.5; the default value is 0.</summary>
    public float L2Regularization;

    /// <summary>What later models weigh more in the average than earlier ones. The default value is 0.</summary>
    public float RecencyGain;

    /// <summary>Whether <see cref="RecencyGain"/> is a factor, not a summand. The default value is false.</summary>
    public bool RecencyGainMultiplicative;

    /// <summary>Whether the model is the average. The default value is true.</summary>
    public bool Averaged = true;
}

/// <summary>The base of trainers whose model is the average of the models after each example.</summary>
public abstract class AveragedLinearTrainer<TTransformer, TModel> : OnlineLinearTrainer<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private readonly AveragedLinearOptions _options;
    private readonly IScalarLoss _loss;

    private protected AveragedLinearTrainer(AveragedLinearOptions options, IHostEnvironment env, string name, SchemaShape.Column label, IScalarLoss loss, bool needsCalibration)
        : base(options, env, name, label, needsCalibration)
    {
        Contracts.CheckUserArg(options.LearningRate > 0, nameof(options.LearningRate), MustBePositive);
        Contracts.CheckUserArg(options.ResetWeightsAfterXExamples is null or > 0, nameof(options.ResetWeightsAfterXExamples), MustBePositive);
        Contracts.CheckUserArg(options.L2Regularization is >= 0 and < 0.5f, nameof(options.L2Regularization), "must be in range [0, 0.5)");
        Contracts.CheckUserArg(options.RecencyGain >= 0, nameof(options.RecencyGain), MustNotBeNegative);
        Contracts.Check(!options.LazyUpdate || !options.RecencyGainMultiplicative && options.RecencyGain == 0, "Cannot have both recency gain and lazy updates.");
        _options = options;
        _loss = loss;
    }

    private protected sealed override OnlineLearner MakeLearner(float[] weights, float bias) => new AveragingLearner(weights, bias, _options, _loss);
}
