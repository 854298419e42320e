using TorchSharp;

namespace MLPipelines.Training;

/// <summary>On a GPU: the gradients are joined into one tensor, and a few operations on flat tensors update everything that shares decay and learning rate.</summary>
internal sealed class TensorOptimiser(FlatParameters parameters, TrainingOptions options) : AdamWOptimiser(parameters, options)
{
    // Elements updated at once, which bounds what the update needs besides.
    private const long PieceLength = 1 << 24;

    private torch.Tensor? _flat;
    private bool _begun;

    public override torch.Tensor FlatGradient => _flat ??= NewFlat();

    public override void Begin()
    {
        base.Begin();
        _begun = false;
    }

    public override void Collect(bool isOnly)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var pieces = new List<torch.Tensor>();
        long end = 0;
        for (int s = 0; s < Parameters.Slots.Length; s++)
        {
            var slot = Parameters.Slots[s];
            Gap(slot.Offset);
            var gradient = slot.Parameter.grad;
            Present[s] |= gradient is not null;
            if (gradient is null)
                Gap(slot.Offset + slot.Count);
            else
                pieces.Add(gradient.reshape(-1));
            end = slot.Offset + slot.Count;
        }
        Gap(Parameters.Size);
        var joined = torch.cat(pieces);
        var flat = FlatGradient.narrow(0, 0, Parameters.Size);
        if (_begun)
            flat.add_(joined);
        else
            flat.copy_(joined);
        _begun = true;
        Parameters.ClearGradients();

        void Gap(long to)
        {
            if (to > end)
                pieces.Add(torch.zeros(to - end, Parameters.Precision, Parameters.Device));
            end = to;
        }
    }

    public override double Norm()
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return FlatGradient.narrow(0, 0, Parameters.Size).norm().ToDouble();
    }

    public override void Update(double learningRate, double gradientScale)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var slots = Parameters.Slots;
        for (int s = 0; s < slots.Length; s++)
        {
            if (Present[s])
                slots[s].Updates++;
        }
        for (int s = 0; s < slots.Length; s++)
        {
            if (!Present[s])
                continue;
            int last = s;
            while (last + 1 < slots.Length && Present[last + 1] && slots[last + 1].Decays == slots[s].Decays
                && slots[last + 1].RateScale == slots[s].RateScale && slots[last + 1].Updates == slots[s].Updates)
            {
                last++;
            }
            var step = StepOf(slots[s], learningRate, gradientScale);
            long end = slots[last].Offset + slots[last].Count;
            for (long start = slots[s].Offset; start < end; start += PieceLength)
                Update(step, start, Math.Min(PieceLength, end - start));
            s = last;
        }
    }

    public override void Dispose()
    {
        _flat?.Dispose();
        base.Dispose();
    }

    private void Update(in AdamWStep step, long start, long count)
    {
        using var scope = torch.NewDisposeScope();
        var gradient = FlatGradient.narrow(0, start, count);
        var first = First.narrow(0, start, count);
        var second = Second.narrow(0, start, count);
        var weights = Parameters.Master.narrow(0, start, count);
        if (step.GradientScale != 1)
            gradient.mul_(step.GradientScale);
        first.mul_(step.Beta1).add_(gradient, step.OneMinusBeta1);
        second.mul_(step.Beta2).addcmul_(gradient, gradient, step.OneMinusBeta2);
        var divisor = second.sqrt().mul_(step.RootScale).add_(step.Epsilon);
        if (step.Keep != 1)
            weights.mul_(step.Keep);
        weights.addcdiv_(first, divisor, -step.Rate);
        Parameters.Rounded?.narrow(0, start, count).copy_(weights);
    }
}
