using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <summary>What a model takes and gives, read from its file: ONNX Runtime and the weights are not loaded.</summary>
/// <param name="Location">The file.</param>
/// <param name="Inputs">Its inputs, in the model's order.</param>
/// <param name="Outputs">Its outputs, in the model's order.</param>
/// <param name="ExternalFiles">Files beside it that hold its values, relative to its folder.</param>
public sealed record OnnxModelInfo(string Location, IReadOnlyList<OnnxValueInfo> Inputs, IReadOnlyList<OnnxValueInfo> Outputs, IReadOnlyList<string> ExternalFiles)
{
    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <exception cref="OnnxException">The file is missing, damaged, has a custom operator, or values outside its folder.</exception>
    public static OnnxModelInfo Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = new ModelFile(Path.GetFullPath(path));
        var graph = OnnxGraphReader.Read(file.Bytes, path, file.Folder);
        return new OnnxModelInfo(path, graph.Inputs, graph.Outputs, graph.ExternalFiles);
    }

    /// <summary>
    /// Whether a run may write outputs where inputs are. So it is where an input is read by concatenations only, or by attention that makes one, all of which the output needs: they are over when it is written.
    /// </summary>
    /// <param name="pairs">Inputs, and the output that is to take the place of each.</param>
    /// <returns>False also where the graph does not show it.</returns>
    /// <exception cref="OnnxException">The file is no longer there, or another one.</exception>
    public bool CanOverwrite(IReadOnlyList<(string Input, string Output)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var file = new ModelFile(Path.GetFullPath(Location));
        var index = GraphIndex.Of(file.Bytes, Location);
        return pairs.All(pair => index.CanOverwrite(pair.Input, pair.Output));
    }

    /// <summary>Whether the model has attention, in 32-bit floats, all of which <see cref="OnnxSessionOptions.FusedAttention"/> can rewrite.</summary>
    /// <exception cref="OnnxException">The file is no longer there, or another one.</exception>
    public bool CanFuseAttention()
    {
        using var file = new ModelFile(Path.GetFullPath(Location));
        var graph = OnnxGraphReader.Read(file.Bytes, Location, file.Folder);
        if (Inputs.Concat(Outputs).Any(value => value.ElementType == TensorElementType.Float16))
            return false;
        byte[] model = file.Place(graph.ExternalFiles) is { } place ? ModelSlice.Whole(file.Bytes, Location, place.Name, graph, leavesTables: false).Bytes : file.Bytes.ToArray();
        return AttentionRewrite.CanFuse(model, Location, graph);
    }

    /// <summary>Whether an operator of ONNX's own occurs in the graph, those of its branches and bodies not counted.</summary>
    /// <param name="op">Such as "Softmax".</param>
    /// <exception cref="OnnxException">The file is no longer there, or another one.</exception>
    public bool HasOperator(string op)
    {
        ArgumentException.ThrowIfNullOrEmpty(op);
        using var file = new ModelFile(Path.GetFullPath(Location));
        return GraphIndex.Of(file.Bytes, Location).Nodes.Any(node => node.Is(op));
    }
}
