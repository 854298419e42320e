using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <summary>Reads the name, type and shape of an input or output.</summary>
internal static class ValueInfoReader
{
    private const int Largest = (int)TensorElementType.BFloat16;

    public static OnnxValueInfo Read(ProtobufReader info)
    {
        string name = "";
        OnnxValueInfo? value = null;
        while (info.Next())
        {
            if (info.Is(1, ProtobufReader.LengthDelimited))
                name = info.ReadString();
            else if (info.Is(2, ProtobufReader.LengthDelimited))
                value = ReadType(info.ReadMessage());
            else
                info.Skip();
        }
        return (value ?? new OnnxValueInfo("", false, default, [], [])) with { Name = name };
    }

    private static OnnxValueInfo? ReadType(ProtobufReader type)
    {
        while (type.Next())
        {
            if (type.Is(1, ProtobufReader.LengthDelimited))
                return ReadTensor(type.ReadMessage());
            type.Skip();
        }
        return null;
    }

    private static OnnxValueInfo ReadTensor(ProtobufReader tensor)
    {
        ulong type = 0;
        var sizes = new List<long>();
        var names = new List<string>();
        while (tensor.Next())
        {
            if (tensor.Is(1, ProtobufReader.Varint))
                type = tensor.ReadVarint();
            else if (tensor.Is(2, ProtobufReader.LengthDelimited))
                ReadShape(tensor.ReadMessage(), sizes, names);
            else
                tensor.Skip();
        }
        return new OnnxValueInfo("", true, type <= Largest ? (TensorElementType)type : TensorElementType.DataTypeMax, sizes, names);
    }

    private static void ReadShape(ProtobufReader shape, List<long> sizes, List<string> names)
    {
        while (shape.Next())
        {
            if (!shape.Is(1, ProtobufReader.LengthDelimited))
            {
                shape.Skip();
                continue;
            }
            var dimension = shape.ReadMessage();
            long size = -1;
            string name = "";
            while (dimension.Next())
            {
                if (dimension.Is(1, ProtobufReader.Varint))
                    size = (long)dimension.ReadVarint();
                else if (dimension.Is(2, ProtobufReader.LengthDelimited))
                    name = dimension.ReadString();
                else
                    dimension.Skip();
            }
            sizes.Add(size);
            names.Add(name);
        }
    }
}
