using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>What all estimators have in common that train an encoder on labelled texts.</summary>
public abstract class TextFineTuningOptions
{
    private protected TextFineTuningOptions()
    {
    }

    /// <summary>Name of the text column to learn from. Missing texts count as empty. The default value is "Text".</summary>
    public string TextColumnName { get; set; } = "Text";

    /// <summary>Name of the label column. The default value is "Label".</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>
    /// The encoder to start from: a checkpoint (<c>"./bert-base"</c>, <c>"hf:distilbert-base-uncased"</c>), or random weights with a vocabulary learnt from the training
    /// texts. The default value is <see cref="EncoderSource.Scratch(EncoderOptions, int)"/> with its own defaults.
    /// </summary>
    public EncoderSource Encoder { get; set; } = EncoderSource.Scratch();

    /// <summary>
    /// The most tokens of a text that are read, special ones included; the rest is cut off. Legal range: 4 up to what the encoder has positions for.
    /// The default value is <see langword="null"/>: what the encoder has positions for, but at most 256.
    /// </summary>
    public int? MaximumTokens { get; set; }

    /// <summary>
    /// The share of the labelled rows that is held out of training, to choose the best weights, to stop early and to calibrate; 0 does none of that.
    /// Legal range: 0 to 0.5. The default value is 0.1.
    /// </summary>
    public double ValidationFraction { get; set; } = 0.1;

    /// <summary>Trains low-rank additions to the encoder's weights instead of these; they are added to them at the end. The default value is <see langword="null"/>: all weights are trained.</summary>
    public LoraOptions? Lora { get; set; }

    /// <summary>How training texts are varied on each visit. The default value is <see langword="null"/>: not at all.</summary>
    public TextAugmentationOptions? Augmentation { get; set; }

    /// <summary>
    /// The training loop: epochs, batches, learning rate, precision, device, early stopping, checkpoints, seed, progress, cancellation and more.
    /// The default value is <see langword="null"/>: that of <see cref="EncoderSource.DefaultTraining"/> for <see cref="Encoder"/>.
    /// </summary>
    public TrainingOptions? Training { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(GetType().Name);
        faults.Name(TextColumnName, nameof(TextColumnName));
        faults.Name(LabelColumnName, nameof(LabelColumnName));
        if (Encoder is null)
            faults.Add($"{nameof(Encoder)} is missing; give a folder, a reference such as hf:bert-base-uncased, or {nameof(EncoderSource)}.{nameof(EncoderSource.Scratch)}()");
        else
            faults.Check(Encoder.Validate);
        if (MaximumTokens is { } tokens)
            faults.Range(tokens, 4, int.MaxValue, nameof(MaximumTokens));
        faults.Range(ValidationFraction, 0, 0.5, nameof(ValidationFraction));
        if (Lora is { } lora)
            faults.Check(lora.Validate);
        Augmentation?.Validate(faults);
        if (Training is { } training)
        {
            faults.Check(training.Validate);
            if (training.EarlyStoppingPatience is not null && ValidationFraction == 0)
                faults.Add($"Training.{nameof(training.EarlyStoppingPatience)} is set, but {nameof(ValidationFraction)} is 0; hold out some rows to stop by");
        }
        Check(faults);
        faults.Throw();
    }

    internal TrainingOptions EffectiveTraining => Training ?? Encoder.DefaultTraining();

    private protected abstract void Check(OptionFaults faults);
}
