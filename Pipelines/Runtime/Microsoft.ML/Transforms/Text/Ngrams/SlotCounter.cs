using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Counts how often each slot of a vector is met in a row.</summary>
/// <remarks>
/// Whether the counts come as a dense or a sparse vector is visible, and decides the order of later sums: see
/// <see cref="IsDense"/>.
/// </remarks>
internal sealed class SlotCounter(int length)
{
    private const int SortedByInsertion = 20;
    private const int RadixSortFrom = 128;

    private int[] _slots = new int[64];
    private int[] _scratch = [];
    private int _count;

    public int Length => length;

    public void Clear() => _count = 0;

    public void Add(int slot)
    {
        if (_count == _slots.Length)
            Array.Resize(ref _slots, 2 * _count);
        _slots[_count++] = slot;
    }

    /// <summary>Whether the vector stays sparse after that many more slots, whatever they are.</summary>
    public bool StaysSparse(long added) => _count + added < length / 2 - 1;

    /// <summary>The counts since <see cref="Clear"/>; the slots are given up.</summary>
    public void GetCounts(ref VBuffer<float> destination)
    {
        bool isDense = IsDense();
        var slots = Sort();
        _count = 0;
        if (isDense)
        {
            var dense = VBufferEditor.Create(ref destination, length);
            dense.Values.Clear();
            foreach (int slot in slots)
                dense.Values[slot]++;
            destination = dense.Commit();
            return;
        }
        var sparse = VBufferEditor.Create(ref destination, length, CountDistinct(slots), requireIndicesOnDense: true);
        int last = -1, previous = -1;
        foreach (int slot in slots)
        {
            if (slot != previous)
            {
                sparse.Indices[++last] = previous = slot;
                sparse.Values[last] = 0;
            }
            sparse.Values[last]++;
        }
        destination = sparse.Commit();
    }

    /// <summary>
    /// A vector becomes dense when a slot is added while about half of all slots are filled. While slots come so
    /// unordered that they are only put in order at the end, that is judged late.
    /// </summary>
    private bool IsDense()
    {
        int limit = length / 2 - 1;
        if (_count < limit)
            return false;
        EnsureScratch();
        var seen = _scratch;
        int count = 0;
        bool isSorted = true;
        foreach (int slot in _slots.AsSpan(0, _count))
        {
            if (!isSorted)
            {
                if (count < length)
                {
                    seen[count++] = slot;
                    continue;
                }
                count = SortDistinct(seen.AsSpan(0, count));
                isSorted = true;
                if (count >= length / 2)
                    return true;
            }
            if (count >= limit)
                return true;
            if (count >= SortedByInsertion && seen[count - SortedByInsertion] > slot)
            {
                seen[count++] = slot;
                isSorted = false;
                continue;
            }
            int place = seen.AsSpan(0, count).BinarySearch(slot);
            if (place >= 0)
                continue;
            seen.AsSpan(~place, count++ - ~place).CopyTo(seen.AsSpan(~place + 1));
            seen[~place] = slot;
        }
        if (!isSorted)
            count = SortDistinct(seen.AsSpan(0, count));
        return count > 0 && count >= length / 2;
    }

    private static int SortDistinct(Span<int> slots)
    {
        slots.Sort();
        int count = 0;
        foreach (int slot in slots)
        {
            if (count == 0 || slots[count - 1] != slot)
                slots[count++] = slot;
        }
        return count;
    }

    private static int CountDistinct(ReadOnlySpan<int> sorted)
    {
        int count = sorted.IsEmpty ? 0 : 1;
        for (int i = 1; i < sorted.Length; i++)
            count += sorted[i] != sorted[i - 1] ? 1 : 0;
        return count;
    }

    private void EnsureScratch()
    {
        if (_scratch.Length < _count)
            _scratch = new int[_slots.Length];
    }

    private Span<int> Sort()
    {
        if (_count < RadixSortFrom)
        {
            _slots.AsSpan(0, _count).Sort();
            return _slots.AsSpan(0, _count);
        }
        EnsureScratch();
        Span<int> starts = stackalloc int[256];
        for (int shift = 0; shift < 32 && length - 1 >> shift != 0; shift += 8)
        {
            starts.Clear();
            var source = _slots.AsSpan(0, _count);
            foreach (int slot in source)
                starts[slot >> shift & 0xFF]++;
            int start = 0;
            foreach (ref int item in starts)
                (item, start) = (start, start + item);
            var target = _scratch;
            foreach (int slot in source)
                target[starts[slot >> shift & 0xFF]++] = slot;
            (_slots, _scratch) = (_scratch, _slots);
        }
        return _slots.AsSpan(0, _count);
    }
}
