using System.Numerics;

namespace Microsoft.ML.Transforms;

/// <summary>What both ways of finding bins share.</summary>
internal static class BinBounds
{
    /// <summary>
    /// A bound between two values: the mean of their halves or, where that rounds to the lesser, the larger. Infinite values count
    /// as the largest finite ones.
    /// </summary>
    public static T Between<T>(T low, T high) where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        if (T.IsNegativeInfinity(low))
        {
            if (high == T.MinValue)
                return T.MinValue;
            low = T.MinValue;
        }
        if (T.IsPositiveInfinity(high))
        {
            if (low == T.MaxValue)
                return T.PositiveInfinity;
            high = T.MaxValue;
        }
        T two = T.CreateTruncating(2);
        T middle = low / two + high / two;
        return low < middle ? middle : high;
    }

    /// <summary>The upper bounds of bins that end before the given indices of sorted distinct values; the last one is infinite.</summary>
    public static T[] FromEnds<T>(ReadOnlySpan<T> distinct, ReadOnlySpan<int> ends) where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        var bounds = new T[ends.Length];
        for (int i = 0; i < ends.Length - 1; i++)
            bounds[i] = Between(distinct[ends[i] - 1], distinct[ends[i]]);
        bounds[^1] = T.PositiveInfinity;
        return bounds;
    }
}

/// <summary>
/// A binary heap with the largest priority on top. Among equal priorities the order is that of the classic array heap, and shows
/// in the bins found.
/// </summary>
internal sealed class MaxHeap<TPriority> where TPriority : struct, IComparisonOperators<TPriority, TPriority, bool>
{
    // The heap starts at index 1.
    private readonly List<(TPriority Priority, int Item)> _nodes = [default];
    private readonly Dictionary<int, int> _positions = [];

    public int Count => _nodes.Count - 1;

    public (TPriority Priority, int Item) Top => _nodes[1];

    public IEnumerable<int> Items => _nodes.Skip(1).Select(node => node.Item);

    public void Add(int item, TPriority priority)
    {
        _nodes.Add(default);
        int position = Count;
        for (; position > 1 && _nodes[position / 2].Priority < priority; position /= 2)
            Place(_nodes[position / 2], position);
        Place((priority, item), position);
    }

    public int Pop()
    {
        int item = _nodes[1].Item;
        RemoveAt(1);
        return item;
    }

    public void Remove(int item)
    {
        if (_positions.TryGetValue(item, out int position))
            RemoveAt(position);
    }

    private void RemoveAt(int position)
    {
        _positions.Remove(_nodes[position].Item);
        var moved = _nodes[^1];
        _nodes.RemoveAt(Count);
        if (position > Count)
            return;
        for (int child = 2 * position; child <= Count; child = 2 * position)
        {
            if (child < Count && _nodes[child].Priority < _nodes[child + 1].Priority)
                child++;
            if (!(moved.Priority < _nodes[child].Priority))
                break;
            Place(_nodes[child], position);
            position = child;
        }
        Place(moved, position);
    }

    private void Place((TPriority Priority, int Item) node, int position)
    {
        _nodes[position] = node;
        _positions[node.Item] = position;
    }
}
