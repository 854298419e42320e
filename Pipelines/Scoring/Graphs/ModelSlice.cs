using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Scoring;

/// <summary>
/// A model without the values of its large constants. Those that are computed with are said to be where they are, in the model's own file: ONNX Runtime maps them into memory and lets go
/// of them when it has put them into the order of its products. Tables of which an input of ids names the rows are left out, and their rows become an input.
/// </summary>
/// <param name="Bytes">The model.</param>
/// <param name="Lookups">The tables left out.</param>
internal sealed record ModelSlice(byte[] Bytes, IReadOnlyList<RowLookup> Lookups)
{
    // (bytes) What takes less is left where it is: graphs are rewritten by small constants.
    private const int LeastMapped = 16 << 10;

    /// <summary>The whole model.</summary>
    /// <param name="model">The file.</param>
    /// <param name="where">Its name, for messages.</param>
    /// <param name="fileName">Its name in its folder.</param>
    /// <param name="graph">What was read of it.</param>
    /// <param name="leavesTables">Whether tables of which an input names the rows are left out.</param>
    public static ModelSlice Whole(ReadOnlySpan<byte> model, string where, string fileName, OnnxGraph graph, bool leavesTables)
    {
        var index = GraphIndex.Of(model, where);
        var lookups = new Dictionary<int, RowLookup>();
        for (int node = 0; leavesTables && node < index.Nodes.Count; node++)
        {
            if (LookupOf(index.Nodes[node], index, graph) is { } lookup)
                lookups.Add(node, lookup);
        }
        var nodes = Enumerable.Range(0, index.Nodes.Count).Where(node => !lookups.ContainsKey(node)).ToHashSet();
        var values = nodes.SelectMany(node => index.Nodes[node].Inputs).Concat(graph.Outputs.Select(output => output.Name)).ToHashSet(StringComparer.Ordinal);
        // Ids are asked for even where nothing else uses them.
        values.UnionWith(graph.Inputs.Select(input => input.Name));
        var cut = new Cut(fileName, nodes, values, graph.Outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal), [.. lookups.Values]);
        return new ModelSlice(cut.Write(model, where, graph), [.. lookups.Values]);
    }

    /// <summary>What computes some outputs.</summary>
    /// <param name="model">The file.</param>
    /// <param name="where">Its name, for messages.</param>
    /// <param name="fileName">Its name in its folder.</param>
    /// <param name="graph">What was read of it.</param>
    /// <param name="inputs">What is given.</param>
    /// <param name="outputs">What is wanted.</param>
    /// <returns>Null where that needs other inputs.</returns>
    public static ModelSlice? Part(
        ReadOnlySpan<byte> model, string where, string fileName, OnnxGraph graph, IReadOnlyCollection<string> inputs, IReadOnlyCollection<string> outputs)
    {
        var (nodes, values) = GraphIndex.Of(model, where).NeededBy(outputs);
        if (graph.Inputs.Any(input => values.Contains(input.Name) && !inputs.Contains(input.Name)))
            return null;
        return new ModelSlice(new Cut(fileName, nodes, values, outputs, []).Write(model, where, graph), []);
    }

    private static RowLookup? LookupOf(GraphNode node, GraphIndex index, OnnxGraph graph)
    {
        if (node is not { Operator: "Gather", Domain: "" or "ai.onnx", Axis: null or 0, Inputs: [var table, var ids], Outputs: [var rows] }
            || graph.Outputs.Any(output => output.Name == rows)
            || graph.Inputs.FirstOrDefault(input => input.Name == ids) is not { ElementType: TensorElementType.Int64 }
            || !index.Constants.TryGetValue(table, out var constant)
            || constant is not { Length: >= LeastMapped, Shape: [> 0 and var count, ..] }
            || constant.Length % count != 0)
            return null;
        return new RowLookup(ids, rows, (TensorElementType)constant.Type, count, constant.Shape[1..], constant.Location, constant.Offset, constant.Length / count);
    }

    /// <summary>What is kept of a graph.</summary>
    private sealed class Cut(string fileName, HashSet<int> nodes, HashSet<string> values, IReadOnlyCollection<string> outputs, IReadOnlyList<RowLookup> lookups)
    {
        public byte[] Write(ReadOnlySpan<byte> model, string where, OnnxGraph graph)
        {
            using var target = new MemoryStream();
            var reader = new ProtobufReader(model, where);
            while (reader.Next())
            {
                if (!reader.Is(7, ProtobufReader.LengthDelimited))
                {
                    target.Write(reader.SkipWhole());
                    continue;
                }
                byte[] body = WriteGraph(reader.ReadMessage(), graph);
                target.Write(OnnxMessages.Message(output => OnnxMessages.Bytes(output, 7, body)));
            }
            return target.ToArray();
        }

        private byte[] WriteGraph(ProtobufReader graph, OnnxGraph info)
        {
            using var target = new MemoryStream();
            for (int node = 0; graph.Next();)
            {
                var field = graph;
                var whole = graph.SkipWhole();
                bool isKept = field.Field switch
                {
                    1 => nodes.Contains(node++),
                    5 => WriteConstant(field.ReadMessage(), whole, target),
                    11 => values.Contains(ValueInfoReader.Read(field.ReadMessage()).Name),
                    12 => outputs.Contains(ValueInfoReader.Read(field.ReadMessage()).Name),
                    // Types of inner values: ONNX Runtime finds them itself.
                    13 => false,
                    _ => true,
                };
                if (isKept)
                    target.Write(whole);
            }
            foreach (var lookup in lookups)
            {
                var ids = info.Inputs.First(input => input.Name == lookup.Ids);
                var dimensions = ids.Dimensions.Select((size, i) => size >= 0 ? size : (OnnxDimension)(ids.DimensionNames[i].Length > 0 ? ids.DimensionNames[i] : $"{lookup.Rows}.{i}"));
                var value = new OnnxValue(lookup.Rows, (OnnxElementType)lookup.Type, [.. dimensions, .. lookup.RowShape.Select(size => (OnnxDimension)size)]);
                target.Write(OnnxMessages.Message(output => OnnxMessages.Bytes(output, 11, OnnxMessages.Value(value))));
            }
            return target.ToArray();
        }

        // Whether to keep the constant as it is; if not, and it is needed, it is written.
        private bool WriteConstant(ProtobufReader tensor, ReadOnlySpan<byte> whole, MemoryStream target)
        {
            string name = "";
            long offset = 0;
            int length = 0;
            using var kept = new MemoryStream();
            while (tensor.Next())
            {
                var field = tensor;
                var bytes = tensor.SkipWhole();
                if (field.Is(9, ProtobufReader.LengthDelimited))
                {
                    length = field.ReadBytes().Length;
                    offset = field.Offset - length;
                    continue;
                }
                if (field.Is(8, ProtobufReader.LengthDelimited))
                    name = field.ReadString();
                if (field.Field != 14)
                    kept.Write(bytes);
            }
            if (!values.Contains(name))
                return false;
            if (length < LeastMapped)
                return true;
            kept.Write(OnnxMessages.ExternalValues(fileName, offset, length));
            target.Write(OnnxMessages.Message(output => OnnxMessages.Bytes(output, 5, kept.ToArray())));
            return false;
        }
    }
}
