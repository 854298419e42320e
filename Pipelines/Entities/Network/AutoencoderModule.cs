using MLPipelines.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Entities;

/// <summary>Encoder and decoder in LibTorch, for training: from [rows, inputs] to [rows, outputs].</summary>
internal sealed class AutoencoderModule : nn.Module<Tensor, Tensor>
{
    private readonly AutoencoderNetwork _start;
    private readonly Linear[] _layers;

    public AutoencoderModule(AutoencoderNetwork start)
        : base(nameof(AutoencoderModule))
    {
        _start = start;
        _layers = [.. start.Layers.Select((layer, i) => Layer(AutoencoderNetwork.LayerNames[i].Replace('.', '_'), layer))];
    }

    public override Tensor forward(Tensor input)
    {
        var embedding = _layers[1].forward(_layers[0].forward(input).relu());
        return _layers[3].forward(_layers[2].forward(embedding).relu());
    }

    /// <summary>The numbers as they are now.</summary>
    public AutoencoderNetwork ToNetwork()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return new AutoencoderNetwork([.. _layers.Select((layer, i) => new DenseLayer(_start.Layers[i].Inputs, _start.Layers[i].Outputs, layer.weight.ToFloats(), layer.bias.ToFloats()))]);
    }

    private Linear Layer(string name, DenseLayer values)
    {
        var layer = ManagedWeights.MakeLinear(values.Inputs, values.Outputs, values.Weight, values.Bias);
        register_module(name, layer);
        return layer;
    }
}
