using System.Text;

namespace Microsoft.ML.AutoML;

/// <summary>How the lines of a file are split into columns, and the first of them split so.</summary>
internal sealed class TextSplit
{
    private const int MostLines = 10_000;
    private const double LeastAgreement = 0.8;

    private static readonly char[] Separators = ['\t', ',', ' ', ';'];

    private TextSplit(char separator, bool allowQuoting, List<string[]> rows, int columns, double agreement) =>
        (Separator, AllowQuoting, Rows, Columns, Agreement) = (separator, allowQuoting, rows, columns, agreement);

    public char Separator { get; }

    public bool AllowQuoting { get; }

    /// <summary>The rows that have <see cref="Columns"/> columns.</summary>
    public List<string[]> Rows { get; }

    public int Columns { get; }

    private double Agreement { get; }

    /// <summary>Splits by each separator, with quotes where values begin with them, and takes the way in which the lines agree best on a number of columns.</summary>
    /// <exception cref="InferenceException">No way splits at least four fifths of the lines into the same number of columns, two or more.</exception>
    public static TextSplit Infer(string path, char? separator, bool? allowQuoting)
    {
        string[] lines = [.. File.ReadLines(path).Where(line => line.Length > 0).Take(MostLines)];
        if (lines.Length < 2)
            throw new InferenceException(InferenceExceptionType.ColumnDataType, $"Unable to infer column types of the file provided: '{path}' has {lines.Length} lines; it needs two at least, of which the first may be a header.");
        TextSplit best = null;
        foreach (char candidate in separator is { } given ? [given] : Separators)
        {
            foreach (bool quoted in allowQuoting is { } wanted ? [wanted] : new[] { true, false })
            {
                var split = Split(lines, candidate, quoted);
                if (best is null || split.Agreement > best.Agreement + 1e-9)
                    best = split;
            }
        }
        bool isOneColumn = best.Columns < 2 && separator is null;
        return best.Agreement >= LeastAgreement && !isOneColumn
            ? best
            : throw new InferenceException(
                InferenceExceptionType.ColumnSplit,
                $"Unable to split the file provided into multiple, consistent columns: of {lines.Length} lines of '{path}' at most {best.Agreement:P0} have the same number of columns ({best.Columns}). Give the separator, or repair the lines.");
    }

    private static TextSplit Split(string[] lines, char separator, bool quoted)
    {
        var rows = new List<string[]>();
        foreach (string line in lines)
        {
            if (Fields(line, separator, quoted) is { } fields)
                rows.Add(fields);
        }
        var commonest = rows.Where(row => row.Length > 1).GroupBy(row => row.Length).MaxBy(group => group.Count()) ?? rows.GroupBy(row => row.Length).MaxBy(group => group.Count());
        return commonest is null
            ? new TextSplit(separator, quoted, [], 0, 0)
            : new TextSplit(separator, quoted, [.. commonest], commonest.Key, commonest.Key == 1 ? 1e-3 : (double)commonest.Count() / lines.Length);
    }

    /// <summary>The values of a line; null where a quote is not closed.</summary>
    private static string[] Fields(string line, char separator, bool quoted)
    {
        if (!quoted || !line.Contains('"'))
            return line.Split(separator);
        var fields = new List<string>();
        var field = new StringBuilder();
        int at = 0;
        while (true)
        {
            field.Clear();
            if (at < line.Length && line[at] == '"')
            {
                at++;
                while (true)
                {
                    int end = line.IndexOf('"', at);
                    if (end < 0)
                        return null;
                    field.Append(line, at, end - at);
                    at = end + 1;
                    if (at == line.Length || line[at] != '"')
                        break;
                    field.Append('"');
                    at++;
                }
            }
            int next = line.IndexOf(separator, at);
            field.Append(line, at, (next < 0 ? line.Length : next) - at);
            fields.Add(field.ToString());
            if (next < 0)
                return [.. fields];
            at = next + 1;
        }
    }
}
