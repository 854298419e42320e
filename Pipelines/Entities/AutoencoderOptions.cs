using MLPipelines.Training;

namespace MLPipelines.Entities;

/// <summary>Options of an autoencoder over the columns of entities.</summary>
public sealed class AutoencoderOptions
{
    /// <summary>
    /// Name of the column that names entities: text, a whole number or a key; each once. The default value is <see langword="null"/>: entities are called by the number of their row, from 0.
    /// </summary>
    public string? IdColumnName { get; set; }

    /// <summary>Columns of numbers or truth values, standardised; NaN is missing. The default value is empty.</summary>
    public IReadOnlyList<string> NumberColumnNames { get; set; } = [];

    /// <summary>
    /// Columns of categories: text, whole numbers, truth values or keys. The first layer learns an embedding for each category. Empty text, and a key of 0, is missing. The default value is empty.
    /// </summary>
    public IReadOnlyList<string> CategoryColumnNames { get; set; } = [];

    /// <summary>Columns of sets: text with <see cref="SetSeparator"/> between members, or a vector of texts or keys. Empty text is the empty set. The default value is empty.</summary>
    public IReadOnlyList<string> SetColumnNames { get; set; } = [];

    /// <summary>What stands between the members of a set in text; white space around members is dropped. The default value is '|'.</summary>
    public char SetSeparator { get; set; } = '|';

    /// <summary>Units in the hidden layers of encoder and decoder. Legal range: 1 to 4,096. The default value is 64.</summary>
    public int HiddenDimension { get; set; } = 64;

    /// <summary>Numbers in an embedding. Legal range: 1 to 1,024. The default value is 32.</summary>
    public int EmbeddingDimension { get; set; } = 32;

    /// <summary>
    /// The share of the values, and of the members of sets, that is hidden from the encoder in training while the decoder is to find them (Vincent et al. 2008); without it an embedding as
    /// wide as the input could just copy. Legal range: 0 to 0.9. The default value is 0.2.
    /// </summary>
    public double MaskedShare { get; set; } = 0.2;

    /// <summary>Passes through the entities. Legal range: 1 or more. The default value is 200.</summary>
    public int Epochs { get; set; } = 200;

    /// <summary>Entities in each step. Legal range: 1 or more. The default value is 32.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>The highest learning rate; it rises over the first 5 % of all steps and falls along a cosine. Legal range: above 0, up to 1. The default value is 0.003.</summary>
    public double LearningRate { get; set; } = 0.003;

    /// <summary>What each step takes off a weight, times the learning rate (decoupled weight decay). Legal range: 0 to 1. The default value is 1e-4.</summary>
    public double WeightDecay { get; set; } = 1e-4;

    /// <summary>
    /// The share of the entities, at random, that is not trained on but reconstructed after each epoch; the weights of the epoch with the least error are kept.
    /// With fewer than 20 entities nothing is held out. Legal range: 0 to 0.5. The default value is 0.1.
    /// </summary>
    public double ValidationFraction { get; set; } = 0.1;

    /// <summary>Training stops when this many epochs in a row were no better than the best by 1e-4, where there is a validation. Legal range: 1 or more. The default value is 20.</summary>
    public int EarlyStoppingPatience { get; set; } = 20;

    /// <summary>Name of the output column with the embedding, a vector of <see cref="float"/>. The default value is "Embedding".</summary>
    public string EmbeddingColumnName { get; set; } = "Embedding";

    /// <summary>Name of the output column with the reconstruction error, a <see cref="float"/>: the higher, the less usual is the entity. The default value is "ReconstructionError".</summary>
    public string ErrorColumnName { get; set; } = "ReconstructionError";

    /// <summary>Where to train: "cpu", "cuda", "cuda:1", …, or "auto" for a GPU if LibTorch finds one. Predictions are made on the processor, without LibTorch. The default value is "auto".</summary>
    public string Device { get; set; } = "auto";

    /// <summary>Threads that LibTorch trains with; steps are small. Legal range: 1 to 1,024. The default value is 1: the same seed gives the same model.</summary>
    public int NumberOfThreads { get; set; } = 1;

    /// <summary>Seed of all random numbers. The default value is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Receives the progress of training. The default value is <see langword="null"/>.</summary>
    public IProgress<AutoencoderProgress>? Progress { get; set; }

    /// <summary>Stops training when cancelled; <c>Fit</c> then throws <see cref="OperationCanceledException"/>. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    internal IEnumerable<string> FeatureNames => [.. NumberColumnNames, .. CategoryColumnNames, .. SetColumnNames];

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(AutoencoderOptions));
        bool hasLists = NumberColumnNames is not null && CategoryColumnNames is not null && SetColumnNames is not null;
        faults.If(!hasLists, "A list of columns is null; give an empty list for none");
        string[] names = hasLists ? [.. FeatureNames] : ["?"];
        faults
            .If(names.Length == 0, $"there are no columns to learn from; name some in {nameof(NumberColumnNames)}, {nameof(CategoryColumnNames)} or {nameof(SetColumnNames)}")
            .If(names.Any(string.IsNullOrWhiteSpace), "the name of a column is empty")
            .If(names.Distinct(StringComparer.Ordinal).Count() < names.Length, $"the column '{names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key}' is named twice")
            .If(IdColumnName is not null && string.IsNullOrWhiteSpace(IdColumnName), $"{nameof(IdColumnName)} is empty; name a column, or give null")
            .If(string.IsNullOrWhiteSpace(EmbeddingColumnName), $"{nameof(EmbeddingColumnName)} is empty; give the name of a column")
            .If(string.IsNullOrWhiteSpace(ErrorColumnName), $"{nameof(ErrorColumnName)} is empty; give the name of a column")
            .If(EmbeddingColumnName == ErrorColumnName, $"{nameof(EmbeddingColumnName)} and {nameof(ErrorColumnName)} are both '{ErrorColumnName}'")
            .Range(HiddenDimension, 1, 4096, nameof(HiddenDimension))
            .Range(EmbeddingDimension, 1, 1024, nameof(EmbeddingDimension))
            .Range(MaskedShare, 0, 0.9, nameof(MaskedShare))
            .Range(Epochs, 1, int.MaxValue, nameof(Epochs))
            .Range(BatchSize, 1, int.MaxValue, nameof(BatchSize))
            .Above(LearningRate, 0, 1, nameof(LearningRate))
            .Range(WeightDecay, 0, 1, nameof(WeightDecay))
            .Range(ValidationFraction, 0, 0.5, nameof(ValidationFraction))
            .Range(EarlyStoppingPatience, 1, int.MaxValue, nameof(EarlyStoppingPatience))
            .Range(NumberOfThreads, 1, 1024, nameof(NumberOfThreads))
            .If(!DeviceChoice.IsWellFormed(Device), $"{nameof(Device)} is '{Device}'; it must be auto, cpu, cuda or cuda: and a number")
            .Throw();
    }
}

/// <summary>How far the training of an autoencoder has come.</summary>
/// <param name="Epoch">The epochs that are done.</param>
/// <param name="Epochs">The epochs to do.</param>
/// <param name="Loss">The loss on masked entities, smoothed.</param>
/// <param name="ValidationError">The reconstruction error of the entities held out, where there are any.</param>
public readonly record struct AutoencoderProgress(int Epoch, int Epochs, double Loss, double? ValidationError);
