using System.Globalization;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>
/// Settings as text: <c>name=value</c>, <c>name+</c> and <c>name-</c> with spaces between them; values that hold spaces or
/// settings of their own are in braces.
/// </summary>
internal static class SettingsText
{
    /// <summary>The name and value of each setting, <c>+</c> or <c>-</c> for a switch; null where the text is malformed.</summary>
    public static List<(string Name, string Value)> Parse(string text)
    {
        var settings = new List<(string, string)>();
        int i = 0;
        while (SkipSpaces(text, ref i))
        {
            int start = i;
            while (i < text.Length && text[i] != '=' && text[i] != '{' && !char.IsWhiteSpace(text[i]))
                i++;
            string name = text[start..i];
            if (name.Length == 0)
                return null;
            SkipSpaces(text, ref i);
            if (i < text.Length && text[i] == '=')
            {
                i++;
                SkipSpaces(text, ref i);
                if (ReadValue(text, ref i) is not { } value)
                    return null;
                settings.Add((name, value));
            }
            else if (i < text.Length && text[i] == '{')
            {
                if (ReadValue(text, ref i) is not { } value)
                    return null;
                settings.Add((name, value));
            }
            else if (name[^1] is '+' or '-')
            {
                settings.Add((name[..^1], name[^1..]));
            }
            else
            {
                return null;
            }
        }
        return settings;
    }

    /// <summary>Appends a value, in braces or quotes where it needs them.</summary>
    public static void AppendValue(StringBuilder text, string value)
    {
        if (!NeedsQuotes(value))
            text.Append(value);
        else if (!value.AsSpan().ContainsAny('{', '}', '\\'))
            text.Append('{').Append(value).Append('}');
        else
            text.Append('"').Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
    }

    public static bool NeedsQuotes(string value) =>
        value.Length == 0 || value.AsSpan().ContainsAny("{}\"=\\#") || value.Any(char.IsWhiteSpace);

    private static bool SkipSpaces(string text, ref int i)
    {
        while (i < text.Length && char.IsWhiteSpace(text[i]))
            i++;
        return i < text.Length;
    }

    private static string ReadValue(string text, ref int i)
    {
        if (i == text.Length)
            return null;
        if (text[i] == '"')
            return ReadQuoted(text, ref i);
        int start = i;
        if (text[i] != '{')
        {
            while (i < text.Length && !char.IsWhiteSpace(text[i]))
                i++;
            return text[start..i];
        }
        int depth = 0;
        do
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            i++;
        }
        while (depth > 0 && i < text.Length);
        return depth == 0 ? text[(start + 1)..(i - 1)].Trim() : null;
    }

    private static string ReadQuoted(string text, ref int i)
    {
        var value = new StringBuilder();
        for (i++; i < text.Length && text[i] != '"'; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            value.Append(text[i]);
        }
        return i++ < text.Length ? value.ToString() : null;
    }
}

/// <summary>Columns of a text loader as text: <c>name:kind:ranges</c>, as in <c>Features:R4:1-17,26,35-*</c>.</summary>
internal static class ColumnText
{
    public static TextLoader.Column Parse(string text)
    {
        if (text.Contains('=', StringComparison.Ordinal))
            return ParseSettings(text);
        var parts = text.Split(':');
        if (parts.Length is < 2 or > 3 || string.IsNullOrWhiteSpace(parts[0]))
            return null;
        var column = new TextLoader.Column { Name = parts[0] };
        if (parts.Length == 3 && !TryParseKind(parts[1], column))
            return null;
        return TryParseRanges(parts[^1], column) ? column : null;
    }

    private static TextLoader.Column ParseSettings(string text)
    {
        if (SettingsText.Parse(text) is not { } settings)
            return null;
        var column = new TextLoader.Column();
        var ranges = new List<TextLoader.Range>();
        foreach (var (name, value) in settings)
        {
            switch (name.ToUpperInvariant())
            {
                case "NAME":
                    column.Name = value;
                    break;
                case "TYPE":
                    if (!TryParseKind(value, column))
                        return null;
                    break;
                case "KEYCOUNT" or "KEY":
                    if ((column.KeyCount = ParseKeyCount(value)) == null)
                        return null;
                    break;
                case "SOURCE" or "SRC":
                    if (!TryParseRanges(value, column))
                        return null;
                    ranges.AddRange(column.Source);
                    break;
                default:
                    return null;
            }
        }
        column.Source = [.. ranges];
        return column.Name == null ? null : column;
    }

    /// <summary>Appends a column of the given type, whose first value is column <paramref name="start"/> of the file, -1 where that is not known.</summary>
    public static void Append(StringBuilder text, string name, DataViewType type, int start)
    {
        var itemType = type.ItemTypeOrSelf();
        string kind = DataKinds.TryGet(itemType.RawType, out var known) ? known.ToShortName() : "UG";
        var key = itemType as KeyDataViewType;
        string range = type switch
        {
            VectorDataViewType { IsKnownSize: true } vector => string.Create(CultureInfo.InvariantCulture, $"{start}-{start + vector.Size - 1}"),
            VectorDataViewType => string.Create(CultureInfo.InvariantCulture, $"{start}-**"),
            _ => start.ToString(CultureInfo.InvariantCulture),
        };
        if (!SettingsText.NeedsQuotes(name) && !name.Contains(':', StringComparison.Ordinal))
        {
            text.Append(name).Append(':').Append(kind);
            if (key != null)
                text.Append('[').Append(key.Count).Append(']');
            text.Append(':').Append(range);
            return;
        }
        text.Append("{name=");
        SettingsText.AppendValue(text, name);
        text.Append(" type=").Append(kind).Append(" src=").Append(range);
        if (key != null)
            text.Append(" key=").Append(key.Count);
        text.Append('}');
    }

    private static bool TryParseKind(string text, TextLoader.Column column)
    {
        int bracket = text.IndexOf('[', StringComparison.Ordinal);
        if (bracket >= 0)
        {
            if (text[^1] != ']' || (column.KeyCount = ParseKeyCount(text[(bracket + 1)..^1])) == null)
                return false;
            text = text[..bracket];
            if (text.Length == 0)
                return true;
        }
        if (!DataKinds.TryParse(text, out var kind))
            return false;
        column.DataKind = kind;
        return true;
    }

    // Empty is without limit; older files hold the range 0-max.
    private static KeyCount ParseKeyCount(string text)
    {
        if (text.Length == 0)
            return new KeyCount();
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash >= 0)
        {
            if (text[..dash] != "0")
                return null;
            text = text[(dash + 1)..];
            if (text is "" or "*")
                return new KeyCount();
        }
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong count))
            return null;
        count += dash >= 0 ? 1UL : 0;
        return count == 0 ? null : new KeyCount(count);
    }

    private static bool TryParseRanges(string text, TextLoader.Column column)
    {
        var ranges = Array.ConvertAll(text.Split(','), ParseRange);
        column.Source = ranges;
        return !ranges.Contains(null);
    }

    private static TextLoader.Range ParseRange(string text)
    {
        int dash = text.AsSpan().IndexOfAny('-', '~');
        if (dash < 0)
            return TryParseIndex(text, out int index) ? new TextLoader.Range { Min = index, Max = index } : null;
        var range = new TextLoader.Range { AllOther = text[dash] == '~', ForceVector = true };
        if (dash == 0 ? !range.AllOther : !TryParseIndex(text[..dash], out range.Min))
            return null;
        string end = text[(dash + 1)..];
        if (end is "" or "*")
            range.AutoEnd = true;
        else if (end == "**")
            range.VariableEnd = true;
        else if (TryParseIndex(end, out int max))
            range.Max = max;
        else
            return null;
        return range;
    }

    private static bool TryParseIndex(string text, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
