using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Writes and reads values of a raw type of a data view.</summary>
internal abstract class ValueCodec<T>
{
    public abstract void Write(BinaryWriter writer, in T value);

    public abstract void Read(BinaryReader reader, ref T value);
}

/// <summary>The codecs of the types that a data view holds, and of the types themselves.</summary>
internal static class ValueCodecs
{
    private enum Kind : byte
    {
        Text = 1, Boolean, DateTime, DateTimeOffset, TimeSpan, RowId, Vector,
        KeyByte, KeyUInt16, KeyUInt32, KeyUInt64,
        SByte = 32, Byte, Int16, UInt16, Int32, UInt32, Int64, UInt64, Single, Double,
    }

    private static readonly (Kind Kind, PrimitiveDataViewType Type)[] Primitives =
    [
        (Kind.Text, TextDataViewType.Instance),
        (Kind.Boolean, BooleanDataViewType.Instance),
        (Kind.DateTime, DateTimeDataViewType.Instance),
        (Kind.DateTimeOffset, DateTimeOffsetDataViewType.Instance),
        (Kind.TimeSpan, TimeSpanDataViewType.Instance),
        (Kind.RowId, RowIdDataViewType.Instance),
        (Kind.SByte, NumberDataViewType.SByte),
        (Kind.Byte, NumberDataViewType.Byte),
        (Kind.Int16, NumberDataViewType.Int16),
        (Kind.UInt16, NumberDataViewType.UInt16),
        (Kind.Int32, NumberDataViewType.Int32),
        (Kind.UInt32, NumberDataViewType.UInt32),
        (Kind.Int64, NumberDataViewType.Int64),
        (Kind.UInt64, NumberDataViewType.UInt64),
        (Kind.Single, NumberDataViewType.Single),
        (Kind.Double, NumberDataViewType.Double),
    ];

    private static readonly (Kind Kind, Type Raw)[] Keys =
        [(Kind.KeyByte, typeof(byte)), (Kind.KeyUInt16, typeof(ushort)), (Kind.KeyUInt32, typeof(uint)), (Kind.KeyUInt64, typeof(ulong))];

    /// <summary>Whether values of the type can be written; not so for types that a program registered.</summary>
    public static bool CanWrite(DataViewType type) =>
        type.ItemTypeOrSelf() is KeyDataViewType || Primitives.Any(known => known.Type.Equals(type.ItemTypeOrSelf()));

    public static void WriteType(BinaryWriter writer, DataViewType type)
    {
        switch (type)
        {
            case VectorDataViewType vector:
                writer.Write((byte)Kind.Vector);
                writer.WriteArray<int>(vector.Dimensions.AsSpan());
                WriteType(writer, vector.ItemType);
                break;
            case KeyDataViewType key:
                writer.Write((byte)Array.Find(Keys, known => known.Raw == key.RawType).Kind);
                writer.Write(key.Count);
                break;
            default:
                var (kind, known) = Array.Find(Primitives, known => known.Type.Equals(type));
                if (known == null)
                    throw Contracts.ExceptNotSupp($"Columns of type '{type}' cannot be saved.");
                writer.Write((byte)kind);
                break;
        }
    }

    public static DataViewType ReadType(BinaryReader reader)
    {
        var kind = (Kind)reader.ReadByte();
        if (kind == Kind.Vector)
        {
            var dimensions = reader.ReadArray<int>();
            return ReadType(reader) is PrimitiveDataViewType item
                ? new VectorDataViewType(item, dimensions)
                : throw Contracts.ExceptDecode("The model holds a vector of vectors.");
        }
        if (Array.Find(Keys, known => known.Kind == kind).Raw is { } raw)
            return new KeyDataViewType(raw, reader.ReadUInt64());
        return Array.Find(Primitives, known => known.Kind == kind).Type
            ?? throw Contracts.ExceptDecode($"The model holds a column of the unknown type {(byte)kind}.");
    }

    /// <summary>The codec of a raw type, for <see cref="VBuffer{T}"/> too.</summary>
    public static ValueCodec<T> Get<T>() => (ValueCodec<T>)Get(typeof(T));

    private static object Get(Type raw)
    {
        if (raw == typeof(ReadOnlyMemory<char>))
            return new TextCodec();
        if (raw.IsGenericType && raw.GetGenericTypeDefinition() == typeof(VBuffer<>))
            return GenericDispatch.Invoke<object>(raw.GetGenericArguments()[0], VectorCodecOf<int>);
        return raw.IsValueType && !raw.IsGenericType
            ? Activator.CreateInstance(typeof(UnmanagedCodec<>).MakeGenericType(raw))
            : throw Contracts.ExceptNotSupp($"Values of type '{raw}' cannot be saved.");
    }

    private static object VectorCodecOf<T>() => new VectorCodec<T>(Get<T>());

    private sealed class TextCodec : ValueCodec<ReadOnlyMemory<char>>
    {
        public override void Write(BinaryWriter writer, in ReadOnlyMemory<char> value) => writer.WriteText(value.Span);

        public override void Read(BinaryReader reader, ref ReadOnlyMemory<char> value) => value = reader.ReadString().AsMemory();
    }

    private sealed class UnmanagedCodec<T> : ValueCodec<T> where T : unmanaged
    {
        public override void Write(BinaryWriter writer, in T value) =>
            writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

        public override void Read(BinaryReader reader, ref T value)
        {
            Span<byte> bytes = stackalloc byte[Unsafe.SizeOf<T>()];
            reader.BaseStream.ReadExactly(bytes);
            value = System.Runtime.InteropServices.MemoryMarshal.Read<T>(bytes);
        }
    }

    private sealed class VectorCodec<T>(ValueCodec<T> items) : ValueCodec<VBuffer<T>>
    {
        public override void Write(BinaryWriter writer, in VBuffer<T> value)
        {
            writer.Write(value.Length);
            var values = value.GetValues();
            writer.Write(values.Length);
            if (!value.IsDense)
                writer.WriteArray(value.GetIndices());
            foreach (ref readonly var item in values)
                items.Write(writer, in item);
        }

        public override void Read(BinaryReader reader, ref VBuffer<T> value)
        {
            int length = reader.ReadInt32();
            int count = reader.ReadCount();
            Contracts.CheckDecode(count <= length);
            int[] indices = count == length ? [] : reader.ReadArray<int>();
            var editor = VBufferEditor.Create(ref value, length, count);
            if (count < length)
            {
                Contracts.CheckDecode(indices.Length == count);
                BinaryIO.CheckIncreasing(indices, length);
                indices.CopyTo(editor.Indices);
            }
            for (int i = 0; i < count; i++)
                items.Read(reader, ref editor.Values[i]);
            value = editor.Commit();
        }
    }
}
