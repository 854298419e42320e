using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace MLPipelines.Imaging;

/// <summary>Which characters a TrueType or OpenType font has glyphs for: its table "cmap" in the formats 4 and 12 (OpenType 1.9).</summary>
internal sealed class FontCoverage
{
    private static readonly ConcurrentDictionary<string, FontCoverage?> Known = new(StringComparer.Ordinal);

    private readonly byte[] _table;

    private FontCoverage(byte[] table) => _table = table;

    /// <summary>The characters of a text that a font has no glyph for; none where the font does not say which it has.</summary>
    public static IReadOnlyList<Rune> Missing(string font, string text) =>
        Known.GetOrAdd(font, Read) is not { } coverage ? [] : [.. text.EnumerateRunes().Where(IsSeen).Distinct().Where(rune => !coverage.Has((uint)rune.Value))];

    // What has no shape of its own, or only together with others.
    private static bool IsSeen(Rune rune) => !Rune.IsWhiteSpace(rune)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);

    private static FontCoverage? Read(string font)
    {
        try
        {
            byte[] file = File.ReadAllBytes(font);
            // A collection has several fonts, of which the first is drawn with.
            int start = file.AsSpan().StartsWith("ttcf"u8) ? (int)Whole(file, 12) : 0;
            for (int i = 0; i < Half(file, start + 4); i++)
            {
                int record = start + 12 + 16 * i;
                if (file.AsSpan(record, 4).SequenceEqual("cmap"u8))
                    return OfTable(file.AsSpan((int)Whole(file, record + 8), (int)Whole(file, record + 12)));
            }
            return null;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static FontCoverage? OfTable(ReadOnlySpan<byte> table)
    {
        FontCoverage? found = null;
        for (int i = 0; i < Half(table, 2); i++)
        {
            int record = 4 + 8 * i;
            var (platform, encoding) = (Half(table, record), Half(table, record + 2));
            if (!(platform == 0 || platform == 3 && encoding is 1 or 10))
                continue;
            var subtable = table[(int)Whole(table, record + 4)..];
            int format = Half(subtable, 0);
            if (format is 4 or 12 && (found == null || format == 12))
                found = new FontCoverage(subtable.ToArray());
        }
        return found;
    }

    private bool Has(uint character)
    {
        try
        {
            return Half(_table, 0) == 12 ? IsInGroups(character) : character <= ushort.MaxValue && IsInSegments((ushort)character);
        }
        catch (ArgumentOutOfRangeException)
        {
            return false;
        }
    }

    private bool IsInGroups(uint character)
    {
        uint groups = Whole(_table, 12);
        for (int i = 0; i < groups; i++)
        {
            int group = 16 + 12 * i;
            if (character <= Whole(_table, group + 4))
                return character >= Whole(_table, group);
        }
        return false;
    }

    private bool IsInSegments(ushort character)
    {
        int twice = Half(_table, 6), ends = 14, starts = ends + twice + 2, deltas = starts + twice, offsets = deltas + twice;
        for (int i = 0; i < twice; i += 2)
        {
            if (character > Half(_table, ends + i))
                continue;
            ushort start = Half(_table, starts + i), offset = Half(_table, offsets + i);
            if (character < start)
                return false;
            ushort glyph = offset == 0 ? character : Half(_table, offsets + i + offset + 2 * (character - start));
            return (offset != 0 && glyph == 0 ? 0 : (ushort)(glyph + Half(_table, deltas + i))) != 0;
        }
        return false;
    }

    private static ushort Half(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private static uint Whole(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
}
