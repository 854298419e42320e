using MLPipelines.Generation.T5;
using MLPipelines.Tokenization;
using MLPipelines.Tokenization.Training;
using MLPipelines.Training;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Generation;

/// <summary>Where a T5 model comes from: a checkpoint, or random weights.</summary>
/// <remarks>Immutable. A text converts to one: it names a checkpoint.</remarks>
public sealed class T5Source
{
    private const int UsualVocabulary = 2000;

    private readonly HubOptions? _hub;
    private readonly T5Config? _shape;
    private readonly int _vocabularySize;

    private T5Source(string? reference, HubOptions? hub, T5Config? shape, int vocabularySize) => (Reference, _hub, _shape, _vocabularySize) = (reference, hub, shape, vocabularySize);

    /// <summary>The folder or reference of the checkpoint; null for a model from scratch.</summary>
    public string? Reference { get; }

    /// <summary>Whether the model begins with random weights.</summary>
    public bool IsScratch => Reference is null;

    /// <summary>A model of a checkpoint with its tokenizer.</summary>
    /// <param name="reference">A folder, or <c>hf:organisation/name@revision</c>, which is fetched from the hub, or found in its cache, when it is used.</param>
    /// <param name="hub">How it is fetched; null for the defaults.</param>
    public static T5Source Checkpoint(string reference, HubOptions? hub = null) => new(reference ?? "", hub, null, 0);

    /// <summary>A model with random weights, and a vocabulary of byte-level BPE learnt from the training texts, inputs and targets.</summary>
    /// <param name="shape">
    /// How it is built; null for a small one: width 128, 4 heads, 2 layers on either side. Its vocabulary and the ids of its special tokens are those of the learnt vocabulary.
    /// </param>
    /// <param name="vocabularySize">The most tokens of the vocabulary; small data gives fewer, and learns better from fewer: 2,000 suit ten thousand short texts. 300 to 1,000,000.</param>
    public static T5Source Scratch(T5Config? shape = null, int vocabularySize = UsualVocabulary) => new(null, null, shape ?? Small, vocabularySize);

    /// <summary>The checkpoint of that folder or reference.</summary>
    public static implicit operator T5Source(string reference) => Checkpoint(reference);

    /// <summary>Training options that suit the source: 3 epochs at 3e-4 for a checkpoint; 20 at 2e-3 with longer warm-up from scratch.</summary>
    public TrainingOptions DefaultTraining() => IsScratch
        ? new TrainingOptions { Epochs = 20, LearningRate = 2e-3, WarmupShare = 0.1 }
        : new TrainingOptions { Epochs = 3, LearningRate = 3e-4 };

    /// <inheritdoc/>
    public override string ToString() => Reference ?? "scratch";

    private static T5Config Small => new() { HiddenSize = 128, Heads = 4, HeadSize = 32, IntermediateSize = 512, EncoderLayers = 2, DecoderLayers = 2 };

    internal void Validate()
    {
        if (!IsScratch && string.IsNullOrWhiteSpace(Reference))
            throw new OptionFaults(nameof(T5Source)).Add("the reference is empty; give a folder, or hf:organisation/name").ToException();
        if (!IsScratch)
            return;
        new OptionFaults(nameof(T5Source)).Range(_vocabularySize, 300, 1_000_000, "the vocabulary size").Throw();
        try
        {
            _shape!.Validate();
        }
        catch (T5Exception e)
        {
            throw new OptionFaults(nameof(T5Source)).Add(e.Message.TrimEnd('.')).ToException();
        }
    }

    /// <summary>Finds the checkpoint, or learns a vocabulary from texts, and makes the model.</summary>
    internal (T5Model Model, TextTokenizer Tokenizer) Open(IEnumerable<string> texts, int seed, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (IsScratch)
        {
            var learnt = VocabularyTrainer.TrainByteLevelBpe(texts, new ByteLevelBpeTrainingOptions { VocabularySize = _vocabularySize }, cancellation);
            int pad = learnt.PadId ?? throw T5Errors.NoSpecialToken("padding");
            int end = learnt.IdOf("</s>") ?? throw T5Errors.NoSpecialToken("end");
            var config = _shape! with { VocabularySize = learnt.MaximumId + 1, PadId = pad, DecoderStartId = pad, EosId = end };
            using var random = T5Weights.Random(config, seed);
            return (T5Model.Load(random), learnt);
        }
        string folder = ModelHub.Resolve(Reference!, _hub, cancellationToken: cancellation);
        var tokenizer = TextTokenizer.Load(folder);
        using var weights = T5Weights.Open(folder);
        if (tokenizer.MaximumId >= weights.Config.VocabularySize)
            throw T5Errors.VocabularyDoesNotFit(tokenizer.MaximumId, weights.Config.VocabularySize);
        return (T5Model.Load(weights), tokenizer);
    }
}
