using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Recommendation;

/// <summary>
/// Neural collaborative filtering (He, Liao, Zhang, Nie, Hu and Chua, "Neural collaborative filtering", WWW 2017): the log odds that a user takes an item are a weighted product of
/// embeddings (GMF) plus what a multilayer perceptron makes of other embeddings (MLP), together NeuMF. Trained by binary cross-entropy on the interactions and on items drawn at
/// random, with AdamW on LibTorch. Weights of interactions, over their mean, weigh in the loss.
/// </summary>
/// <remarks>
/// LibTorch is loaded when it is fitted, and only then: what was learnt recommends without it, from managed memory, on the processor. Reads its input once; the trainings of one
/// process take turns. Steps are small: LibTorch trains on one thread unless <see cref="RecommenderOptions.NumberOfThreads"/> says otherwise, and the same seed then gives the same
/// model. A user who was not trained on gets the mean of the embeddings of up to 50 users who share the most items with him, each by how alike they are (the cosine of
/// their items). Factorisations such as Ease and ImplicitAls are quicker and, on tables of ordinary size, usually better (Rendle, Krichene, Zhang and Anderson, "Neural
/// collaborative filtering vs. matrix factorization revisited", RecSys 2020); measure both.
/// </remarks>
public sealed class NeuralCfEstimator : RecommenderEstimator<NeuralCfOptions>
{
    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public NeuralCfEstimator(NeuralCfOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Train(InteractionMatrix data)
    {
        var (train, held) = NeuralCfSplit.Of(data, Options);
        var weights = NeuralCfWeights.Random(Options, data.Users.Count, data.Items.Count);
        using var module = new NeuralCfModule(weights, Options.Dropout);
        using var task = new NeuralCfTask(module, data, train, held, Options);
        TrainingTurn.Train(task, new TrainingOptions
        {
            Epochs = Options.Epochs,
            BatchSize = Options.BatchSize,
            MaximumTokensPerMicroBatch = Options.BatchSize,
            LengthBuckets = 1,
            LearningRate = Options.LearningRate,
            WeightDecay = Options.WeightDecay,
            Schedule = LearningRateSchedule.Constant,
            WarmupSteps = 0,
            MaximumGradientNorm = null,
            Precision = TrainingPrecision.Float32,
            Device = Options.Device,
            EarlyStoppingPatience = held is null ? null : Options.EarlyStoppingPatience,
            CheckpointFolder = Options.CheckpointFolder,
            Resume = Options.Resume,
            Seed = Options.Seed,
            // A step is too small to be worth sharing, unless its user thinks otherwise.
            Threads = Math.Min(Options.NumberOfThreads ?? 1, 1024),
            Progress = Options.Progress is { } progress ? new EpochProgress(progress, Options.Epochs, (train.Length + Options.BatchSize - 1) / Options.BatchSize) : null,
            CancellationToken = Options.CancellationToken,
        });
        var learnt = module.ToWeights();
        return learnt.IsFinite ? new NeuralCfModel(data, learnt) : throw RecommendationErrors.Diverged(NeuralCfModel.Name, "Lower LearningRate.");
    }

    /// <summary>Reports once an epoch.</summary>
    private sealed class EpochProgress(IProgress<RecommenderProgress> target, int epochs, long stepsPerEpoch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step % stepsPerEpoch != 0)
                return;
            target.Report(new RecommenderProgress((int)(value.Step / stepsPerEpoch), epochs, value.SmoothedLoss)
            {
                ValidationNdcg = value.Validation?.Values.GetValueOrDefault(NeuralCfTask.Ndcg),
                ValidationHitRate = value.Validation?.Values.GetValueOrDefault(NeuralCfTask.HitRate),
            });
        }
    }
}

/// <summary>Which interactions are trained on, and which are held out.</summary>
internal static class NeuralCfSplit
{
    /// <returns>The places, in <paramref name="data"/>, of what to train on and of what is held out; null where nothing is.</returns>
    public static (int[] Train, int[]? Held) Of(InteractionMatrix data, NeuralCfOptions options)
    {
        if (options.ValidationFraction == 0)
            return ([.. Enumerable.Range(0, data.Count)], null);
        var random = new SplitMix64((ulong)options.Seed * 0x9E3779B97F4A7C15 + 1);
        var isHeld = new bool[data.Count];
        for (int user = 0; user < data.Users.Count; user++)
        {
            int degree = data.Degree(user), wanted = Math.Min(degree - 1, (int)Math.Max(1, Math.Round(degree * options.ValidationFraction)));
            while (wanted > 0)
            {
                ref bool place = ref isHeld[data.Starts[user] + random.Next(degree)];
                if (!place)
                    (place, wanted) = (true, wanted - 1);
            }
        }
        int[] held = [.. Enumerable.Range(0, data.Count).Where(at => isHeld[at])];
        return held.Length == 0 ? ([.. Enumerable.Range(0, data.Count)], null) : ([.. Enumerable.Range(0, data.Count).Where(at => !isHeld[at])], held);
    }
}
