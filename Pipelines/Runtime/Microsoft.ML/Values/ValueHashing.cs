using System.Runtime.CompilerServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Internal;

/// <summary>The keys that the Hash transform makes of values of every kind: MurmurHash3 of their bytes, cut to some bits.</summary>
/// <remarks>
/// Integers of up to 32 bits (signed ones extended), bool and float are one word, 64-bit kinds two, low half first. Zeros
/// of either sign are the same. Text is trimmed of spaces and hashed as <see cref="Hashing.MurmurHashV2"/> does.
/// Of a row ID only the lowest 32 bits count. NaN, the missing key 0 and empty text give the missing key 0.
/// </remarks>
internal static class ValueHashing
{
    public const uint DefaultSeed = 314489979;

    /// <summary>Whether values of this type, which is not a vector, can be hashed.</summary>
    public static bool CanHash(DataViewType type) => type is NumberDataViewType or KeyDataViewType or TextDataViewType
        or BooleanDataViewType or RowIdDataViewType;

    /// <summary>The seed of the value in <paramref name="slot"/> where hashes are to differ by position; 0 for one not in a vector.</summary>
    public static uint SeedOfSlot(uint seed, int slot) => Hashing.MurmurRound(seed, (uint)slot);

    /// <summary>The key, from 1 to 2^bits, of a value; 0 if it is missing.</summary>
    /// <param name="seed">The hash to start from.</param>
    /// <param name="bits">The number of bits, 1 to 31.</param>
    /// <param name="value">The value.</param>
    /// <param name="isKey">Whether the value is a key, for which 0 is missing.</param>
    public static uint Hash<T>(uint seed, int bits, in T value, bool isKey)
    {
        uint hash = seed;
        return TryAbsorb(ref hash, in value, isKey) ? ToKey<T>(hash, typeof(T) == typeof(DataViewRowId) ? 16 : ItemLength<T>(), bits) : 0;
    }

    /// <summary>One key, from 1 to 2^bits, of a whole vector; 0 if any of its items is missing, zeros that a sparse one leaves out included.</summary>
    public static uint HashAll<T>(uint seed, int bits, in VBuffer<T> vector, bool isKey)
    {
        uint hash = seed;
        var values = vector.GetValues();
        var indices = vector.GetIndices();
        int next = 0;
        for (int i = 0; i < vector.Length; i++)
        {
            T item = default;
            if (vector.IsDense || (next < indices.Length && indices[next] == i))
                item = values[next++];
            if (!TryAbsorb(ref hash, in item, isKey))
                return 0;
        }
        return ToKey<T>(hash, vector.Length * ItemLength<T>(), bits);
    }

    // The hash of a text is finished already.
    private static uint ToKey<T>(uint hash, int length, int bits)
    {
        if (typeof(T) != typeof(ReadOnlyMemory<char>))
            hash = Hashing.MixHash(hash, length);
        return (hash & (1u << bits) - 1) + 1;
    }

    private static int ItemLength<T>() =>
        typeof(T) == typeof(double) || typeof(T) == typeof(long) || typeof(T) == typeof(ulong) ? 8 : 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryAbsorb<T>(ref uint hash, in T value, bool isKey)
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
        {
            var text = Unsafe.As<T, ReadOnlyMemory<char>>(ref Unsafe.AsRef(in value)).Span;
            if (text.IsEmpty)
                return false;
            hash = Hashing.MurmurHashV2(hash, text.Trim(' '));
            return true;
        }
        if (typeof(T) == typeof(double) || typeof(T) == typeof(long) || typeof(T) == typeof(ulong))
        {
            ulong bits = Unsafe.As<T, ulong>(ref Unsafe.AsRef(in value));
            if (typeof(T) == typeof(double))
            {
                double number = BitConverter.UInt64BitsToDouble(bits);
                if (double.IsNaN(number))
                    return false;
                if (number == 0)
                    bits = 0;
            }
            if (isKey && bits == 0)
                return false;
            hash = Hashing.MurmurRound(hash, bits);
            return true;
        }
        uint word = ToWord(in value, out bool isMissing);
        if (isMissing || (isKey && word == 0))
            return false;
        hash = Hashing.MurmurRound(hash, word);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ToWord<T>(in T value, out bool isMissing)
    {
        isMissing = false;
        ref byte address = ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in value));
        if (typeof(T) == typeof(float))
        {
            float number = Unsafe.As<byte, float>(ref address);
            isMissing = float.IsNaN(number);
            return number == 0 ? 0 : BitConverter.SingleToUInt32Bits(number);
        }
        if (typeof(T) == typeof(byte))
            return address;
        if (typeof(T) == typeof(bool))
            return address != 0 ? 1u : 0u;
        if (typeof(T) == typeof(sbyte))
            return (uint)(sbyte)address;
        if (typeof(T) == typeof(short))
            return (uint)Unsafe.As<byte, short>(ref address);
        if (typeof(T) == typeof(ushort))
            return Unsafe.As<byte, ushort>(ref address);
        if (typeof(T) == typeof(int) || typeof(T) == typeof(uint))
            return Unsafe.As<byte, uint>(ref address);
        if (typeof(T) == typeof(DataViewRowId))
            return (uint)Unsafe.As<byte, DataViewRowId>(ref address).Low;
        throw Contracts.ExceptNotSupp($"Values of {typeof(T)} cannot be hashed; convert them to numbers or text first.");
    }
}
