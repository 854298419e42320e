using System.Globalization;
using Google.Protobuf;

namespace MLPipelines.Scoring.Writing;

/// <summary>The messages of onnx.proto that graphs need. Field numbers are those of the schema.</summary>
internal static class OnnxMessages
{
    private const int ExternalLocation = 1;

    /// <summary>A GraphProto, whose tensors are streamed when it is written.</summary>
    public static Pieces Graph(OnnxGraphBuilder graph, Func<OnnxTensor, Place?> placeOf)
    {
        var pieces = new Pieces();
        pieces.Add(Message(message =>
        {
            foreach (var node in graph.Nodes)
                Bytes(message, 1, Node(node, placeOf));
            Text(message, 2, graph.Name);
        }));
        foreach (var tensor in graph.Tensors)
            AddTensor(pieces, tensor, placeOf(tensor));
        pieces.Add(Message(message =>
        {
            foreach (var input in graph.Inputs)
                Bytes(message, 11, Value(input));
            foreach (var output in graph.Outputs)
                Bytes(message, 12, Value(output));
        }));
        return pieces;
    }

    public static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
            write(output);
        return memory.ToArray();
    }

    public static void Integer(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    public static void Text(CodedOutputStream output, int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }

    public static void Bytes(CodedOutputStream output, int field, byte[] value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
    }

    /// <summary>The fields of a TensorProto that say where its elements are.</summary>
    public static byte[] ExternalValues(string file, long offset, long length) => Message(message => External(message, file, offset, length));

    /// <summary>A NodeProto.</summary>
    public static byte[] Node(OnnxNode node, Func<OnnxTensor, Place?> placeOf) => Message(message =>
    {
        foreach (string input in node.Inputs)
            Text(message, 1, input);
        foreach (string output in node.Outputs)
            Text(message, 2, output);
        Text(message, 3, $"/{node.Outputs[0]}");
        Text(message, 4, node.Operator);
        foreach (var attribute in node.Attributes)
            Bytes(message, 5, Attribute(attribute, placeOf));
        if (node.Domain.Length > 0)
            Text(message, 7, node.Domain);
    });

    private static byte[] Attribute(OnnxAttribute attribute, Func<OnnxTensor, Place?> placeOf) => Message(message =>
    {
        Text(message, 1, attribute.Name);
        switch (attribute.Value)
        {
            case float number:
                message.WriteTag(2, WireFormat.WireType.Fixed32);
                message.WriteFloat(number);
                Integer(message, 20, 1);
                break;
            case long whole:
                Integer(message, 3, whole);
                Integer(message, 20, 2);
                break;
            case string text:
                Text(message, 4, text);
                Integer(message, 20, 3);
                break;
            case OnnxGraphBuilder graph:
                using (var memory = new MemoryStream())
                {
                    Graph(graph, placeOf).WriteTo(memory);
                    Bytes(message, 6, memory.ToArray());
                }
                Integer(message, 20, 5);
                break;
            case long[] list:
                foreach (long value in list)
                    Integer(message, 8, value);
                Integer(message, 20, 7);
                break;
            default:
                throw OnnxWritingErrors.ElementType(attribute.Value.GetType());
        }
    });

    public static byte[] Value(OnnxValue value) => Message(message =>
    {
        Text(message, 1, value.Name);
        Bytes(message, 2, Message(type => Bytes(type, 1, Message(tensor =>
        {
            Integer(tensor, 1, (long)value.ElementType);
            Bytes(tensor, 2, Message(shape =>
            {
                foreach (var dimension in value.Dimensions)
                {
                    Bytes(shape, 1, Message(part =>
                    {
                        if (dimension.Size is { } size)
                            Integer(part, 1, size);
                        else
                            Text(part, 2, dimension.Name!);
                    }));
                }
            }));
        }))));
    });

    private static void External(CodedOutputStream message, string file, long offset, long length)
    {
        Entry("location", file);
        Entry("offset", offset.ToString(CultureInfo.InvariantCulture));
        Entry("length", length.ToString(CultureInfo.InvariantCulture));
        Integer(message, 14, ExternalLocation);

        void Entry(string key, string value) => Bytes(message, 13, Message(entry =>
        {
            Text(entry, 1, key);
            Text(entry, 2, value);
        }));
    }

    private static void AddTensor(Pieces pieces, OnnxTensor tensor, Place? place)
    {
        byte[] head = Message(message =>
        {
            foreach (long size in tensor.Shape)
                Integer(message, 1, size);
            Integer(message, 2, (long)tensor.ElementType);
            Text(message, 8, tensor.Name);
            if (place is null)
            {
                // The elements follow.
                message.WriteTag(9, WireFormat.WireType.LengthDelimited);
                message.WriteInt64(tensor.ByteLength);
                return;
            }
            External(message, place.File, place.Offset, tensor.ByteLength);
        });
        long length = head.Length + (place is null ? tensor.ByteLength : 0);
        pieces.Add(Message(message =>
        {
            message.WriteTag(5, WireFormat.WireType.LengthDelimited);
            message.WriteInt64(length);
        }));
        pieces.Add(head);
        if (place is null)
            pieces.Add(tensor);
    }

    /// <summary>A message in pieces, those of tensors being written only when they are due.</summary>
    public sealed class Pieces
    {
        private readonly List<object> _parts = [];

        public long ByteLength { get; private set; }

        public void Add(byte[] bytes)
        {
            _parts.Add(bytes);
            ByteLength += bytes.Length;
        }

        public void Add(OnnxTensor tensor)
        {
            _parts.Add(tensor);
            ByteLength += tensor.ByteLength;
        }

        public void WriteTo(Stream stream)
        {
            foreach (object part in _parts)
            {
                if (part is OnnxTensor tensor)
                    tensor.WriteElements(stream);
                else
                    stream.Write((byte[])part);
            }
        }
    }
}
