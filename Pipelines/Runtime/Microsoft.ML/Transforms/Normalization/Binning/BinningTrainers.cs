using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Transforms;

/// <summary>The values of each slot but zeros, which are counted, and NaN.</summary>
internal sealed class SlotValues<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<T>[] _values;
    private readonly long[] _missing;

    public SlotValues(int size)
    {
        _values = new List<T>[size];
        for (int i = 0; i < size; i++)
            _values[i] = [];
        _missing = new long[size];
    }

    public void Add(ReadOnlySpan<T> values, ReadOnlySpan<int> indices)
    {
        for (int i = 0; i < values.Length; i++)
        {
            T value = values[i];
            int slot = indices.IsEmpty ? i : indices[i];
            if (T.IsNaN(value))
                _missing[slot]++;
            else if (!T.IsZero(value))
                _values[slot].Add(value);
        }
    }

    /// <summary>The values of a slot that are neither zero nor missing, and the number of its zeros.</summary>
    public (List<T> Values, int Zeros) Get(int slot, long rows) =>
        (_values[slot], checked((int)(rows - _missing[slot] - _values[slot].Count)));

    /// <summary>The median, zeros included; the mean of the two in the middle of an even number of values, 0 of none.</summary>
    public T Median(int slot, long rows)
    {
        var (list, zeros) = Get(slot, rows);
        var values = CollectionsMarshal.AsSpan(list);
        values.Sort();
        int negative = values.BinarySearch(T.Zero);
        negative = negative < 0 ? ~negative : negative;
        int count = values.Length + zeros;
        if (count == 0)
            return T.Zero;
        T upper = At(values, count / 2);
        return count % 2 == 1 ? upper : (At(values, count / 2 - 1) + upper) / T.CreateTruncating(2);

        T At(ReadOnlySpan<T> sorted, int index) =>
            index < negative ? sorted[index] : index < negative + zeros ? T.Zero : sorted[index - zeros];
    }
}

internal sealed class BinningTrainer<T>(SlotSource source, bool fixZero, int maximumBinCount) : NormalizerTrainer<T>(source)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private readonly SlotValues<T> _values = new(source.Size);

    protected override void Add(ReadOnlySpan<T> values, ReadOnlySpan<int> indices) => _values.Add(values, indices);

    public override NormalizerFunction Finish()
    {
        var bounds = new T[Size][];
        for (int i = 0; i < Size; i++)
        {
            var (values, zeros) = _values.Get(i, RowCount);
            bounds[i] = EqualFrequencyBins.FindUpperBounds<T>(CollectionsMarshal.AsSpan(values), zeros, maximumBinCount);
        }
        return new BinFunction<T>(IsVector, bounds, fixZero);
    }
}

internal sealed class SupervisedBinningTrainer<T> : NormalizerTrainer<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private readonly BinLabels _labels;
    private readonly bool _fixZero;
    private readonly int _maximumBinCount;
    private readonly int _minimumExamplesPerBin;
    private readonly List<int> _classes = [];
    private readonly List<T>[] _values;
    private readonly T[] _row;

    public SupervisedBinningTrainer(SlotSource source, BinLabels labels, bool fixZero, int maximumBinCount, int minimumExamplesPerBin) : base(source)
    {
        _labels = labels;
        _fixZero = fixZero;
        _maximumBinCount = maximumBinCount;
        _minimumExamplesPerBin = minimumExamplesPerBin;
        _row = new T[Size];
        _values = new List<T>[Size];
        for (int i = 0; i < Size; i++)
            _values[i] = [];
    }

    // A row with a missing label or value is left out.
    protected override void Add(ReadOnlySpan<T> values, ReadOnlySpan<int> indices)
    {
        int label = _labels.Get();
        if (label < 0)
            return;
        foreach (T value in values)
        {
            if (T.IsNaN(value))
                return;
        }
        _row.AsSpan().Clear();
        for (int i = 0; i < values.Length; i++)
            _row[indices.IsEmpty ? i : indices[i]] = values[i];
        for (int i = 0; i < _row.Length; i++)
            _values[i].Add(_row[i]);
        _classes.Add(label);
    }

    public override NormalizerFunction Finish()
    {
        var bounds = new T[Size][];
        for (int i = 0; i < Size; i++)
        {
            bounds[i] = EntropyBins.FindUpperBounds<T>(
                CollectionsMarshal.AsSpan(_values[i]), CollectionsMarshal.AsSpan(_classes), _labels.Count, _maximumBinCount, _minimumExamplesPerBin);
        }
        return new BinFunction<T>(IsVector, bounds, _fixZero);
    }
}
