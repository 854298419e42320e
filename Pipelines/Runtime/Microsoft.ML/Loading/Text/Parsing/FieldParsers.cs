using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Internal;

namespace Microsoft.ML.Data;

/// <summary>
/// Reads the UTF-8 of a field, with the results of <see cref="Parser"/>: the common forms straight from the bytes,
/// all others by way of characters.
/// </summary>
internal interface IFieldParser<T>
{
    /// <summary>False where the field holds no such value; <paramref name="value"/> is then the default or NaN.</summary>
    bool TryParse(ReadOnlySpan<byte> field, out T value);
}

internal readonly struct SingleFieldParser(FloatParseOptions options) : IFieldParser<float>
{
    private readonly TextParser<float> _parser = Parser.Get<float>(options);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ReadOnlySpan<byte> field, out float value) =>
        FloatParser.TryParsePlain(field, out value, options) || CharParsing.TryParse(field, _parser, out value);
}

internal readonly struct DoubleFieldParser(FloatParseOptions options) : IFieldParser<double>
{
    private readonly TextParser<double> _parser = Parser.Get<double>(options);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ReadOnlySpan<byte> field, out double value) =>
        FloatParser.TryParsePlain(field, out value, options) || CharParsing.TryParse(field, _parser, out value);
}

internal readonly struct IntegerFieldParser<T>() : IFieldParser<T> where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    private readonly TextParser<T> _parser = Parser.Get<T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ReadOnlySpan<byte> field, out T value)
    {
        if (CharParsing.TryParseDigits(field, out long number) && (ulong)number <= ulong.CreateTruncating(T.MaxValue))
        {
            value = T.CreateTruncating(number);
            return true;
        }
        return CharParsing.TryParse(field, _parser, out value);
    }
}

internal readonly struct KeyFieldParser<T>(ulong count) : IFieldParser<T> where T : struct, IBinaryInteger<T>
{
    private readonly TextParser<T> _parser = Parser.GetKey<T>(count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ReadOnlySpan<byte> field, out T value)
    {
        if (CharParsing.TryParseDigits(field, out long number) && (ulong)number < count)
        {
            value = T.CreateTruncating(number + 1);
            return true;
        }
        return CharParsing.TryParse(field, _parser, out value);
    }
}

internal readonly struct BooleanFieldParser : IFieldParser<bool>
{
    private static readonly TextParser<bool> s_parser = Parser.Get<bool>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ReadOnlySpan<byte> field, out bool value)
    {
        if (field.Length == 1 && field[0] is (byte)'0' or (byte)'1')
        {
            value = field[0] == '1';
            return true;
        }
        return CharParsing.TryParse(field, s_parser, out value);
    }
}

/// <summary>Times: rare enough to be read as characters.</summary>
internal readonly struct TimeFieldParser<T>() : IFieldParser<T>
{
    private readonly TextParser<T> _parser = Parser.Get<T>();

    public bool TryParse(ReadOnlySpan<byte> field, out T value) => CharParsing.TryParse(field, _parser, out value);
}

/// <summary>
/// Text, in slices of character arrays that are filled once and never written again, so that values may be kept.
/// </summary>
internal sealed class TextArena
{
    // Small enough for the small-object heap.
    private const int MaxChunkLength = 32 * 1024;
    private const int MinChunkLength = 1024;

    private char[] _chunk = [];
    private int _used;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlyMemory<char> Add(ReadOnlySpan<byte> field)
    {
        if (_chunk.Length - _used < field.Length)
        {
            int length = Math.Clamp(2 * _chunk.Length, MinChunkLength, MaxChunkLength);
            _chunk = GC.AllocateUninitializedArray<char>(Math.Max(length, field.Length));
            _used = 0;
        }
        int start = _used;
        _used += Encoding.UTF8.GetChars(field, _chunk.AsSpan(start));
        return new ReadOnlyMemory<char>(_chunk, start, _used - start);
    }
}

internal readonly struct TextFieldParser(TextArena arena) : IFieldParser<ReadOnlyMemory<char>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryParse(ReadOnlySpan<byte> field, out ReadOnlyMemory<char> value)
    {
        value = field.IsEmpty ? default : arena.Add(field);
        return true;
    }
}

internal static class CharParsing
{
    // No number of as many digits overflows.
    private const int MaxDigits = 18;

    /// <summary>Reads one to eighteen digits and nothing else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryParseDigits(ReadOnlySpan<byte> field, out long number)
    {
        number = 0;
        if ((uint)(field.Length - 1) >= MaxDigits)
            return false;
        ref byte first = ref MemoryMarshal.GetReference(field);
        for (int i = 0; i < field.Length; i++)
        {
            uint digit = (uint)Unsafe.Add(ref first, i) - '0';
            if (digit > 9)
                return false;
            number = number * 10 + digit;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryParse<T>(ReadOnlySpan<byte> field, TextParser<T> parser, out T value)
    {
        const int MaxOnStack = 256;
        char[] rented = field.Length > MaxOnStack ? ArrayPool<char>.Shared.Rent(field.Length) : null;
        Span<char> chars = rented ?? stackalloc char[MaxOnStack];
        int length = Encoding.UTF8.GetChars(field, chars);
        bool parsed = parser(chars[..length], out value);
        if (rented != null)
            ArrayPool<char>.Shared.Return(rented);
        return parsed;
    }
}
