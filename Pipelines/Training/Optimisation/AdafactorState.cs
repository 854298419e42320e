using TorchSharp;

namespace MLPipelines.Training;

/// <summary>
/// What Adafactor keeps from step to step, in one flat buffer: mean squared gradients by row and by column of the last two dimensions of a parameter, whole for one of fewer dimensions; and
/// where it is asked for, a running mean of updates in another.
/// </summary>
internal sealed class AdafactorState : IDisposable
{
    private readonly FlatPart[][] _averages;
    private readonly FlatPart[]? _means;
    private readonly torch.Tensor _flat;
    private readonly torch.Tensor? _flatMeans;

    public AdafactorState(FlatParameters parameters, bool keepsMeans)
    {
        var slots = parameters.Slots;
        _flat = torch.zeros(slots.Sum(slot => Shapes(slot).Sum(part => part.Shape.Aggregate(1L, (count, size) => count * size))), torch.ScalarType.Float32, parameters.Device).DetachFromDisposeScope();
        _averages = new FlatPart[slots.Length][];
        long offset = 0;
        for (int s = 0; s < slots.Length; s++)
        {
            _averages[s] = [.. Shapes(slots[s]).Select(part => new FlatPart(part.Kind + slots[s].Name, part.Shape, _flat, 0))];
            for (int i = 0; i < _averages[s].Length; i++)
            {
                _averages[s][i] = _averages[s][i] with { Offset = offset };
                offset += _averages[s][i].Count;
            }
        }
        if (keepsMeans)
        {
            _flatMeans = torch.zeros(parameters.Size, torch.ScalarType.Float32, parameters.Device).DetachFromDisposeScope();
            _means = [.. slots.Select(slot => slot.Part("mean_updates/", _flatMeans))];
        }
    }

    /// <summary>Everything, for a checkpoint.</summary>
    public IEnumerable<FlatPart> Parts => _averages.SelectMany(parts => parts).Concat(_means ?? []);

    /// <summary>Whether a parameter has means by row and by column.</summary>
    public bool IsFactored(int slot) => _averages[slot].Length == 2;

    /// <summary>The mean squared gradients by row, in the parameter's shape without its last dimension.</summary>
    public torch.Tensor Rows(int slot) => _averages[slot][0].View();

    /// <summary>The mean squared gradients by column, in the parameter's shape without its last dimension but one.</summary>
    public torch.Tensor Columns(int slot) => _averages[slot][1].View();

    /// <summary>The mean squared gradients of a parameter of fewer than two dimensions.</summary>
    public torch.Tensor Squares(int slot) => _averages[slot][0].View();

    /// <summary>The running mean of updates, in the parameter's shape, if it is kept.</summary>
    public torch.Tensor? Mean(int slot) => _means?[slot].View();

    public void Dispose()
    {
        _flat.Dispose();
        _flatMeans?.Dispose();
    }

    private static (string Kind, long[] Shape)[] Shapes(ParameterSlot slot) => slot.Shape.Length < 2
        ? [("mean_squares/", slot.Shape)]
        : [("mean_squares_by_row/", slot.Shape[..^1]), ("mean_squares_by_column/", [.. slot.Shape[..^2], slot.Shape[^1]])];
}
