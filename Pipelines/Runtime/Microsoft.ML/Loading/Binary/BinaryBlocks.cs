using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// The layout of binary data: a header with the schema, blocks of rows by column, and an end with the number of rows.
/// Each part carries its length and a checksum (CRC-32C).
/// </summary>
internal static class BinaryBlocks
{
    public const int MaxRows = 8192;
    public const int MaxBytes = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "MLPDATA1"u8;

    private static ReadOnlySpan<byte> EndMagic => "MLPDEND1"u8;

    /// <summary>The block of no rows, the number of rows, the end mark.</summary>
    private const int EndLength = sizeof(int) + sizeof(long) + 8;

    public static void WriteHeader(Stream stream, DataViewSchema schema)
    {
        stream.Write(Magic);
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer, Encoding.UTF8);
        SchemaCodec.Write(writer, schema);
        writer.Flush();
        WritePart(stream, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    public static void WriteEnd(Stream stream, long rowCount)
    {
        Span<byte> end = stackalloc byte[EndLength];
        BinaryPrimitives.WriteInt32LittleEndian(end, 0);
        BinaryPrimitives.WriteInt64LittleEndian(end[sizeof(int)..], rowCount);
        EndMagic.CopyTo(end[(sizeof(int) + sizeof(long))..]);
        stream.Write(end);
    }

    public static void WriteInt32(Stream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    public static void WritePart(Stream stream, ReadOnlySpan<byte> part)
    {
        WriteInt32(stream, part.Length);
        WriteInt32(stream, (int)Checksum(part));
        stream.Write(part);
    }

    /// <summary>Reads the schema; <paramref name="name"/> is that of the data in errors.</summary>
    public static DataViewSchema ReadHeader(Stream stream, string name)
    {
        Span<byte> magic = stackalloc byte[8];
        if (stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual(Magic))
            throw Contracts.ExceptDecode($"'{name}' is not binary data in the format of this library.");
        using var reader = new BinaryReader(ReadPart(stream, name), Encoding.UTF8);
        try
        {
            return SchemaCodec.Read(reader);
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or FormatException)
        {
            throw Contracts.ExceptDecode(e, $"The schema of '{name}' is damaged: {e.Message}");
        }
    }

    /// <summary>The number of rows, noted at the end of <paramref name="stream"/>, which is left where it is.</summary>
    public static long ReadRowCount(Stream stream, string name)
    {
        long position = stream.Position;
        Span<byte> end = stackalloc byte[EndLength];
        if (stream.Length - position < EndLength)
            throw Truncated(name);
        stream.Position = stream.Length - EndLength;
        stream.ReadExactly(end);
        stream.Position = position;
        long rowCount = BinaryPrimitives.ReadInt64LittleEndian(end[sizeof(int)..]);
        return end.EndsWith(EndMagic) && rowCount >= 0 ? rowCount : throw Truncated(name);
    }

    public static int ReadInt32(Stream stream, string name)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw Truncated(name);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    /// <summary>Checks what follows the last block.</summary>
    public static void ReadEnd(Stream stream, string name, long rowCount)
    {
        Span<byte> end = stackalloc byte[EndLength - sizeof(int)];
        if (stream.ReadAtLeast(end, end.Length, throwOnEndOfStream: false) < end.Length || !end.EndsWith(EndMagic))
            throw Truncated(name);
        long announced = BinaryPrimitives.ReadInt64LittleEndian(end);
        if (announced != rowCount)
            throw Contracts.ExceptDecode($"'{name}' announces {announced} rows and holds {rowCount}.");
    }

    /// <summary>Reads a part and compares its checksum.</summary>
    public static MemoryStream ReadPart(Stream stream, string name)
    {
        int length = ReadInt32(stream, name);
        uint checksum = (uint)ReadInt32(stream, name);
        if (length < 0 || length > Array.MaxLength)
            throw Contracts.ExceptDecode($"'{name}' is damaged: a part of {length} bytes.");
        // A length is believed only as far as the data goes.
        var part = new MemoryStream(Math.Min(length, 4 * MaxBytes));
        Span<byte> buffer = stackalloc byte[4096];
        byte[] chunk = length > buffer.Length ? new byte[Math.Min(length, MaxBytes)] : null;
        for (int left = length; left > 0;)
        {
            var target = chunk == null ? buffer : chunk;
            target = target[..Math.Min(target.Length, left)];
            if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
                throw Truncated(name);
            part.Write(target);
            left -= target.Length;
        }
        if (Checksum(part.GetBuffer().AsSpan(0, length)) != checksum)
            throw Contracts.ExceptDecode($"'{name}' is damaged: a checksum does not fit.");
        part.Position = 0;
        return part;
    }

    /// <summary>Skips a part that is not needed.</summary>
    public static void SkipPart(Stream stream, string name)
    {
        if (!stream.CanSeek)
        {
            ReadPart(stream, name);
            return;
        }
        int length = ReadInt32(stream, name);
        long next = stream.Position + sizeof(int) + length;
        if (length < 0 || next > stream.Length)
            throw Truncated(name);
        stream.Position = next;
    }

    public static void CheckLeft(BinaryReader reader, long bytes)
    {
        long left = reader.BaseStream.Length - reader.BaseStream.Position;
        if (bytes < 0 || bytes > left)
            throw Contracts.ExceptDecode($"The binary data announces {bytes} bytes where {left} are left.");
    }

    private static FormatException Truncated(string name) => Contracts.ExceptDecode($"'{name}' ends too early.");

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(bytes[..(bytes.Length & ~7)]))
            crc = BitOperations.Crc32C(crc, eight);
        foreach (byte item in bytes[(bytes.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, item);
        return ~crc;
    }
}
