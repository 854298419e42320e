using TorchSharp;

namespace MLPipelines.Training;

/// <summary>AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, <see href="https://arxiv.org/abs/1711.05101"/>): two running means for every weight.</summary>
internal abstract class AdamWOptimiser : Optimiser
{
    protected AdamWOptimiser(FlatParameters parameters, TrainingOptions options) : base(parameters, options)
    {
        First = torch.zeros(parameters.Size, torch.ScalarType.Float32, parameters.Device).DetachFromDisposeScope();
        Second = torch.zeros(parameters.Size, torch.ScalarType.Float32, parameters.Device).DetachFromDisposeScope();
    }

    /// <summary>The running means of gradients.</summary>
    protected torch.Tensor First { get; }

    /// <summary>The running means of squared gradients.</summary>
    protected torch.Tensor Second { get; }

    public override IEnumerable<FlatPart> State => Parameters.Slots.SelectMany(slot => (FlatPart[])[slot.Part("first_moments/", First), slot.Part("second_moments/", Second)]);

    public override void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    protected AdamWStep StepOf(ParameterSlot slot, double learningRate, double gradientScale) =>
        new(Options, learningRate * slot.RateScale, slot.Decays ? Options.WeightDecay : 0, slot.Updates, gradientScale);
}
