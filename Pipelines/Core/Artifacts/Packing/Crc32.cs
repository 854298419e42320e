using System.Buffers.Binary;

namespace MLPipelines.Artifacts;

/// <summary>The check sum of zip entries (polynomial 0xEDB88320, reflected), eight bytes at a time.</summary>
internal static class Crc32
{
    private const int Lanes = 8;

    private static readonly uint[] Tables = MakeTables();

    /// <summary>Continues a sum, which starts at 0, over further bytes.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        var tables = Tables;
        while (bytes.Length >= Lanes)
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[(7 * 256) + (low & 0xFF)] ^ tables[(6 * 256) + ((low >> 8) & 0xFF)]
                ^ tables[(5 * 256) + ((low >> 16) & 0xFF)] ^ tables[(4 * 256) + (low >> 24)]
                ^ tables[(3 * 256) + (high & 0xFF)] ^ tables[(2 * 256) + ((high >> 8) & 0xFF)]
                ^ tables[256 + ((high >> 16) & 0xFF)] ^ tables[high >> 24];
            bytes = bytes[Lanes..];
        }
        foreach (byte b in bytes)
            crc = (crc >> 8) ^ tables[(crc ^ b) & 0xFF];
        return ~crc;
    }

    // Table k holds the sum of a byte that is followed by k zero bytes.
    private static uint[] MakeTables()
    {
        var tables = new uint[Lanes * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            tables[i] = value;
        }
        for (int i = 256; i < tables.Length; i++)
            tables[i] = (tables[i - 256] >> 8) ^ tables[tables[i - 256] & 0xFF];
        return tables;
    }
}
