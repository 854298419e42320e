using System.Runtime.InteropServices;
using MLPipelines.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Training;

/// <summary>Weights of small networks that are kept in managed memory, row by row: to and from LibTorch and checkpoints.</summary>
internal static class ManagedWeights
{
    /// <summary>A linear layer of LibTorch.</summary>
    /// <param name="inputs">The columns of the weight.</param>
    /// <param name="outputs">Its rows.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="bias">The bias.</param>
    public static Linear MakeLinear(int inputs, int outputs, float[] weight, float[] bias)
    {
        var layer = nn.Linear(inputs, outputs);
        using var quiet = no_grad();
        using Tensor weights = tensor(weight, [outputs, inputs]), biases = tensor(bias);
        layer.weight.copy_(weights);
        layer.bias.copy_(biases);
        return layer;
    }

    /// <summary>The numbers of a tensor, wherever it is.</summary>
    public static float[] ToFloats(this Tensor tensor) => tensor.detach().cpu().contiguous().data<float>().ToArray();

    /// <summary>The numbers as a tensor of a checkpoint; they must not change until it is written.</summary>
    public static TensorToWrite ToWrite(string name, long[] shape, float[] values) => new(name, TensorDataType.Float32, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));

    /// <summary>The numbers of a tensor of a checkpoint, which must be of that shape.</summary>
    /// <exception cref="CheckpointException">There is no such tensor, it is of another type or shape, or a number is not finite.</exception>
    public static float[] ReadFinite(this Checkpoint checkpoint, string name, params long[] expected)
    {
        var tensor = checkpoint[name];
        if (tensor.DataType != TensorDataType.Float32 || !tensor.Shape.AsSpan().SequenceEqual(expected))
            throw new CheckpointException($"the tensor '{name}' is {tensor.DataType} [{string.Join(", ", tensor.Shape)}] instead of {TensorDataType.Float32} [{string.Join(", ", expected)}]");
        var values = tensor.ToFloats();
        return Array.TrueForAll(values, float.IsFinite) ? values : throw new CheckpointException($"the tensor '{name}' holds a value that is not finite");
    }
}
