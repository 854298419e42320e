using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Objects of a class as data, in their own order: they are never shuffled, even where they are a list.</summary>
internal sealed class TypedDataView<TRow> : IDataView where TRow : class
{
    private const int BlockRows = 256;

    private readonly IEnumerable<TRow> _data;
    private readonly RowSchema _rowSchema;

    public TypedDataView(IHostEnvironment env, IEnumerable<TRow> data, SchemaDefinition definition)
    {
        env.Register("StreamingDataView");
        _data = data;
        _rowSchema = RowSchema.Create(typeof(TRow), definition, SchemaDefinition.Direction.Read);
        Schema = _rowSchema.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => (_data as ICollection<TRow>)?.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        return _data is TRow[] or List<TRow> ? new BlockCursor(this, active, 0, 1) : new StreamingCursor(this, active);
    }

    /// <remarks>Only arrays and plain lists are read in parallel: what another enumeration does is not known.</remarks>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        int parts = _data is TRow[] or List<TRow> ? Math.Min(n, (((IList<TRow>)_data).Count + BlockRows - 1) / BlockRows) : 1;
        if (parts <= 1)
            return [GetRowCursor(columnsNeeded, rand)];
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        return [.. Enumerable.Range(0, parts).Select(part => new BlockCursor(this, active, part, parts))];
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

    /// <summary>Every <paramref name="parts"/>-th block of the rows of a list from block <paramref name="part"/> on.</summary>
    private sealed class BlockCursor(TypedDataView<TRow> view, bool[] active, int part, int parts) : Cursor(view, active)
    {
        private readonly IList<TRow> _list = (IList<TRow>)view._data;
        private int _index = part * BlockRows - 1;

        public override long Batch => parts == 1 ? 0 : Math.Max(_index, 0) / BlockRows;

        protected override long RowIndex => _index;

        protected override bool MoveNextCore()
        {
            if (++_index % BlockRows == 0 && _index != part * BlockRows)
                _index += (parts - 1) * BlockRows;
            return _index < _list.Count ? Show(_list[_index]) : End();
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
