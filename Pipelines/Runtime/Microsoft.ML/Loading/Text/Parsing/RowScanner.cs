namespace Microsoft.ML.Data;

/// <summary>Finds where rows end in text whose quoted values may hold line breaks.</summary>
internal static class RowScanner
{
    /// <summary>
    /// The length, with its line break, of the row at the start of <paramref name="text"/>; -1 where it does not end in
    /// it. <paramref name="isOpen"/> then tells whether a quote is.
    /// </summary>
    public static int RowLength(TextFormat format, ReadOnlySpan<byte> text, out int contentLength, out bool isOpen)
    {
        isOpen = false;
        int stop = text.IndexOfAny((byte)'\n', (byte)'\r', (byte)'"');
        if (stop < 0 || text[stop] != '"' || !format.ReadMultilines || text.StartsWith("//"u8))
        {
            if (stop >= 0 && text[stop] == '"')
            {
                int rest = text[stop..].IndexOfAny((byte)'\n', (byte)'\r');
                stop = rest < 0 ? -1 : stop + rest;
            }
            return AfterBreak(text, contentLength = stop);
        }
        int i = 0;
        while (true)
        {
            // A quote opens a value only at the start of the field.
            i = SkipPrefix(format, text, i);
            if (i < text.Length && text[i] == '"')
            {
                i = AfterQuotes(format, text, i + 1);
                if (i < 0)
                {
                    isOpen = true;
                    contentLength = -1;
                    return -1;
                }
            }
            for (; i < text.Length && text[i] is not ((byte)'\n' or (byte)'\r'); i++)
            {
                int length = format.SeparatorLength(text, i);
                if (length == 0)
                    continue;
                i += length;
                goto NextField;
            }
            return AfterBreak(text, contentLength = i < text.Length ? i : -1);
        NextField:;
        }
    }

    /// <summary>The index after leading spaces and, in sparse text, after <c>index:</c>.</summary>
    private static int SkipPrefix(TextFormat format, ReadOnlySpan<byte> text, int i)
    {
        i = SkipSpaces(format, text, i);
        if (!format.AllowSparse)
            return i;
        int digits = i;
        while (digits < text.Length && digits - i < 9 && char.IsAsciiDigit((char)text[digits]))
            digits++;
        return digits > i && digits < text.Length && text[digits] == ':' ? SkipSpaces(format, text, digits + 1) : i;
    }

    private static int SkipSpaces(TextFormat format, ReadOnlySpan<byte> text, int i)
    {
        if (!format.SpaceSeparates)
        {
            while (i < text.Length && text[i] == ' ')
                i++;
        }
        return i;
    }

    private static int AfterQuotes(TextFormat format, ReadOnlySpan<byte> text, int start)
    {
        for (int i = start; ; i++)
        {
            int quote = text[i..].IndexOf((byte)'"');
            if (quote < 0)
                return -1;
            i += quote;
            if (format.EscapeChar != '"')
            {
                if (!QuoteRules.IsEscaped(format, text, start, i))
                    return i + 1;
            }
            else if (i + 1 < text.Length && text[i + 1] == '"')
            {
                i++;
            }
            else
            {
                return i + 1;
            }
        }
    }

    // A carriage return at the very end may be the first half of a line break.
    private static int AfterBreak(ReadOnlySpan<byte> text, int index)
    {
        if (index < 0)
            return -1;
        if (text[index] == '\n')
            return index + 1;
        if (index + 1 == text.Length)
            return -1;
        return text[index + 1] == '\n' ? index + 2 : index + 1;
    }
}

/// <summary>What a quote and an escape character mean within a quoted value.</summary>
internal static class QuoteRules
{
    /// <summary>Whether an escape character other than the quote stands before the quote at <paramref name="quote"/>.</summary>
    public static bool IsEscaped(TextFormat format, ReadOnlySpan<byte> text, int start, int quote)
    {
        if (char.IsAscii(format.EscapeChar))
            return quote > start && text[quote - 1] == format.EscapeChar;
        Span<byte> escape = stackalloc byte[3];
        escape = escape[..System.Text.Encoding.UTF8.GetBytes([format.EscapeChar], escape)];
        return text[start..quote].EndsWith(escape);
    }

    /// <summary>
    /// Removes, in place, the escapes within a quoted value and makes each line break in it a line feed.
    /// The new length is returned.
    /// </summary>
    public static int Unescape(TextFormat format, Span<byte> value)
    {
        bool escapeIsQuote = format.EscapeChar == '"';
        int written = 0;
        for (int i = 0; i < value.Length; i++)
        {
            byte item = value[i];
            if (item == '"')
            {
                if (escapeIsQuote)
                    i++;
                else if (IsEscaped(format, value, 0, i))
                    written -= System.Text.Encoding.UTF8.GetByteCount([format.EscapeChar]);
            }
            else if (item == '\r' && format.ReadMultilines)
            {
                item = (byte)'\n';
                if (i + 1 < value.Length && value[i + 1] == '\n')
                    i++;
            }
            value[written++] = item;
        }
        return written;
    }
}
