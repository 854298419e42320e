using TorchSharp;
using TorchSharp.Modules;

namespace MLPipelines.Training;

/// <summary>
/// The trained parameters of a module in a flat buffer of float32 master weights, with everything that shares weight decay and learning rate side by side.
/// In float32 the module's parameters are views of the master weights; in bfloat16 they are views of a flat bfloat16 copy that is rewritten once a step.
/// </summary>
internal sealed class FlatParameters : IDisposable
{
    // Parameters begin at multiples of a cache line.
    private const int Alignment = 16;

    private readonly torch.nn.Module _module;
    private readonly HashSet<string> _frozen = [];
    private readonly Dictionary<string, torch.Tensor> _fixedValues = [];

    /// <summary>Takes over a module: moves it to the device and the precision, and makes its parameters views of the flat buffer.</summary>
    public FlatParameters(TrainingTask task, TrainingOptions options, torch.Device device, torch.ScalarType precision)
    {
        _module = task.Module;
        Device = device;
        Precision = precision;
        using var noGradient = torch.no_grad();
        _module.to(device);
        var depths = new Dictionary<string, int>();
        var originals = new Dictionary<string, torch.Tensor>();
        using var scope = torch.NewDisposeScope();
        foreach (var (name, parameter) in _module.named_parameters())
        {
            if (!parameter.requires_grad)
                continue;
            int depth = task.DepthOf(name);
            if (depth < options.FreezeLayers)
            {
                _frozen.Add(name);
            }
            else
            {
                if (parameter.dtype != torch.ScalarType.Float32)
                    throw TrainingErrors.NotFloat32(name, parameter.dtype);
                depths[name] = depth;
                originals[name] = parameter.detach();
            }
        }
        if (depths.Count == 0)
            throw TrainingErrors.NothingToTrain(options.FreezeLayers);
        if (precision != torch.ScalarType.Float32)
        {
            KeepWhatIsNotTrained(depths);
            _module.to(precision);
        }
        foreach (var (name, parameter) in _module.named_parameters())
        {
            if (_frozen.Contains(name))
                parameter.requires_grad = false;
        }
        Slots = Lay(task, options, depths);
        Size = Slots[^1].Offset + Slots[^1].Count;
        Size = (Size + Alignment - 1) / Alignment * Alignment;
        Master = torch.zeros(Size, torch.ScalarType.Float32, device).DetachFromDisposeScope();
        Rounded = precision == torch.ScalarType.Float32 ? null : torch.zeros(Size, precision, device).DetachFromDisposeScope();
        foreach (var slot in Slots)
        {
            slot.In(Master).copy_(originals[slot.Name]);
            slot.Parameter.set_(slot.In(Rounded ?? Master));
        }
        WriteRounded();
        ClearGradients();
    }

    public torch.Device Device { get; }

    public torch.ScalarType Precision { get; }

    /// <summary>The trained parameters, in the order of their offsets.</summary>
    public ParameterSlot[] Slots { get; }

    /// <summary>Elements of each flat buffer; those between parameters are zero.</summary>
    public long Size { get; }

    /// <summary>The master weights.</summary>
    public torch.Tensor Master { get; }

    /// <summary>The weights that the module computes with, where those are not the master weights.</summary>
    public torch.Tensor? Rounded { get; }

    /// <summary>Forgets all gradients.</summary>
    public void ClearGradients()
    {
        foreach (var slot in Slots)
            slot.Parameter.grad = null;
    }

    /// <summary>Makes the module compute with the master weights as they are now.</summary>
    public void WriteRounded()
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        Rounded?.copy_(Master);
    }

    /// <summary>Gives the module back: in float32, with the master weights and with what was not trained as it was.</summary>
    public void Release()
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        ClearGradients();
        if (Rounded != null)
        {
            _module.to(torch.ScalarType.Float32);
            var slots = Slots.ToDictionary(slot => slot.Name);
            foreach (var (name, parameter) in _module.named_parameters())
            {
                if (slots.TryGetValue(name, out var slot))
                    parameter.set_(slot.In(Master));
                else if (_fixedValues.TryGetValue(name, out var value))
                    parameter.set_(value);
            }
            foreach (var (name, buffer) in _module.named_buffers())
            {
                if (_fixedValues.TryGetValue(name, out var value))
                    buffer.set_(value);
            }
        }
        foreach (var (name, parameter) in _module.named_parameters())
        {
            if (_frozen.Contains(name))
                parameter.requires_grad = true;
        }
        _module.eval();
    }

    public void Dispose()
    {
        Master.Dispose();
        Rounded?.Dispose();
        foreach (var value in _fixedValues.Values)
            value.Dispose();
    }

    // Rounding and widening again would not give the same values.
    private void KeepWhatIsNotTrained(Dictionary<string, int> trained)
    {
        foreach (var (name, parameter) in _module.named_parameters())
        {
            if (!trained.ContainsKey(name) && parameter.is_floating_point())
                _fixedValues[name] = parameter.detach().clone().DetachFromDisposeScope();
        }
        foreach (var (name, buffer) in _module.named_buffers())
        {
            if (buffer.is_floating_point())
                _fixedValues[name] = buffer.detach().clone().DetachFromDisposeScope();
        }
    }

    private ParameterSlot[] Lay(TrainingTask task, TrainingOptions options, Dictionary<string, int> depths)
    {
        int deepest = depths.Values.Max();
        var slots = new List<ParameterSlot>();
        foreach (var (name, parameter) in _module.named_parameters())
        {
            if (!depths.TryGetValue(name, out int depth))
                continue;
            slots.Add(new ParameterSlot
            {
                Name = name,
                Shape = parameter.shape,
                Count = parameter.numel(),
                Parameter = parameter,
                Decays = task.Decays(name),
                RateScale = Math.Pow(options.LayerwiseDecay, deepest - depth),
            });
        }
        var ordered = slots.OrderBy(slot => slot.Decays ? 0 : 1).ThenBy(slot => slot.RateScale).ToArray();
        long offset = 0;
        foreach (var slot in ordered)
        {
            slot.Offset = offset;
            offset = (offset + slot.Count + Alignment - 1) / Alignment * Alignment;
        }
        return ordered;
    }
}
