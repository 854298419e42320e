using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes data as text: a comment with the settings of the loader that reads it again, a header, one line a row.</summary>
internal sealed class TextSaver
{
    private readonly IHost _host;
    private readonly char _separator;
    private readonly bool _headerRow;
    private readonly bool _schema;
    private readonly bool _forceDense;

    public TextSaver(IHostEnvironment env, char separator, bool headerRow, bool schema, bool forceDense)
    {
        _host = env.Register("TextSaver");
        Contracts.CheckUserArg(separator is ' ' or '\t' or ',' or ';' or '|', "Separator", $"Invalid separator '{separator}' - must be: space, tab, comma, semicolon, or bar");
        _separator = separator;
        _headerRow = headerRow;
        _schema = schema;
        _forceDense = forceDense;
    }

    public static bool CanSave(DataViewType type) => ValueCodecs.CanWrite(type);

    public void Save(IDataView data, IReadOnlyList<DataViewSchema.Column> columns, Stream stream)
    {
        using var channel = _host.Start("Saving");
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), bufferSize: 1 << 16, leaveOpen: true);
        using var cursor = data.GetRowCursor(columns);
        var writers = columns.Select(column => TextColumnWriter.Create(cursor, column, _separator)).ToArray();
        bool hasHeader = _headerRow && columns.Any(column => column.Type is not VectorDataViewType || AnnotationUtils.HasSlotNames(column, column.Type.VectorSize()));
        if (_schema)
            WriteSchema(writer, columns, hasHeader, channel);

        var line = new TextLine(_separator, writers.Length, _forceDense);
        if (hasHeader)
        {
            foreach (var column in writers)
                column.AddNames(line);
            line.WriteTo(writer, isFirst: true);
            writer.WriteLine();
        }
        long rows = 0;
        int min = int.MaxValue;
        int max = 0;
        while (cursor.MoveNext())
        {
            line.Clear();
            foreach (var column in writers)
                column.AddValue(line);
            line.WriteTo(writer, isFirst: rows == 0 && !hasHeader);
            writer.WriteLine();
            min = Math.Min(min, line.Length);
            max = Math.Max(max, line.Length);
            rows++;
        }
        Report(channel, rows, min, max);
    }

    private static void Report(IChannel channel, long rows, int min, int max)
    {
        if (rows == 0)
            channel.Warning(MessageSensitivity.None, "Wrote zero rows of data!");
        else if (min == max)
            channel.Info(MessageSensitivity.None, $"Wrote {rows} rows of length {min}");
        else
            channel.Info(MessageSensitivity.None, $"Wrote {rows} rows of lengths between {min} and {max}");
    }

    private void WriteSchema(TextWriter writer, IReadOnlyList<DataViewSchema.Column> columns, bool hasHeader, IChannel channel)
    {
        const string Indented = EmbeddedSchema.Prefix + "   ";
        writer.WriteLine(EmbeddedSchema.Prefix + " TextLoader{");
        if (hasHeader)
            writer.WriteLine(Indented + "header+");
        writer.WriteLine($"{Indented}sep={SeparatorNames.ToName(_separator)}");
        var text = new StringBuilder();
        // After a vector of variable length no column has a known place.
        int next = 0;
        foreach (var column in columns)
        {
            ColumnText.Append(text.Clear(), column.Name, column.Type, next);
            writer.WriteLine($"{Indented}col={text}");
            if (column.Type is VectorDataViewType { IsKnownSize: false } && column.Index != columns[^1].Index)
            {
                channel.Warning(MessageSensitivity.Schema, $"Column '{column.Name}' is variable length, so it must be the last, or the file will be unreadable. Consider switching to binary format or selecting the columns so that '{column.Name}' is the last.");
                next = -1;
            }
            if (next >= 0)
                next += column.Type.ValueCount();
        }
        writer.WriteLine(EmbeddedSchema.Prefix + " }");
    }
}
