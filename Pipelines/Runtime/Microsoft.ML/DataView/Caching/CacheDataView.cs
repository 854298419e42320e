using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Keeps the columns of another view in memory. A column is read when it is first asked for, together with the columns
/// to be prefetched; rows can then be shuffled. Row ids are the positions of the rows.
/// </summary>
/// <remarks>Thread-safe: of several first readers one reads the source, in parallel where it can be, and the others wait.</remarks>
internal sealed class CacheDataView : IDataView
{
    private readonly Lock _gate = new();
    private readonly IHost _host;
    private readonly IDataView _source;
    private readonly int[] _prefetch;
    private readonly CacheColumn[] _columns;
    private int _rowCount = -1;

    public CacheDataView(IHostEnvironment env, IDataView input, int[] prefetch)
    {
        _host = env?.Register("Cache");
        _source = CopyableColumns.Of(_host, input);
        _prefetch = prefetch == null ? [] : [.. prefetch.Select(index => input.Schema[index].Name).Select(name => _source.Schema.GetColumnOrNull(name)?.Index ?? -1).Where(index => index >= 0)];
        _columns = new CacheColumn[_source.Schema.Count];
    }

    public DataViewSchema Schema => _source.Schema;

    public bool CanShuffle => true;

    public long? GetRowCount() => Volatile.Read(ref _rowCount) is >= 0 and var count ? count : _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        Fill(active);
        return new CacheCursor(Schema, _columns, active, MakeOrder(rand), 0, _rowCount, 0);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        Fill(active);
        n = Math.Clamp(_rowCount, 1, Math.Max(n, 1));
        var order = MakeOrder(rand);
        var cursors = new DataViewRowCursor[n];
        for (int i = 0; i < n; i++)
            cursors[i] = new CacheCursor(Schema, _columns, active, order, (int)((long)_rowCount * i / n), (int)((long)_rowCount * (i + 1) / n), i);
        return cursors;
    }

    private int[] MakeOrder(Random rand) => rand == null ? null : RandomUtils.GetRandomPermutation(rand, _rowCount);

    private void Fill(bool[] active)
    {
        lock (_gate)
        {
            var missing = new bool[active.Length];
            foreach (int column in _prefetch)
                missing[column] = _columns[column] == null;
            for (int i = 0; i < active.Length; i++)
                missing[i] |= active[i] && _columns[i] == null;
            if (_rowCount >= 0 && !missing.Contains(true))
                return;
            Read([.. Schema.Columns(missing)]);
        }
    }

    private void Read(DataViewSchema.Column[] columns)
    {
        var cursors = _source.GetRowCursorSet(columns, Environment.ProcessorCount);
        var builders = Array.ConvertAll(cursors, cursor => Array.ConvertAll(columns, column => CacheColumnBuilder.Create(cursor, column)));
        var segments = ParallelRows.Read(_host, cursors, Array.ConvertAll(builders, Action (ofWorker) => () =>
        {
            foreach (var builder in ofWorker)
                builder.Append();
        }));
        int count = checked((int)segments.Sum(segment => (long)segment.Count));
        for (int i = 0; i < columns.Length; i++)
            _columns[columns[i].Index] = builders[0][i].Join(Array.ConvertAll(builders, ofWorker => ofWorker[i]), segments);
        Volatile.Write(ref _rowCount, count);
    }
}

/// <summary>Rows of a cache from one position to another, in order or as <paramref name="order"/> says.</summary>
internal sealed class CacheCursor(DataViewSchema schema, CacheColumn[] columns, bool[] active, int[] order, int start, int end, long batch) : RootCursor
{
    private int _next = start;

    /// <summary>The row on which the cursor stands, -1 where it stands on none.</summary>
    public int Row { get; private set; } = -1;

    public override DataViewSchema Schema => schema;

    public override long Batch => batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = Row >= 0 ? new DataViewRowId((ulong)Row, 0) : throw NoRow();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        active[column.Index]
            ? DataViewUtils.Cast<TValue>(columns[column.Index].MakeGetter(this), column)
            : throw DataViewUtils.ExceptInactive(column);

    public static InvalidOperationException NoRow() => Contracts.Except("Cannot call a getter on a cursor that stands on no row.");

    protected override bool MoveNextCore()
    {
        if (_next >= end)
        {
            Row = -1;
            return false;
        }
        Row = order == null ? _next : order[_next];
        _next++;
        return true;
    }
}
