using System.Runtime.InteropServices;
using MLPipelines.Training.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>Moves elements between parameters and files.</summary>
internal static class EncoderTensors
{
    /// <summary>Reads a tensor of a file into a float32 parameter on the processor; what does not fit becomes a fault.</summary>
    public static void Read(CheckpointTensor tensor, Parameter parameter, List<string> faults)
    {
        if (!tensor.DataType.IsFloatingPoint())
            faults.Add($"'{tensor.Name}' holds {tensor.DataType}, not floating-point numbers");
        else if (!tensor.Shape.AsSpan().SequenceEqual(parameter.shape))
            faults.Add($"'{tensor.Name}' has the shape [{string.Join(", ", tensor.Shape)}] where [{string.Join(", ", parameter.shape)}] belongs");
        else if (tensor.DataType == TensorDataType.Float32)
            tensor.Read(0, parameter.bytes);
        else
            tensor.ToFloats().CopyTo(MemoryMarshal.Cast<byte, float>(parameter.bytes));
    }

    /// <summary>A parameter for a file, in the type that it has.</summary>
    public static TensorToWrite ToWrite(string name, Parameter parameter) => new(name, TypeOf(parameter), parameter.shape, stream =>
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        stream.Write(parameter.detach().cpu().contiguous().bytes);
    });

    /// <summary>The name that transformers has for a type.</summary>
    public static string PythonName(ScalarType type) => type switch
    {
        ScalarType.BFloat16 => "bfloat16",
        ScalarType.Float16 => "float16",
        _ => "float32",
    };

    private static TensorDataType TypeOf(Parameter parameter) => parameter.dtype switch
    {
        ScalarType.BFloat16 => TensorDataType.BFloat16,
        ScalarType.Float16 => TensorDataType.Float16,
        _ => TensorDataType.Float32,
    };
}
