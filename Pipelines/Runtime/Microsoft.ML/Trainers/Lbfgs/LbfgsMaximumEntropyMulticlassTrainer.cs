using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Trains a maximum entropy model of several classes, minimised by limited-memory BFGS.</summary>
public sealed class LbfgsMaximumEntropyMulticlassTrainer : LbfgsTrainerBase<
    LbfgsMaximumEntropyMulticlassTrainer.Options,
    MulticlassPredictionTransformer<MaximumEntropyModelParameters>,
    MaximumEntropyModelParameters>
{
    /// <summary>The options of the trainer.</summary>
    public sealed class Options : OptionsBase
    {
        /// <summary>Whether to compute statistics of the model on its training set. The default value is false.</summary>
        public bool ShowTrainingStatistics;
    }

    internal LbfgsMaximumEntropyMulticlassTrainer(IHostEnvironment env, Options options)
        : base(env, options, TrainerColumns.KeyLabel(options.LabelColumnName))
    {
    }

    /// <summary>Continues the training of a model.</summary>
    public MulticlassPredictionTransformer<MaximumEntropyModelParameters> Fit(IDataView trainData, MaximumEntropyModelParameters modelParameters) =>
        TrainTransformer(trainData, modelParameters);

    private protected override int CheckLabel(RoleMappedData data) => data.CheckMulticlassLabel();

    private protected override LbfgsObjective MakeObjective(TrainingSet examples, int biasCount, double weightSum, int threads) =>
        new MaximumEntropyObjective(Host, examples, biasCount, TrainerOptions.L2Regularization, weightSum, threads);

    private protected override float[] ParametersOf(object model, int biasCount, int featureCount)
    {
        var initial = (MaximumEntropyModelParameters)model;
        Contracts.Check(initial.FeatureCount == featureCount, "The input training data must have the same features used to train the input predictor.");
        VBuffer<float>[] weights = null;
        initial.GetWeights(ref weights, out int classCount);
        return Join([.. initial.GetBiases()], [.. weights.Take(classCount).SelectMany(vector => vector.DenseValues())], biasCount, featureCount);
    }

    private protected override MaximumEntropyModelParameters MakeModel(TrainingSet examples, float[] parameters, int biasCount, float loss, double weightSum)
    {
        var statistics = TrainerOptions.ShowTrainingStatistics ? MakeStatistics(examples, parameters, biasCount, loss, weightSum) : null;
        int featureCount = examples.FeatureCount;
        var weights = new VBuffer<float>[biasCount];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = new VBuffer<float>(featureCount, parameters.AsSpan(biasCount + i * featureCount, featureCount).ToArray());
        return new MaximumEntropyModelParameters(Host, weights, parameters[..biasCount], statistics);
    }

    private ModelStatisticsBase MakeStatistics(TrainingSet examples, float[] parameters, int biasCount, float loss, double weightSum)
    {
        var priors = new double[biasCount];
        foreach (int row in examples.Order())
            priors[(int)examples.Labels[row]] += examples.Weight(row);
        float nullDeviance = 0;
        foreach (double prior in priors)
        {
            if (prior != 0)
                nullDeviance -= (float)(2 * prior * Math.Log(prior / weightSum));
        }
        float deviance = TrainingDeviance.OfModel(parameters, biasCount, loss, weightSum, TrainerOptions.L1Regularization, TrainerOptions.L2Regularization);
        return new ModelStatisticsBase(Host, examples.Count, TrainingDeviance.CountParameters(parameters, biasCount), deviance, nullDeviance);
    }

    private protected override MulticlassPredictionTransformer<MaximumEntropyModelParameters> MakeTransformer(MaximumEntropyModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name, LabelColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.MulticlassOutputs(inputSchema, LabelColumn.Name);
}
