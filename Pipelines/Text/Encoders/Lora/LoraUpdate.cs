using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>The low-rank update of one linear layer: scale · B A, with A [rank, inputs] and B [outputs, rank].</summary>
internal sealed class LoraUpdate
{
    public const string A = "lora_A";
    public const string B = "lora_B";

    private readonly EncoderLinear _linear;
    private readonly double _dropout;

    private LoraUpdate(EncoderLinear linear, double scale, double dropout)
    {
        _linear = linear;
        Scale = scale;
        _dropout = dropout;
    }

    public double Scale { get; }

    private Parameter FactorA => _linear.get_parameter($"{A}.weight");

    private Parameter FactorB => _linear.get_parameter($"{B}.weight");

    /// <summary>Gives a layer an update, its factors still to be set.</summary>
    public static void Attach(EncoderLinear linear, int rank, double scale, double dropout)
    {
        ModuleGroup.AddParameter(linear, $"{A}.weight", NewParameter.Empty(rank, linear.Inputs));
        ModuleGroup.AddParameter(linear, $"{B}.weight", NewParameter.Empty(linear.Outputs, rank));
        linear.Update = new LoraUpdate(linear, scale, dropout);
    }

    public Tensor AddTo(Tensor output, Tensor input, bool training)
    {
        using var scope = NewDisposeScope();
        var low = nn.functional.linear(new Dropout(training).Apply(input, _dropout), FactorA);
        return output.add(nn.functional.linear(low, FactorB), Scale).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the update to the weight and takes it away from the layer.</summary>
    public void Merge()
    {
        using (no_grad())
        using (NewDisposeScope())
        {
            var wide = _linear.Weight.to(ScalarType.Float32);
            _linear.Weight.copy_(wide.add(FactorB.to(ScalarType.Float32).mm(FactorA.to(ScalarType.Float32)), Scale));
        }
        Detach();
    }

    /// <summary>Takes the update away from the layer.</summary>
    public void Detach()
    {
        foreach (string name in (string[])[A, B])
        {
            var factor = _linear.named_children().First(child => child.Item1 == name).Item2;
            _linear.register_module(name, null);
            factor.Dispose();
        }
        _linear.Update = null;
    }
}
