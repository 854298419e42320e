using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Objects of a class as data: over a list with a known count and shuffling, over other sequences in one order.</summary>
internal sealed class TypedDataView<TRow> : IDataView where TRow : class
{
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

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

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
