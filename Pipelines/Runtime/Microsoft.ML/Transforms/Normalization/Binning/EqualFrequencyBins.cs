using System.Numerics;

namespace Microsoft.ML.Transforms;

/// <summary>
/// Bins with about as many values each: greedily, the sum of the squares of their sizes is made small; first by splitting what
/// gains most, then by moving single bounds.
/// </summary>
internal sealed class EqualFrequencyBins
{
    private readonly int[] _cumulative;
    private readonly int[] _bounds;
    private readonly float _meanBinSize;

    private EqualFrequencyBins(ReadOnlySpan<int> counts, int binCount)
    {
        _cumulative = new int[counts.Length + 1];
        for (int i = 0; i < counts.Length; i++)
            _cumulative[i + 1] = _cumulative[i] + counts[i];
        _bounds = new int[binCount + 1];
        _meanBinSize = (float)_cumulative[^1] / binCount;
    }

    /// <summary>The upper bounds of at most <paramref name="maximumBinCount"/> bins of some values, which are sorted, and a number of zeros.</summary>
    public static T[] FindUpperBounds<T>(Span<T> values, int zeros, int maximumBinCount) where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        var (distinct, counts) = CountDistinct(values, zeros);
        if (distinct.Length == 0)
            return [T.PositiveInfinity];
        var ends = distinct.Length <= maximumBinCount ? Enumerable.Range(1, distinct.Length).ToArray() : FindEnds(counts, maximumBinCount);
        return BinBounds.FromEnds<T>(distinct, ends);
    }

    private static (T[] Distinct, int[] Counts) CountDistinct<T>(Span<T> values, int zeros) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        values.Sort();
        var distinct = new List<T>();
        var counts = new List<int>();
        foreach (T value in values)
        {
            if (zeros > 0 && value > T.Zero)
                AddZeros();
            if (distinct.Count > 0 && distinct[^1] == value)
                counts[^1]++;
            else
                Add(value, 1);
        }
        if (zeros > 0)
            AddZeros();
        return ([.. distinct], [.. counts]);

        void AddZeros()
        {
            if (distinct.Count > 0 && T.IsZero(distinct[^1]))
                counts[^1] += zeros;
            else
                Add(T.Zero, zeros);
            zeros = 0;
        }

        void Add(T value, int count)
        {
            distinct.Add(value);
            counts.Add(count);
        }
    }

    /// <summary>The ends of bins over more distinct values than there are bins.</summary>
    private static int[] FindEnds(int[] counts, int binCount)
    {
        var bins = new EqualFrequencyBins(counts, binCount);
        bins.Split();
        bins.MoveBounds();
        return bins._bounds[1..];
    }

    private void Split()
    {
        var segments = new List<(int Low, int At, int High)>();
        var heap = new MaxHeap<long>();
        AddSegment(0, _cumulative.Length - 1);
        for (int i = 1; i < _bounds.Length - 1; i++)
        {
            var (low, at, high) = segments[heap.Pop()];
            _bounds[i] = at;
            if (low < at - 1)
                AddSegment(low, at);
            if (at < high - 1)
                AddSegment(at, high);
        }
        _bounds[^1] = _cumulative.Length - 1;
        Array.Sort(_bounds);

        void AddSegment(int low, int high)
        {
            int at = FindSplit(low, high, -1, out long gain);
            segments.Add((low, at, high));
            heap.Add(segments.Count - 1, gain);
        }
    }

    private void MoveBounds()
    {
        var targets = new int[_bounds.Length];
        var heap = new MaxHeap<long>();
        for (int i = 1; i < _bounds.Length - 1; i++)
            Reconsider(i);
        while (heap.Count > 0)
        {
            int moved = heap.Pop();
            _bounds[moved] = targets[moved];
            if (moved > 1)
                Reconsider(moved - 1);
            if (moved < _bounds.Length - 2)
                Reconsider(moved + 1);
        }

        void Reconsider(int bound)
        {
            heap.Remove(bound);
            int low = _bounds[bound - 1], high = _bounds[bound + 1];
            int target = FindSplit(low, high, bound, out long gain);
            if (target == _bounds[bound])
                return;
            targets[bound] = target;
            heap.Add(bound, gain - Gain(low, _bounds[bound], high));
        }
    }

    /// <summary>Where to split best between two bounds: next to the middle of the values. Of two equals, the one nearer to where bound <paramref name="position"/> would ideally be.</summary>
    private int FindSplit(int low, int high, int position, out long gain)
    {
        int middle = (int)((uint)(_cumulative[low] + _cumulative[high]) / 2);
        int split = low + FirstNotLess(_cumulative.AsSpan(low, high - low), middle);
        if (split == low || split == high)
        {
            split += split == low ? 1 : -1;
            gain = Gain(low, split, high);
            return split;
        }
        gain = Gain(low, split, high);
        // The lesser neighbour is considered only where the larger one loses, or there is none.
        if (split < high - 1 && Gain(low, split + 1, high) is var after && after >= gain)
        {
            if (after > gain || IsNearer(split + 1, split, position))
            {
                gain = after;
                split++;
            }
        }
        else if (split > low + 1 && Gain(low, split - 1, high) is var before && before >= gain && (before > gain || IsNearer(split - 1, split, position)))
        {
            gain = before;
            split--;
        }
        return split;
    }

    /// <summary>By how much the sum of squares falls, up to a factor of two.</summary>
    private long Gain(int low, int split, int high) =>
        (long)(_cumulative[high] - _cumulative[split]) * (_cumulative[split] - _cumulative[low]);

    private bool IsNearer(int split, int other, int position)
    {
        if (position <= 0)
            return false;
        float ideal = _meanBinSize * position;
        return Math.Abs(_cumulative[split] - ideal) < Math.Abs(_cumulative[other] - ideal);
    }

    private static int FirstNotLess(ReadOnlySpan<int> increasing, int value)
    {
        // The sums increase strictly, so that there is at most one equal.
        int index = increasing.BinarySearch(value);
        return index < 0 ? ~index : index;
    }
}
