using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Tokenization.Training;
using MLPipelines.Training;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Text;

/// <summary>Where an encoder comes from: a checkpoint, or random weights.</summary>
/// <remarks>Immutable. A text converts to one: it names a checkpoint.</remarks>
public sealed class EncoderSource
{
    private const int UsualVocabulary = 8000;

    private readonly HubOptions? _hub;
    private readonly EncoderOptions? _options;
    private readonly int _vocabularySize;
    private readonly TextTokenizer? _tokenizer;

    private EncoderSource(string? reference, HubOptions? hub, EncoderOptions? options, int vocabularySize, TextTokenizer? tokenizer) =>
        (Reference, _hub, _options, _vocabularySize, _tokenizer) = (reference, hub, options, vocabularySize, tokenizer);

    /// <summary>The folder or reference of the checkpoint; null for an encoder from scratch.</summary>
    public string? Reference { get; }

    /// <summary>Whether the encoder begins with random weights.</summary>
    public bool IsScratch => Reference is null;

    /// <summary>An encoder of a checkpoint with its tokenizer.</summary>
    /// <param name="reference">A folder, or <c>hf:organisation/name@revision</c>, which is fetched from the hub, or found in its cache, when it is used.</param>
    /// <param name="hub">How it is fetched; null for the defaults.</param>
    public static EncoderSource Checkpoint(string reference, HubOptions? hub = null) => new(reference ?? "", hub, null, 0, null);

    /// <summary>An encoder with random weights and a vocabulary learnt from the training texts: WordPiece, or byte-level BPE for RoBERTa.</summary>
    /// <param name="options">How it is built; null for the defaults.</param>
    /// <param name="vocabularySize">The most tokens of the vocabulary; small data gives fewer. 100 to 1,000,000.</param>
    public static EncoderSource Scratch(EncoderOptions? options = null, int vocabularySize = UsualVocabulary) => new(null, null, options ?? new(), vocabularySize, null);

    /// <summary>An encoder with random weights and a vocabulary that is there already.</summary>
    /// <param name="options">How it is built.</param>
    /// <param name="tokenizer">The tokenizer, which must have a padding token.</param>
    public static EncoderSource Scratch(EncoderOptions options, TextTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new(null, null, options, UsualVocabulary, tokenizer);
    }

    /// <summary>The checkpoint of that folder or reference.</summary>
    public static implicit operator EncoderSource(string reference) => Checkpoint(reference);

    /// <summary>
    /// Training options that suit the source: 4 epochs at 5e-5 for a checkpoint; 20 epochs at 5e-4 with longer warm-up from scratch.
    /// </summary>
    public TrainingOptions DefaultTraining() => IsScratch
        ? new TrainingOptions { Epochs = 20, LearningRate = 5e-4, WarmupShare = 0.1 }
        : new TrainingOptions { Epochs = 4, LearningRate = 5e-5 };

    /// <inheritdoc/>
    public override string ToString() => Reference ?? "scratch";

    internal void Validate()
    {
        if (IsScratch)
        {
            _options!.Validate();
            new OptionFaults(nameof(EncoderSource)).Range(_vocabularySize, 100, 1_000_000, "the vocabulary size").Throw();
        }
        else if (string.IsNullOrWhiteSpace(Reference))
        {
            throw new OptionFaults(nameof(EncoderSource)).Add("the reference is empty; give a folder, or hf:organisation/name").ToException();
        }
    }

    /// <summary>Finds the checkpoint, or learns a vocabulary from texts.</summary>
    /// <exception cref="CheckpointException">The checkpoint cannot be had.</exception>
    /// <exception cref="EncoderException">Configuration and vocabulary do not fit.</exception>
    internal OpenedEncoder Open(IEnumerable<string> texts, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return IsScratch ? OpenScratch(texts, cancellation) : OpenedEncoder.Of(EncoderFiles.InFolder(ModelHub.Resolve(Reference!, _hub, cancellationToken: cancellation)));
    }

    private OpenedEncoder OpenScratch(IEnumerable<string> texts, CancellationToken cancellation)
    {
        var tokenizer = _tokenizer ?? (_options!.Architecture == EncoderArchitecture.Roberta
            ? VocabularyTrainer.TrainByteLevelBpe(texts, new ByteLevelBpeTrainingOptions { VocabularySize = _vocabularySize }, cancellation)
            : VocabularyTrainer.TrainWordPiece(texts, new WordPieceTrainingOptions { VocabularySize = _vocabularySize }, cancellation));
        var config = _options!.ToConfig(tokenizer.MaximumId + 1, tokenizer.PadId ?? throw TextErrors.NoPadToken());
        return new OpenedEncoder(tokenizer, config, Files: null);
    }
}

/// <summary>A tokenizer and the configuration of its encoder; weights come from the files, or are random where these are null.</summary>
internal sealed record OpenedEncoder(TextTokenizer Tokenizer, EncoderConfig Config, EncoderFiles? Files)
{
    private const int UsualMaximumTokens = 256;

    /// <exception cref="EncoderException">The tokenizer has ids that the encoder has no embedding for.</exception>
    public static OpenedEncoder Of(EncoderFiles files)
    {
        var config = files.ReadConfig();
        return new OpenedEncoder(files.ReadTokenizer(config), config, files);
    }

    /// <summary>The most tokens to read of a text.</summary>
    /// <exception cref="ArgumentException">More are asked for than the encoder has positions for.</exception>
    public int Tokens(int? asked)
    {
        int most = Math.Min(Config.MaximumTokens, Tokenizer.ModelMaximumLength);
        if (asked > most)
            throw TextErrors.TooManyTokens(asked.Value, most);
        return asked ?? Math.Min(most, UsualMaximumTokens);
    }

    /// <summary>A classifier of texts, new but for what the checkpoint holds of it.</summary>
    public SequenceClassifier MakeSequenceClassifier(IReadOnlyList<string> labels, EncoderProblemType type, int seed) => Files is null
        ? EncoderModels.CreateSequenceClassifier(Config.WithLabels(labels, type), seed)
        : EncoderModels.LoadSequenceClassifier(Files, new EncoderLoadOptions { NewHead = true, Labels = labels, ProblemType = type, Seed = seed }).Model;

    /// <summary>A classifier of tokens, new but for what the checkpoint holds of it.</summary>
    public TokenClassifier MakeTokenClassifier(IReadOnlyList<string> labels, int seed) => Files is null
        ? EncoderModels.CreateTokenClassifier(Config.WithLabels(labels), seed)
        : EncoderModels.LoadTokenClassifier(Files, new EncoderLoadOptions { NewHead = true, Labels = labels, Seed = seed }).Model;

    /// <summary>A masked language model, new but for what the checkpoint holds of it.</summary>
    public MaskedLanguageModel MakeMaskedLanguageModel(int seed) => Files is null
        ? EncoderModels.CreateMaskedLanguageModel(Config, seed)
        : EncoderModels.LoadMaskedLanguageModel(Files, new EncoderLoadOptions { NewHead = true, Seed = seed }).Model;

    /// <summary>The encoder alone.</summary>
    public EncoderModule MakeEncoder(int seed) => Files is null ? EncoderModels.CreateEncoder(Config, pooler: false, seed) : EncoderModels.LoadEncoder(Files).Model;
}
