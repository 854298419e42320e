using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes data in blocks of rows by column, with its schema and annotations.</summary>
internal sealed class BinarySaver(IHostEnvironment env)
{
    private readonly IHost _host = env.Register("BinarySaver");

    public static bool CanSave(DataViewType type) => ValueCodecs.CanWrite(type);

    public void Save(IDataView data, IReadOnlyList<DataViewSchema.Column> columns, Stream stream)
    {
        using var channel = _host.Start("Saving");
        var schema = new DataViewSchema.Builder();
        schema.AddColumns(columns);
        BinaryBlocks.WriteHeader(stream, schema.ToSchema());
        using var cursor = data.GetRowCursor(columns);
        var blocks = columns.Select(column => BinaryColumn.Create(column.Type)).ToArray();
        var adders = blocks.Zip(columns, (block, column) => block.Adder(cursor, column)).ToArray();
        long rowCount = 0;
        int blockRows = 0;
        while (cursor.MoveNext())
        {
            foreach (var add in adders)
                add();
            rowCount++;
            if (++blockRows == BinaryBlocks.MaxRows || ByteCount(blocks) >= BinaryBlocks.MaxBytes)
            {
                WriteBlock(stream, blocks, blockRows);
                blockRows = 0;
                _host.CheckAlive();
            }
        }
        if (blockRows > 0)
            WriteBlock(stream, blocks, blockRows);
        BinaryBlocks.WriteEnd(stream, rowCount);
        channel.Info(MessageSensitivity.None, $"Wrote {rowCount} rows across {columns.Count} columns");
    }

    private static long ByteCount(BinaryColumn[] columns)
    {
        long count = 0;
        foreach (var column in columns)
            count += column.ByteCount;
        return count;
    }

    private static void WriteBlock(Stream stream, BinaryColumn[] columns, int rowCount)
    {
        BinaryBlocks.WriteInt32(stream, rowCount);
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer, Encoding.UTF8);
        foreach (var column in columns)
        {
            buffer.SetLength(0);
            column.Write(writer);
            writer.Flush();
            BinaryBlocks.WritePart(stream, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
            column.Clear();
        }
    }
}
