using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>A product with a weight [outputs, inputs] plus a bias, for inputs [rows, inputs]; and the low-rank update of an adapter, where it has one.</summary>
internal sealed class EncoderLinear : nn.Module<Tensor, Tensor>
{
    private LoraUpdate? _update;

    public EncoderLinear(long inputs, long outputs)
        : base(nameof(EncoderLinear))
    {
        Inputs = inputs;
        Outputs = outputs;
        register_parameter("weight", NewParameter.Empty(outputs, inputs));
        register_parameter("bias", NewParameter.Empty(outputs));
    }

    public long Inputs { get; }

    public long Outputs { get; }

    // Looked up each time: a module that is moved to another type or device gets new parameters.
    public Parameter Weight => get_parameter("weight");

    public Parameter Bias => get_parameter("bias");

    /// <summary>What is added to the product; its factors are children of this module. Set once.</summary>
    public LoraUpdate? Update
    {
        get => _update;
        set => _update = value;
    }

    public override Tensor forward(Tensor input)
    {
        var output = nn.functional.linear(input, Weight, Bias);
        return _update is null ? output : _update.AddTo(output, input, training);
    }
}
