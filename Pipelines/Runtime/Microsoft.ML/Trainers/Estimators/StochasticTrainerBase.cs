using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The base of trainers that visit the examples in random order.</summary>
public abstract class StochasticTrainerBase<TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    public StochasticTrainerBase(IHost host, SchemaShape.Column feature, SchemaShape.Column label, SchemaShape.Column weight = default)
        : base(host, feature, label, weight)
    {
    }

    public override TrainerInfo Info { get; } = new();

    /// <summary>Whether to shuffle in every pass.</summary>
    private protected abstract bool ShuffleData { get; }

    private protected sealed override TModel TrainModel(TrainContext context)
    {
        using var channel = Host.Start("Training");
        int outputCount = CheckLabel(context.TrainingSet);
        var examples = context.LoadShuffled(Host, ShuffleData);
        return Train(channel, examples, LinearModelParameters.FromInitial(context), outputCount);
    }

    /// <summary>Throws where the label is of a wrong type; the number of linear functions to train.</summary>
    private protected abstract int CheckLabel(RoleMappedData data);

    private protected abstract TModel Train(IChannel channel, TrainingSet examples, LinearModelParameters initialModel, int outputCount);
}

/// <summary>The base of trainers of linear models that visit the examples in random order.</summary>
public abstract class LinearTrainerBase<TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    private protected LinearTrainerBase(IHostEnvironment env, string featureColumn, SchemaShape.Column labelColumn, string weightColumn = null)
        : base(env.Register("LinearTrainerBase"), TrainerColumns.Features(featureColumn), labelColumn, TrainerColumns.Weight(weightColumn))
    {
    }

    public override TrainerInfo Info { get; } = new();

    /// <summary>Whether to shuffle in every pass.</summary>
    private protected abstract bool ShuffleData { get; }

    private protected sealed override TModel TrainModel(TrainContext context)
    {
        using var channel = Host.Start("Training");
        CheckLabel(context.TrainingSet);
        var examples = context.LoadShuffled(Host, ShuffleData);
        return Train(channel, examples, LinearModelParameters.FromInitial(context));
    }

    /// <summary>Throws where the label is of a wrong type.</summary>
    private protected abstract void CheckLabel(RoleMappedData data);

    private protected abstract TModel Train(IChannel channel, TrainingSet examples, LinearModelParameters initialModel);
}

internal static class StochasticTraining
{
    private const int PoolRows = 1000;

    /// <summary>The number of threads where the program leaves it to the trainer.</summary>
    public static int DefaultThreads(int most = 8) => Math.Min(most, Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>The examples, with a pool that shuffles them where the data cannot be shuffled.</summary>
    public static TrainingSet LoadShuffled(this TrainContext context, IHost host, bool shuffle)
    {
        var data = context.TrainingSet;
        data.CheckFeatures();
        var examples = context.Examples ?? TrainingSet.Load(host, data);
        if (data.Data.CanShuffle)
            return examples;
        // Registers with the host whether it shuffles or not.
        var pool = new ShufflingDataView(host, data.Data, seed: null, PoolRows, shuffleSource: true);
        return shuffle ? examples.ShuffledBy(pool) : examples;
    }

    /// <summary>Tells of the examples that were left out.</summary>
    public static void WarnOfSkipped(this IChannel channel, TrainingSet examples)
    {
        if (examples.BadFeatures > 0)
            channel.Warning(MessageSensitivity.None, $"Skipped {examples.BadFeatures} instances with missing features during training");
        if (examples.BadLabels > 0)
            channel.Warning(MessageSensitivity.None, $"Skipped {examples.BadLabels} instances with missing label during training");
        if (examples.BadWeights > 0)
            channel.Warning(MessageSensitivity.None, $"Skipped {examples.BadWeights} instances with missing weight during training");
    }
}
