using TorchSharp;

namespace MLPipelines.Training;

/// <summary>
/// Moves <see cref="FlatParameters"/> by their gradients: those of the micro-batches of a step are collected, then the parameters that had one are updated at once; the others, as in PyTorch, stay as they are.
/// </summary>
internal abstract class Optimiser : IDisposable
{
    /// <summary>The optimiser that the options ask for and that suits the device of the parameters.</summary>
    public static Optimiser For(FlatParameters parameters, TrainingOptions options) =>
        options.Optimiser == TrainingOptimiser.Adafactor ? new AdafactorOptimiser(parameters, options)
        : parameters.Device.type == DeviceType.CPU ? new ProcessorOptimiser(parameters, options)
        : new TensorOptimiser(parameters, options);

    protected Optimiser(FlatParameters parameters, TrainingOptions options)
    {
        Parameters = parameters;
        Options = options;
        Present = new bool[parameters.Slots.Length];
    }

    protected FlatParameters Parameters { get; }

    protected TrainingOptions Options { get; }

    /// <summary>Which parameters have a gradient in this step.</summary>
    public bool[] Present { get; }

    /// <summary>What it keeps from step to step, for a checkpoint; how many updates each parameter has had is kept with the parameters.</summary>
    public abstract IEnumerable<FlatPart> State { get; }

    /// <summary>Begins a step: no parameter has a gradient.</summary>
    public virtual void Begin() => Array.Clear(Present);

    /// <summary>Takes the gradients of a backward pass.</summary>
    /// <param name="isOnly">Whether nothing will be added to them: no other micro-batch and no other process.</param>
    public abstract void Collect(bool isOnly);

    /// <summary>
    /// The sum of the gradients as one float32 tensor of <see cref="FlatParameters.Size"/> elements and some more for the caller; zero where a parameter has none. For collected gradients that are not the only ones.
    /// </summary>
    public abstract torch.Tensor FlatGradient { get; }

    /// <summary>The L2 norm of the collected gradients.</summary>
    public abstract double Norm();

    /// <summary>Updates the parameters, and what the module computes with.</summary>
    /// <param name="learningRate">The learning rate, before scaling by layer.</param>
    /// <param name="gradientScale">What gradients are multiplied by first.</param>
    public abstract void Update(double learningRate, double gradientScale);

    /// <summary>Forgets the gradients of the step.</summary>
    public virtual void End() => Parameters.ClearGradients();

    public abstract void Dispose();

    protected torch.Tensor NewFlat() =>
        torch.zeros(Parameters.Size + DataParallelTail.Length(Parameters.Slots.Length), torch.ScalarType.Float32, Parameters.Device).DetachFromDisposeScope();
}
