using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Arrays and texts in little-endian binary form; readers check every length against what is left.</summary>
internal static class BinaryIO
{
    public static void WriteArray<T>(this BinaryWriter writer, ReadOnlySpan<T> values) where T : unmanaged
    {
        writer.Write(values.Length);
        writer.Write(MemoryMarshal.AsBytes(values));
    }

    public static T[] ReadArray<T>(this BinaryReader reader) where T : unmanaged
    {
        var values = new T[reader.ReadCount(System.Runtime.CompilerServices.Unsafe.SizeOf<T>())];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Reads the number of items that follow, each of at least <paramref name="minimumItemBytes"/> bytes.</summary>
    public static int ReadCount(this BinaryReader reader, int minimumItemBytes = 1)
    {
        int count = reader.ReadInt32();
        long left = reader.BaseStream.Length - reader.BaseStream.Position;
        if (count < 0 || (long)count * minimumItemBytes > left)
            throw Contracts.ExceptDecode($"The model announces {count} items where {left} bytes are left.");
        return count;
    }

    public static void WriteText(this BinaryWriter writer, ReadOnlySpan<char> text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        writer.Write7BitEncodedInt(length);
        Span<byte> buffer = length <= 512 ? stackalloc byte[length] : new byte[length];
        Encoding.UTF8.GetBytes(text, buffer);
        writer.Write(buffer);
    }

    public static void WriteStringOrNull(this BinaryWriter writer, string value)
    {
        writer.Write(value != null);
        if (value != null)
            writer.Write(value);
    }

    public static string ReadStringOrNull(this BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    public static void WriteStrings(this BinaryWriter writer, IReadOnlyCollection<string> values)
    {
        writer.Write(values.Count);
        foreach (var value in values)
            writer.Write(value);
    }

    public static string[] ReadStrings(this BinaryReader reader)
    {
        var values = new string[reader.ReadCount()];
        for (int i = 0; i < values.Length; i++)
            values[i] = reader.ReadString();
        return values;
    }

    public static void WriteVBuffer<T>(this BinaryWriter writer, in VBuffer<T> buffer) where T : unmanaged
    {
        writer.Write(buffer.Length);
        writer.Write(buffer.IsDense);
        if (!buffer.IsDense)
            writer.WriteArray(buffer.GetIndices());
        writer.WriteArray(buffer.GetValues());
    }

    public static VBuffer<T> ReadVBuffer<T>(this BinaryReader reader) where T : unmanaged
    {
        int length = reader.ReadInt32();
        Contracts.CheckDecode(length >= 0);
        int[] indices = reader.ReadBoolean() ? null : reader.ReadArray<int>();
        var values = reader.ReadArray<T>();
        if (indices == null)
        {
            Contracts.CheckDecode(values.Length == length);
            return new VBuffer<T>(length, values);
        }
        Contracts.CheckDecode(indices.Length == values.Length);
        CheckIncreasing(indices, length);
        return new VBuffer<T>(length, values.Length, values, indices);
    }

    public static void CheckIncreasing(ReadOnlySpan<int> indices, int length)
    {
        int previous = -1;
        foreach (int index in indices)
        {
            Contracts.CheckDecode(index > previous && index < length);
            previous = index;
        }
    }
}
