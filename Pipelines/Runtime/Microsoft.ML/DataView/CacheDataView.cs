using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Keeps the columns of another view in memory. A column is read when it is first asked for,
/// together with the columns to be prefetched; rows can then be shuffled.
/// </summary>
internal sealed class CacheDataView : IDataView
{
    private readonly Lock _gate = new();
    private readonly IDataView _source;
    private readonly int[] _prefetch;
    private readonly ColumnCache[] _caches;
    private DataViewRowId[] _ids;
    private long _rowCount = -1;

    public CacheDataView(IHostEnvironment env, IDataView input, int[] prefetch)
    {
        env?.Register("Cache");
        _source = input;
        _prefetch = prefetch ?? [];
        _caches = new ColumnCache[input.Schema.Count];
    }

    public DataViewSchema Schema => _source.Schema;

    public bool CanShuffle => true;

    public long? GetRowCount() => Volatile.Read(ref _rowCount) is >= 0 and var count ? count : _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        Fill(active);
        return new Cursor(this, active, rand == null ? null : RandomUtils.GetRandomPermutation(rand, (int)_rowCount), 0, _rowCount, 0);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        Fill(active);
        n = (int)Math.Clamp(_rowCount, 1, Math.Max(n, 1));
        var order = rand == null ? null : RandomUtils.GetRandomPermutation(rand, (int)_rowCount);
        var cursors = new DataViewRowCursor[n];
        for (int i = 0; i < n; i++)
            cursors[i] = new Cursor(this, active, order, _rowCount * i / n, _rowCount * (i + 1) / n, i);
        return cursors;
    }

    private void Fill(bool[] active)
    {
        lock (_gate)
        {
            var missing = new bool[active.Length];
            foreach (int column in _prefetch)
                missing[column] = _caches[column] == null;
            for (int i = 0; i < active.Length; i++)
                missing[i] |= active[i] && _caches[i] == null;
            if (_rowCount >= 0 && !missing.Contains(true))
                return;
            using var cursor = _source.GetRowCursor(Schema.Columns(missing));
            var filled = Schema.Columns(missing)
                .Select(column => GenericDispatch.Invoke<DataViewRowCursor, DataViewSchema.Column, ColumnCache>(column.Type.RawType, MakeCache<int>, cursor, column))
                .ToArray();
            var idGetter = _ids == null ? cursor.GetIdGetter() : null;
            var ids = new List<DataViewRowId>();
            long count = 0;
            for (; cursor.MoveNext(); count++)
            {
                foreach (var cache in filled)
                    cache.Append();
                if (idGetter == null)
                    continue;
                DataViewRowId id = default;
                idGetter(ref id);
                ids.Add(id);
            }
            foreach (var cache in filled)
                _caches[cache.Column] = cache;
            _ids ??= [.. ids];
            Volatile.Write(ref _rowCount, count);
        }
    }

    private static ColumnCache MakeCache<T>(DataViewRowCursor cursor, DataViewSchema.Column column) =>
        column.Type is VectorDataViewType vector
            ? GenericDispatch.Invoke<DataViewRowCursor, DataViewSchema.Column, ColumnCache>(vector.ItemType.RawType, MakeVectorCache<int>, cursor, column)
            : new ScalarCache<T>(cursor, column);

    private static ColumnCache MakeVectorCache<T>(DataViewRowCursor cursor, DataViewSchema.Column column) => new VectorCache<T>(cursor, column);

    private abstract class ColumnCache(int column)
    {
        public int Column { get; } = column;

        public abstract void Append();

        public abstract Delegate MakeGetter(Func<long> row);
    }

    private sealed class ScalarCache<T>(DataViewRowCursor cursor, DataViewSchema.Column column) : ColumnCache(column.Index)
    {
        private readonly ValueGetter<T> _source = cursor.GetGetter<T>(column);
        private readonly List<T> _values = [];

        public override void Append()
        {
            T value = default;
            _source(ref value);
            _values.Add(value);
        }

        public override Delegate MakeGetter(Func<long> row) => (ValueGetter<T>)((ref T value) => value = _values[(int)row()]);
    }

    private sealed class VectorCache<T>(DataViewRowCursor cursor, DataViewSchema.Column column) : ColumnCache(column.Index)
    {
        private readonly ValueGetter<VBuffer<T>> _source = cursor.GetGetter<VBuffer<T>>(column);
        private readonly List<VBuffer<T>> _values = [];
        private VBuffer<T> _row;

        public override void Append()
        {
            _source(ref _row);
            VBuffer<T> copy = default;
            _row.CopyTo(ref copy);
            _values.Add(copy);
        }

        public override Delegate MakeGetter(Func<long> row) =>
            (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[(int)row()].CopyTo(ref value));
    }

    private sealed class Cursor(CacheDataView parent, bool[] active, int[] order, long start, long end, long batch) : RootCursor
    {
        private long _next = start;
        private long _row = -1;

        public override DataViewSchema Schema => parent.Schema;

        public override long Batch => batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        protected override bool MoveNextCore()
        {
            if (_next >= end)
                return false;
            _row = order == null ? _next : order[_next];
            _next++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = parent._ids[CurrentRow()];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            active[column.Index]
                ? DataViewUtils.Cast<TValue>(parent._caches[column.Index].MakeGetter(CurrentRow), column)
                : throw DataViewUtils.ExceptInactive(column);

        private long CurrentRow() => IsGood ? _row : throw Contracts.Except("Cannot call a getter on a cursor that stands on no row.");
    }
}
