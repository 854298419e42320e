namespace MLPipelines.Training;

/// <summary>How the learning rate goes down after warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>Linearly to 0 at the last step.</summary>
    Linear,

    /// <summary>Along half a cosine to 0 at the last step.</summary>
    Cosine,

    /// <summary>Not at all.</summary>
    Constant,
}

/// <summary>The type that the module computes in; master weights and the optimiser's state are float32 always.</summary>
public enum TrainingPrecision
{
    /// <summary>bfloat16 where the processor or the GPU computes faster in it, float32 elsewhere.</summary>
    Auto,

    /// <summary>float32.</summary>
    Float32,

    /// <summary>bfloat16.</summary>
    BFloat16,
}

/// <summary>What turns gradients into steps.</summary>
public enum TrainingOptimiser
{
    /// <summary>Two running means for every weight (Loshchilov and Hutter, 2019, <see href="https://arxiv.org/abs/1711.05101"/>).</summary>
    AdamW,

    /// <summary>
    /// One running mean for every row and one for every column of a matrix, which takes next to no memory (Shazeer and Stern, 2018, <see href="https://arxiv.org/abs/1804.04235"/>);
    /// what T5 was trained with.
    /// </summary>
    Adafactor,
}

/// <summary>In what order examples are visited in the first epochs.</summary>
public enum TrainingCurriculum
{
    /// <summary>At random, as later.</summary>
    None,

    /// <summary>From the shortest to the longest.</summary>
    ShortToLong,

    /// <summary>By rising <see cref="TrainingTask.DifficultyOf"/>.</summary>
    EasyToHard,
}

/// <summary>Options of the training loop. <see cref="Trainer.Train"/> checks them and reports everything that is wrong at once.</summary>
public sealed partial class TrainingOptions
{
    /// <summary>Passes through the data. Legal range: 1 or more. The default value is 3.</summary>
    public int Epochs { get; set; } = 3;

    /// <summary>Optimiser steps after which to stop, whatever <see cref="Epochs"/> says; <see langword="null"/> goes by the epochs. Legal range: 1 or more. The default value is <see langword="null"/>.</summary>
    public long? MaximumSteps { get; set; }

    /// <summary>Examples per optimiser step, over all micro-batches and processes. Legal range: 1 or more. The default value is 32.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>
    /// Tokens, padding included, that go through the module at once; a batch with more is split, and gradients are accumulated. One example may have more.
    /// Halved when memory runs out. Legal range: 1 or more. The default value is 8192.
    /// </summary>
    public int MaximumTokensPerMicroBatch { get; set; } = 8192;

    /// <summary>Into how many micro-batches each batch is split at least, where it has that many examples. Legal range: 1 or more. The default value is 1.</summary>
    public int AccumulationSteps { get; set; } = 1;

    /// <summary>What turns gradients into steps. The default value is <see cref="TrainingOptimiser.AdamW"/>.</summary>
    public TrainingOptimiser Optimiser { get; set; } = TrainingOptimiser.AdamW;

    /// <summary>How Adafactor works, where <see cref="Optimiser"/> asks for it. The default value has the defaults of <see cref="AdafactorOptions"/>.</summary>
    public AdafactorOptions Adafactor { get; set; } = new();

    /// <summary>The highest learning rate; not used with <see cref="AdafactorOptions.RelativeStep"/>. Legal range: above 0, up to 10. The default value is 5e-5.</summary>
    public double LearningRate { get; set; } = 5e-5;

    /// <summary>The decoupled weight decay: each step takes this times the learning rate (Adafactor's: as scaled by the weights' size) off a weight. Legal range: 0 to 1. The default value is 0.01.</summary>
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>The decay of AdamW's running mean of gradients. Legal range: 0 to below 1. The default value is 0.9.</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>The decay of AdamW's running mean of squared gradients. Legal range: 0 to below 1. The default value is 0.999.</summary>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>What AdamW adds to the root of the mean square. Legal range: above 0, up to 1. The default value is 1e-8.</summary>
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>How the learning rate goes down after warm-up. The default value is <see cref="LearningRateSchedule.Linear"/>.</summary>
    public LearningRateSchedule Schedule { get; set; } = LearningRateSchedule.Linear;

    /// <summary>Steps over which the learning rate rises from 0; <see langword="null"/> goes by <see cref="WarmupShare"/>. Legal range: 0 or more. The default value is <see langword="null"/>.</summary>
    public long? WarmupSteps { get; set; }

    /// <summary>The share of all steps over which the learning rate rises, rounded up. Legal range: 0 to 1. The default value is 0.06.</summary>
    public double WarmupShare { get; set; } = 0.06;

    /// <summary>Gradients of a larger L2 norm are scaled down to it; <see langword="null"/> never does. Legal range: above 0. The default value is 1.</summary>
    public double? MaximumGradientNorm { get; set; } = 1;

    /// <summary>The type that the module computes in. The default value is <see cref="TrainingPrecision.Auto"/>.</summary>
    public TrainingPrecision Precision { get; set; } = TrainingPrecision.Auto;

    /// <summary>
    /// Where to train: "cpu", "cuda", "cuda:1", …, or "auto" for a GPU if LibTorch finds one (the one of this process's rank, among several processes).
    /// The default value is "auto".
    /// </summary>
    public string Device { get; set; } = "auto";

    /// <summary>Whether the module forgets its activations and computes them again in the backward pass: less memory for about a third more time. The default value is <see langword="false"/>.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>Parameters whose <see cref="TrainingTask.DepthOf"/> is below this are not trained: 1 freezes the embeddings, 2 the first layer too. Legal range: 0 or more. The default value is 0.</summary>
    public int FreezeLayers { get; set; }

    /// <summary>The learning rate of a parameter is multiplied by this for each layer that it is below the deepest. Legal range: above 0, up to 1. The default value is 1.</summary>
    public double LayerwiseDecay { get; set; } = 1;

    /// <summary>Steps between validations; <see langword="null"/> validates after each epoch. The last step is always followed by one. Legal range: 1 or more. The default value is <see langword="null"/>.</summary>
    public long? ValidateEvery { get; set; }

    /// <summary>Training stops when this many validations in a row were no better than the best; <see langword="null"/> never does. Legal range: 1 or more. The default value is <see langword="null"/>.</summary>
    public int? EarlyStoppingPatience { get; set; }

    /// <summary>By how much the metric must be better to count as better, in its unit. Legal range: 0 or more. The default value is 0.</summary>
    public double MinimumDelta { get; set; }

    /// <summary>Whether the module ends with the weights of the best validation instead of the last ones. The default value is <see langword="true"/>.</summary>
    public bool KeepBest { get; set; } = true;

    /// <summary>
    /// A folder for what <see cref="Resume"/> needs (and for the best weights, which are kept in memory otherwise). It is made if it is missing; a run in it that is not resumed
    /// is replaced. <see langword="null"/> writes nothing. The default value is <see langword="null"/>.
    /// </summary>
    public string? CheckpointFolder { get; set; }

    /// <summary>Steps between checkpoints; <see langword="null"/> writes one after each epoch. Legal range: 1 or more. The default value is <see langword="null"/>.</summary>
    public long? CheckpointEvery { get; set; }

    /// <summary>
    /// Whether to go on from the checkpoint in <see cref="CheckpointFolder"/>, if there is one: the weights become what they would have been without the interruption, bit for bit.
    /// Options and data must be the same. The default value is <see langword="false"/>.
    /// </summary>
    public bool Resume { get; set; }

    /// <summary>The seed of the order of examples and of dropout. The default value is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Whether examples are visited in a new random order each epoch; otherwise they are visited in their own. The default value is <see langword="true"/>.</summary>
    public bool Shuffle { get; set; } = true;

    /// <summary>
    /// Among how many batches' worth of examples, in random order, those of similar length are brought together into batches; 1 leaves the random order alone.
    /// Without <see cref="Shuffle"/> it has no effect. Legal range: 1 or more. The default value is 50.
    /// </summary>
    public int LengthBuckets { get; set; } = 50;

    /// <summary>Padded lengths are multiples of this; <see langword="null"/> is 8 on a GPU and 1 on a processor. Legal range: 1 to 1024. The default value is <see langword="null"/>.</summary>
    public int? PadToMultipleOf { get; set; }

    /// <summary>In what order examples are visited in the first <see cref="CurriculumEpochs"/>. The default value is <see cref="TrainingCurriculum.None"/>.</summary>
    public TrainingCurriculum Curriculum { get; set; }

    /// <summary>For how many epochs <see cref="Curriculum"/> sets the order. Legal range: 1 or more. The default value is 1.</summary>
    public int CurriculumEpochs { get; set; } = 1;

    /// <summary>Threads that LibTorch and the optimiser use; <see langword="null"/> leaves LibTorch's setting alone. Legal range: 1 to 1024. The default value is <see langword="null"/>.</summary>
    public int? Threads { get; set; }

    /// <summary>
    /// How many processes train together, each with its own share of every batch; all call <see cref="Trainer.Train"/> with the same options and data but for <see cref="Rank"/>.
    /// <see cref="ProcessLauncher"/> starts them. Legal range: 1 to 1024. The default value is 1.
    /// </summary>
    public int Processes { get; set; } = 1;

    /// <summary>Which of the <see cref="Processes"/> this one is. Legal range: 0 to one below their number. The default value is 0.</summary>
    public int Rank { get; set; }

    /// <summary>
    /// Where the processes meet: "tcp://host:port", a port of the machine of rank 0 that is free, or the path of a file on a disk that they share and that does not exist yet.
    /// The default value is <see langword="null"/>.
    /// </summary>
    public string? Rendezvous { get; set; }

    /// <summary>How long a process waits for the others before it gives up. Legal range: above 0. The default value is 30 minutes.</summary>
    public TimeSpan ProcessTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Receives a report after each step, on the training thread. The default value is <see langword="null"/>.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>
    /// Stops training after the step under way when cancelled; <see cref="Trainer.Train"/> writes a checkpoint, if it has a folder for it, and throws <see cref="OperationCanceledException"/>.
    /// The default value is <see cref="CancellationToken.None"/>.
    /// </summary>
    public CancellationToken CancellationToken { get; set; }
}
