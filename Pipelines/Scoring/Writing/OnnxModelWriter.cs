using Google.Protobuf;

namespace MLPipelines.Scoring.Writing;

/// <summary>Where the weights of written models are.</summary>
public enum OnnxWeightPlacement
{
    /// <summary>In the model's own file where that stays below 2 GiB, else in one beside it.</summary>
    Auto,

    /// <summary>In a file beside the model, which models that are written together share.</summary>
    Beside,
}

/// <summary>Writes graphs as ONNX files.</summary>
/// <remarks>
/// The format is that of <see href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto"/>: IR version 8, operator set 17. The same graph gives the same bytes.
/// Weights are streamed: no more than one of them is in memory at a time. Not thread-safe.
/// </remarks>
public static class OnnxModelWriter
{
    /// <summary>The version of ONNX's operators that graphs are written in.</summary>
    public const int OperatorSet = 17;

    private const int IrVersion = 8;
    private const long LargestFile = int.MaxValue - (1L << 20);
    private const long SmallTensor = 1024;
    private const int Alignment = 4096;

    /// <summary>Writes one model, its weights inside.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="stream">Written from where it stands; it is not closed.</param>
    /// <exception cref="InvalidOperationException">It would have more than 2 GiB.</exception>
    public static void Write(OnnxGraphBuilder graph, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(stream);
        WriteModel(graph, stream, _ => null);
    }

    /// <summary>Writes models into a folder. Each file gets its name only when it is whole.</summary>
    /// <param name="folder">The folder, made where it does not exist.</param>
    /// <param name="models">Graphs, by the names of their files.</param>
    /// <param name="placement">Where the weights go.</param>
    /// <param name="weightsFile">The name of the file with the weights, where they go beside the models.</param>
    /// <param name="cancellationToken">Honoured once per tensor.</param>
    /// <returns>The names of the files written.</returns>
    /// <exception cref="InvalidOperationException">Two weights have the same name but differ in type or shape.</exception>
    public static IReadOnlyList<string> Write(
        string folder, IReadOnlyList<KeyValuePair<string, OnnxGraphBuilder>> models, OnnxWeightPlacement placement, string weightsFile, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentException.ThrowIfNullOrEmpty(weightsFile);
        Directory.CreateDirectory(folder);
        bool isBeside = placement == OnnxWeightPlacement.Beside || models.Any(model => model.Value.Tensors.Sum(tensor => tensor.ByteLength) > LargestFile - (64L << 20));
        var places = new Dictionary<string, (OnnxTensor Tensor, long Offset)>(StringComparer.Ordinal);
        var written = new List<string>();
        if (isBeside)
        {
            WriteFile(folder, weightsFile, stream => WriteWeights(models, stream, places, cancellationToken));
            written.Add(weightsFile);
        }
        foreach (var (name, graph) in models)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WriteFile(folder, name, stream => WriteModel(graph, stream, tensor => places.TryGetValue(tensor.Name, out var place) ? new Place(weightsFile, place.Offset) : null));
            written.Add(name);
        }
        return written;
    }

    private static void WriteWeights(
        IReadOnlyList<KeyValuePair<string, OnnxGraphBuilder>> models, Stream stream, Dictionary<string, (OnnxTensor Tensor, long Offset)> places, CancellationToken cancellationToken)
    {
        foreach (var tensor in models.SelectMany(model => model.Value.Tensors).Where(tensor => tensor.ByteLength > SmallTensor))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (places.TryGetValue(tensor.Name, out var place))
            {
                if (place.Tensor.ElementType != tensor.ElementType || !place.Tensor.Shape.AsSpan().SequenceEqual(tensor.Shape))
                    throw OnnxWritingErrors.TwoShapes(tensor.Name);
                continue;
            }
            // Pages begin here, so that the file can be mapped into memory.
            long offset = (stream.Position + Alignment - 1) / Alignment * Alignment;
            stream.Write(new byte[offset - stream.Position]);
            places.Add(tensor.Name, (tensor, offset));
            tensor.WriteElements(stream);
        }
    }

    private static void WriteFile(string folder, string name, Action<Stream> write)
    {
        string path = Path.Combine(folder, name);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
                write(stream);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void WriteModel(OnnxGraphBuilder graph, Stream stream, Func<OnnxTensor, Place?> placeOf)
    {
        var body = OnnxMessages.Graph(graph, placeOf);
        if (body.ByteLength > LargestFile)
            throw OnnxWritingErrors.TooLarge(graph.Name, body.ByteLength);
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        OnnxMessages.Integer(output, 1, IrVersion);
        OnnxMessages.Text(output, 2, "MLPipelines");
        output.WriteTag(7, WireFormat.WireType.LengthDelimited);
        output.WriteInt64(body.ByteLength);
        output.Flush();
        body.WriteTo(stream);
        foreach (var (domain, version) in (ReadOnlySpan<(string, int)>)[("", OperatorSet), (OnnxGraphBuilder.MicrosoftDomain, 1)])
        {
            if (domain.Length == 0 || UsesMicrosoft(graph))
                OnnxMessages.Bytes(output, 8, OnnxMessages.Message(message =>
                {
                    OnnxMessages.Text(message, 1, domain);
                    OnnxMessages.Integer(message, 2, version);
                }));
        }
    }

    private static bool UsesMicrosoft(OnnxGraphBuilder graph) => graph.Nodes.Any(node =>
        node.Domain == OnnxGraphBuilder.MicrosoftDomain || node.Attributes.Any(attribute => attribute.Value is OnnxGraphBuilder inner && UsesMicrosoft(inner)));
}

/// <summary>Where the elements of a tensor are, outside the model's file.</summary>
internal sealed record Place(string File, long Offset);
