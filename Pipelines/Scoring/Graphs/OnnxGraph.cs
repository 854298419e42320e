namespace MLPipelines.Scoring;

/// <summary>What an ONNX file says of itself, read without ONNX Runtime.</summary>
/// <param name="IrVersion">The version of the format.</param>
/// <param name="Producer">The program that wrote it.</param>
/// <param name="OperatorSets">The version of each operator set that it asks for, by domain; "" is ONNX's own.</param>
/// <param name="Nodes">The number of nodes, those of subgraphs and functions included.</param>
/// <param name="ExternalFiles">Files that hold values of its tensors: paths relative to the file, with forward slashes, sorted.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Outputs">Its outputs.</param>
internal sealed record OnnxGraph(
    long IrVersion, string Producer, IReadOnlyDictionary<string, long> OperatorSets, int Nodes, IReadOnlyList<string> ExternalFiles,
    IReadOnlyList<OnnxValueInfo> Inputs, IReadOnlyList<OnnxValueInfo> Outputs);

/// <summary>Values of a tensor that are in another file.</summary>
internal readonly record struct ExternalValues(string Tensor, string Location, long Offset, long Length);
