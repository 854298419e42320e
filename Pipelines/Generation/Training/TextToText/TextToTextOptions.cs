using MLPipelines.Generation.T5;
using MLPipelines.Scoring.Writing;
using MLPipelines.Training;

namespace MLPipelines.Generation;

/// <summary>Options of the estimator that trains a T5 model to write target texts for input texts. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
/// <remarks>Rows whose target is missing or empty take no part in training.</remarks>
public sealed class TextToTextOptions
{
    /// <summary>Name of the text column to write for. Missing texts count as empty. The default value is "Input".</summary>
    public string InputColumnName { get; set; } = "Input";

    /// <summary>Name of the text column with what is to be written. The default value is "Target".</summary>
    public string TargetColumnName { get; set; } = "Target";

    /// <summary>Name of the output column with the generated text. The default value is "GeneratedText".</summary>
    public string GeneratedTextColumnName { get; set; } = "GeneratedText";

    /// <summary>Name of the output column with the geometric mean of the generated tokens' probabilities, 0 to 1. The default value is "Confidence".</summary>
    public string ConfidenceColumnName { get; set; } = "Confidence";

    /// <summary>What is put before each input, such as "summarize: ". The default value is empty.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>
    /// The model to start from: a checkpoint (<c>"./t5-small"</c>, <c>"hf:google/flan-t5-small"</c>), or random weights with a vocabulary learnt from the training texts. The
    /// default value is <see cref="T5Source.Scratch"/> with its own defaults.
    /// </summary>
    public T5Source Model { get; set; } = T5Source.Scratch();

    /// <summary>(tokens) The most tokens of an input that are read, the end token included. Legal range: 1 to 100,000. The default value is 256.</summary>
    public int MaximumInputTokens { get; set; } = 256;

    /// <summary>(tokens) The most tokens of a target that are learnt, and that are generated, the end token included. Legal range: 1 to 100,000. The default value is 64.</summary>
    public int MaximumTargetTokens { get; set; } = 64;

    /// <summary>The share of the target that is spread evenly over the vocabulary. Legal range: 0 to 0.5. The default value is 0.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>Trains low-rank additions to the weights instead of these; they are added to them at the end. The default value is <see langword="null"/>: all weights are trained.</summary>
    public T5LoraOptions? Lora { get; set; }

    /// <summary>The share of the rows that is held out of training, to choose the best weights and to stop early; 0 does neither. Legal range: 0 to 0.5. The default value is 0.1.</summary>
    public double ValidationFraction { get; set; } = 0.1;

    /// <summary>
    /// The training loop: epochs, batches, learning rate, precision, device, early stopping, checkpoints, seed, progress, cancellation and more. The default value is
    /// <see langword="null"/>: that of <see cref="T5Source.DefaultTraining"/> for <see cref="Model"/>.
    /// </summary>
    public TrainingOptions? Training { get; set; }

    /// <summary>How texts are generated. The default value is <see langword="null"/>: greedily, up to <see cref="MaximumTargetTokens"/>.</summary>
    public GenerationOptions? Generation { get; set; }

    /// <summary>
    /// In what the exported model that generates keeps its weights. With <see cref="OnnxWeightType.Int8"/> a row's text may depend on the rows beside it. The default value is
    /// <see cref="OnnxWeightType.Float32"/>.
    /// </summary>
    public OnnxWeightType GenerationWeights { get; set; } = OnnxWeightType.Float32;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(TextToTextOptions))
            .Name(InputColumnName, nameof(InputColumnName))
            .Name(TargetColumnName, nameof(TargetColumnName))
            .Name(GeneratedTextColumnName, nameof(GeneratedTextColumnName))
            .Name(ConfidenceColumnName, nameof(ConfidenceColumnName))
            .If(GeneratedTextColumnName == ConfidenceColumnName, $"{nameof(GeneratedTextColumnName)} and {nameof(ConfidenceColumnName)} are both '{ConfidenceColumnName}': name them differently")
            .If(Prefix is null, $"{nameof(Prefix)} is null; give \"\" for none")
            .If(Model is null, $"{nameof(Model)} is missing; give a folder, a reference such as hf:google/flan-t5-small, or {nameof(T5Source)}.{nameof(T5Source.Scratch)}()")
            .Range(MaximumInputTokens, 1, 100_000, nameof(MaximumInputTokens))
            .Range(MaximumTargetTokens, 1, 100_000, nameof(MaximumTargetTokens))
            .Range(LabelSmoothing, 0, 0.5, nameof(LabelSmoothing))
            .Range(ValidationFraction, 0, 0.5, nameof(ValidationFraction))
            .If(!Enum.IsDefined(GenerationWeights), $"{nameof(GenerationWeights)} is {GenerationWeights}; it must be {string.Join(" or ", Enum.GetNames<OnnxWeightType>())}")
            .If(Training?.EarlyStoppingPatience is not null && ValidationFraction == 0, $"Training.{nameof(TrainingOptions.EarlyStoppingPatience)} is set, but {nameof(ValidationFraction)} is 0; hold out some rows to stop by");
        foreach (var check in (Action?[])[Model is null ? null : Model.Validate, Lora is null ? null : Lora.Validate, Training is null ? null : Training.Validate, Generation is null ? null : Generation.Validate])
        {
            if (check is not null)
                faults.Check(check);
        }
        faults.Throw();
    }

    internal TrainingOptions EffectiveTraining => Training ?? Model.DefaultTraining();

    internal TextToTextColumns Columns => new(InputColumnName, GeneratedTextColumnName, ConfidenceColumnName);
}

/// <summary>The columns that a model reads and adds.</summary>
internal sealed record TextToTextColumns(string Input, string GeneratedText, string Confidence);
