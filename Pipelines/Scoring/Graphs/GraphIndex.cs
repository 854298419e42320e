using MLPipelines.Scoring.Writing;

namespace MLPipelines.Scoring;

/// <summary>A node of a graph.</summary>
/// <param name="Operator">What it computes.</param>
/// <param name="Domain">Whose operator it is; "" for ONNX's own.</param>
/// <param name="Inputs">What it takes, what its inner graphs take included.</param>
/// <param name="Outputs">What it gives.</param>
internal sealed record GraphNode(string Operator, string Domain, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs)
{
    /// <summary>Its own name; "" where it has none.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its attribute of that name; null where it has none.</summary>
    public long? Axis { get; init; }

    /// <summary>Its attribute "perm"; empty where it has none.</summary>
    public IReadOnlyList<long> Permutation { get; init; } = [];

    /// <summary>Its attribute of that name; null where it has none.</summary>
    public GraphConstant? Value { get; init; }

    /// <summary>Where in the model it stands.</summary>
    public Range Bytes { get; init; }

    /// <summary>Whether it is of an operator of ONNX's own.</summary>
    public bool Is(string op) => Operator == op && Domain is "" or "ai.onnx";
}

/// <summary>A constant of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The number of its type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Location">The file with its values; "" for the model's own.</param>
/// <param name="Offset">(bytes) Where in the file they begin.</param>
/// <param name="Length">(bytes) How long they are; 0 where they are not there as plain bytes.</param>
internal sealed record GraphConstant(string Name, int Type, long[] Shape, string Location, long Offset, long Length);

/// <summary>The nodes and constants of a model's graph, in the order of the file.</summary>
internal sealed class GraphIndex
{
    private readonly List<GraphNode> _nodes = [];
    private readonly Dictionary<string, GraphConstant> _constants = new(StringComparer.Ordinal);

    public IReadOnlyList<GraphNode> Nodes => _nodes;

    public IReadOnlyDictionary<string, GraphConstant> Constants => _constants;

    public static GraphIndex Of(ReadOnlySpan<byte> model, string where)
    {
        var index = new GraphIndex();
        var reader = new ProtobufReader(model, where);
        while (reader.Next())
        {
            if (reader.Is(7, ProtobufReader.LengthDelimited))
                index.ReadGraph(reader.ReadMessage());
            else
                reader.Skip();
        }
        return index;
    }

    /// <summary>The numbers of the nodes that some values need, and all values on the way.</summary>
    public (HashSet<int> Nodes, HashSet<string> Values) NeededBy(IEnumerable<string> values)
    {
        var nodes = new HashSet<int>();
        var names = new HashSet<string>(values, StringComparer.Ordinal);
        // Nodes stand after those that they need.
        for (int node = _nodes.Count - 1; node >= 0; node--)
        {
            if (_nodes[node].Outputs.Any(names.Contains))
            {
                nodes.Add(node);
                names.UnionWith(_nodes[node].Inputs);
            }
        }
        return (nodes, names);
    }

    /// <summary>Whether all that reads an input is a concatenation, or attention that makes one, that an output needs and does not come from itself. What asks for its shape does not read it.</summary>
    public bool CanOverwrite(string input, string output)
    {
        var needed = NeededBy([output]).Nodes;
        for (int node = 0; node < _nodes.Count; node++)
        {
            var reader = _nodes[node];
            if (!reader.Inputs.Contains(input) || reader.Operator == "Shape")
                continue;
            bool concatenates = reader.Is("Concat") || reader is { Operator: "MultiHeadAttention", Domain: OnnxGraphBuilder.MicrosoftDomain };
            if (!concatenates || !needed.Contains(node) || reader.Outputs.Contains(output))
                return false;
        }
        return true;
    }

    private void ReadGraph(ProtobufReader graph)
    {
        while (graph.Next())
        {
            if (graph.Is(1, ProtobufReader.LengthDelimited))
            {
                _nodes.Add(ReadNode(graph.ReadMessage()));
            }
            else if (graph.Is(5, ProtobufReader.LengthDelimited))
            {
                var constant = ReadConstant(graph.ReadMessage());
                _constants[constant.Name] = constant;
            }
            else
            {
                graph.Skip();
            }
        }
    }

    private static GraphNode ReadNode(ProtobufReader node)
    {
        string op = "", domain = "", name = "";
        var attributes = new Attributes();
        int start = (int)node.Offset;
        var (inputs, outputs) = (new List<string>(), new List<string>());
        while (node.Next())
        {
            if (node.Is(1, ProtobufReader.LengthDelimited))
                inputs.Add(node.ReadString());
            else if (node.Is(2, ProtobufReader.LengthDelimited))
                outputs.Add(node.ReadString());
            else if (node.Is(3, ProtobufReader.LengthDelimited))
                name = node.ReadString();
            else if (node.Is(4, ProtobufReader.LengthDelimited))
                op = node.ReadString();
            else if (node.Is(5, ProtobufReader.LengthDelimited))
                attributes.Read(node.ReadMessage(), inputs);
            else if (node.Is(7, ProtobufReader.LengthDelimited))
                domain = node.ReadString();
            else
                node.Skip();
        }
        return new GraphNode(op, domain, inputs, outputs)
        {
            Name = name, Axis = attributes.Axis, Permutation = attributes.Permutation, Value = attributes.Value, Bytes = start..(int)node.Offset,
        };
    }

    /// <summary>What is read of a node's attributes.</summary>
    private struct Attributes()
    {
        public long? Axis;
        public List<long> Permutation = [];
        public GraphConstant? Value;

        public void Read(ProtobufReader attribute, List<string> inputs)
        {
            string name = "";
            while (attribute.Next())
            {
                if (attribute.Is(1, ProtobufReader.LengthDelimited))
                    name = attribute.ReadString();
                else if (name == "axis" && attribute.Is(3, ProtobufReader.Varint))
                    Axis = (long)attribute.ReadVarint();
                else if (name == "perm" && attribute.Is(8, ProtobufReader.Varint))
                    Permutation.Add((long)attribute.ReadVarint());
                else if (name == "perm" && attribute.Is(8, ProtobufReader.LengthDelimited))
                    ReadPacked(attribute.ReadMessage(), Permutation);
                else if (name == "value" && attribute.Is(5, ProtobufReader.LengthDelimited))
                    Value = ReadConstant(attribute.ReadMessage());
                else if (attribute.Is(6, ProtobufReader.LengthDelimited) || attribute.Is(11, ProtobufReader.LengthDelimited))
                    ReadInner(attribute.ReadMessage(), inputs);
                else
                    attribute.Skip();
            }
        }
    }

    // A branch or a body may use any value of the graphs around it.
    private static void ReadInner(ProtobufReader graph, List<string> inputs)
    {
        while (graph.Next())
        {
            if (graph.Is(1, ProtobufReader.LengthDelimited))
                inputs.AddRange(ReadNode(graph.ReadMessage()).Inputs);
            else if (graph.Is(12, ProtobufReader.LengthDelimited))
                inputs.Add(ValueInfoReader.Read(graph.ReadMessage()).Name);
            else
                graph.Skip();
        }
    }

    private static GraphConstant ReadConstant(ProtobufReader tensor)
    {
        string name = "", location = "";
        int type = 0;
        long offset = 0, length = 0;
        var shape = new List<long>();
        while (tensor.Next())
        {
            if (tensor.Is(1, ProtobufReader.Varint))
                shape.Add((long)tensor.ReadVarint());
            else if (tensor.Is(1, ProtobufReader.LengthDelimited))
                ReadPacked(tensor.ReadMessage(), shape);
            else if (tensor.Is(2, ProtobufReader.Varint))
                type = (int)tensor.ReadVarint();
            else if (tensor.Is(8, ProtobufReader.LengthDelimited))
                name = tensor.ReadString();
            else if (tensor.Is(9, ProtobufReader.LengthDelimited))
                (length, offset) = (tensor.ReadBytes().Length, tensor.Offset);
            else if (tensor.Is(13, ProtobufReader.LengthDelimited))
                OnnxGraphReader.ReadExternalEntry(tensor.ReadMessage(), ref location, ref offset, ref length);
            else
                tensor.Skip();
        }
        return new GraphConstant(name, type, [.. shape], location, location.Length == 0 ? offset - length : offset, length);
    }

    private static void ReadPacked(ProtobufReader numbers, List<long> target)
    {
        while (!numbers.IsAtEnd)
            target.Add((long)numbers.ReadVarint());
    }
}
