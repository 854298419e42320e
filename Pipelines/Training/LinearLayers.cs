using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Training;

/// <summary>Linear layers whose numbers come from, and go to, managed memory.</summary>
internal static class LinearLayers
{
    /// <summary>A layer with these numbers.</summary>
    /// <param name="inputs">The columns of the weight.</param>
    /// <param name="outputs">Its rows.</param>
    /// <param name="weight">The weight, row by row.</param>
    /// <param name="bias">The bias.</param>
    public static Linear Make(int inputs, int outputs, float[] weight, float[] bias)
    {
        var layer = nn.Linear(inputs, outputs);
        using var quiet = no_grad();
        using Tensor weights = tensor(weight, [outputs, inputs]), biases = tensor(bias);
        layer.weight.copy_(weights);
        layer.bias.copy_(biases);
        return layer;
    }

    /// <summary>The numbers of a tensor, row by row, wherever it is.</summary>
    public static float[] ToFloats(this Tensor tensor) => tensor.detach().cpu().contiguous().data<float>().ToArray();
}
