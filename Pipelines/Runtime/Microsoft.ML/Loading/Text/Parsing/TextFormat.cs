using System.Buffers;
using System.Text;
using Microsoft.ML.Internal;

namespace Microsoft.ML.Data;

/// <summary>How lines of text are split into fields, and fields are read.</summary>
internal sealed class TextFormat
{
    private readonly byte[][] _longSeparators;
    private readonly byte[] _separatorKinds = new byte[256];

    public TextFormat(char[] separators)
    {
        Separators = separators;
        var long8 = new List<byte[]>();
        foreach (char separator in separators)
        {
            var bytes = Encoding.UTF8.GetBytes([separator]);
            _separatorKinds[bytes[0]] = (byte)(bytes.Length == 1 ? 1 : 2);
            if (bytes.Length > 1)
                long8.Add(bytes);
        }
        _longSeparators = [.. long8];
        FieldEnd = SearchValues.Create(separators.Select(separator => Encoding.UTF8.GetBytes([separator])[0]).ToArray());
        SpaceSeparates = separators.Contains(' ');
    }

    public char[] Separators { get; }

    public bool SpaceSeparates { get; }

    /// <summary>The first bytes of separators; where one has several, see <see cref="SeparatorLength"/>.</summary>
    public SearchValues<byte> FieldEnd { get; }

    public bool AllowQuoting { get; init; }

    public bool AllowSparse { get; init; }

    public bool TrimWhitespace { get; init; }

    public bool ReadMultilines { get; init; }

    public bool HasHeader { get; init; }

    public bool MissingRealsAsNaNs { get; init; }

    public char EscapeChar { get; init; } = TextLoader.Defaults.EscapeChar;

    public char DecimalMarker { get; init; } = TextLoader.Defaults.DecimalMarker;

    /// <summary>The number of columns of the file, 0 for unknown.</summary>
    public int InputSize { get; init; }

    public FloatParseOptions FloatOptions =>
        (DecimalMarker == ',' ? FloatParseOptions.CommaAsDecimalMarker : 0)
        | (MissingRealsAsNaNs ? FloatParseOptions.EmptyAsMissing : 0);

    /// <summary>Whether the separator search over 64 bytes at a time suffices to split lines.</summary>
    public bool IsPlain =>
        !AllowSparse && !TrimWhitespace && Separators.Length <= 2 && _longSeparators.Length == 0 && char.IsAscii(EscapeChar);

    /// <summary>The number of bytes of the separator at <paramref name="index"/>, 0 where there is none.</summary>
    public int SeparatorLength(ReadOnlySpan<byte> line, int index)
    {
        int kind = _separatorKinds[line[index]];
        if (kind < 2)
            return kind;
        foreach (var separator in _longSeparators)
        {
            if (line[index..].StartsWith(separator))
                return separator.Length;
        }
        return 0;
    }

    /// <summary>The index of the first separator from <paramref name="start"/> on, or the length of <paramref name="line"/>.</summary>
    public int IndexOfSeparator(ReadOnlySpan<byte> line, int start)
    {
        for (int i = start; i < line.Length; i++)
        {
            int found = line[i..].IndexOfAny(FieldEnd);
            if (found < 0)
                break;
            i += found;
            if (SeparatorLength(line, i) > 0)
                return i;
        }
        return line.Length;
    }
}

/// <summary>Where a field lies within the bytes of a block.</summary>
internal readonly record struct FieldRange(int Start, int Length);
