using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The first lines of a source: header, schema, number of columns.</summary>
internal static class TextSample
{
    /// <summary>At most <paramref name="count"/> lines of the first file that has any, a header among them, comments and blank lines not.</summary>
    public static List<string> ReadLines(TextFormat format, IMultiStreamSource source, int count)
    {
        var lines = new List<string>();
        try
        {
            for (int file = 0; file < source.Count && lines.Count == 0; file++)
            {
                using var reader = source.OpenTextReader(file);
                for (string line; lines.Count < count && (line = reader.ReadLine()) != null;)
                {
                    if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal) || (lines.Count == 0 && line[0] == '#'))
                        continue;
                    if (format.ReadMultilines)
                        line = ReadRow(format, reader, line);
                    lines.Add(line);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Contracts.ExceptDecode(e, $"Stream reading encountered exception: {e.Message}");
        }
        return lines;
    }

    private static string ReadRow(TextFormat format, TextReader reader, string line)
    {
        while (true)
        {
            RowScanner.RowLength(format, Encoding.UTF8.GetBytes(line + "\n"), out _, out bool isOpen);
            if (!isOpen || reader.ReadLine() is not { } next)
                return line;
            line = line + "\n" + next;
        }
    }

    public static int CountColumns(TextFormat format, string line)
    {
        byte[] row = ToRow(format, line);
        return row.Length == 0 ? 0 : Splitter(format).Split(row, null).ColumnCount;
    }

    /// <summary>The texts of the fields of a line by column, without white space at their ends.</summary>
    public static SortedList<int, string> Split(TextFormat format, string line)
    {
        var fields = Splitter(format).Split(Encoding.UTF8.GetBytes(line), null);
        var texts = new SortedList<int, string>();
        for (int i = 0; i < fields.Ranges.Length; i++)
            texts[fields.Columns[i]] = Encoding.UTF8.GetString(fields.Bytes.Slice(fields.Ranges[i].Start, fields.Ranges[i].Length)).Trim();
        return texts;
    }

    private static RowSplitter Splitter(TextFormat format) => new(format, int.MaxValue - 1, new ParseLog());

    private static byte[] ToRow(TextFormat format, string line) =>
        Encoding.UTF8.GetBytes(format.TrimWhitespace ? line.TrimEnd() : line);
}
