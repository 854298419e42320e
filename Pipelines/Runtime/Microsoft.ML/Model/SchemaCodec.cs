using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>How a schema, with its annotations, is saved beside a model.</summary>
internal static class SchemaCodec
{
    private const uint Magic = 0x31534C4D;

    public static void Write(Stream stream, DataViewSchema schema)
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            Write(writer, schema);
        }
        memory.WriteTo(stream);
    }

    public static DataViewSchema Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        try
        {
            if (reader.ReadUInt32() != Magic)
                throw Contracts.ExceptDecode("The entry 'Schema' of the model is not in the format of this library.");
            return Read(reader);
        }
        catch (EndOfStreamException e)
        {
            throw Contracts.ExceptDecode(e, "The entry 'Schema' of the model ends too early.");
        }
    }

    public static void Write(BinaryWriter writer, DataViewSchema schema)
    {
        writer.Write(schema.Count);
        foreach (var column in schema)
        {
            writer.Write(column.Name);
            ValueCodecs.WriteType(writer, column.Type);
            WriteAnnotations(writer, column.Annotations);
        }
    }

    public static DataViewSchema Read(BinaryReader reader)
    {
        var builder = new DataViewSchema.Builder();
        for (int left = reader.ReadCount(3); left > 0; left--)
        {
            string name = reader.ReadString();
            var type = ValueCodecs.ReadType(reader);
            builder.AddColumn(name, type, ReadAnnotations(reader));
        }
        return builder.ToSchema();
    }

    private static void WriteAnnotations(BinaryWriter writer, DataViewSchema.Annotations annotations)
    {
        var kept = annotations.Schema.Where(column => ValueCodecs.CanWrite(column.Type)).ToArray();
        writer.Write(kept.Length);
        foreach (var column in kept)
        {
            writer.Write(column.Name);
            ValueCodecs.WriteType(writer, column.Type);
            GenericDispatch.Invoke<BinaryWriter, DataViewSchema.Annotations, DataViewSchema.Column, bool>(column.Type.RawType, WriteValue<int>, writer, annotations, column);
        }
    }

    private static bool WriteValue<T>(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column column)
    {
        T value = default;
        annotations.GetGetter<T>(column)(ref value);
        ValueCodecs.Get<T>().Write(writer, in value);
        return true;
    }

    private static DataViewSchema.Annotations ReadAnnotations(BinaryReader reader)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        for (int left = reader.ReadCount(3); left > 0; left--)
        {
            string name = reader.ReadString();
            var type = ValueCodecs.ReadType(reader);
            builder.Add(name, type, GenericDispatch.Invoke<BinaryReader, Delegate>(type.RawType, ReadValue<int>, reader));
        }
        return builder.ToAnnotations();
    }

    private static Delegate ReadValue<T>(BinaryReader reader)
    {
        T value = default;
        ValueCodecs.Get<T>().Read(reader, ref value);
        return (ValueGetter<T>)((ref T destination) => destination = value);
    }
}
