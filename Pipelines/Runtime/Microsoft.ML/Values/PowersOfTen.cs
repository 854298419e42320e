using System.Numerics;

namespace Microsoft.ML.Internal;

/// <summary>
/// 10^n as a mantissa of 64 bits, its top bit set, and an exponent: mantissa · 2^(exponent − 64).
/// Mantissas of positive powers are cut off, those of negative powers rounded to nearest.
/// </summary>
internal static class PowersOfTen
{
    public const int MaxExponent = 320;
    public const int MinExponent = -360;

    /// <summary>Beyond these, a product with any 64-bit integer is infinite or zero in single precision.</summary>
    public const int MaxSingleExponent = 39;
    public const int MinSingleExponent = -65;

    private static readonly double[] s_singlePowers = MakeSinglePowers();

    /// <summary>10^<paramref name="exponent"/> as single-precision parsing multiplies by it.</summary>
    public static double ForSingle(int exponent) => s_singlePowers[exponent - MinSingleExponent];

    /// <summary>10^<paramref name="exponent"/>, exact for 0 … 22.</summary>
    public static double Exact(int exponent) => s_singlePowers[exponent - MinSingleExponent];

    /// <summary>10^<paramref name="exponent"/> for −360 … 320.</summary>
    public static (ulong Mantissa, int Exponent) Extended(int exponent) => ExtendedTable.Powers[exponent - MinExponent];

    private static (ulong Mantissa, int Exponent) Compute(int exponent)
    {
        if (exponent >= 0)
        {
            BigInteger power = BigInteger.Pow(10, exponent);
            int bits = (int)power.GetBitLength();
            return ((ulong)(bits > 64 ? power >> bits - 64 : power << 64 - bits), bits);
        }
        // One more bit than the mantissa has, for rounding; 10^-n is never exact, so there are no ties.
        BigInteger divisor = BigInteger.Pow(10, -exponent);
        int divisorBits = (int)divisor.GetBitLength();
        BigInteger quotient = (BigInteger.One << divisorBits + 64) / divisor;
        return ((ulong)((quotient >> 1) + (quotient & 1)), 1 - divisorBits);
    }

    private static double[] MakeSinglePowers()
    {
        double[] powers = new double[MaxSingleExponent - MinSingleExponent + 1];
        for (int i = 0; i < powers.Length; i++)
        {
            int exponent = i + MinSingleExponent;
            (ulong mantissa, int scale) = Compute(exponent);
            // From 10^28 on the mantissa is not all of the number: a bit below it keeps ties from being seen.
            powers[i] = exponent <= 27
                ? Math.ScaleB(mantissa, scale - 64)
                : Math.ScaleB(mantissa >> 1 | 1, scale - 63);
        }
        return powers;
    }

    // Apart, so that the 681 powers are computed only for a number that needs one of them.
    private static class ExtendedTable
    {
        public static readonly (ulong Mantissa, int Exponent)[] Powers =
            [.. Enumerable.Range(MinExponent, MaxExponent - MinExponent + 1).Select(Compute)];
    }
}
