using System.Text.Json.Serialization;
using TorchSharp;

namespace MLPipelines.Training;

/// <summary>
/// What is to be learnt: a module, the training examples, and the loss of a few of them. <see cref="Trainer"/> does all the rest.
/// </summary>
/// <remarks>
/// The trainer calls one member at a time, from the thread that called <see cref="Trainer.Train"/>. Every tensor that a member makes
/// is released by the trainer's dispose scope; nothing needs to be disposed by hand.
/// </remarks>
public abstract class TrainingTask : IDisposable
{
    /// <summary>
    /// The module to train, in float32 on the CPU or on any device. Parameters that do not require a gradient stay as they are.
    /// The trainer moves it to the device and the precision of the run, and gives it back in float32 on that device.
    /// </summary>
    public abstract torch.nn.Module Module { get; }

    /// <summary>The number of training examples, 1 or more; examples are numbered from 0.</summary>
    public abstract int ExampleCount { get; }

    /// <summary>The length of an example in tokens, 1 or more. Batches are made of examples of similar length, and their size is counted in it.</summary>
    public abstract int LengthOf(int example);

    /// <summary>
    /// The loss of some examples, computed in one forward pass, in training mode. Tensors belong on <see cref="TrainingContext.Device"/>, padded to
    /// <see cref="TrainingContext.PaddedLength"/> of the longest example; draw random numbers from LibTorch's default generator or from
    /// <see cref="TrainingContext.Random"/>, both of which are set for this call, so that a resumed run draws the same.
    /// </summary>
    /// <param name="examples">The examples, one or more; the array is the caller's.</param>
    /// <param name="context">Where and how to compute.</param>
    public abstract MicroBatchLoss Loss(int[] examples, TrainingContext context);

    /// <summary>
    /// Computes the gradients of what <see cref="Loss"/> returned (times a factor): the backward pass of the loss, and of <see cref="TrainingContext.GradientCheckpoints"/>.
    /// Override it to do more, between the two or after them.
    /// </summary>
    /// <param name="loss">The scalar to differentiate.</param>
    /// <param name="context">The context that <see cref="Loss"/> had.</param>
    public virtual void Backward(torch.Tensor loss, TrainingContext context)
    {
        loss.backward();
        context.GradientCheckpoints?.Backward();
    }

    /// <summary>
    /// How deep in the network a parameter is: 0 for embeddings, 1 for the first layer, and one above the last layer for the head.
    /// <see cref="TrainingOptions.FreezeLayers"/> and <see cref="TrainingOptions.LayerwiseDecay"/> go by it. 0 for all unless overridden.
    /// </summary>
    /// <param name="parameterName">The name of the parameter in <see cref="Module"/>.</param>
    public virtual int DepthOf(string parameterName) => 0;

    /// <summary>Whether weight decay applies to a parameter: unless overridden, to all whose name holds neither "bias" nor "LayerNorm.weight" nor "layer_norm.weight".</summary>
    /// <param name="parameterName">The name of the parameter in <see cref="Module"/>.</param>
    public virtual bool Decays(string parameterName) =>
        !parameterName.Contains("bias", StringComparison.Ordinal)
        && !parameterName.Contains("LayerNorm.weight", StringComparison.Ordinal)
        && !parameterName.Contains("layer_norm.weight", StringComparison.Ordinal);

    /// <summary>How hard an example is, for <see cref="TrainingCurriculum.EasyToHard"/>; any scale. Its length unless overridden.</summary>
    public virtual double DifficultyOf(int example) => LengthOf(example);

    /// <summary>
    /// Measures the module on data that is not trained on, in evaluation mode and without gradients; <see langword="null"/>, as here, where there is none.
    /// </summary>
    /// <param name="context">Where and how to compute.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public virtual ValidationResult? Validate(TrainingContext context, CancellationToken cancellationToken) => null;

    /// <summary>
    /// Something that changes when the training data does (a hash of texts and labels, say); a run is not resumed with another.
    /// Empty unless overridden. The number of examples and their lengths are compared in any case.
    /// </summary>
    public virtual string DataFingerprint => "";

    /// <summary>Releases what the task holds; the module too, if the task made it for itself alone.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the task holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>The loss of a micro-batch.</summary>
/// <param name="Loss">A float32 scalar that gradients flow from: the mean over <paramref name="Weight"/> items.</param>
/// <param name="Weight">
/// How many items (rows, labelled tokens, or their weights' sum) the mean is over, 0 or more; micro-batches are combined to the mean over the items of the whole batch.
/// </param>
public readonly record struct MicroBatchLoss(torch.Tensor Loss, double Weight);

/// <summary>How well a module does on data that is not trained on.</summary>
/// <param name="MetricName">The name of the metric that decides.</param>
/// <param name="Metric">Its value.</param>
/// <param name="HigherIsBetter">Whether higher values of it are better.</param>
/// <param name="Values">This and other measures by name, for display.</param>
[method: JsonConstructor]
public sealed record ValidationResult(string MetricName, double Metric, bool HigherIsBetter, IReadOnlyDictionary<string, double> Values)
{
    /// <summary>A result of one measure.</summary>
    public ValidationResult(string metricName, double metric, bool higherIsBetter)
        : this(metricName, metric, higherIsBetter, new Dictionary<string, double> { [metricName] = metric })
    {
    }

    /// <summary>How much better than another result this is, in units of the metric; negative where it is worse, NaN where either is NaN.</summary>
    public double GainOver(ValidationResult other) => HigherIsBetter ? Metric - other.Metric : other.Metric - Metric;
}
