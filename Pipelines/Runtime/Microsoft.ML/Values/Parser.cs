using System.Globalization;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Internal;

/// <summary>Reads a value of one kind from text. False if the text is not such a value; <paramref name="value"/> is then its default, or NaN.</summary>
internal delegate bool TextParser<T>(ReadOnlySpan<char> text, out T value);

/// <summary>Reads values of every primitive kind from text, as text files and conversions from text do.</summary>
/// <remarks>
/// Nothing is trimmed, except by floating-point numbers and times. Empty text is the default value (zero, false, the
/// missing key) and counts as a value, except for the unsigned kinds, for which it is none.
/// </remarks>
internal static class Parser
{
    /// <summary>The parser of <typeparamref name="T"/>, or null if there is none.</summary>
    public static TextParser<T> Get<T>(FloatParseOptions options = FloatParseOptions.None)
    {
        Delegate parser = Default<T>.Instance;
        if (options != FloatParseOptions.None)
        {
            if (typeof(T) == typeof(float))
                parser = new TextParser<float>((ReadOnlySpan<char> text, out float value) => TryParse(text, out value, options));
            else if (typeof(T) == typeof(double))
                parser = new TextParser<double>((ReadOnlySpan<char> text, out double value) => TryParse(text, out value, options));
        }
        return (TextParser<T>)parser;
    }

    /// <summary>
    /// The parser of keys of type <typeparamref name="T"/> with <paramref name="count"/> values: text holds them from 0,
    /// the key from 1; <c>?</c>, <c>NA</c>, <c>N/A</c>, <c>NaN</c> in any casing and empty text are the missing key 0.
    /// </summary>
    public static TextParser<T> GetKey<T>(ulong count) where T : struct
    {
        ulong max = count - 1;
        return (ReadOnlySpan<char> text, out T value) =>
        {
            bool parsed = TryParseKey(text, max, out ulong key);
            value = FromKey<T>(key);
            return parsed;
        };
    }

    /// <summary>
    /// A key from the number in <paramref name="text"/>, whose largest legal value is <paramref name="max"/>:
    /// one more than that number, or 0 and false if it is not one or too large.
    /// </summary>
    public static bool TryParseKey(ReadOnlySpan<char> text, ulong max, out ulong key)
    {
        key = 0;
        if (text.IsEmpty || IsMissing(text))
            return true;
        if (!TryParseDigits(text, out ulong number) || number > max)
            return false;
        key = number + 1;
        return true;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out sbyte value)
    {
        bool parsed = TryParseSigned(text, sbyte.MaxValue, out long number);
        value = (sbyte)number;
        return parsed;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out short value)
    {
        bool parsed = TryParseSigned(text, short.MaxValue, out long number);
        value = (short)number;
        return parsed;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out int value)
    {
        bool parsed = TryParseSigned(text, int.MaxValue, out long number);
        value = (int)number;
        return parsed;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out long value) => TryParseSigned(text, long.MaxValue, out value);

    public static bool TryParse(ReadOnlySpan<char> text, out byte value)
    {
        bool parsed = TryParseUnsigned(text, byte.MaxValue, out ulong number);
        value = (byte)number;
        return parsed;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out ushort value)
    {
        bool parsed = TryParseUnsigned(text, ushort.MaxValue, out ulong number);
        value = (ushort)number;
        return parsed;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out uint value)
    {
        bool parsed = TryParseUnsigned(text, uint.MaxValue, out ulong number);
        value = (uint)number;
        return parsed;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out ulong value) => TryParseUnsigned(text, ulong.MaxValue, out value);

    /// <summary>NaN and true for a word that means missing, NaN and false for other text that is not a number.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out float value, FloatParseOptions options = FloatParseOptions.None)
    {
        if (FloatParser.TryParse(text, out value, options))
            return true;
        value = float.NaN;
        return IsMissing(text);
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out float, FloatParseOptions)"/>
    public static bool TryParse(ReadOnlySpan<char> text, out double value, FloatParseOptions options = FloatParseOptions.None)
    {
        if (FloatParser.TryParse(text, out value, options))
            return true;
        value = double.NaN;
        return IsMissing(text);
    }

    /// <summary>
    /// In any casing: true, t, yes, y, 1, +1, + are true; false, f, no, n, 0, -1, - and empty text are false.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out bool value)
    {
        value = false;
        switch (text.Length)
        {
            case 0:
                return true;
            case 1:
                value = text[0] is 'T' or 't' or 'Y' or 'y' or '1' or '+';
                return value || text[0] is 'F' or 'f' or 'N' or 'n' or '0' or '-';
            case 2:
                value = text is "+1";
                return value || text is "-1" || IsWord(text, "no");
            case 3:
                return value = IsWord(text, "yes");
            case 4:
                return value = IsWord(text, "true");
            default:
                return IsWord(text, "false");
        }
    }

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = default;
        return text.IsEmpty || TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>A time without an offset is taken to be UTC; the value always is.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTime value)
    {
        value = default;
        return text.IsEmpty || DateTime.TryParse(text, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value);
    }

    /// <summary>A time without an offset is taken to be UTC.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset value)
    {
        value = default;
        return text.IsEmpty || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
    }

    /// <summary>The two halves of a row ID: <c>0x</c> and exactly 32 hexadecimal digits, the high half first.</summary>
    public static bool TryParseRowId(ReadOnlySpan<char> text, out ulong low, out ulong high)
    {
        low = 0;
        high = 0;
        if (text.Length != 34 || text[0] != '0' || (text[1] | 0x20) != 'x')
            return false;
        if (ulong.TryParse(text.Slice(2, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out high)
            && ulong.TryParse(text[18..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out low))
        {
            return true;
        }
        low = 0;
        high = 0;
        return false;
    }

    /// <summary>Whether the text is, in any casing, one of <c>?</c>, <c>NA</c>, <c>N/A</c>, <c>NaN</c>.</summary>
    public static bool IsMissing(ReadOnlySpan<char> text) => text.Length switch
    {
        1 => text[0] == '?',
        2 => IsWord(text, "na"),
        3 => IsWord(text, "nan") || IsWord(text, "n/a"),
        _ => false,
    };

    private static bool TryParseUnsigned(ReadOnlySpan<char> text, ulong max, out ulong value)
    {
        if (!text.IsEmpty && TryParseDigits(text, out value) && value <= max)
            return true;
        value = 0;
        return false;
    }

    private static bool TryParseSigned(ReadOnlySpan<char> text, long max, out long value)
    {
        value = 0;
        if (text.IsEmpty)
            return true;
        bool isNegative = text[0] == '-';
        if (isNegative)
            text = text[1..];
        if (text.IsEmpty || !TryParseDigits(text, out ulong magnitude) || magnitude > (ulong)max + (isNegative ? 1UL : 0))
            return false;
        value = isNegative ? -(long)magnitude : (long)magnitude;
        return true;
    }

    private static bool TryParseDigits(ReadOnlySpan<char> text, out ulong value)
    {
        const ulong MultiplyLimit = ulong.MaxValue / 10;
        ulong result = 0;
        value = 0;
        foreach (char item in text)
        {
            uint digit = (uint)item - '0';
            if (digit > 9 || result > MultiplyLimit)
                return false;
            result = result * 10 + digit;
            if (result < digit)
                return false;
        }
        value = result;
        return true;
    }

    // Letters of the word are lower case; only ASCII letters fold onto them.
    private static bool IsWord(ReadOnlySpan<char> text, string word)
    {
        if (text.Length != word.Length)
            return false;
        for (int i = 0; i < word.Length; i++)
        {
            char item = text[i];
            if (item is >= 'A' and <= 'Z')
                item |= (char)0x20;
            if (item != word[i])
                return false;
        }
        return true;
    }

    private static T FromKey<T>(ulong key) where T : struct
    {
        if (typeof(T) == typeof(byte))
            return Cast((byte)(key <= byte.MaxValue ? key : 0));
        if (typeof(T) == typeof(ushort))
            return Cast((ushort)(key <= ushort.MaxValue ? key : 0));
        if (typeof(T) == typeof(uint))
            return Cast((uint)(key <= uint.MaxValue ? key : 0));
        if (typeof(T) == typeof(ulong))
            return Cast(key);
        throw new NotSupportedException($"Keys are of type byte, ushort, uint or ulong; {typeof(T)} is none of them.");

        static T Cast<TKey>(TKey value) where TKey : struct => Unsafe.As<TKey, T>(ref value);
    }

    private static class Default<T>
    {
        public static readonly Delegate Instance = Make(typeof(T));

        private static Delegate Make(Type type) => Type.GetTypeCode(type) switch
        {
            TypeCode.SByte => new TextParser<sbyte>(TryParse),
            TypeCode.Byte => new TextParser<byte>(TryParse),
            TypeCode.Int16 => new TextParser<short>(TryParse),
            TypeCode.UInt16 => new TextParser<ushort>(TryParse),
            TypeCode.Int32 => new TextParser<int>(TryParse),
            TypeCode.UInt32 => new TextParser<uint>(TryParse),
            TypeCode.Int64 => new TextParser<long>(TryParse),
            TypeCode.UInt64 => new TextParser<ulong>(TryParse),
            TypeCode.Single => new TextParser<float>((ReadOnlySpan<char> text, out float value) => TryParse(text, out value)),
            TypeCode.Double => new TextParser<double>((ReadOnlySpan<char> text, out double value) => TryParse(text, out value)),
            TypeCode.Boolean => new TextParser<bool>(TryParse),
            TypeCode.DateTime => new TextParser<DateTime>(TryParse),
            _ when type == typeof(TimeSpan) => new TextParser<TimeSpan>(TryParse),
            _ when type == typeof(DateTimeOffset) => new TextParser<DateTimeOffset>(TryParse),
            _ => null,
        };
    }
}
