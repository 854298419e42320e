using System.CommandLine;
using System.Globalization;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Cli.Encoders;

/// <summary>The options of an encoder and of the loop that trains it, shared by all commands that train one.</summary>
internal static class EncoderArguments
{
    private const string Scratch = "scratch";

    public static readonly Option<string?> Encoder = new("--encoder") { Description = "The encoder to fine-tune: a folder with a Hugging Face checkpoint, hf:ORGANISATION/NAME[@REVISION], or 'scratch' for random weights and a vocabulary learnt from the texts.", HelpName = "DIR|hf:…|scratch" };

    private static readonly Option<EncoderArchitecture> Architecture = new("--architecture") { Description = "With scratch: Bert, DistilBert or Roberta.", DefaultValueFactory = _ => EncoderArchitecture.Bert };
    private static readonly Option<int?> Vocabulary = New<int?>("--vocabulary", "With scratch: the most tokens of the vocabulary; 8000 where not given.");
    private static readonly Option<int?> Layers = New<int?>("--layers", "With scratch: the number of layers.");
    private static readonly Option<int?> HiddenSize = New<int?>("--hidden-size", "With scratch: the width of hidden states.");
    private static readonly Option<int?> Heads = New<int?>("--heads", "With scratch: the number of attention heads.");
    private static readonly Option<double?> Dropout = New<double?>("--dropout", "With scratch: the dropout probability, from 0 to below 1.");

    private static readonly Option<int?> MaximumTokens = New<int?>("--max-tokens", "The most tokens of a text that are read; by default what the encoder has positions for, up to 256.");
    private static readonly Option<int?> Epochs = New<int?>("--epochs", "Passes through the data; by default 4, from scratch 20.");
    private static readonly Option<long?> MaximumSteps = New<long?>("--max-steps", "Steps after which to stop, whatever --epochs says.");
    private static readonly Option<int?> BatchSize = New<int?>("--batch-size", "Texts per step of the optimiser.");
    private static readonly Option<int?> MicroBatchTokens = New<int?>("--micro-batch-tokens", "Tokens that are computed at once; a larger batch is split and its gradients are added up.");
    private static readonly Option<int?> Accumulation = New<int?>("--accumulation", "Into how many parts each batch is split at least.");
    private static readonly Option<double?> LearningRate = New<double?>("--learning-rate", "The highest learning rate; by default 5e-5, from scratch 5e-4.");
    private static readonly Option<LearningRateSchedule?> Schedule = New<LearningRateSchedule?>("--schedule", "How the learning rate goes down after warm-up: Linear, Cosine or Constant.");
    private static readonly Option<double?> WarmupShare = New<double?>("--warmup", "The share of the steps over which the learning rate rises.");
    private static readonly Option<double?> WeightDecay = New<double?>("--weight-decay", "Decoupled weight decay; none on biases and norms.");
    private static readonly Option<double?> MaximumGradientNorm = New<double?>("--max-gradient-norm", "Gradients of a larger norm are scaled down to it; 0 never does.");
    private static readonly Option<TrainingPrecision?> Precision = New<TrainingPrecision?>("--precision", "Auto (bfloat16 where the machine computes faster in it), Float32 or BFloat16.");
    private static readonly Option<string?> Device = New<string?>("--device", "auto, cpu, cuda or cuda:N.");
    private static readonly Option<bool> GradientCheckpointing = new("--gradient-checkpointing") { Description = "Compute activations again in the backward pass: less memory, about a third more time." };
    private static readonly Option<int?> FreezeLayers = New<int?>("--freeze-layers", "Parts from below that stay as they are: 1 for the embeddings, 2 for the first layer too, and so on.");
    private static readonly Option<double?> LayerwiseDecay = New<double?>("--layerwise-decay", "Each layer learns at this times the rate of the one above.");
    private static readonly Option<int?> LoraRank = New<int?>("--lora-rank", "Train low-rank additions of this rank instead of the weights themselves.");
    private static readonly Option<double?> LoraAlpha = New<double?>("--lora-alpha", "The scale of these additions; by default twice the rank.");
    private static readonly Option<double?> ValidationFraction = New<double?>("--validation-fraction", "The share of the training texts held out to choose the best weights, stop early and calibrate; 0.1 where not given.");
    private static readonly Option<int?> Patience = New<int?>("--early-stopping", "Stop after this many validations in a row that were no better.");
    private static readonly Option<double?> MinimumDelta = New<double?>("--min-delta", "By how much a validation must be better to count as better.");
    private static readonly Option<string?> Checkpoints = New<string?>("--checkpoints", "A folder for checkpoints, which --resume goes on from.");
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on from the checkpoint in --checkpoints, to the same weights as without the interruption." };
    private static readonly Option<TrainingCurriculum?> Curriculum = New<TrainingCurriculum?>("--curriculum", "The order of the texts in the first epoch: None, ShortToLong or EasyToHard.");
    private static readonly Option<double?> WordDrop = New<double?>("--word-drop", "Vary the texts: the probability that a word is left out.");
    private static readonly Option<double?> WordSwap = New<double?>("--word-swap", "Vary the texts: the probability that two words change places.");
    private static readonly Option<string?> Synonyms = New<string?>("--synonyms", "Vary the texts: a file with one group of synonyms a line, separated by commas.");
    private static readonly Option<int?> Processes = New<int?>("--processes", "Train in this many processes, or on this many GPUs, each with its share of every batch.");

    private static readonly Option[] OfScratch = [Architecture, Vocabulary, Layers, HiddenSize, Heads, Dropout];

    private static readonly Option[] OfLoop =
    [
        MaximumTokens, Epochs, MaximumSteps, BatchSize, MicroBatchTokens, Accumulation, LearningRate, Schedule, WarmupShare, WeightDecay, MaximumGradientNorm, Precision, Device,
        GradientCheckpointing, FreezeLayers, LayerwiseDecay, LoraRank, LoraAlpha, ValidationFraction, Patience, MinimumDelta, Checkpoints, Resume, Curriculum, WordDrop, WordSwap,
        Synonyms, Processes,
    ];

    /// <summary>How many processes are to train.</summary>
    public static int ProcessCount(Invocation invocation) => invocation.Get(Processes) ?? 1;

    public static void AddTo(Command command)
    {
        command.Options.Add(Encoder);
        foreach (var option in OfScratch.Concat(OfLoop))
            command.Options.Add(option);
    }

    /// <summary>The names of the options given that have no meaning without <c>--encoder</c>.</summary>
    public static IEnumerable<string> GivenWithoutEncoder(Invocation invocation) =>
        OfScratch.Concat(OfLoop).Where(option => invocation.IsGiven(option)).Select(option => option.Name);

    /// <summary>Sets the options given; what is wrong is added to <paramref name="faults"/>.</summary>
    public static void Apply(Invocation invocation, TextFineTuningOptions options, int seed, int? threads, List<string> faults)
    {
        options.Encoder = Source(invocation, faults);
        options.MaximumTokens = invocation.Get(MaximumTokens);
        options.ValidationFraction = invocation.Get(ValidationFraction) ?? options.ValidationFraction;
        if (invocation.Get(LoraRank) is { } rank)
            options.Lora = new LoraOptions { Rank = rank, Alpha = invocation.Get(LoraAlpha) ?? 2 * rank };
        else if (invocation.IsGiven(LoraAlpha))
            faults.Add($"{LoraAlpha.Name} is the scale of {LoraRank.Name}, which is not given");
        options.Augmentation = Augmentation(invocation, faults);
        options.Training = Training(invocation, options.Encoder.DefaultTraining(), seed, threads);
    }

    /// <summary>Sets the options given that pretraining has too.</summary>
    public static void ApplyTo(Invocation invocation, TextPretrainingOptions options)
    {
        options.MaximumTokens = invocation.Get(MaximumTokens) ?? options.MaximumTokens;
        options.ValidationFraction = invocation.Get(ValidationFraction) ?? options.ValidationFraction;
    }

    /// <summary>The encoder that <c>--encoder</c> names.</summary>
    public static EncoderSource Source(Invocation invocation, List<string> faults)
    {
        string reference = invocation.Get(Encoder) ?? Scratch;
        if (reference != Scratch)
        {
            faults.AddRange(OfScratch.Where(option => invocation.IsGiven(option)).Select(option => $"{option.Name} goes with --encoder {Scratch} alone; '{reference}' has its own"));
            return EncoderSource.Checkpoint(reference);
        }
        var options = new EncoderOptions { Architecture = invocation.Get(Architecture) };
        options.Layers = invocation.Get(Layers) ?? options.Layers;
        options.HiddenSize = invocation.Get(HiddenSize) ?? options.HiddenSize;
        options.Heads = invocation.Get(Heads) ?? options.Heads;
        options.HiddenDropout = options.AttentionDropout = invocation.Get(Dropout) ?? options.HiddenDropout;
        if (invocation.Get(MaximumTokens) is { } tokens)
            options.MaximumTokens = Math.Max(tokens, options.MaximumTokens);
        return invocation.Get(Vocabulary) is { } size ? EncoderSource.Scratch(options, size) : EncoderSource.Scratch(options);
    }

    /// <summary>Training options with those that are given in place of the defaults.</summary>
    public static TrainingOptions Training(Invocation invocation, TrainingOptions training, int seed, int? threads)
    {
        training.Epochs = invocation.Get(Epochs) ?? training.Epochs;
        training.MaximumSteps = invocation.Get(MaximumSteps);
        training.BatchSize = invocation.Get(BatchSize) ?? training.BatchSize;
        training.MaximumTokensPerMicroBatch = invocation.Get(MicroBatchTokens) ?? training.MaximumTokensPerMicroBatch;
        training.AccumulationSteps = invocation.Get(Accumulation) ?? training.AccumulationSteps;
        training.LearningRate = invocation.Get(LearningRate) ?? training.LearningRate;
        training.Schedule = invocation.Get(Schedule) ?? training.Schedule;
        training.WarmupShare = invocation.Get(WarmupShare) ?? training.WarmupShare;
        training.WeightDecay = invocation.Get(WeightDecay) ?? training.WeightDecay;
        if (invocation.Get(MaximumGradientNorm) is { } norm)
            training.MaximumGradientNorm = norm == 0 ? null : norm;
        training.Precision = invocation.Get(Precision) ?? training.Precision;
        training.Device = invocation.Get(Device) ?? training.Device;
        training.GradientCheckpointing = invocation.Get(GradientCheckpointing);
        training.FreezeLayers = invocation.Get(FreezeLayers) ?? training.FreezeLayers;
        training.LayerwiseDecay = invocation.Get(LayerwiseDecay) ?? training.LayerwiseDecay;
        training.EarlyStoppingPatience = invocation.Get(Patience);
        training.MinimumDelta = invocation.Get(MinimumDelta) ?? training.MinimumDelta;
        training.CheckpointFolder = invocation.Get(Checkpoints);
        training.Resume = invocation.Get(Resume);
        training.Curriculum = invocation.Get(Curriculum) ?? training.Curriculum;
        training.Threads = threads;
        training.Seed = seed;
        LaunchedProcess.Current?.ApplyTo(training);
        return training;
    }

    /// <summary>What was chosen, as a manifest states it: the options given, and those that decide most.</summary>
    public static IEnumerable<(string Name, object Value)> ToManifest(TextFineTuningOptions options)
    {
        var training = options.Training!;
        yield return ("encoder", options.Encoder.ToString());
        yield return ("validationFraction", options.ValidationFraction);
        if (options.MaximumTokens is { } tokens)
            yield return ("maximumTokens", tokens);
        if (options.Lora is { } lora)
            yield return ("loraRank", lora.Rank);
        yield return ("epochs", training.Epochs);
        yield return ("batchSize", training.BatchSize);
        yield return ("learningRate", training.LearningRate);
        yield return ("schedule", training.Schedule.ToString());
        yield return ("warmupShare", training.WarmupShare);
        yield return ("weightDecay", training.WeightDecay);
        yield return ("precision", training.Precision.ToString());
    }

    private static TextAugmentationOptions? Augmentation(Invocation invocation, List<string> faults)
    {
        if (!new Option[] { WordDrop, WordSwap, Synonyms }.Any(option => invocation.IsGiven(option)))
            return null;
        SynonymTable? synonyms = null;
        if (invocation.Get(Synonyms) is { } file)
        {
            try
            {
                synonyms = SynonymTable.Load(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException)
            {
                faults.Add($"{Synonyms.Name}: {e.Message}");
            }
        }
        return new TextAugmentationOptions { WordDrop = invocation.Get(WordDrop) ?? 0, WordSwap = invocation.Get(WordSwap) ?? 0, Synonyms = synonyms };
    }

    private static Option<T> New<T>(string name, string description) => new(name) { Description = description, HelpName = typeof(T) == typeof(string) ? "TEXT" : "N" };
}
