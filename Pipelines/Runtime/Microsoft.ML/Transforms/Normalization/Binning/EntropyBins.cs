using System.Numerics;

namespace Microsoft.ML.Transforms;

/// <summary>
/// Bins that separate classes: intervals are split where that lowers the entropy of the classes by more than it costs to describe
/// the split, after U. Fayyad and K. Irani (1993).
/// </summary>
internal sealed class EntropyBins
{
    private readonly int _classCount;
    private readonly int _minimumCount;

    // For each distinct value, how many values up to it there are of each class and, last, in all.
    private readonly int[][] _cumulative;

    private EntropyBins(int[][] cumulative, int classCount, int minimumCount)
    {
        _cumulative = cumulative;
        _classCount = classCount;
        _minimumCount = minimumCount;
    }

    private readonly record struct Interval(int Low, int High, int Split, double Gain);

    /// <summary>The upper bounds of at most <paramref name="maximumBinCount"/> bins.</summary>
    /// <param name="values">The values, none of them NaN.</param>
    /// <param name="classes">The class of each value.</param>
    /// <param name="classCount">The number of classes.</param>
    /// <param name="maximumBinCount">The most bins.</param>
    /// <param name="minimumCount">Intervals with fewer values are not split.</param>
    public static T[] FindUpperBounds<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> classes, int classCount, int maximumBinCount, int minimumCount)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        if (values.IsEmpty)
            return [T.PositiveInfinity];
        var sorted = values.ToArray();
        var order = classes.ToArray();
        Array.Sort(sorted, order);
        var distinct = new List<T>();
        var cumulative = new List<int[]>();
        for (int i = 0; i < sorted.Length; i++)
        {
            if (i == 0 || sorted[i] > sorted[i - 1])
            {
                distinct.Add(sorted[i]);
                cumulative.Add(i == 0 ? new int[classCount + 1] : [.. cumulative[^1]]);
            }
            cumulative[^1][order[i]]++;
            cumulative[^1][classCount]++;
        }
        var ends = new EntropyBins([.. cumulative], classCount, minimumCount).FindEnds(maximumBinCount);
        return BinBounds.FromEnds<T>(distinct.ToArray(), ends);
    }

    private int[] FindEnds(int maximumBinCount)
    {
        var intervals = new List<Interval>();
        var heap = new MaxHeap<double>();
        Add(0, _cumulative.Length, mayBeSplit: true);
        while (heap.Count < maximumBinCount && heap.Top.Priority > 0)
        {
            var widest = intervals[heap.Pop()];
            bool mayBeSplit = heap.Count != maximumBinCount - 1;
            Add(widest.Low, widest.Split, mayBeSplit);
            Add(widest.Split, widest.High, mayBeSplit);
        }
        return [.. heap.Items.Select(item => intervals[item].High).Order()];

        void Add(int low, int high, bool mayBeSplit)
        {
            intervals.Add(mayBeSplit ? FindSplit(low, high) : new Interval(low, high, 0, -1));
            heap.Add(intervals.Count - 1, intervals[^1].Gain);
        }
    }

    private Interval FindSplit(int low, int high)
    {
        var best = new Interval(low, high, 0, -1);
        double entropy = Entropy(low, high, out int count);
        if (count < _minimumCount || entropy <= 0)
            return best;
        double logLength = Math.Log(high - low);
        for (int split = low + 1; split < high; split++)
        {
            double left = Entropy(low, split, out int leftCount);
            double right = Entropy(split, high, out int rightCount);
            double cost = logLength - _classCount * (entropy - left - right);
            double gain = count * entropy - leftCount * left - rightCount * right - cost;
            if (gain > best.Gain)
                best = best with { Split = split, Gain = gain };
        }
        return best;
    }

    private double Entropy(int low, int high, out int count)
    {
        var upTo = _cumulative[high - 1];
        var before = low > 0 ? _cumulative[low - 1] : null;
        count = upTo[_classCount] - (before?[_classCount] ?? 0);
        double entropy = 0;
        for (int i = 0; i < _classCount; i++)
        {
            int ofClass = upTo[i] - (before?[i] ?? 0);
            if (ofClass == 0 || ofClass == count)
                continue;
            double share = (double)ofClass / count;
            entropy -= share * Math.Log(share);
        }
        return entropy;
    }
}
