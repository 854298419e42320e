using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>Options of masked-language-model pretraining. <see cref="TextPretraining.Run"/> checks them and reports everything that is wrong at once.</summary>
public sealed class TextPretrainingOptions
{
    /// <summary>Texts to learn from; read once. The default value is none; give these or <see cref="Files"/>, or both.</summary>
    public IEnumerable<string> Texts { get; set; } = [];

    /// <summary>UTF-8 text files to learn from, each line a text; blank lines are left out. The default value is none.</summary>
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>The encoder to train: from scratch, with a vocabulary learnt from the texts or a given one, or a checkpoint to go on from. The default value is <see cref="EncoderSource.Scratch(EncoderOptions, int)"/>.</summary>
    public EncoderSource Encoder { get; set; } = EncoderSource.Scratch();

    /// <summary>The folder that the checkpoint is written to. There is no default: it must be given.</summary>
    public string OutputFolder { get; set; } = "";

    /// <summary>The most tokens of a block, special ones included. Legal range: 8 up to what the encoder has positions for. The default value is 128.</summary>
    public int MaximumTokens { get; set; } = 128;

    /// <summary>
    /// Whether texts are put one after the other, with separators between them, and cut into blocks of <see cref="MaximumTokens"/>, so that nothing is padded; otherwise each text stands
    /// alone, as it will in a classifier, and longer ones are cut into several. The default value is <see langword="false"/>.
    /// </summary>
    public bool PackTexts { get; set; }

    /// <summary>The share of tokens that are to be guessed. Legal range: above 0, up to 0.5. The default value is 0.15.</summary>
    public double MaskShare { get; set; } = 0.15;

    /// <summary>Whether all tokens of a word are masked together, or none. The default value is <see langword="true"/>.</summary>
    public bool MaskWholeWords { get; set; } = true;

    /// <summary>The share of blocks that is held out to measure the perplexity on. Legal range: above 0, up to 0.5. The default value is 0.05.</summary>
    public double ValidationFraction { get; set; } = 0.05;

    /// <summary>
    /// The training loop: epochs, batches, learning rate, precision, device, checkpoints, seed, progress, cancellation and more. The default value is <see langword="null"/>:
    /// 20 epochs at 5e-4 from scratch, 3 at 5e-5 from a checkpoint.
    /// </summary>
    public TrainingOptions? Training { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(TextPretrainingOptions));
        if (Texts is null || Files is null)
            faults.Add($"{nameof(Texts)} or {nameof(Files)} is null; leave it empty instead");
        foreach (string file in (Files ?? []).Where(file => !File.Exists(file)))
            faults.Add($"{nameof(Files)} names '{file}', which does not exist");
        if (Encoder is null)
            faults.Add($"{nameof(Encoder)} is missing; give {nameof(EncoderSource)}.{nameof(EncoderSource.Scratch)}() or a checkpoint");
        else
            faults.Check(Encoder.Validate);
        if (string.IsNullOrWhiteSpace(OutputFolder))
            faults.Add($"{nameof(OutputFolder)} is empty; give the folder to write the checkpoint to");
        faults.Range(MaximumTokens, 8, int.MaxValue, nameof(MaximumTokens));
        faults.Above(MaskShare, 0, 0.5, nameof(MaskShare));
        faults.Above(ValidationFraction, 0, 0.5, nameof(ValidationFraction));
        if (Training is { } training)
            faults.Check(training.Validate);
        faults.Throw();
    }

    internal TrainingOptions EffectiveTraining => Training ?? (Encoder.IsScratch
        ? new TrainingOptions { Epochs = 20, LearningRate = 5e-4, WarmupShare = 0.1 }
        : new TrainingOptions { Epochs = 3, LearningRate = 5e-5 });
}

/// <summary>What pretraining came to.</summary>
/// <param name="Folder">The folder of the checkpoint, which opens like any other.</param>
/// <param name="Blocks">Blocks trained on.</param>
/// <param name="Tokens">Tokens in these, special ones included.</param>
/// <param name="HeldOutBlocks">Blocks measured on.</param>
/// <param name="Loss">The mean of -ln(probability) of the masked tokens of the blocks held out, in nats.</param>
/// <param name="Training">What the training loop came to.</param>
public sealed record TextPretrainingResult(string Folder, int Blocks, long Tokens, int HeldOutBlocks, double Loss, TrainingResult Training)
{
    /// <summary>The perplexity of the masked tokens held out: e to the power of <see cref="Loss"/>; among how many equally likely tokens the model hesitates. Lower is better.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>The figures, for people.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Blocks} blocks of {Tokens} tokens, {Training.Epochs:0.##} epochs, {Training.TokensPerSecond:0} tokens/s; held out: perplexity {Perplexity:0.00} (loss {Loss:0.0000}) on {HeldOutBlocks} blocks; written to {Folder}");
}
