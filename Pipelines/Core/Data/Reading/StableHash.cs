using System.Runtime.InteropServices;

namespace MLPipelines.Data;

/// <summary>
/// A fast 64-bit hash that is the same in every process. Not for adversaries: somebody who wants collisions can have them.
/// </summary>
/// <remarks>
/// Among n different keys, some two collide with odds of about n² / 2⁶⁵: one in four million for three million keys.
/// </remarks>
internal static class StableHash
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;
    private const ulong Seed = 0xD1B5_4A32_D192_ED03;

    public static ulong Of(ReadOnlySpan<char> text) => Of(MemoryMarshal.AsBytes(text));

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ulong hash = Seed ^ (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            hash = Combine(hash, MemoryMarshal.Read<ulong>(bytes));
        ulong tail = 0;
        foreach (byte b in bytes)
            tail = tail << 8 | b;
        return Combine(hash, tail);
    }

    /// <summary>Mixes two hashes, order mattering.</summary>
    public static ulong Combine(ulong first, ulong second)
    {
        ulong high = Math.BigMul(first ^ second ^ Multiplier, ulong.RotateLeft(first, 32) ^ Seed | 1, out ulong low);
        return high ^ low;
    }
}
