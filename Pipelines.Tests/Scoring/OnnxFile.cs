using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Tests.Scoring;

/// <summary>Writes small ONNX files for tests, by the field numbers of onnx.proto.</summary>
internal sealed class OnnxFile
{
    private readonly List<byte[]> _nodes = [], _initializers = [], _inputs = [], _outputs = [], _functions = [];
    private readonly Dictionary<string, long> _sets = new() { [""] = 17 };

    public OnnxFile Set(string domain, long version)
    {
        _sets[domain] = version;
        return this;
    }

    /// <summary>A dimension is a size, or a name.</summary>
    public OnnxFile Input(string name, TensorElementType type, params object[] shape)
    {
        _inputs.Add(ValueInfo(name, type, shape));
        return this;
    }

    public OnnxFile Output(string name, TensorElementType type, params object[] shape)
    {
        _outputs.Add(ValueInfo(name, type, shape));
        return this;
    }

    public OnnxFile Node(string op, string[] inputs, string[] outputs, string domain = "", params (string Name, object Value)[] attributes)
    {
        _nodes.Add(NodeBytes(op, inputs, outputs, domain, attributes));
        return this;
    }

    public OnnxFile Function(string domain, string name, string input, string output, string op)
    {
        _functions.Add(Message(function =>
        {
            function.Bytes(1, name);
            function.Bytes(4, input);
            function.Bytes(5, output);
            function.Bytes(7, NodeBytes(op, [input], [output], "", []));
            function.Bytes(9, Message(set => { set.Bytes(1, ""); set.Number(2, 17); }));
            function.Bytes(10, domain);
        }));
        return Set(domain, 1);
    }

    public OnnxFile Constant(string name, float[] values, params long[] shape) => Initializer(name, TensorElementType.Float, MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), shape);

    public OnnxFile Integers(string name, long[] values, params long[] shape) => Initializer(name, TensorElementType.Int64, MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), shape);

    /// <summary>32-bit floats in another file.</summary>
    public OnnxFile External(string name, string location, long offset, long length, params long[] shape)
    {
        _initializers.Add(Message(tensor =>
        {
            foreach (long size in shape)
                tensor.Number(1, size);
            tensor.Number(2, (long)TensorElementType.Float);
            tensor.Bytes(8, name);
            foreach (var (key, value) in new[] { ("location", location), ("offset", $"{offset}"), ("length", $"{length}") })
                tensor.Bytes(13, Message(entry => { entry.Bytes(1, key); entry.Bytes(2, value); }));
            tensor.Number(14, 1);
        }));
        return this;
    }

    public byte[] ToBytes() => Message(model =>
    {
        model.Number(1, 8);
        model.Bytes(2, "tests");
        model.Bytes(7, Message(graph =>
        {
            foreach (var node in _nodes)
                graph.Bytes(1, node);
            graph.Bytes(2, "graph");
            foreach (var tensor in _initializers)
                graph.Bytes(5, tensor);
            foreach (var input in _inputs)
                graph.Bytes(11, input);
            foreach (var output in _outputs)
                graph.Bytes(12, output);
        }));
        foreach (var (domain, version) in _sets)
            model.Bytes(8, Message(set => { set.Bytes(1, domain); set.Number(2, version); }));
        foreach (var function in _functions)
            model.Bytes(25, function);
    });

    public string Save(string path)
    {
        File.WriteAllBytes(path, ToBytes());
        return path;
    }

    private OnnxFile Initializer(string name, TensorElementType type, byte[] bytes, long[] shape)
    {
        _initializers.Add(Message(tensor =>
        {
            foreach (long size in shape)
                tensor.Number(1, size);
            tensor.Number(2, (long)type);
            tensor.Bytes(8, name);
            tensor.Bytes(9, bytes);
        }));
        return this;
    }

    private static byte[] NodeBytes(string op, string[] inputs, string[] outputs, string domain, (string Name, object Value)[] attributes) => Message(node =>
    {
        foreach (string input in inputs)
            node.Bytes(1, input);
        foreach (string output in outputs)
            node.Bytes(2, output);
        node.Bytes(3, $"node_{outputs[0]}");
        node.Bytes(4, op);
        foreach (var (name, value) in attributes)
            node.Bytes(5, Attribute(name, value));
        node.Bytes(7, domain);
    });

    private static byte[] Attribute(string name, object value) => Message(attribute =>
    {
        attribute.Bytes(1, name);
        switch (value)
        {
            case float number:
                attribute.Float(2, number);
                attribute.Number(20, 1);
                break;
            case long number:
                attribute.Number(3, number);
                attribute.Number(20, 2);
                break;
            case long[] numbers:
                foreach (long number in numbers)
                    attribute.Number(8, number);
                attribute.Number(20, 7);
                break;
            case byte[] graph:
                attribute.Bytes(6, graph);
                attribute.Number(20, 5);
                break;
        }
    });

    /// <summary>A graph alone, as the body of a loop.</summary>
    public byte[] ToGraph() => Message(graph =>
    {
        foreach (var node in _nodes)
            graph.Bytes(1, node);
        graph.Bytes(2, "body");
        foreach (var tensor in _initializers)
            graph.Bytes(5, tensor);
        foreach (var input in _inputs)
            graph.Bytes(11, input);
        foreach (var output in _outputs)
            graph.Bytes(12, output);
    });

    private static byte[] ValueInfo(string name, TensorElementType type, object[] shape) => Message(info =>
    {
        info.Bytes(1, name);
        info.Bytes(2, Message(value => value.Bytes(1, Message(tensor =>
        {
            tensor.Number(1, (long)type);
            tensor.Bytes(2, Message(dimensions =>
            {
                foreach (object size in shape)
                {
                    dimensions.Bytes(1, Message(dimension =>
                    {
                        if (size is string symbol)
                            dimension.Bytes(2, symbol);
                        else
                            dimension.Number(1, Convert.ToInt64(size, System.Globalization.CultureInfo.InvariantCulture));
                    }));
                }
            }));
        }))));
    });

    private static byte[] Message(Action<Writer> write)
    {
        using var stream = new MemoryStream();
        using var output = new CodedOutputStream(stream);
        write(new Writer(output));
        output.Flush();
        return stream.ToArray();
    }

    private readonly struct Writer(CodedOutputStream output)
    {
        public void Number(int field, long value)
        {
            output.WriteTag(field, WireFormat.WireType.Varint);
            output.WriteInt64(value);
        }

        public void Float(int field, float value)
        {
            output.WriteTag(field, WireFormat.WireType.Fixed32);
            output.WriteFloat(value);
        }

        public void Bytes(int field, byte[] bytes)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(bytes));
        }

        public void Bytes(int field, string text) => Bytes(field, System.Text.Encoding.UTF8.GetBytes(text));
    }
}
