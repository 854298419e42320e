using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Internal;

/// <summary>What a floating-point number in text may look like, beyond the default.</summary>
[Flags]
internal enum FloatParseOptions
{
    None = 0,

    /// <summary>The decimal marker is a comma and not a point.</summary>
    CommaAsDecimalMarker = 1,

    /// <summary>Nothing but white space reads as NaN and not as zero.</summary>
    EmptyAsMissing = 2,
}

/// <summary>Reads floating-point numbers, to the values that the runtime has always given to a text.</summary>
/// <remarks>
/// <para>Form: an optional sign, digits with an optional decimal marker (at least one digit), an optional exponent;
/// or <c>?</c>, <c>NaN</c>, <c>Infinity</c>, <c>∞</c> and the negatives of the last two, in that casing. White space may
/// follow; before it, it is accepted only when one character follows in all. No group separators, no hexadecimal.</para>
/// <para>The digits are taken into 64 bits (19 digits, at times 20; any more count only by their place). In double
/// precision the result is the product with a power of ten of 64 bits, rounded once: correctly rounded with few digits
/// and a small exponent, else at most one unit in the last place off. In single precision it is a double-precision
/// product rounded again, which differs from the correctly rounded value about once in 10^8 numbers. Overflow gives
/// infinity, underflow zero.</para>
/// </remarks>
internal static class FloatParser
{
    private const char InfinitySymbol = '\u221E';

    // Below this, a further digit cannot overflow the mantissa.
    private const ulong MantissaLimit = (ulong.MaxValue - 9) / 10;

    private const long ExponentLimit = long.MaxValue / 100;
    private const int MaxExactExponent = 22;
    private const ulong MaxExactMantissa = 1UL << 53;

    // As many digits fit into 64 bits and none of them is dropped.
    private const int MaxPlainLength = 18;

    /// <summary>How many bytes after a text <see cref="TryParsePlain(ReadOnlySpan{byte}, out float, FloatParseOptions)"/> may read.</summary>
    public const int PlainPadding = 16;

    /// <summary>False, with <paramref name="value"/> 0, if the text is not a number.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out float value, FloatParseOptions options = FloatParseOptions.None)
    {
        if (TryScanPlain(text, options, out long mantissa, out int exponent, out bool isNegative))
        {
            value = (float)(PowersOfTen.ForSingle(exponent) * mantissa);
            if (isNegative)
                value = -value;
            return true;
        }
        if (Scan(text, options, out Number number, out double special))
        {
            value = ToSingle(number);
            return true;
        }
        value = (float)special;
        return number.IsSpecial;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out float, FloatParseOptions)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out double value, FloatParseOptions options = FloatParseOptions.None)
    {
        if (TryScanPlain(text, options, out long mantissa, out int exponent, out bool isNegative) && mantissa < (long)MaxExactMantissa)
        {
            value = mantissa / PowersOfTen.Exact(-exponent);
            if (isNegative)
                value = -value;
            return true;
        }
        if (Scan(text, options, out Number number, out value))
        {
            value = ToDouble(number);
            return true;
        }
        return number.IsSpecial;
    }

    /// <summary>
    /// Reads UTF-8 of the common form only: a sign or none, digits, perhaps a marker and further digits. False for any other text.
    /// <see cref="PlainPadding"/> bytes after <paramref name="text"/> must be readable; what they hold does not matter.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParsePlain(ReadOnlySpan<byte> text, out float value, FloatParseOptions options = FloatParseOptions.None)
    {
        bool isPlain = TryScanPadded(text, options, out long mantissa, out int exponent, out bool isNegative);
        float magnitude = (float)(PowersOfTen.ForSingle(exponent) * mantissa);
        // Signs are not to be foreseen: no branch.
        value = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(magnitude) ^ Unsafe.BitCast<bool, byte>(isNegative) * 0x8000_0000U);
        return isPlain;
    }

    /// <inheritdoc cref="TryParsePlain(ReadOnlySpan{byte}, out float, FloatParseOptions)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParsePlain(ReadOnlySpan<byte> text, out double value, FloatParseOptions options = FloatParseOptions.None)
    {
        bool isPlain = TryScanPadded(text, options, out long mantissa, out int exponent, out bool isNegative) && mantissa < (long)MaxExactMantissa;
        double magnitude = mantissa / PowersOfTen.Exact(-exponent);
        value = BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(magnitude) ^ Unsafe.BitCast<bool, byte>(isNegative) * 0x8000_0000_0000_0000UL);
        return isPlain;
    }

    /// <summary>The common form in at most 16 characters after the sign, all at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryScanPadded(ReadOnlySpan<byte> text, FloatParseOptions options, out long mantissa, out int exponent, out bool isNegative)
    {
        if (!Ssse3.IsSupported || !Sse41.IsSupported)
            return TryScanPlain(text, options, out mantissa, out exponent, out isNegative);
        ref byte first = ref MemoryMarshal.GetReference(text);
        int length = text.Length;
        mantissa = 0;
        exponent = 0;
        isNegative = false;
        if (length == 0)
            return false;
        isNegative = first == '-';
        int start = Unsafe.BitCast<bool, byte>(isNegative);
        length -= start;
        if ((uint)(length - 1) >= PlainPadding)
            return false;

        var characters = Vector128.LoadUnsafe(ref first, (nuint)start);
        uint used = (uint)((1UL << length) - 1);
        byte marker = (byte)((options & FloatParseOptions.CommaAsDecimalMarker) != 0 ? ',' : '.');
        uint markers = Vector128.Equals(characters, Vector128.Create(marker)).ExtractMostSignificantBits() & used;
        var digits = characters - Vector128.Create((byte)'0');
        uint nonDigits = Vector128.GreaterThan(digits, Vector128.Create((byte)9)).ExtractMostSignificantBits() & used;
        // The one character that may not be a digit is one marker, among digits.
        if (nonDigits != markers || (markers & (markers - 1)) != 0 || markers == used)
            return false;
        int integers = markers == 0 ? length : BitOperations.TrailingZeroCount(markers);
        int count = length - (int)(markers == 0 ? 0u : 1u);
        exponent = integers - count;

        // All digits to the right end, over the gap of the marker; indices below zero give zero.
        var digit = Vector128.Create(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, (sbyte)15) + Vector128.Create((sbyte)(count - 16));
        var source = digit - Vector128.GreaterThan(digit, Vector128.Create((sbyte)(integers - 1)));
        var aligned = Ssse3.Shuffle(digits, source.AsByte());
        var pairs = Ssse3.MultiplyAddAdjacent(aligned, Vector128.Create((sbyte)10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1));
        var fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create((short)100, 1, 100, 1, 100, 1, 100, 1));
        var eights = Sse2.MultiplyAddAdjacent(Sse41.PackUnsignedSaturate(fours, fours).AsInt16(), Vector128.Create((short)10000, 1, 10000, 1, 10000, 1, 10000, 1));
        ulong both = eights.AsUInt64().ToScalar();
        mantissa = (long)((both & uint.MaxValue) * 100_000_000 + (both >> 32));
        return true;
    }

    /// <summary>
    /// The common form, in one pass: a sign or none, digits, perhaps a marker and further digits, at most
    /// <see cref="MaxPlainLength"/> characters.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryScanPlain<TChar>(ReadOnlySpan<TChar> text, FloatParseOptions options, out long mantissa, out int exponent, out bool isNegative)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        mantissa = 0;
        exponent = 0;
        isNegative = false;
        int length = text.Length;
        if ((uint)(length - 1) >= MaxPlainLength)
            return false;
        ref TChar first = ref MemoryMarshal.GetReference(text);
        isNegative = uint.CreateTruncating(first) == '-';
        int start = isNegative ? 1 : 0;
        int i = start;
        uint digit;
        long number = 0;
        for (; i < length && (digit = uint.CreateTruncating(Unsafe.Add(ref first, i)) - '0') <= 9; i++)
            number = number * 10 + digit;
        int digits = i - start;
        if (i < length)
        {
            if (uint.CreateTruncating(Unsafe.Add(ref first, i)) != ((options & FloatParseOptions.CommaAsDecimalMarker) != 0 ? ',' : '.'))
                return false;
            int fraction = ++i;
            for (; i < length && (digit = uint.CreateTruncating(Unsafe.Add(ref first, i)) - '0') <= 9; i++)
                number = number * 10 + digit;
            if (i < length)
                return false;
            exponent = fraction - length;
            digits -= exponent;
        }
        mantissa = number;
        return digits > 0;
    }

    private struct Number
    {
        public ulong Mantissa;
        public long Exponent;
        public bool IsNegative;
        public bool IsSpecial;
    }

    /// <summary>True for a number; otherwise <see cref="Number.IsSpecial"/> tells whether the text was one of the words.</summary>
    private static bool Scan(ReadOnlySpan<char> text, FloatParseOptions options, out Number number, out double special)
    {
        special = 0;
        number = default;
        int start = 0;
        if (text.IsEmpty || text[0] <= ' ' || text[0] >= '\u0085')
        {
            while (start < text.Length && char.IsWhiteSpace(text[start]))
                start++;
            if (start == text.Length)
            {
                number.IsSpecial = true;
                special = (options & FloatParseOptions.EmptyAsMissing) != 0 ? double.NaN : 0;
                return false;
            }
            text = text[start..];
        }
        char marker = (options & FloatParseOptions.CommaAsDecimalMarker) != 0 ? ',' : '.';
        int length = ScanNumber(text, marker, ref number);
        bool isNumber = length > 0;
        if (!isNumber)
        {
            length = ScanSpecial(text, out special);
            if (length == 0)
                return false;
            number.IsSpecial = true;
        }
        if (length == text.Length && (start == 0 || (length == 1 && text[0] != InfinitySymbol)))
            return isNumber;
        if (start == 0 && IsWhiteSpace(text[length..]))
            return isNumber;
        number.IsSpecial = false;
        special = 0;
        return false;
    }

    private static int ScanNumber(ReadOnlySpan<char> text, char marker, ref Number number)
    {
        ref char first = ref MemoryMarshal.GetReference(text);
        int length = text.Length;
        int i = 0;
        if (first is '-' or '+')
        {
            number.IsNegative = first == '-';
            i = 1;
        }
        ulong mantissa = 0;
        long exponent = 0;
        uint digit;
        int digitStart = i;
        for (; i < length && (digit = (uint)Unsafe.Add(ref first, i) - '0') <= 9; i++)
        {
            if (mantissa < MantissaLimit)
                mantissa = mantissa * 10 + digit;
            else
                exponent++;
        }
        int digits = i - digitStart;
        if (i < length && Unsafe.Add(ref first, i) == marker)
        {
            int fraction = ++i;
            for (; i < length && (digit = (uint)Unsafe.Add(ref first, i) - '0') <= 9; i++)
            {
                if (mantissa < MantissaLimit)
                {
                    mantissa = mantissa * 10 + digit;
                    exponent--;
                }
            }
            digits += i - fraction;
        }
        if (digits == 0)
        {
            number.IsNegative = false;
            return 0;
        }
        if (i < length && (Unsafe.Add(ref first, i) | 0x20) == 'e')
            i = ScanExponent(text, i, ref exponent);
        number.Mantissa = mantissa;
        number.Exponent = exponent;
        return i;
    }

    /// <summary>The index after the exponent that starts at <paramref name="start"/>, or that index if it has no digits.</summary>
    private static int ScanExponent(ReadOnlySpan<char> text, int start, ref long exponent)
    {
        int i = start + 1;
        bool isNegative = false;
        if (i < text.Length && text[i] is '-' or '+')
            isNegative = text[i++] == '-';
        int digitStart = i;
        long value = 0;
        uint digit;
        for (; i < text.Length && (digit = (uint)text[i] - '0') <= 9; i++)
        {
            if (value < ExponentLimit)
                value = value * 10 + digit;
        }
        if (i == digitStart)
            return start;
        exponent += isNegative ? -value : value;
        return i;
    }

    private static int ScanSpecial(ReadOnlySpan<char> text, out double value)
    {
        value = text[0] switch
        {
            '?' or 'N' => double.NaN,
            '-' => double.NegativeInfinity,
            _ => double.PositiveInfinity,
        };
        switch (text[0])
        {
            case '?':
            case InfinitySymbol:
                return 1;
            case 'N' when text.StartsWith("NaN", StringComparison.Ordinal):
                return 3;
            case 'I' when text.StartsWith("Infinity", StringComparison.Ordinal):
                return 8;
            case '-' when text.Length > 1 && text[1] == InfinitySymbol:
                return 2;
            case '-' when text.StartsWith("-Infinity", StringComparison.Ordinal):
                return 9;
            default:
                value = 0;
                return 0;
        }
    }

    private static bool IsWhiteSpace(ReadOnlySpan<char> text)
    {
        foreach (char item in text)
        {
            if (!char.IsWhiteSpace(item))
                return false;
        }
        return true;
    }

    private static float ToSingle(in Number number)
    {
        float value;
        if (number.Mantissa == 0 || number.Exponent < PowersOfTen.MinSingleExponent)
            value = 0;
        else if (number.Exponent > PowersOfTen.MaxSingleExponent)
            value = float.PositiveInfinity;
        else
            value = (float)(PowersOfTen.ForSingle((int)number.Exponent) * ToDouble(number.Mantissa));
        return number.IsNegative ? -value : value;
    }

    private static double ToDouble(in Number number)
    {
        double value = Magnitude(number.Mantissa, number.Exponent);
        return number.IsNegative ? -value : value;
    }

    private static double Magnitude(ulong mantissa, long exponent)
    {
        if (exponent == 0)
            return ToDouble(mantissa);
        if (mantissa < MaxExactMantissa && exponent is >= -MaxExactExponent and <= MaxExactExponent)
        {
            return exponent > 0
                ? (long)mantissa * PowersOfTen.Exact((int)exponent)
                : (long)mantissa / PowersOfTen.Exact((int)-exponent);
        }
        if (mantissa == 0 || exponent < PowersOfTen.MinExponent)
            return 0;
        if (exponent > PowersOfTen.MaxExponent)
            return double.PositiveInfinity;
        (ulong power, int scale) = PowersOfTen.Extended((int)exponent);
        int shift = BitOperations.LeadingZeroCount(mantissa);
        ulong high = Math.BigMul(mantissa << shift, power, out ulong low);
        // The bits below the upper half matter only for whether there are any.
        return Math.ScaleB(ToDouble(high | (low != 0 ? 1UL : 0)), scale - shift);
    }

    // Signed conversion rounds correctly on every processor; the lowest bit is kept so that no tie is made.
    private static double ToDouble(ulong value) =>
        (long)value >= 0 ? (long)value : 2.0 * (long)(value >> 1 | value & 1);
}
