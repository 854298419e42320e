using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The base of trainers of linear models of two classes by stochastic gradient descent.</summary>
/// <remarks>
/// Deterministic for a seed with one thread; several threads make their passes at once, without locks.
/// F. Niu et al., "Hogwild!: A Lock-Free Approach to Parallelizing Stochastic Gradient Descent" (2011).
/// </remarks>
public abstract class SgdBinaryTrainerBase<TModel> : LinearTrainerBase<BinaryPredictionTransformer<TModel>, TModel> where TModel : class
{
    private readonly OptionsBase _options;
    private readonly IClassificationLoss _loss;

    /// <summary>The options of stochastic gradient descent.</summary>
    public class OptionsBase : TrainerInputBaseWithWeight
    {
        /// <summary>The weight of the L2 penalty. The default value is 1e-6.</summary>
        public float L2Regularization = SgdDefaults.L2Regularization;

        /// <summary>How many passes run at once, without locks. The default value is null: half the processors, at most 8.</summary>
        public int? NumberOfThreads;

        /// <summary>The improvement below which training counts as converged. The default value is 1e-4.</summary>
        public double ConvergenceTolerance = 1e-4;

        /// <summary>The number of passes over the data. The default value is 20.</summary>
        public int NumberOfIterations = SgdDefaults.NumberOfIterations;

        /// <summary>The size of the first steps. The default value is 0.01.</summary>
        public double LearningRate = SgdDefaults.LearningRate;

        /// <summary>Whether to shuffle in every pass. The default value is true.</summary>
        public bool Shuffle = true;

        /// <summary>What the weight of a positive example is multiplied by. The default value is 1.</summary>
        public float PositiveInstanceWeight = 1;

        /// <summary>After how many passes to look at the loss. The default value is null: the number of threads.</summary>
        public int? CheckFrequency;

        internal void Check(IHostEnvironment env)
        {
            Contracts.CheckUserArg(L2Regularization >= 0, nameof(L2Regularization), "Must be non-negative.");
            Contracts.CheckUserArg(LearningRate > 0, nameof(LearningRate), "Must be positive.");
            Contracts.CheckUserArg(NumberOfIterations > 0, nameof(NumberOfIterations), "Must be positive.");
            Contracts.CheckUserArg(PositiveInstanceWeight > 0, nameof(PositiveInstanceWeight), "Must be positive");
            if (ConvergenceTolerance <= 0)
                ConvergenceTolerance = float.Epsilon;
            if (LearningRate * L2Regularization < 1)
                return;
            using var channel = env.Start("Argument Adjustment");
            channel.Warning(MessageSensitivity.None, $"{nameof(LearningRate)} {LearningRate} set too high; reducing to {0.5f / L2Regularization}");
            LearningRate = 0.5f / L2Regularization;
        }
    }

    private protected SgdBinaryTrainerBase(IHostEnvironment env, OptionsBase options, IClassificationLoss loss)
        : base(env, options.FeatureColumnName, TrainerColumns.BooleanLabel(options.LabelColumnName), options.ExampleWeightColumnName)
    {
        options.Check(env);
        _options = options;
        _loss = loss ?? new LogLoss();
    }

    public override TrainerInfo Info { get; } = new(incremental: true);

    private protected sealed override bool ShuffleData => _options.Shuffle;

    /// <summary>Continues the training of a model.</summary>
    public BinaryPredictionTransformer<TModel> Fit(IDataView trainData, LinearModelParameters modelParameters) =>
        TrainTransformer(trainData, modelParameters);

    private protected sealed override void CheckLabel(RoleMappedData data) => data.CheckBinaryLabel();

    private protected sealed override BinaryPredictionTransformer<TModel> MakeTransformer(TModel model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    private protected abstract TModel MakeModel(VBuffer<float> weights, float bias);

    private protected sealed override TModel Train(IChannel channel, TrainingSet examples, LinearModelParameters initialModel)
    {
        int threads = _options.NumberOfThreads ?? StochasticTraining.DefaultThreads();
        Contracts.CheckUserArg(threads > 0, nameof(OptionsBase.NumberOfThreads), "The number of threads must be either null or a positive integer.");
        channel.WarnOfSkipped(examples);
        float[] weights = initialModel == null ? new float[examples.FeatureCount] : [.. initialModel.Weights];
        Contracts.CheckParam(weights.Length == examples.FeatureCount, "modelParameters", $"The initial model has {weights.Length} features, the training set {examples.FeatureCount}.");
        var seeds = new int[_options.NumberOfIterations];
        for (int i = 0; i < seeds.Length; i++)
            seeds[i] = Host.Rand.Next();
        var descent = new StochasticGradientDescent(Host, examples, _loss, weights, initialModel?.Bias ?? 0, _options.LearningRate, _options.L2Regularization, _options.PositiveInstanceWeight);
        if (threads == 1)
        {
            foreach (int seed in seeds)
                Pass(seed);
        }
        else
        {
            Parallel.ForEach(seeds, new ParallelOptions { MaxDegreeOfParallelism = threads }, Pass);
        }
        return MakeModel(LinearModelParameters.MaybeSparse(descent.Finish()), descent.Bias);

        void Pass(int seed) => descent.Pass(_options.Shuffle ? RandomUtils.Create(seed) : null);
    }
}

internal static class SgdDefaults
{
    public const float L2Regularization = 1e-6f;
    public const int NumberOfIterations = 20;
    public const double LearningRate = 0.01;
}
