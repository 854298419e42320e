using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>
/// Gives the order in which a shuffled pass over a view would meet the rows held in memory: the view is asked for its row ids
/// alone, without any column.
/// </summary>
internal sealed class RowOrders(IDataView source)
{
    private readonly List<DataViewRowId> _ids = [];
    private readonly List<int> _rows = [];
    private Dictionary<DataViewRowId, int> _rowOfId;
    private bool _idIsPosition = true;

    public bool CanShuffle => source.CanShuffle;

    /// <summary>Adds the next row of the source, which is <paramref name="row"/> in memory, or -1 where it was left out.</summary>
    public void Add(DataViewRowId id, int row)
    {
        _idIsPosition &= id.High == 0 && id.Low == (ulong)_ids.Count;
        _ids.Add(id);
        _rows.Add(row);
    }

    /// <summary>To be called after the last row.</summary>
    public void Complete()
    {
        if (_idIsPosition)
            return;
        _rowOfId = new Dictionary<DataViewRowId, int>(_ids.Count);
        for (int i = 0; i < _ids.Count; i++)
            _rowOfId.TryAdd(_ids[i], _rows[i]);
    }

    /// <summary>The rows in memory in the order of the next shuffled pass.</summary>
    public int[] Next(Random rand)
    {
        var order = new List<int>(_ids.Count);
        using var cursor = source.GetRowCursor([], rand);
        var idGetter = cursor.GetIdGetter();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            idGetter(ref id);
            int row = _idIsPosition ? _rows[(int)id.Low] : _rowOfId[id];
            if (row >= 0)
                order.Add(row);
        }
        return [.. order];
    }
}
