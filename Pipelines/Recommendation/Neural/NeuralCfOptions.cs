using MLPipelines.Training;

namespace MLPipelines.Recommendation;

/// <summary>The parts of which the network of <see cref="NeuralCfEstimator"/> is made.</summary>
public enum NeuralCfNetwork
{
    /// <summary>Both parts, with embeddings of their own.</summary>
    NeuMF,

    /// <summary>Generalised matrix factorisation alone: a weighted product of the embeddings of user and item.</summary>
    Gmf,

    /// <summary>A multilayer perceptron over both embeddings alone.</summary>
    Mlp,
}

/// <summary>Options of neural collaborative filtering.</summary>
public sealed class NeuralCfOptions : RecommenderOptions
{
    /// <summary>The parts of the network. The default value is <see cref="NeuralCfNetwork.NeuMF"/>.</summary>
    public NeuralCfNetwork Network { get; set; } = NeuralCfNetwork.NeuMF;

    /// <summary>Numbers in each embedding; each part has its own embeddings. Legal range: 1 to 1,024. The default value is 64.</summary>
    public int EmbeddingDimension { get; set; } = 64;

    /// <summary>
    /// Units in each hidden layer of the perceptron, from the embeddings on; at least one layer. Legal range of each: 1 to 4,096. The default value is { 128, 64, 32 }.
    /// </summary>
    public IReadOnlyList<int> HiddenLayers { get; set; } = [128, 64, 32];

    /// <summary>The share of the outputs of embeddings and of each hidden layer that is zeroed in training. Legal range: 0 to 0.9. The default value is 0.</summary>
    public float Dropout { get; set; }

    /// <summary>
    /// Items that the user has not, drawn at random anew in each epoch, to learn from beside each interaction. Legal range: 1 to 100. The default value is 4.
    /// </summary>
    public int NegativeRatio { get; set; } = 4;

    /// <summary>The learning rate. Legal range: above 0, up to 1. The default value is 0.001.</summary>
    public double LearningRate { get; set; } = 0.001;

    /// <summary>What each step takes off a weight, times the learning rate (decoupled weight decay). Legal range: 0 to 1. The default value is 0.3, because users with few items are else learnt by heart.</summary>
    public double WeightDecay { get; set; } = 0.3;

    /// <summary>Interactions in each step; each brings <see cref="NegativeRatio"/> others. Legal range: 1 or more. The default value is 256.</summary>
    public int BatchSize { get; set; } = 256;

    /// <summary>Passes through the interactions. Legal range: 1 or more. The default value is 12.</summary>
    public int Epochs { get; set; } = 12;

    /// <summary>
    /// The share of each user's interactions, at random, that is not trained on but ranked after each epoch; the weights of the epoch with the best NDCG@10 are kept. At most
    /// 500 users are ranked. Users keep one interaction at least to train on. Legal range: 0 to 0.5. The default value is 0: all interactions are trained on, for all epochs.
    /// </summary>
    public double ValidationFraction { get; set; }

    /// <summary>Training stops when this many epochs in a row were no better than the best, where there is a validation. Legal range: 1 or more. The default value is 3.</summary>
    public int EarlyStoppingPatience { get; set; } = 3;

    /// <summary>Where to train: "cpu", "cuda", "cuda:1", …, or "auto" for a GPU if LibTorch finds one. Predictions are made on the processor, without LibTorch. The default value is "auto".</summary>
    public string Device { get; set; } = "auto";

    /// <summary>A folder for checkpoints of the training, one after each epoch; <see langword="null"/> writes none. The default value is <see langword="null"/>.</summary>
    public string? CheckpointFolder { get; set; }

    /// <summary>
    /// Whether to go on from the checkpoint in <see cref="CheckpointFolder"/>, if there is one; options and data must be the same. The default value is <see langword="false"/>.
    /// </summary>
    public bool Resume { get; set; }

    internal bool HasGmf => Network != NeuralCfNetwork.Mlp;

    internal bool HasMlp => Network != NeuralCfNetwork.Gmf;

    private protected override void AddFaults(OptionFaults faults) => faults
        .OneOf(Network, nameof(Network))
        .Range(EmbeddingDimension, 1, 1024, nameof(EmbeddingDimension))
        .If(HiddenLayers is null || HiddenLayers.Count == 0 || HiddenLayers.Any(units => units is < 1 or > 4096), $"{nameof(HiddenLayers)} must hold one or more sizes, each 1 to 4096")
        .Range(Dropout, 0, 0.9f, nameof(Dropout))
        .Range(NegativeRatio, 1, 100, nameof(NegativeRatio))
        .Above(LearningRate, 0, 1, nameof(LearningRate))
        .Range(WeightDecay, 0, 1, nameof(WeightDecay))
        .Range(BatchSize, 1, int.MaxValue, nameof(BatchSize))
        .Range(Epochs, 1, int.MaxValue, nameof(Epochs))
        .Range(ValidationFraction, 0, 0.5, nameof(ValidationFraction))
        .Range(EarlyStoppingPatience, 1, int.MaxValue, nameof(EarlyStoppingPatience))
        .If(!DeviceChoice.IsWellFormed(Device), $"{nameof(Device)} is '{Device}'; it must be auto, cpu, cuda or cuda: and a number")
        .If(CheckpointFolder is not null && string.IsNullOrWhiteSpace(CheckpointFolder), $"{nameof(CheckpointFolder)} is empty; give a folder, or null")
        .If(Resume && CheckpointFolder is null, $"{nameof(Resume)} is set without a {nameof(CheckpointFolder)} to resume from");
}
