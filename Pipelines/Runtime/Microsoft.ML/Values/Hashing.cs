using System.Numerics;

namespace Microsoft.ML.Internal;

/// <summary>
/// The hash functions whose values are visible: in keys made by hashing, in seeds and in splits by key.
/// </summary>
/// <remarks>
/// All of them are built from the round and the finaliser of MurmurHash3 (x86, 32 bit; A. Appleby).
/// The length of the input is part of the hash: <see cref="MurmurHash(uint, ReadOnlySpan{char}, bool)"/> and
/// <see cref="MurmurHash(uint, ReadOnlySpan{uint})"/> add it by a round of its own, the others as MurmurHash3 does.
/// </remarks>
internal static class Hashing
{
    private const uint DefaultSeed = (5381 << 16) + 5381;

    /// <summary>One MurmurHash3 round: <paramref name="chunk"/> goes into <paramref name="hash"/>.</summary>
    public static uint MurmurRound(uint hash, uint chunk) =>
        BitOperations.RotateLeft(hash ^ Scramble(chunk), 13) * 5 + 0xE6546B64;

    /// <summary>Two rounds: the low half of <paramref name="chunk"/>, then its high half.</summary>
    public static uint MurmurRound(uint hash, ulong chunk) =>
        MurmurRound(MurmurRound(hash, (uint)chunk), (uint)(chunk >> 32));

    /// <summary>The MurmurHash3 finaliser without the length.</summary>
    public static uint MixHash(uint hash)
    {
        hash = (hash ^ hash >> 16) * 0x85EBCA6B;
        hash = (hash ^ hash >> 13) * 0xC2B2AE35;
        return hash ^ hash >> 16;
    }

    /// <summary>The MurmurHash3 finaliser for an input of <paramref name="length"/> bytes.</summary>
    public static uint MixHash(uint hash, int length) => MixHash(hash ^ (uint)length);

    /// <summary>The hash of a text for n-grams, words and names, with the seed that those use.</summary>
    public static uint HashString(ReadOnlySpan<char> text) => MurmurHash(DefaultSeed, text);

    /// <summary>The hash of a sequence of keys, as for n-grams, with the seed that those use.</summary>
    public static uint HashSequence(ReadOnlySpan<uint> sequence) => MurmurHash(DefaultSeed, sequence);

    /// <summary>A round for each item and one for their number.</summary>
    public static uint MurmurHash(uint hash, ReadOnlySpan<uint> sequence)
    {
        foreach (uint item in sequence)
            hash = MurmurRound(hash, item);
        return MixHash(MurmurRound(hash, (uint)sequence.Length));
    }

    /// <summary>
    /// The older hash of a text: its characters, surrogates one by one, as UTF-8 sequences whose bytes come last
    /// byte first, padded with zeros to whole words.
    /// </summary>
    public static uint MurmurHash(uint hash, ReadOnlySpan<char> text, bool toUpper = false)
    {
        ulong pending = 0;
        int bits = 0, length = 0;
        foreach (char item in text)
        {
            uint code = toUpper ? char.ToUpperInvariant(item) : item;
            pending |= (ulong)Encode(code, out int size) << bits;
            bits += 8 * size;
            length += size;
            if (bits >= 32)
            {
                hash = MurmurRound(hash, (uint)pending);
                pending >>= 32;
                bits -= 32;
            }
        }
        if (bits > 0)
            hash = MurmurRound(hash, (uint)pending);
        return MixHash(MurmurRound(hash, (uint)length));
    }

    /// <summary>
    /// The hash of a text in the Hash transform: MurmurHash3 of its UTF-8 bytes for ASCII and for the first character
    /// of each word of four bytes.
    /// </summary>
    /// <remarks>
    /// A character beyond ASCII turns the bytes of the whole unfinished word around and not only its own; keys in
    /// saved models depend on that.
    /// </remarks>
    public static uint MurmurHashV2(uint hash, ReadOnlySpan<char> text)
    {
        ulong pending = 0;
        int bits = 0, length = 0;
        foreach (char item in text)
        {
            pending |= (ulong)Encode(item, out int size) << bits;
            if (size == 2)
                pending = (pending & 0xFF) << 8 | pending >> 8;
            else if (size == 3)
                pending = (pending & 0xFF) << 16 | pending & 0xFF00 | pending >> 16;
            bits += 8 * size;
            length += size;
            if (bits >= 32)
            {
                hash = MurmurRound(hash, (uint)pending);
                pending >>= 32;
                bits -= 32;
            }
        }
        if (bits > 0)
            hash ^= Scramble((uint)pending & (1u << bits) - 1);
        return MixHash(hash, length);
    }

    /// <summary>A cheap way to join hash codes, for tables in memory.</summary>
    public static uint CombineHash(uint first, uint second) => BitOperations.RotateLeft(first, 7) ^ second;

    /// <inheritdoc cref="CombineHash(uint, uint)"/>
    public static int CombineHash(int first, int second) => (int)CombineHash((uint)first, (uint)second);

    /// <summary>A multiplicative hash of one word, for tables in memory.</summary>
    public static uint HashUint(uint value)
    {
        ulong product = value * 0x7FF19519UL;
        return (uint)product + (uint)(product >> 32);
    }

    private static uint Scramble(uint chunk) => BitOperations.RotateLeft(chunk * 0xCC9E2D51, 15) * 0x1B873593;

    // The UTF-8 sequence of a character of the basic plane, its first byte the most significant one.
    private static uint Encode(uint code, out int size)
    {
        if (code <= 0x7F)
        {
            size = 1;
            return code;
        }
        uint last = 0x80 | code & 0x3F;
        if (code <= 0x7FF)
        {
            size = 2;
            return (0xC0 | code >> 6) << 8 | last;
        }
        size = 3;
        return (0xE0 | code >> 12) << 16 | (0x80 | code >> 6 & 0x3F) << 8 | last;
    }
}
