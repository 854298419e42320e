using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>
/// The dropout of one layer in one forward pass. On the processor masks come from <see cref="DropoutMasks"/>, with one seed per layer that is drawn from
/// LibTorch's default generator, so that whoever seeds that generator decides the masks; elsewhere they are LibTorch's own.
/// </summary>
/// <param name="training">Whether anything is dropped.</param>
internal struct Dropout(bool training)
{
    private ulong _seed;
    private bool _seeded;

    /// <summary>The input with some elements zeroed and the others scaled up.</summary>
    public Tensor Apply(Tensor input, double probability)
    {
        if (!training || probability == 0)
            return input;
        if (!IsOurs(input))
            return nn.functional.dropout(input, probability, training: true);
        using var mask = Mask(input, probability);
        return input.mul(mask);
    }

    /// <summary>The input with dropout, plus a residual of the same shape.</summary>
    public Tensor ApplyAndAdd(Tensor input, double probability, Tensor residual)
    {
        if (!training || probability == 0)
            return input.add(residual);
        if (!IsOurs(input))
        {
            using var dropped = nn.functional.dropout(input, probability, training: true);
            return dropped.add(residual);
        }
        using var mask = Mask(input, probability);
        return residual.addcmul(input, mask, 1);
    }

    private static bool IsOurs(Tensor input) => input.device_type == DeviceType.CPU && input.dtype is ScalarType.Float32 or ScalarType.BFloat16;

    private Tensor Mask(Tensor input, double probability)
    {
        if (!_seeded)
        {
            using var drawn = randint(long.MaxValue, [1], ScalarType.Int64);
            _seed = (ulong)drawn.item<long>();
            _seeded = true;
        }
        var mask = empty(input.shape, input.dtype);
        var bytes = mask.bytes;
        if (input.dtype == ScalarType.BFloat16)
            DropoutMasks.FillBFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), probability, _seed++);
        else
            DropoutMasks.FillFloat32(MemoryMarshal.Cast<byte, float>(bytes), probability, _seed++);
        return mask;
    }
}
