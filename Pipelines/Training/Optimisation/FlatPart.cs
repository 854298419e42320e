using TorchSharp;

namespace MLPipelines.Training;

/// <summary>A tensor that lies in a flat float32 buffer.</summary>
/// <param name="Name">The name that it has in files.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Flat">The buffer.</param>
/// <param name="Offset">Its first element there.</param>
internal readonly record struct FlatPart(string Name, long[] Shape, torch.Tensor Flat, long Offset)
{
    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (count, size) => count * size);

    /// <summary>The part, in its shape. The caller disposes it.</summary>
    public torch.Tensor View()
    {
        using var part = Flat.narrow(0, Offset, Count);
        return part.view(Shape);
    }
}
