using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor over the rows of text files.</summary>
internal sealed class TextLoaderCursor : RootCursor
{
    private readonly IHost _host;
    private readonly BlockFeed _feed;
    private readonly ParseReport _report;
    private readonly bool[] _active;
    private readonly ColumnReader[] _readers;
    private readonly long _maxRows;
    private readonly bool _isOneOfSet;
    private TextBlock _block;
    private int _row = -1;
    private int _rowCount;
    private long _blocksTaken;
    private long _rowsSeen;
    private bool _isDisposed;

    public TextLoaderCursor(IHost host, DataViewSchema schema, bool[] active, BlockFeed feed, ParseReport report, long maxRows, bool isOneOfSet)
    {
        _host = host;
        Schema = schema;
        _active = active;
        _feed = feed;
        _report = report;
        _maxRows = maxRows;
        _isOneOfSet = isOneOfSet;
        _readers = new ColumnReader[schema.Count];
    }

    public override DataViewSchema Schema { get; }

    public override long Batch => _isOneOfSet ? _block?.Sequence ?? long.MaxValue : 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override bool MoveNextCore()
    {
        if (++_row < _rowCount)
            return true;
        while (_rowsSeen < _maxRows && !_isDisposed)
        {
            _host.CheckAlive();
            var previous = _block;
            _block = null;
            _row = -1;
            _rowCount = 0;
            var block = _feed.Take(previous);
            if (block == null)
                break;
            _block = block;
            _row = 0;
            _blocksTaken++;
            _rowCount = (int)Math.Min(block.RowCount, _maxRows - _rowsSeen);
            _rowsSeen += _rowCount;
            _report.Add(block.Log, _rowCount);
            foreach (var reader in _readers)
                reader?.Bind(block);
            if (_rowCount > 0)
                return true;
        }
        _row = -1;
        return false;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter()
    {
        long block = 0;
        ulong rowsBefore = 0;
        return (ref DataViewRowId id) =>
        {
            Contracts.Check(IsGood, ColumnReader.NoRow);
            if (block != _blocksTaken)
            {
                rowsBefore = (ulong)_feed.RowsBefore(_block);
                block = _blocksTaken;
            }
            id = new DataViewRowId(rowsBefore + (ulong)_row, 0);
        };
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active[column.Index])
            throw DataViewUtils.ExceptInactive(column);
        ref var reader = ref _readers[column.Index];
        if (reader == null)
        {
            reader = ColumnReader.Create(this, column);
            if (_block != null)
                reader.Bind(_block);
        }
        return DataViewUtils.Cast<TValue>(reader.Getter, column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _block?.Raw.Release();
            _feed.Dispose();
            _report.Release();
        }
        base.Dispose(disposing);
    }

    /// <summary>Gets the values of a column out of the current block.</summary>
    private abstract class ColumnReader(TextLoaderCursor cursor)
    {
        public const string NoRow = "Cannot call a getter on a cursor that stands on no row.";

        public Delegate Getter { get; protected init; }

        protected TextLoaderCursor Cursor { get; } = cursor;

        public abstract void Bind(TextBlock block);

        public static ColumnReader Create(TextLoaderCursor cursor, DataViewSchema.Column column) =>
            column.Type is VectorDataViewType vector
                ? GenericDispatch.Invoke<TextLoaderCursor, int, ColumnReader>(vector.ItemType.RawType, VectorOf<int>, cursor, column.Index)
                : GenericDispatch.Invoke<TextLoaderCursor, int, ColumnReader>(column.Type.RawType, ScalarOf<int>, cursor, column.Index);

        private static ColumnReader ScalarOf<T>(TextLoaderCursor cursor, int column) => new ScalarReader<T>(cursor, column);

        private static ColumnReader VectorOf<T>(TextLoaderCursor cursor, int column) => new VectorReader<T>(cursor, column);
    }

    private sealed class ScalarReader<T> : ColumnReader
    {
        private readonly int _column;
        private T[] _values = [];

        public ScalarReader(TextLoaderCursor cursor, int column) : base(cursor)
        {
            _column = column;
            Getter = (ValueGetter<T>)Get;
        }

        public override void Bind(TextBlock block) => _values = ((ScalarStore<T>)block.Stores[_column]).Values;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Get(ref T value)
        {
            int row = Cursor._row;
            if ((uint)row >= (uint)_values.Length)
                throw Contracts.Except(NoRow);
            value = _values[row];
        }
    }

    private sealed class VectorReader<T> : ColumnReader
    {
        private readonly int _column;
        private VectorRow[] _rows = [];
        private T[] _values = [];
        private int[] _indices = [];

        public VectorReader(TextLoaderCursor cursor, int column) : base(cursor)
        {
            _column = column;
            Getter = (ValueGetter<VBuffer<T>>)Get;
        }

        public override void Bind(TextBlock block)
        {
            var store = (VectorStore<T>)block.Stores[_column];
            _rows = store.Rows;
            _values = store.Values;
            _indices = store.Indices;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Get(ref VBuffer<T> value)
        {
            int row = Cursor._row;
            if ((uint)row >= (uint)_rows.Length)
                throw Contracts.Except(NoRow);
            var (start, count, length) = _rows[row];
            var values = value.ValuesBuffer;
            var indices = value.IndicesBuffer;
            if (values == null || values.Length < count)
                values = new T[count];
            _values.AsSpan(start, count).CopyTo(values);
            if (count < length)
            {
                if (indices == null || indices.Length < count)
                    indices = new int[count];
                _indices.AsSpan(start, count).CopyTo(indices);
            }
            value = new VBuffer<T>(length, count, values, indices);
        }
    }
}
