using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsTensor">Whether it is a tensor; else it is a sequence or map, whose other properties are empty.</param>
/// <param name="ElementType">The type of its elements.</param>
/// <param name="Dimensions">Its shape; -1 where a size varies.</param>
/// <param name="DimensionNames">The name of each dimension that varies, such as "batch_size"; empty where it has none, or a size.</param>
public sealed record OnnxValueInfo(string Name, bool IsTensor, TensorElementType ElementType, IReadOnlyList<long> Dimensions, IReadOnlyList<string> DimensionNames)
{
    internal static OnnxValueInfo From(string name, NodeMetadata metadata)
    {
        if (!metadata.IsTensor)
            return new(name, false, default, [], []);
        long[] dimensions = Array.ConvertAll(metadata.Dimensions, size => (long)size);
        string[] names = [.. dimensions.Select((size, i) => size < 0 && i < metadata.SymbolicDimensions.Length ? metadata.SymbolicDimensions[i] ?? "" : "")];
        return new(name, true, metadata.ElementDataType, dimensions, names);
    }

    /// <summary>Such as "input_ids: Int64[batch, sequence]".</summary>
    public override string ToString() =>
        IsTensor ? $"{Name}: {ElementType}[{string.Join(", ", Dimensions.Select((size, i) => size >= 0 ? FormattableString.Invariant($"{size}") : DimensionNames[i].Length > 0 ? DimensionNames[i] : "?"))}]" : $"{Name}: no tensor";
}
