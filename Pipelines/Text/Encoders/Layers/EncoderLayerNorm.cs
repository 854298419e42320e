using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>Layer normalisation over the last dimension.</summary>
internal sealed class EncoderLayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly long[] _shape;
    private readonly double _epsilon;

    public EncoderLayerNorm(long size, double epsilon)
        : base(nameof(EncoderLayerNorm))
    {
        _shape = [size];
        _epsilon = epsilon;
        register_parameter("weight", NewParameter.Empty(size));
        register_parameter("bias", NewParameter.Empty(size));
    }

    public Parameter Weight => get_parameter("weight");

    public Parameter Bias => get_parameter("bias");

    public override Tensor forward(Tensor input)
    {
        var type = input.dtype;
        if (type is not (ScalarType.BFloat16 or ScalarType.Float16) || input.device_type != DeviceType.CPU)
            return nn.functional.layer_norm(input, _shape, Weight, Bias, _epsilon);
        // On the processor LibTorch normalises bfloat16 element by element: to float32 and back takes a seventh of the time, and is closer to the truth.
        using var scope = NewDisposeScope();
        return nn.functional.layer_norm(input.to(ScalarType.Float32), _shape, Weight.to(ScalarType.Float32), Bias.to(ScalarType.Float32), _epsilon)
            .to(type).MoveToOuterDisposeScope();
    }
}
