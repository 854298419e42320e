using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows of a source of text, as a <see cref="TextLoader"/> reads them.</summary>
internal sealed class TextLoaderView(IHost host, TextFormat format, TextBindings bindings, bool useThreads, long maxRows, IMultiStreamSource source) : IDataView
{
    public DataViewSchema Schema => bindings.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        int helpers = useThreads ? Math.Clamp(Environment.ProcessorCount - 1, 1, 7) : 0;
        var feed = new OrderedFeed(new Utf8BlockReader(format, source), () => new TextBlock(format, bindings.Columns, active), helpers);
        return new TextLoaderCursor(host, Schema, active, feed, new ParseReport(host, 1), maxRows, isOneOfSet: false);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        // A limit on the rows holds over all cursors, which only a single one can observe.
        int count = useThreads && maxRows == long.MaxValue ? Math.Min(n, Environment.ProcessorCount) : 1;
        if (count <= 1)
            return [GetRowCursor(columnsNeeded, rand)];
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        var shared = new SharedBlocks(new Utf8BlockReader(format, source), count);
        var report = new ParseReport(host, count);
        var cursors = new DataViewRowCursor[count];
        for (int i = 0; i < count; i++)
        {
            var feed = new SharedFeed(shared, new TextBlock(format, bindings.Columns, active));
            cursors[i] = new TextLoaderCursor(host, Schema, active, feed, report, maxRows, isOneOfSet: true);
        }
        return cursors;
    }
}
