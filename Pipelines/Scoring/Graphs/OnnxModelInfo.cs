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
}
