using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The values of one column for all rows, in memory.</summary>
internal abstract class CacheColumn
{
    /// <summary>The <see cref="ValueGetter{T}"/> of the column at the row of a cursor.</summary>
    public abstract Delegate MakeGetter(CacheCursor cursor);
}

/// <summary>Collects the values of one column from one cursor.</summary>
internal abstract class CacheColumnBuilder
{
    /// <summary>Adds the value at the current row.</summary>
    public abstract void Append();

    /// <summary>Joins the values that several builders of the same column collected.</summary>
    public abstract CacheColumn Join(CacheColumnBuilder[] workers, ParallelRows.Segment[] segments);

    public static CacheColumnBuilder Create(DataViewRow row, DataViewSchema.Column column) => column.Type is VectorDataViewType vector
        ? GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, CacheColumnBuilder>(vector.ItemType.RawType, CreateVector<int>, row, column)
        : GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, CacheColumnBuilder>(column.Type.RawType, CreateScalar<int>, row, column);

    private static CacheColumnBuilder CreateScalar<T>(DataViewRow row, DataViewSchema.Column column) => new CachedScalars<T>.Builder(row.GetGetter<T>(column));

    private static CacheColumnBuilder CreateVector<T>(DataViewRow row, DataViewSchema.Column column) => new CachedVectors<T>.Builder(row.GetGetter<VBuffer<T>>(column));

    /// <summary>Puts the items of the workers in the order of the segments.</summary>
    protected static T[] InOrder<T>(Func<int, List<T>> itemsOfWorker, ParallelRows.Segment[] segments)
    {
        var joined = new T[segments.Sum(segment => segment.Count)];
        int next = 0;
        foreach (var segment in segments)
        {
            itemsOfWorker(segment.Worker).CopyTo(segment.Start, joined, next, segment.Count);
            next += segment.Count;
        }
        return joined;
    }
}

/// <summary>Scalars in one array.</summary>
internal sealed class CachedScalars<T>(T[] values) : CacheColumn
{
    public override Delegate MakeGetter(CacheCursor cursor) => (ValueGetter<T>)((ref T value) =>
    {
        int row = cursor.Row;
        if ((uint)row >= (uint)values.Length)
            throw CacheCursor.NoRow();
        value = values[row];
    });

    internal sealed class Builder(ValueGetter<T> source) : CacheColumnBuilder
    {
        private readonly List<T> _values = [];

        public override void Append()
        {
            T value = default;
            source(ref value);
            _values.Add(value);
        }

        public override CacheColumn Join(CacheColumnBuilder[] workers, ParallelRows.Segment[] segments) =>
            new CachedScalars<T>(InOrder(worker => ((Builder)workers[worker])._values, segments));
    }
}

/// <summary>
/// Vectors one after another in large arrays, each wholly within one of them: the values of dense vectors, and the
/// explicit values and indices of sparse ones.
/// </summary>
internal sealed class CachedVectors<T>(CachedVectors<T>.Slice[] rows, T[][] dense, T[][] sparse, int[][] indices) : CacheColumn
{
    /// <summary>Where a vector lies.</summary>
    internal readonly record struct Slice(int Length, int Count, int Chunk, int Start);

    public override Delegate MakeGetter(CacheCursor cursor) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
    {
        int index = cursor.Row;
        if ((uint)index >= (uint)rows.Length)
            throw CacheCursor.NoRow();
        var row = rows[index];
        var editor = VBufferEditor.Create(ref value, row.Length, row.Count);
        if (row.Count == row.Length && row.Count > 0)
        {
            dense[row.Chunk].AsSpan(row.Start, row.Count).CopyTo(editor.Values);
        }
        else if (row.Count > 0)
        {
            sparse[row.Chunk].AsSpan(row.Start, row.Count).CopyTo(editor.Values);
            indices[row.Chunk].AsSpan(row.Start, row.Count).CopyTo(editor.Indices);
        }
        value = editor.Commit();
    });

    internal sealed class Builder(ValueGetter<VBuffer<T>> source) : CacheColumnBuilder
    {
        private readonly List<Slice> _rows = [];
        private readonly ChunkedStore<T> _dense = new();
        private readonly ChunkedStore<T> _sparse = new();
        private readonly ChunkedStore<int> _indices = new();
        private VBuffer<T> _row;

        public override void Append()
        {
            source(ref _row);
            var values = _row.GetValues();
            var (chunk, start) = (_row.IsDense ? _dense : _sparse).Append(values);
            if (!_row.IsDense)
                _indices.Append(_row.GetIndices());
            _rows.Add(new Slice(_row.Length, values.Length, chunk, start));
        }

        public override CacheColumn Join(CacheColumnBuilder[] workers, ParallelRows.Segment[] segments)
        {
            var builders = Array.ConvertAll(workers, worker => (Builder)worker);
            int denseChunks = 0, sparseChunks = 0;
            foreach (var builder in builders)
            {
                builder.MoveChunks(denseChunks, sparseChunks);
                denseChunks += builder._dense.ChunkCount;
                sparseChunks += builder._sparse.ChunkCount;
            }
            return new CachedVectors<T>(
                InOrder(worker => builders[worker]._rows, segments),
                [.. builders.SelectMany(builder => builder._dense.TakeChunks())],
                [.. builders.SelectMany(builder => builder._sparse.TakeChunks())],
                [.. builders.SelectMany(builder => builder._indices.TakeChunks())]);
        }

        private void MoveChunks(int dense, int sparse)
        {
            if (dense == 0 && sparse == 0)
                return;
            foreach (ref var row in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows))
                row = row with { Chunk = row.Chunk + (row.Count == row.Length ? dense : sparse) };
        }
    }
}

/// <summary>Appends runs of items to arrays that grow in size up to some megabytes, so that nothing is copied again.</summary>
internal sealed class ChunkedStore<T>
{
    private const int FirstChunk = 1 << 10;
    private const int LargestChunk = 1 << 20;

    private readonly List<T[]> _chunks = [];
    private T[] _last = [];
    private int _used;

    public int ChunkCount => _chunks.Count;

    /// <summary>Adds the items, which stay together, and tells where.</summary>
    public (int Chunk, int Start) Append(ReadOnlySpan<T> items)
    {
        if (items.IsEmpty)
            return (Math.Max(_chunks.Count - 1, 0), 0);
        if (items.Length > _last.Length - _used)
        {
            Trim();
            _last = new T[Math.Max(items.Length, Math.Clamp(2 * _last.Length, FirstChunk, LargestChunk))];
            _chunks.Add(_last);
            _used = 0;
        }
        items.CopyTo(_last.AsSpan(_used));
        int start = _used;
        _used += items.Length;
        return (_chunks.Count - 1, start);
    }

    /// <summary>The arrays, without room for more.</summary>
    public IReadOnlyList<T[]> TakeChunks()
    {
        Trim();
        return _chunks;
    }

    // Only where much room is left: trimming copies.
    private void Trim()
    {
        if (_chunks.Count > 0 && _used < _last.Length / 2)
            _chunks[^1] = _last.AsSpan(0, _used).ToArray();
    }
}
