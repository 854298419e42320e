using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace MLPipelines.Data;

/// <summary>Checks and excerpts of UTF-8 text.</summary>
internal static class Utf8Text
{
    private const int ExcerptLength = 60;

    public const string NulReason =
        "the text contains a NUL byte; the file is binary, damaged or UTF-16: save it as UTF-8 text";

    /// <summary>The offset of the first byte that is not UTF-8, or -1.</summary>
    public static int IndexOfInvalid(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
            return -1;
        int offset = 0;
        while (Rune.DecodeFromUtf8(text[offset..], out _, out int length) == OperationStatus.Done)
            offset += length;
        return offset;
    }

    public static string InvalidReason(byte found) => string.Create(
        CultureInfo.InvariantCulture,
        $"the byte 0x{found:X2} is not valid UTF-8 here; save the file as UTF-8 (it may be Latin-1 or Windows-1252)");

    /// <summary>
    /// The beginning of a value, safe to show on one line.
    /// </summary>
    public static string Excerpt(ReadOnlySpan<byte> value)
    {
        // Four bytes make at most two characters, so this always covers the excerpt.
        bool cut = value.Length > 4 * ExcerptLength;
        return Excerpt(Encoding.UTF8.GetString(cut ? value[..(4 * ExcerptLength)] : value), cut);
    }

    /// <inheritdoc cref="Excerpt(ReadOnlySpan{byte})"/>
    public static string Excerpt(string value, bool cut = false)
    {
        int length = Math.Min(value.Length, ExcerptLength);
        cut |= length < value.Length;
        if (cut && length > 0 && char.IsHighSurrogate(value[length - 1]))
            length--;
        var shown = new StringBuilder(length + 8);
        foreach (char c in value.AsSpan(0, length))
        {
            _ = c switch
            {
                '\n' => shown.Append("\\n"),
                '\r' => shown.Append("\\r"),
                '\t' => shown.Append("\\t"),
                _ when char.IsControl(c) => shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => shown.Append(c),
            };
        }
        return cut ? shown.Append('…').ToString() : shown.ToString();
    }
}
