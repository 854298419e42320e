using System.Globalization;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The settings of the loader that a text file may hold in lines before its first row, each after <c>#@</c>.</summary>
internal static class EmbeddedSchema
{
    public const string Prefix = "#@";

    private const string LoaderName = "TextLoader";

    /// <summary>The settings in the first file of a source, or null where it has none or <paramref name="options"/> leave no room for them.</summary>
    public static TextLoader.Options Find(IHost host, IMultiStreamSource source, TextLoader.Options options)
    {
        string text = Read(source);
        if (string.IsNullOrWhiteSpace(text))
            return null;
        using var channel = host.Start("Parsing options from file");
        if (!HasDefaultFormat(options))
        {
            channel.Warning(MessageSensitivity.None, "Arguments cannot be embedded in the file and in the command line. The embedded arguments will be ignored");
            return null;
        }
        var embedded = Parse(text) ?? throw Contracts.Except("TextLoader options embedded in the file are invalid");
        embedded.UseThreads = options.UseThreads;
        embedded.HeaderFile = options.HeaderFile;
        embedded.MaxRows = options.MaxRows;
        return embedded;
    }

    private static bool HasDefaultFormat(TextLoader.Options options)
    {
        var defaults = new TextLoader.Options();
        return options.AllowQuoting == defaults.AllowQuoting
            && options.AllowSparse == defaults.AllowSparse
            && options.InputSize == defaults.InputSize
            && options.Separators.AsSpan().SequenceEqual(defaults.Separators)
            && options.DecimalMarker == defaults.DecimalMarker
            && options.TrimWhitespace == defaults.TrimWhitespace
            && options.HasHeader == defaults.HasHeader
            && options.ReadMultilines == defaults.ReadMultilines
            && options.EscapeChar == defaults.EscapeChar
            && options.MissingRealsAsNaNs == defaults.MissingRealsAsNaNs;
    }

    private static string Read(IMultiStreamSource source)
    {
        if (source.Count == 0)
            return null;
        var text = new StringBuilder();
        using var reader = source.OpenTextReader(0);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal))
                continue;
            if (line[0] != '#')
                break;
            if (line.StartsWith(Prefix, StringComparison.Ordinal))
                text.Append(text.Length == 0 ? "" : " ").Append(line.AsSpan(Prefix.Length).Trim());
        }
        return text.ToString();
    }

    private static TextLoader.Options Parse(string text)
    {
        if (SettingsText.Parse(text) is not [var (name, value)] || name is not (LoaderName or "Text") || SettingsText.Parse(value) is not { } settings)
            return null;
        var options = new TextLoader.Options();
        var columns = new List<TextLoader.Column>();
        foreach (var (key, setting) in settings)
        {
            bool isKnown = key.ToUpperInvariant() switch
            {
                "ALLOWQUOTING" or "QUOTE" => TryParseSwitch(setting, out options.AllowQuoting),
                "ALLOWSPARSE" or "SPARSE" => TryParseSwitch(setting, out options.AllowSparse),
                "TRIMWHITESPACE" or "TRIM" => TryParseSwitch(setting, out options.TrimWhitespace),
                "HASHEADER" or "HEADER" => TryParseSwitch(setting, out options.HasHeader),
                "READMULTILINES" or "MULTILINES" => TryParseSwitch(setting, out options.ReadMultilines),
                "MISSINGREALSASNANS" or "IMPUTEFLOAT" => TryParseSwitch(setting, out options.MissingRealsAsNaNs),
                "INPUTSIZE" or "SIZE" => TryParseSize(setting, options),
                "SEPARATOR" or "SEP" => TryParseSeparators(setting, out options.Separators),
                "DECIMALMARKER" or "DECIMAL" => TryParseChar(setting, out options.DecimalMarker),
                "ESCAPECHAR" => TryParseChar(setting, out options.EscapeChar),
                "COLUMN" or "COLUMNS" or "COL" => TryAddColumn(setting, columns),
                _ => false,
            };
            if (!isKnown)
                return null;
        }
        options.Columns = [.. columns];
        return columns.Count > 0 ? options : null;
    }

    private static bool TryParseSwitch(string text, out bool value)
    {
        value = text is "+" || text.Equals("true", StringComparison.OrdinalIgnoreCase);
        return value || text is "-" || text.Equals("false", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryParseChar(string text, out char value)
    {
        value = text.Length == 1 ? text[0] : '\0';
        return text.Length == 1;
    }

    private static bool TryParseSize(string text, TextLoader.Options options)
    {
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size);
        options.InputSize = size;
        return isNumber;
    }

    private static bool TryParseSeparators(string text, out char[] separators)
    {
        var names = text == "," ? [text] : text.Split(',', StringSplitOptions.RemoveEmptyEntries);
        separators = Array.ConvertAll(names, SeparatorNames.Parse);
        return separators.Length > 0 && !separators.Contains('\0');
    }

    private static bool TryAddColumn(string text, List<TextLoader.Column> columns)
    {
        var column = ColumnText.Parse(text);
        columns.Add(column);
        return column != null;
    }
}

/// <summary>The names of separators in settings.</summary>
internal static class SeparatorNames
{
    private static readonly (char Separator, string Name)[] Known = [(' ', "space"), ('\t', "tab"), (',', "comma"), (':', "colon"), (';', "semicolon"), ('|', "bar")];

    /// <summary>The separator of a name or of itself, NUL where there is none.</summary>
    public static char Parse(string name)
    {
        if (name.Length == 1)
            return name[0];
        return Array.Find(Known, known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Separator;
    }

    public static string ToName(char separator) =>
        separator == ':' ? ":" : Array.Find(Known, known => known.Separator == separator).Name ?? separator.ToString();
}
