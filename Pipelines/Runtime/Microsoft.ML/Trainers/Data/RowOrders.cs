using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>
/// Gives the order in which a shuffled pass over a view would meet the rows held in memory: the view is asked for its row ids
/// alone, without any column.
/// </summary>
internal sealed class RowOrders
{
    private readonly IDataView _source;
    private readonly ShufflingDataView _shuffler;
    private readonly SourceRows _rows;

    private RowOrders(IDataView source, ShufflingDataView shuffler, SourceRows rows)
    {
        _source = source;
        _shuffler = shuffler;
        _rows = rows;
    }

    public RowOrders(IDataView source) : this(source, null, new SourceRows())
    {
    }

    /// <summary>The number of rows of the source.</summary>
    public int Count => _rows.Count;

    public bool CanShuffle => _shuffler != null || _source.CanShuffle;

    /// <summary>Whether even a pass without a generator comes in another order than that of the source.</summary>
    public bool AlwaysShuffles => _shuffler != null;

    /// <summary>The orders that a pool gives; those of the source where <paramref name="shuffler"/> is null.</summary>
    public RowOrders With(ShufflingDataView shuffler) => new(_source, shuffler, _rows);

    /// <summary>Adds the next row of the source, which is <paramref name="row"/> in memory, or -1 where it was left out.</summary>
    public void Add(DataViewRowId id, int row) => _rows.Add(id, row);

    /// <summary>The rows in memory in the order of the next pass.</summary>
    public int[] Next(Random rand)
    {
        var order = new List<int>(_rows.Count);
        if (_shuffler != null)
        {
            foreach (int position in _shuffler.Order(_rows.Count, rand))
                Visit(_rows[position]);
            return [.. order];
        }
        using var cursor = _source.GetRowCursor([], rand);
        var idGetter = cursor.GetIdGetter();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            idGetter(ref id);
            Visit(_rows.Find(id));
        }
        return [.. order];

        void Visit(int row)
        {
            if (row >= 0)
                order.Add(row);
        }
    }

    /// <summary>Which rows in memory the rows of the source are, by position and, where it is not the position, by id.</summary>
    private sealed class SourceRows
    {
        private readonly List<int> _rows = [];
        private readonly Lock _gate = new();
        private List<DataViewRowId> _ids;
        private Dictionary<DataViewRowId, int> _rowOfId;

        public int Count => _rows.Count;

        public int this[int position] => _rows[position];

        public void Add(DataViewRowId id, int row)
        {
            int position = _rows.Count;
            if (_ids == null && id != IdOf(position))
                _ids = [.. Enumerable.Range(0, position).Select(IdOf)];
            _ids?.Add(id);
            _rows.Add(row);
        }

        public int Find(DataViewRowId id)
        {
            if (_ids == null)
                return _rows[(int)id.Low];
            return (Volatile.Read(ref _rowOfId) ?? Index())[id];
        }

        private static DataViewRowId IdOf(int position) => new((ulong)position, 0);

        private Dictionary<DataViewRowId, int> Index()
        {
            lock (_gate)
            {
                if (_rowOfId != null)
                    return _rowOfId;
                var index = new Dictionary<DataViewRowId, int>(_ids.Count);
                for (int i = 0; i < _ids.Count; i++)
                    index.TryAdd(_ids[i], _rows[i]);
                Volatile.Write(ref _rowOfId, index);
                return index;
            }
        }
    }
}
