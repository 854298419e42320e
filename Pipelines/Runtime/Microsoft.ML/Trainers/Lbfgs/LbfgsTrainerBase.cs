using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The base of trainers of linear models by limited-memory BFGS.</summary>
/// <remarks>The result depends on the number of threads, since each sums part of the examples, and on nothing else.</remarks>
public abstract class LbfgsTrainerBase<TOptions, TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
    where TOptions : LbfgsTrainerBase<TOptions, TTransformer, TModel>.OptionsBase, new()
{
    /// <summary>The options of limited-memory BFGS.</summary>
    public abstract class OptionsBase : TrainerInputBaseWithWeight
    {
        private protected OptionsBase()
        {
        }

        /// <summary>The weight of the L2 penalty, not negative. The default value is 1.</summary>
        public float L2Regularization = LbfgsDefaults.L2Regularization;

        /// <summary>The weight of the L1 penalty, not negative. The default value is 1.</summary>
        public float L1Regularization = LbfgsDefaults.L1Regularization;

        /// <summary>The improvement below which training ends, positive. The default value is 1e-7.</summary>
        public float OptimizationTolerance = LbfgsDefaults.OptimizationTolerance;

        /// <summary>How many iterations the estimate of the Hessian remembers, positive. The default value is 20.</summary>
        public int HistorySize = LbfgsDefaults.HistorySize;

        /// <summary>The largest number of iterations, positive. The default value is <see cref="int.MaxValue"/>.</summary>
        public int MaximumNumberOfIterations = int.MaxValue;

        /// <summary>Where above 0, training starts from a run of stochastic gradient descent that ends at this tolerance. The default value is 0.</summary>
        public float StochasticGradientDescentInitilaizationTolerance;

        /// <summary>Whether to say nothing while training. The default value is false.</summary>
        public bool Quiet;

        /// <summary>Where above 0, the first weights are drawn from the interval of this width around 0. The default value is 0.</summary>
        public float InitialWeightsDiameter;

        /// <summary>The number of threads, positive. The default value is null: as many as processors.</summary>
        public int? NumberOfThreads;

        /// <summary>Whether to keep vectors dense. The default value is false.</summary>
        public bool DenseOptimizer;

        /// <summary>Whether no weight may be negative. The default value is false.</summary>
        public bool EnforceNonNegativity;

        internal void Check()
        {
            Contracts.CheckUserArg(NumberOfThreads is null or > 0, nameof(NumberOfThreads), "Must be positive (or empty for default)");
            Contracts.CheckUserArg(L2Regularization >= 0, nameof(L2Regularization), "Must be non-negative");
            Contracts.CheckUserArg(L1Regularization >= 0, nameof(L1Regularization), "Must be non-negative");
            Contracts.CheckUserArg(OptimizationTolerance > 0, nameof(OptimizationTolerance), "Must be positive");
            Contracts.CheckUserArg(HistorySize > 0, nameof(HistorySize), "Must be positive");
            Contracts.CheckUserArg(MaximumNumberOfIterations > 0, nameof(MaximumNumberOfIterations), "Must be positive");
            Contracts.CheckUserArg(StochasticGradientDescentInitilaizationTolerance >= 0, nameof(StochasticGradientDescentInitilaizationTolerance), "Must be non-negative");
        }
    }

    /// <summary>The model from which every later training starts too.</summary>
    private object _initialModel;

    private protected LbfgsTrainerBase(IHostEnvironment env, TOptions options, SchemaShape.Column label)
        : base(env.Register("LbfgsTrainerBase"), TrainerColumns.Features(options.FeatureColumnName), label, TrainerColumns.Weight(options.ExampleWeightColumnName))
    {
        TrainerOptions = options;
        options.Check();
    }

    public override TrainerInfo Info { get; } = new(incremental: true);

    private protected TOptions TrainerOptions { get; }

    /// <summary>Throws where the label is of a wrong type; the number of classes with weights of their own.</summary>
    private protected abstract int CheckLabel(RoleMappedData data);

    private protected abstract LbfgsObjective MakeObjective(TrainingSet examples, int biasCount, double weightSum, int threads);

    private protected virtual IStoppingCriterion MakeCriterion() => new MeanImprovement(TrainerOptions.OptimizationTolerance, TrainerOptions.MaximumNumberOfIterations);

    /// <summary>The parameters of a model from which to start.</summary>
    private protected abstract float[] ParametersOf(object model, int biasCount, int featureCount);

    /// <param name="examples">The training set.</param>
    /// <param name="parameters">The biases, then the weights of each class.</param>
    /// <param name="biasCount">The number of classes with weights of their own.</param>
    /// <param name="loss">The value of the objective.</param>
    /// <param name="weightSum">The sum of the weights of the examples.</param>
    private protected abstract TModel MakeModel(TrainingSet examples, float[] parameters, int biasCount, float loss, double weightSum);

    private protected sealed override TModel TrainModel(TrainContext context)
    {
        var data = context.TrainingSet;
        data.CheckFeatures();
        int biasCount = CheckLabel(data);
        if (data.FeatureCount >= Array.MaxLength / biasCount)
            throw Contracts.ExceptParam(nameof(data), $"The number of model parameters which is equal to ('# of features' + 1) * '# of classes' should be less than or equal to {Array.MaxLength}.");
        _initialModel = context.InitialModel ?? _initialModel;

        using var channel = Host.Start("Training");
        var examples = context.Examples ?? TrainingSet.Load(Host, data);
        Contracts.Check(examples.Count > 0, "No valid training instances found, all instances have missing features.");
        if (examples.Skipped > 0)
            channel.Warning(MessageSensitivity.None, $"Skipped {examples.Skipped} instances with missing features/label/weight during training");
        double weightSum = 0;
        foreach (int row in examples.Order())
            weightSum += examples.Weight(row);
        var objective = MakeObjective(examples, biasCount, weightSum, TrainerOptions.NumberOfThreads ?? Environment.ProcessorCount);
        var minimizer = MakeMinimizer(objective, examples, biasCount);
        try
        {
            minimizer.Minimize(MakeCriterion());
        }
        catch (PrematureConvergenceException e)
        {
            if (!TrainerOptions.Quiet)
                channel.Warning(MessageSensitivity.None, $"Premature convergence occurred. The OptimizationTolerance may be set too small. {e.Message}");
        }
        return MakeModel(examples, minimizer.Point, biasCount, minimizer.Value, weightSum);
    }

    private LbfgsMinimizer MakeMinimizer(LbfgsObjective objective, TrainingSet examples, int biasCount)
    {
        var initial = InitialParameters(objective, examples, biasCount);
        bool nonNegative = TrainerOptions.EnforceNonNegativity;
        return TrainerOptions.L1Regularization > 0 && biasCount < initial.Length
            ? new OrthantWiseMinimizer(objective.Evaluate, initial, TrainerOptions.HistorySize, nonNegative, biasCount, TrainerOptions.L1Regularization / examples.Count)
            : new LbfgsMinimizer(objective.Evaluate, initial, TrainerOptions.HistorySize, nonNegative);
    }

    private float[] InitialParameters(LbfgsObjective objective, TrainingSet examples, int biasCount)
    {
        if (_initialModel != null)
            return ParametersOf(_initialModel, biasCount, examples.FeatureCount);
        if (TrainerOptions.InitialWeightsDiameter > 0)
        {
            var drawn = new float[objective.ParameterCount];
            for (int i = 0; i < drawn.Length; i++)
                drawn[i] = TrainerOptions.InitialWeightsDiameter * (RandomUtils.NextSingle(Host.Rand) - 0.5f);
            return drawn;
        }
        float tolerance = TrainerOptions.StochasticGradientDescentInitilaizationTolerance;
        return tolerance > 0 ? StochasticInitialization.Run(objective, examples, tolerance) : new float[objective.ParameterCount];
    }

    /// <summary>The parameters that a model of one linear function stands for.</summary>
    private protected static float[] ParametersOfLinear(LinearModelParameters model, int featureCount) =>
        Join([model.Bias], model.Weights, 1, featureCount);

    /// <summary>Puts biases and weights into one vector.</summary>
    private protected static float[] Join(IReadOnlyCollection<float> biases, IReadOnlyCollection<float> weights, int biasCount, int featureCount)
    {
        Contracts.Check(biases.Count == biasCount, "The initialization predictor has different number of classes than the training data.");
        Contracts.Check(weights.Count == biasCount * featureCount, "The initialization predictor has different number of features than the training data.");
        return [.. biases, .. weights];
    }
}

internal static class LbfgsDefaults
{
    public const float L2Regularization = 1;
    public const float L1Regularization = 1;
    public const float OptimizationTolerance = 1e-7f;
    public const int HistorySize = 20;
}
