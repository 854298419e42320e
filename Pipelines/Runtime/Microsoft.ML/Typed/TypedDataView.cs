using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Objects of a class as data: over a list with a known count and shuffling, over other sequences in one order.</summary>
internal sealed class TypedDataView<TRow> : IDataView where TRow : class
{
    private const int BlockRows = 256;

    private readonly IEnumerable<TRow> _data;
    private readonly IList<TRow> _list;
    private readonly RowSchema _rowSchema;

    private TypedDataView(IHostEnvironment env, string name, IEnumerable<TRow> data, RowSchema rowSchema)
    {
        env.Register(name);
        _data = data;
        _rowSchema = rowSchema;
        Schema = rowSchema.ToSchema();
    }

    private TypedDataView(IHostEnvironment env, IList<TRow> list, RowSchema rowSchema) : this(env, "ListDataView", list, rowSchema)
    {
        _list = list;
    }

    public static TypedDataView<TRow> Create(IHostEnvironment env, IEnumerable<TRow> data, SchemaDefinition definition)
    {
        var schema = RowSchema.Create(typeof(TRow), definition, SchemaDefinition.Direction.Read);
        return data is IList<TRow> list ? new(env, list, schema) : new(env, "StreamingDataView", data, schema);
    }

    /// <summary>Without shuffling even over a list.</summary>
    public static TypedDataView<TRow> CreateStreaming(IHostEnvironment env, IEnumerable<TRow> data, SchemaDefinition definition) =>
        new(env, "StreamingDataView", data, RowSchema.Create(typeof(TRow), definition, SchemaDefinition.Direction.Read));

    public DataViewSchema Schema { get; }

    public bool CanShuffle => _list != null;

    public long? GetRowCount() => (_data as ICollection<TRow>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        return _list == null
            ? new StreamingCursor(this, active)
            : new ListCursor(this, active, rand == null ? null : RandomUtils.GetRandomPermutation(rand, _list.Count));
    }

    /// <remarks>Only arrays and plain lists are read in parallel: what else an enumeration does is not known.</remarks>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        int parts = _list is TRow[] or List<TRow> ? Math.Min(n, (_list.Count + BlockRows - 1) / BlockRows) : 1;
        if (parts <= 1)
            return [GetRowCursor(columnsNeeded, rand)];
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        var order = rand == null ? null : RandomUtils.GetRandomPermutation(rand, _list.Count);
        return [.. Enumerable.Range(0, parts).Select(part => new BlockCursor(this, active, order, part, parts))];
    }

    private abstract class Cursor(TypedDataView<TRow> view, bool[] active) : RootCursor
    {
        protected RowHolder<TRow> Holder { get; } = new();

        public sealed override DataViewSchema Schema => view.Schema;

        public sealed override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            active[column.Index]
                ? DataViewUtils.Cast<TValue>(RowReader<TRow>.MakeGetter(view._rowSchema.Columns[column.Index], Holder), column)
                : throw DataViewUtils.ExceptInactive(column);

        public sealed override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
        {
            _ = Holder.Current;
            id = new DataViewRowId((ulong)RowIndex, 0);
        };

        protected abstract long RowIndex { get; }

        protected bool Show(TRow row)
        {
            Holder.Row = row ?? throw Contracts.Except("Encountered null when iterating over data, this is not supported.");
            return true;
        }

        protected bool End()
        {
            Holder.Row = null;
            return false;
        }
    }

    private sealed class ListCursor(TypedDataView<TRow> view, bool[] active, int[] order) : Cursor(view, active)
    {
        private readonly IList<TRow> _list = view._list;
        private int _next;

        protected override long RowIndex => order == null ? _next - 1 : order[_next - 1];

        protected override bool MoveNextCore()
        {
            if (_next >= (order?.Length ?? _list.Count))
                return End();
            int index = _next++;
            return Show(_list[order == null ? index : order[index]]);
        }
    }

    /// <summary>Every <paramref name="parts"/>-th block of the rows from block <paramref name="part"/> on.</summary>
    private sealed class BlockCursor(TypedDataView<TRow> view, bool[] active, int[] order, int part, int parts) : Cursor(view, active)
    {
        private readonly IList<TRow> _list = view._list;
        private readonly int _count = view._list.Count;
        private int _index = part * BlockRows - 1;

        public override long Batch => Math.Max(_index, 0) / BlockRows;

        protected override long RowIndex => order == null ? _index : order[_index];

        protected override bool MoveNextCore()
        {
            if (++_index % BlockRows == 0 && _index != part * BlockRows)
                _index += (parts - 1) * BlockRows;
            return _index < _count ? Show(_list[order == null ? _index : order[_index]]) : End();
        }
    }

    private sealed class StreamingCursor(TypedDataView<TRow> view, bool[] active) : Cursor(view, active)
    {
        private readonly IEnumerator<TRow> _rows = view._data.GetEnumerator();

        protected override long RowIndex => Position;

        protected override bool MoveNextCore() => _rows.MoveNext() ? Show(_rows.Current) : End();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
