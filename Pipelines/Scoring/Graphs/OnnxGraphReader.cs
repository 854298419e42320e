using System.Globalization;

namespace MLPipelines.Scoring;

/// <summary>Reads as much of an ONNX file as it takes to know whether it may be opened: its operators, and where its values are.</summary>
/// <remarks>The numbers of fields are those of onnx.proto, see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.</remarks>
internal sealed class OnnxGraphReader
{
    private const int MostLevels = 64;

    private static readonly string[] KnownDomains = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc"];

    private readonly string _where;
    private readonly HashSet<string> _functions = new(StringComparer.Ordinal);
    private readonly List<(string Operator, string Domain, string Node)> _foreign = [];
    private readonly List<ExternalValues> _external = [];
    private readonly Dictionary<string, long> _sets = new(StringComparer.Ordinal);
    private readonly List<OnnxValueInfo> _inputs = [];
    private readonly List<OnnxValueInfo> _outputs = [];
    private readonly HashSet<string> _constants = new(StringComparer.Ordinal);
    private long _irVersion;
    private string _producer = "";
    private bool _hasGraph;
    private int _nodes;

    private OnnxGraphReader(string where) => _where = where;

    /// <summary>Reads and checks a model.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="where">Its name, for messages.</param>
    /// <param name="folder">The folder that external values may be in; null where there is none.</param>
    /// <exception cref="OnnxException">It is damaged, has a custom operator, or values outside its folder.</exception>
    public static OnnxGraph Read(ReadOnlySpan<byte> bytes, string where, string? folder)
    {
        var reader = new OnnxGraphReader(where);
        reader.ReadModel(new ProtobufReader(bytes, where));
        if (!reader._hasGraph)
            throw ScoringErrors.NotOnnx(where, bytes.Length, bytes.IsEmpty ? "it is empty" : "it ends without a graph");
        foreach (var (op, domain, node) in reader._foreign)
        {
            if (!reader._functions.Contains($"{domain}:{op}"))
                throw ScoringErrors.ForeignOperator(where, op, domain, node, KnownDomains.Skip(1));
        }
        var files = ExternalData.Check(reader._external, where, folder);
        return new OnnxGraph(reader._irVersion, reader._producer, reader._sets, reader._nodes, files, [.. reader._inputs.Where(input => !reader._constants.Contains(input.Name))], reader._outputs);
    }

    private void ReadModel(ProtobufReader model)
    {
        while (model.Next())
        {
            if (model.Is(1, ProtobufReader.Varint))
                _irVersion = (long)model.ReadVarint();
            else if (model.Is(2, ProtobufReader.LengthDelimited))
                _producer = model.ReadString();
            else if (model.Is(7, ProtobufReader.LengthDelimited))
                ReadGraph(model.ReadMessage(), 0);
            else if (model.Is(8, ProtobufReader.LengthDelimited))
                ReadOperatorSet(model.ReadMessage());
            else if (model.Is(25, ProtobufReader.LengthDelimited))
                ReadFunction(model.ReadMessage());
            else
                model.Skip();
        }
    }

    private void ReadOperatorSet(ProtobufReader set)
    {
        string domain = "";
        long version = 0;
        while (set.Next())
        {
            if (set.Is(1, ProtobufReader.LengthDelimited))
                domain = set.ReadString();
            else if (set.Is(2, ProtobufReader.Varint))
                version = (long)set.ReadVarint();
            else
                set.Skip();
        }
        _sets[domain] = version;
    }

    private void ReadFunction(ProtobufReader function)
    {
        string name = "", domain = "";
        while (function.Next())
        {
            if (function.Is(1, ProtobufReader.LengthDelimited))
                name = function.ReadString();
            else if (function.Is(10, ProtobufReader.LengthDelimited))
                domain = function.ReadString();
            else if (function.Is(7, ProtobufReader.LengthDelimited))
                ReadNode(function.ReadMessage(), 0);
            else if (function.Is(11, ProtobufReader.LengthDelimited))
                ReadAttribute(function.ReadMessage(), 0);
            else
                function.Skip();
        }
        _functions.Add($"{domain}:{name}");
    }

    private void ReadGraph(ProtobufReader graph, int level)
    {
        if (level > MostLevels)
            throw graph.Fault($"graphs are nested more than {MostLevels} deep");
        _hasGraph = true;
        while (graph.Next())
        {
            if (graph.Is(1, ProtobufReader.LengthDelimited))
                ReadNode(graph.ReadMessage(), level);
            else if (graph.Is(5, ProtobufReader.LengthDelimited))
                _constants.Add(ReadTensor(graph.ReadMessage()));
            else if (level == 0 && (graph.Is(11, ProtobufReader.LengthDelimited) || graph.Is(12, ProtobufReader.LengthDelimited)))
                (graph.Field == 11 ? _inputs : _outputs).Add(ValueInfoReader.Read(graph.ReadMessage()));
            else if (graph.Is(15, ProtobufReader.LengthDelimited))
                ReadSparseTensor(graph.ReadMessage());
            else
                graph.Skip();
        }
    }

    private void ReadNode(ProtobufReader node, int level)
    {
        string name = "", op = "", domain = "", output = "";
        _nodes++;
        while (node.Next())
        {
            if (node.Is(2, ProtobufReader.LengthDelimited))
                output = node.ReadString();
            else if (node.Is(3, ProtobufReader.LengthDelimited))
                name = node.ReadString();
            else if (node.Is(4, ProtobufReader.LengthDelimited))
                op = node.ReadString();
            else if (node.Is(5, ProtobufReader.LengthDelimited))
                ReadAttribute(node.ReadMessage(), level);
            else if (node.Is(7, ProtobufReader.LengthDelimited))
                domain = node.ReadString();
            else
                node.Skip();
        }
        if (op.Length == 0)
            throw node.Fault($"a node '{name}' names no operator");
        if (!KnownDomains.Contains(domain))
            _foreign.Add((op, domain, name.Length > 0 ? name : output));
    }

    private void ReadAttribute(ProtobufReader attribute, int level)
    {
        while (attribute.Next())
        {
            if (attribute.Is(5, ProtobufReader.LengthDelimited) || attribute.Is(10, ProtobufReader.LengthDelimited))
                ReadTensor(attribute.ReadMessage());
            else if (attribute.Is(6, ProtobufReader.LengthDelimited) || attribute.Is(11, ProtobufReader.LengthDelimited))
                ReadGraph(attribute.ReadMessage(), level + 1);
            else if (attribute.Is(22, ProtobufReader.LengthDelimited) || attribute.Is(23, ProtobufReader.LengthDelimited))
                ReadSparseTensor(attribute.ReadMessage());
            else
                attribute.Skip();
        }
    }

    private void ReadSparseTensor(ProtobufReader sparse)
    {
        while (sparse.Next())
        {
            if (sparse.Is(1, ProtobufReader.LengthDelimited) || sparse.Is(2, ProtobufReader.LengthDelimited))
                ReadTensor(sparse.ReadMessage());
            else
                sparse.Skip();
        }
    }

    private string ReadTensor(ProtobufReader tensor)
    {
        string name = "", location = "";
        long offset = 0, length = -1;
        bool isExternal = false;
        while (tensor.Next())
        {
            if (tensor.Is(8, ProtobufReader.LengthDelimited))
                name = tensor.ReadString();
            else if (tensor.Is(13, ProtobufReader.LengthDelimited))
                ReadExternalEntry(tensor.ReadMessage(), ref location, ref offset, ref length);
            else if (tensor.Is(14, ProtobufReader.Varint))
                isExternal = tensor.ReadVarint() == 1;
            else
                tensor.Skip();
        }
        if (isExternal || location.Length > 0)
            _external.Add(new ExternalValues(name, location, offset, length));
        return name;
    }

    internal static void ReadExternalEntry(ProtobufReader entry, ref string location, ref long offset, ref long length)
    {
        string key = "", value = "";
        while (entry.Next())
        {
            if (entry.Is(1, ProtobufReader.LengthDelimited))
                key = entry.ReadString();
            else if (entry.Is(2, ProtobufReader.LengthDelimited))
                value = entry.ReadString();
            else
                entry.Skip();
        }
        switch (key)
        {
            case "location":
                location = value;
                break;
            case "offset":
                offset = Number(ref entry, key, value);
                break;
            case "length":
                length = Number(ref entry, key, value);
                break;
        }
    }

    private static long Number(ref ProtobufReader entry, string key, string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw entry.Fault($"the {key} of external values is '{value}'");
}
