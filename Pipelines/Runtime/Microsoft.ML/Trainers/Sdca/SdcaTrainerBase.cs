using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The base of trainers of linear models by stochastic dual coordinate ascent.</summary>
/// <remarks>
/// What the options leave open is chosen from the first training set and then kept. Deterministic for a seed with one thread.
/// S. Shalev-Shwartz and T. Zhang, "Stochastic Dual Coordinate Ascent Methods for Regularized Loss Minimization" (2013).
/// </remarks>
public abstract class SdcaTrainerBase<TOptions, TTransformer, TModel> : StochasticTrainerBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
    where TOptions : SdcaTrainerBase<TOptions, TTransformer, TModel>.OptionsBase, new()
{
    /// <summary>The options of SDCA.</summary>
    public abstract class OptionsBase : TrainerInputBaseWithWeight
    {
        private const float SmallestL2 = 1e-9f;

        private protected OptionsBase()
        {
        }

        /// <summary>The weight of the L2 penalty. The default value is null: chosen from the data.</summary>
        public float? L2Regularization;

        /// <summary>The L1 threshold: weights up to it become zero. The default value is null: chosen from the number of features.</summary>
        public float? L1Regularization;

        /// <summary>How many passes run at once, without locks. The default value is null: half the processors, at most 8.</summary>
        public int? NumberOfThreads;

        /// <summary>The ratio of the duality gap to the loss at which training ends.</summary>
        public float ConvergenceTolerance = 0.1f;

        /// <summary>The largest number of passes. The default value is null: chosen from the number of examples.</summary>
        public int? MaximumNumberOfIterations;

        /// <summary>Whether to shuffle in every pass. The default value is true.</summary>
        public bool Shuffle = true;

        /// <summary>After how many passes to check for convergence; not above 0 for never. The default value is null: the number of threads.</summary>
        public int? ConvergenceCheckFrequency;

        /// <summary>How fast the bias is freed from regularisation.</summary>
        public float BiasLearningRate;

        internal virtual void Check(IHostEnvironment env)
        {
            Contracts.CheckUserArg(L2Regularization is null or >= 0, nameof(L2Regularization), "L2 constant must be non-negative.");
            Contracts.CheckUserArg(L1Regularization is null or >= 0, nameof(L1Regularization), "L1 threshold must be non-negative.");
            Contracts.CheckUserArg(MaximumNumberOfIterations is null or > 0, nameof(MaximumNumberOfIterations), "Max number of iterations must be positive.");
            Contracts.CheckUserArg(ConvergenceTolerance is > 0 and <= 1, nameof(ConvergenceTolerance), "Convergence tolerance must be positive and no larger than 1.");
            if (!(L2Regularization < SmallestL2))
                return;
            using var channel = env.Start("SDCA arguments checking");
            channel.Warning(MessageSensitivity.None, $"{nameof(L2Regularization)} = {L2Regularization} is too small for SDCA to converge; {SmallestL2} is used.");
            L2Regularization = SmallestL2;
        }
    }

    private protected SdcaTrainerBase(IHostEnvironment env, TOptions options, SchemaShape.Column label)
        : base(env.Register("SdcaTrainerBase"), TrainerColumns.Features(options.FeatureColumnName), label, TrainerColumns.Weight(options.ExampleWeightColumnName))
    {
        TrainerOptions = options;
        options.Check(env);
    }

    private protected TOptions TrainerOptions { get; }

    private protected sealed override bool ShuffleData => TrainerOptions.Shuffle;

    /// <summary>The most threads where the program leaves it to the trainer.</summary>
    private protected virtual int MostDefaultThreads => 8;

    private protected abstract SdcaSolver MakeSolver(TrainingSet examples, in SdcaSettings settings, int[] seeds, int functionCount);

    private protected abstract TModel MakeModel(SdcaSolver solver, float[] bias, int featureCount);

    private protected sealed override TModel Train(IChannel channel, TrainingSet examples, LinearModelParameters initialModel, int outputCount)
    {
        int threads = TrainerOptions.NumberOfThreads ?? StochasticTraining.DefaultThreads(MostDefaultThreads);
        Contracts.CheckUserArg(threads > 0, nameof(OptionsBase.NumberOfThreads), "The number of threads must be either null or a positive integer.");
        channel.Info(MessageSensitivity.None, $"Training with {threads} thread(s).");
        if (examples.Skipped > 0)
            channel.Warning(MessageSensitivity.None, $"Skipped {examples.Skipped} instances with missing features/label during training");
        Contracts.Check(examples.Count > 0, "Training set has 0 instances, aborting training.");
        Tune(channel, examples, threads);
        var settings = new SdcaSettings(
            TrainerOptions.L2Regularization.Value,
            TrainerOptions.L1Regularization.Value,
            TrainerOptions.BiasLearningRate,
            TrainerOptions.ConvergenceTolerance,
            threads,
            (TrainerOptions.ConvergenceCheckFrequency ?? threads) is > 0 and var frequency ? frequency : int.MaxValue,
            TrainerOptions.MaximumNumberOfIterations.Value,
            TrainerOptions.Shuffle);
        var seeds = new int[settings.MaximumIterations];
        for (int i = 0; i < seeds.Length; i++)
            seeds[i] = Host.Rand.Next();
        var solver = MakeSolver(examples, settings, seeds, outputCount);
        var bias = solver.Run();
        channel.Info(MessageSensitivity.None, solver.BestIteration > 0 ? $"Using the model of iteration {solver.BestIteration}." : "Using the model of the last iteration.");
        return MakeModel(solver, bias, examples.FeatureCount);
    }

    /// <summary>The L2 constant where the program leaves it to the trainer.</summary>
    private protected virtual float DefaultL2(int iterations, long exampleCount, int threads)
    {
        long expectedIterations = (long)Math.Max(2, iterations / 2 / threads) * threads;
        return Math.Max(1e-6f, 20f / (expectedIterations * exampleCount));
    }

    private void Tune(IChannel channel, TrainingSet examples, int threads)
    {
        if (TrainerOptions.MaximumNumberOfIterations == null)
        {
            int iterations = Math.Max(1, 500_000 / examples.Count) * 3;
            TrainerOptions.MaximumNumberOfIterations = Math.Max(2, Math.Max(1, iterations / threads) * threads);
            channel.Info(MessageSensitivity.None, $"Chose {TrainerOptions.MaximumNumberOfIterations} iterations at most.");
        }
        if (TrainerOptions.L2Regularization == null)
        {
            TrainerOptions.L2Regularization = DefaultL2(TrainerOptions.MaximumNumberOfIterations.Value, examples.Count, threads);
            channel.Info(MessageSensitivity.None, $"Chose an L2 constant of {TrainerOptions.L2Regularization}.");
        }
        if (TrainerOptions.L1Regularization == null)
        {
            TrainerOptions.L1Regularization = examples.FeatureCount switch
            {
                < 100 => 0,
                < 1000 => 0.25f,
                < 10000 => 0.5f,
                _ => 1,
            };
            channel.Info(MessageSensitivity.None, $"Chose an L1 threshold of {TrainerOptions.L1Regularization}.");
        }
    }

    /// <summary>The weights of a single linear function, sparse where most are zero.</summary>
    private protected static VBuffer<float> SparseWeights(SdcaSolver solver, int featureCount)
    {
        var weights = new float[featureCount];
        solver.CopyWeights(0, weights);
        return LinearModelParameters.MaybeSparse(weights);
    }
}
