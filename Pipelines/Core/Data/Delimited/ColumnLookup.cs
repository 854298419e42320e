namespace MLPipelines.Data;

/// <summary>Finds columns by name, and says what to do about those that are not there.</summary>
internal static class ColumnLookup
{
    public const int Missing = -1;

    /// <summary>The index of a column: an exact match, else the only one that differs in case or outer blanks, else <see cref="Missing"/>.</summary>
    public static int Find(string[] header, string column)
    {
        int exact = Array.IndexOf(header, column);
        if (exact >= 0)
            return exact;
        int found = Missing;
        for (int i = 0; i < header.Length; i++)
        {
            if (!header[i].Trim().Equals(column.Trim(), StringComparison.OrdinalIgnoreCase))
                continue;
            if (found >= 0)
                return Missing;
            found = i;
        }
        return found;
    }

    /// <summary>The index of a column that must exist; reports a fatal problem, and gives <see cref="Missing"/> if that returns.</summary>
    public static int Require(DelimitedParser parser, string column)
    {
        int index = Find(parser.Header, column);
        if (index == Missing)
            parser.Sink.ReportFatal(new TextPosition(1, 1, 0), column, MissingReason(parser, column));
        else if (Array.IndexOf(parser.Header, parser.Header[index], index + 1) >= 0)
            parser.Sink.ReportFatal(new TextPosition(1, 1, 0), column, $"the header names the column '{column}' more than once; rename or remove one");
        else
            return index;
        return Missing;
    }

    private static string MissingReason(DelimitedParser parser, string column)
    {
        string[] header = parser.Header;
        string columns = string.Join(", ", header.Take(40).Select(name => $"'{Utf8Text.Excerpt(name)}'"));
        if (header.Length > 40)
            columns += ", …";
        string reason = $"there is no column '{column}'; the header has {header.Length} column{(header.Length == 1 ? "" : "s")}: {columns}.";
        return header.Length == 1 && SeparatorSniffer.Alternative(header[0], (byte)parser.Separator) is { } other
            ? $"{reason} The separator is {Name(parser.Separator)}; did you mean {Name(other)}?"
            : reason + NearMiss.Hint(column, header);
    }

    private static string Name(char separator) => separator == '\t' ? "a tab" : $"'{separator}'";
}
