using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Groups examples around centroids so that the sum of their squared distances is small.</summary>
/// <remarks>Y. Ding et al., "Yinyang K-Means: A Drop-In Replacement of the Classic K-Means with Consistent Speedup" (ICML 2015).</remarks>
public class KMeansTrainer : TrainerEstimatorBase<ClusteringPredictionTransformer<KMeansModelParameters>, KMeansModelParameters>
{
    internal const int DefaultClusterCount = 5;

    /// <summary>How the first centroids are chosen.</summary>
    public enum InitializationAlgorithm
    {
        /// <summary>One after another, the farther from those before the likelier.</summary>
        KMeansPlusPlus = 0,

        /// <summary>Examples at random.</summary>
        Random = 1,

        /// <summary>Like <see cref="KMeansPlusPlus"/>, many at once, of which then few remain.</summary>
        KMeansYinyang = 2
    }

    /// <summary>The options of the trainer.</summary>
    public sealed class Options : UnsupervisedTrainerInputBaseWithWeight
    {
        /// <summary>The number of clusters, positive. The default value is 5.</summary>
        public int NumberOfClusters = DefaultClusterCount;

        /// <summary>How the first centroids are chosen. The default value is <see cref="InitializationAlgorithm.KMeansYinyang"/>.</summary>
        public InitializationAlgorithm InitializationAlgorithm = InitializationAlgorithm.KMeansYinyang;

        /// <summary>The change of the mean distance below which training ends, positive. The default value is 1e-7.</summary>
        public float OptimizationTolerance = 1e-7f;

        /// <summary>The largest number of passes, positive. The default value is 1000.</summary>
        public int MaximumNumberOfIterations = 1000;

        /// <summary>The memory, in MB, for bounds on distances, positive. The default value is 4096.</summary>
        public int AccelerationMemoryBudgetMb = 4096;

        /// <summary>The number of threads, positive. The default value is null: half the processors.</summary>
        public int? NumberOfThreads;
    }

    private readonly Options _options;

    internal KMeansTrainer(IHostEnvironment env, Options options)
        : base(env.Register("KMeansPlusPlus"), TrainerColumns.Features(options.FeatureColumnName), default, TrainerColumns.Weight(options.ExampleWeightColumnName))
    {
        Contracts.CheckUserArg(options.NumberOfClusters > 0, nameof(options.NumberOfClusters), "Must be positive");
        Contracts.CheckUserArg(options.MaximumNumberOfIterations > 0, nameof(options.MaximumNumberOfIterations), "Must be positive");
        Contracts.CheckUserArg(options.OptimizationTolerance > 0, nameof(options.OptimizationTolerance), "Tolerance must be positive");
        Contracts.CheckUserArg(options.AccelerationMemoryBudgetMb > 0, nameof(options.AccelerationMemoryBudgetMb), "Must be positive");
        Contracts.CheckUserArg(options.NumberOfThreads is null or > 0, nameof(options.NumberOfThreads), "Must be either null or a positive integer.");
        _options = options;
    }

    public override TrainerInfo Info { get; } = new();

    private protected override KMeansModelParameters TrainModel(TrainContext context)
    {
        var data = context.TrainingSet;
        data.CheckFeatures();
        using var channel = Host.Start("Training");
        var examples = context.Examples ?? TrainingSet.Load(Host, data);
        int clusterCount = _options.NumberOfClusters;
        var centroids = _options.InitializationAlgorithm switch
        {
            InitializationAlgorithm.KMeansPlusPlus => KMeansInitialization.PlusPlus(Host.Rand, new WeightedPoints(examples), clusterCount),
            InitializationAlgorithm.Random => KMeansInitialization.Sample(Host.Rand, examples, clusterCount),
            _ => KMeansInitialization.Parallel(Host.Rand, examples, clusterCount),
        };
        new KMeansSolver(Host, examples, centroids, ThreadCount).Run(_options.MaximumNumberOfIterations, _options.OptimizationTolerance);
        if (examples.BadFeatures > 0)
            channel.Warning(MessageSensitivity.None, $"{examples.BadFeatures} instances with missing features detected and ignored.");
        return new KMeansModelParameters(Host, centroids);
    }

    private int ThreadCount
    {
        get
        {
            int most = Environment.ProcessorCount / 2;
            return Math.Max(1, Math.Min(most, _options.NumberOfThreads ?? most));
        }
    }

    private protected override ClusteringPredictionTransformer<KMeansModelParameters> MakeTransformer(KMeansModelParameters model, DataViewSchema trainSchema) =>
        new(Host, model, trainSchema, FeatureColumn.Name);

    private protected override SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema) => TrainerColumns.ClusteringOutputs();
}
