using System.Globalization;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Scoring;

/// <summary>Writes operators into the middle of a graph, under names that it does not use.</summary>
internal sealed class NodeWriter
{
    private readonly byte[] _model;
    private readonly string _prefix = "attention";
    private readonly MemoryStream _written = new();
    private readonly Dictionary<string, string> _integers = new(StringComparer.Ordinal);
    private int _count;

    public NodeWriter(byte[] model, GraphIndex index)
    {
        _model = model;
        while (index.Nodes.Any(node => node.Outputs.Any(IsTaken)) || index.Constants.Keys.Any(IsTaken))
            _prefix += "_";

        bool IsTaken(string name) => name.StartsWith(_prefix + '.', StringComparison.Ordinal);
    }

    /// <summary>Gives what was written since it was last asked for: fields of a GraphProto.</summary>
    public byte[] Take()
    {
        byte[] bytes = _written.ToArray();
        _written.SetLength(0);
        return bytes;
    }

    /// <summary>A list of whole numbers.</summary>
    public string Integers(params long[] values)
    {
        string key = string.Join(',', values);
        if (!_integers.TryGetValue(key, out var name))
            _integers.Add(key, name = Node("Constant", [], null, new OnnxAttribute("value_ints", values)));
        return name;
    }

    /// <summary>Parts of a value along its last axis but one.</summary>
    public string[] Split(string value, string sizes, int count)
    {
        string[] parts = [.. Enumerable.Range(0, count).Select(_ => Name("Split"))];
        Write(OnnxMessages.Node(new OnnxNode("Split", [value, sizes], parts, [new OnnxAttribute("axis", -2L)]), _ => null));
        return parts;
    }

    /// <summary>An operator with one output.</summary>
    /// <returns>The output.</returns>
    public string Node(string op, string[] inputs, string? output = null, params OnnxAttribute[] attributes) => Node(op, inputs, output, "", attributes);

    /// <summary>An operator of any domain with one output.</summary>
    /// <returns>The output.</returns>
    public string Node(string op, string[] inputs, string? output, string domain, OnnxAttribute[] attributes)
    {
        output ??= Name(op);
        Write(OnnxMessages.Node(new OnnxNode(op, inputs, [output], attributes, domain), _ => null));
        return output;
    }

    /// <summary>A copy of an operator of the graph, with other inputs, of which the first output is used.</summary>
    /// <returns>The output.</returns>
    public string Copy(GraphNode node, string[] inputs)
    {
        string output = Name(node.Operator);
        var (start, length) = node.Bytes.GetOffsetAndLength(_model.Length);
        using var copy = new MemoryStream();
        var reader = new ProtobufReader(_model.AsSpan(start, length), "");
        while (reader.Next())
        {
            var whole = reader.SkipWhole();
            if (reader.Field is not (1 or 2 or 3))
                copy.Write(whole);
        }
        copy.Write(OnnxMessages.Message(message =>
        {
            foreach (string input in inputs)
                OnnxMessages.Text(message, 1, input);
            OnnxMessages.Text(message, 2, output);
            OnnxMessages.Text(message, 3, $"/{output}");
        }));
        Write(copy.ToArray());
        return output;
    }

    private string Name(string op) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}.{op}_{_count++}");

    private void Write(byte[] node) => _written.Write(OnnxMessages.Message(output => OnnxMessages.Bytes(output, 1, node)));
}
