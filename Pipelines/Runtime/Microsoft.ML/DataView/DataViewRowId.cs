using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>
/// A 128-bit identifier of a row, stable over passes and over the order in which rows come.
/// Derived ids are states of the MurmurHash3 x64 128-bit hash, left unmixed.
/// </summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    private const ulong Factor1 = 0x87c37b91114253d5;
    private const ulong Factor2 = 0x4cf5ad432745937f;

    public readonly ulong Low;
    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    public int CompareTo(DataViewRowId other)
    {
        int order = High.CompareTo(other.High);
        return order != 0 ? order : Low.CompareTo(other.Low);
    }

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);

    public override int GetHashCode()
    {
        ulong mixed = Low + 7 * High;
        return (int)(mixed ^ (mixed >> 32));
    }

    public static bool operator ==(DataViewRowId left, DataViewRowId right) => left.Equals(right);

    public static bool operator !=(DataViewRowId left, DataViewRowId right) => !left.Equals(right);

    public static bool operator <(DataViewRowId left, DataViewRowId right) => left.CompareTo(right) < 0;

    public static bool operator <=(DataViewRowId left, DataViewRowId right) => left.CompareTo(right) <= 0;

    public static bool operator >(DataViewRowId left, DataViewRowId right) => left.CompareTo(right) > 0;

    public static bool operator >=(DataViewRowId left, DataViewRowId right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{High:x16}{Low:x16}";

    /// <summary>The state after hashing 16 bytes that are zero but for the lowest bit.</summary>
    public DataViewRowId Fork()
    {
        var next = Next();
        return new DataViewRowId(next.Low ^ (BitOperations.RotateLeft(Factor1, 31) * Factor2), next.High);
    }

    /// <summary>The state after hashing 16 zero bytes.</summary>
    public DataViewRowId Next() => Absorb(Low, High, 0, 0);

    /// <summary>The state after hashing the fork of <paramref name="other"/>.</summary>
    public DataViewRowId Combine(DataViewRowId other)
    {
        var block = other.Fork();
        return Absorb(Low, High, BitOperations.RotateLeft(block.Low * Factor1, 31) * Factor2, BitOperations.RotateLeft(block.High * Factor2, 33) * Factor1);
    }

    private static DataViewRowId Absorb(ulong low, ulong high, ulong mixed1, ulong mixed2)
    {
        low = BitOperations.RotateLeft(low ^ mixed1, 27) + high;
        low = low * 5 + 0x52dce729;
        high = BitOperations.RotateLeft(high ^ mixed2, 31) + low;
        high = high * 5 + 0x38495ab5;
        return new DataViewRowId(low, high);
    }
}
