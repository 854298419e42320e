using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Internal;

/// <summary>Writes a value at the start of <paramref name="destination"/> and returns the number of characters.</summary>
internal delegate int TextFormatter<T>(in T value, Span<char> destination);

/// <summary>
/// The two text forms of a value: the one of text files and key names (<see cref="Format(float, Span{char})"/>), from
/// which it can be read again and in which NaN is <c>?</c> and true is <c>1</c>, and the one of conversion to
/// the text type (<see cref="ToText(float)"/>), in which single precision has seven digits.
/// </summary>
internal static class Formatter
{
    /// <summary>No form of a value, other than of text, is longer.</summary>
    public const int MaxLength = 40;

    private static readonly CultureInfo s_culture = CultureInfo.InvariantCulture;

    /// <summary>The writer of the file form of <typeparamref name="T"/>, or null if that is not a kind with one. Text has none.</summary>
    public static TextFormatter<T> Get<T>() => (TextFormatter<T>)Instance<T>.Formatter;

    /// <summary>
    /// The writer of keys with <paramref name="count"/> values, from 0 as in text files. Nothing is written for a missing or
    /// illegal key.
    /// </summary>
    public static TextFormatter<T> GetKey<T>(ulong count)
    {
        var toUInt64 = Conversions.Get<T, ulong>();
        return (in T value, Span<char> destination) =>
        {
            ulong key = 0;
            toUInt64(in value, ref key);
            return key == 0 || key > count ? 0 : Format(key - 1, destination);
        };
    }

    public static int Format(long value, Span<char> destination) => Write(value, default, destination);

    public static int Format(ulong value, Span<char> destination) => Write(value, default, destination);

    public static int Format(float value, Span<char> destination) =>
        float.IsNaN(value) ? WriteMissing(destination) : Write(value, "R", destination);

    public static int Format(double value, Span<char> destination) =>
        double.IsNaN(value) ? WriteMissing(destination) : Write(value, "G17", destination);

    public static int Format(bool value, Span<char> destination)
    {
        destination[0] = value ? '1' : '0';
        return 1;
    }

    public static int Format(TimeSpan value, Span<char> destination) => Write(value, "c", destination);

    public static int Format(DateTime value, Span<char> destination) => Write(value, "o", destination);

    public static int Format(DateTimeOffset value, Span<char> destination) => Write(value, "o", destination);

    public static int Format(DataViewRowId value, Span<char> destination)
    {
        "0x".CopyTo(destination);
        int written = 2 + Write(value.High, "x16", destination[2..]);
        return written + Write(value.Low, "x16", destination[written..]);
    }

    public static ReadOnlyMemory<char> ToText(float value) => value.ToString("G7", s_culture).AsMemory();

    public static ReadOnlyMemory<char> ToText(double value) => value.ToString("G17", s_culture).AsMemory();

    public static ReadOnlyMemory<char> ToText(bool value) => (value ? bool.TrueString : bool.FalseString).AsMemory();

    /// <summary>The text of a kind whose two forms are the same.</summary>
    public static ReadOnlyMemory<char> ToText<T>(in T value)
    {
        Span<char> buffer = stackalloc char[MaxLength];
        return buffer[..Get<T>()(in value, buffer)].ToString().AsMemory();
    }

    private static int Write<T>(T value, ReadOnlySpan<char> format, Span<char> destination) where T : ISpanFormattable
    {
        if (!value.TryFormat(destination, out int written, format, s_culture))
            throw new ArgumentException($"The text of {value} does not fit in {destination.Length} characters; {MaxLength} hold any.", nameof(destination));
        return written;
    }

    private static int WriteMissing(Span<char> destination)
    {
        destination[0] = '?';
        return 1;
    }

    private static class Instance<T>
    {
        public static readonly Delegate Formatter = Make();

        private static Delegate Make() => Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.SByte => new TextFormatter<sbyte>((in value, destination) => Format(value, destination)),
            TypeCode.Int16 => new TextFormatter<short>((in value, destination) => Format(value, destination)),
            TypeCode.Int32 => new TextFormatter<int>((in value, destination) => Format(value, destination)),
            TypeCode.Int64 => new TextFormatter<long>((in value, destination) => Format(value, destination)),
            TypeCode.Byte => new TextFormatter<byte>((in value, destination) => Format((ulong)value, destination)),
            TypeCode.UInt16 => new TextFormatter<ushort>((in value, destination) => Format((ulong)value, destination)),
            TypeCode.UInt32 => new TextFormatter<uint>((in value, destination) => Format((ulong)value, destination)),
            TypeCode.UInt64 => new TextFormatter<ulong>((in value, destination) => Format(value, destination)),
            TypeCode.Single => new TextFormatter<float>((in value, destination) => Format(value, destination)),
            TypeCode.Double => new TextFormatter<double>((in value, destination) => Format(value, destination)),
            TypeCode.Boolean => new TextFormatter<bool>((in value, destination) => Format(value, destination)),
            TypeCode.DateTime => new TextFormatter<DateTime>((in value, destination) => Format(value, destination)),
            _ when typeof(T) == typeof(TimeSpan) => new TextFormatter<TimeSpan>((in value, destination) => Format(value, destination)),
            _ when typeof(T) == typeof(DateTimeOffset) => new TextFormatter<DateTimeOffset>((in value, destination) => Format(value, destination)),
            _ when typeof(T) == typeof(DataViewRowId) => new TextFormatter<DataViewRowId>((in value, destination) => Format(value, destination)),
            _ => null,
        };
    }
}
