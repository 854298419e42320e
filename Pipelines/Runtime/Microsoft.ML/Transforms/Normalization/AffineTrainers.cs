using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Transforms;

/// <summary>The least and the largest value of each slot; NaN counts for nothing.</summary>
internal sealed class SlotRanges<T>(int size) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly long[] _sparseCounts = new long[size];
    private long _denseRows;
    private long _rows;

    public T[] Min { get; } = Enumerable.Repeat(T.PositiveInfinity, size).ToArray();

    public T[] Max { get; } = Enumerable.Repeat(T.NegativeInfinity, size).ToArray();

    public void Add(ReadOnlySpan<T> values, ReadOnlySpan<int> indices)
    {
        _rows++;
        if (values.Length == Min.Length)
        {
            _denseRows++;
            AddDense(values);
            return;
        }
        for (int i = 0; i < values.Length; i++)
        {
            _sparseCounts[indices[i]]++;
            Add(values[i], indices[i]);
        }
    }

    /// <summary>Takes the zeros that sparse rows left out.</summary>
    public void Finish()
    {
        for (int i = 0; i < Min.Length; i++)
        {
            if (_denseRows + _sparseCounts[i] < _rows)
                Add(T.Zero, i);
        }
    }

    private void AddDense(ReadOnlySpan<T> values)
    {
        int i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var value = new Vector<T>(values[i..]);
            var min = new Vector<T>(Min, i);
            var max = new Vector<T>(Max, i);
            Vector.ConditionalSelect(Vector.LessThan(value, min), value, min).CopyTo(Min, i);
            Vector.ConditionalSelect(Vector.GreaterThan(value, max), value, max).CopyTo(Max, i);
        }
        for (; i < values.Length; i++)
            Add(values[i], i);
    }

    private void Add(T value, int slot)
    {
        if (value > Max[slot])
            Max[slot] = value;
        if (value < Min[slot])
            Min[slot] = value;
    }
}

internal sealed class MinMaxTrainer<T>(SlotSource source, bool fixZero) : NormalizerTrainer<T>(source) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SlotRanges<T> _ranges = new(source.Size);

    protected override void Add(ReadOnlySpan<T> values, ReadOnlySpan<int> indices) => _ranges.Add(values, indices);

    public override NormalizerFunction Finish()
    {
        _ranges.Finish();
        var scale = new T[Size];
        var offset = fixZero ? null : new T[Size];
        for (int i = 0; i < Size; i++)
        {
            T min = _ranges.Min[i], max = _ranges.Max[i];
            // A slot that is constant, or never had a value, tells nothing and becomes zero.
            if (!(max > min))
                continue;
            scale[i] = T.One / (fixZero ? T.Max(T.Abs(max), T.Abs(min)) : max - min);
            if (!fixZero && !T.IsZero(scale[i]))
                offset[i] = min;
        }
        return new AffineFunction<T>(IsVector, scale, offset);
    }
}

/// <summary>Welford's recurrence for the mean and the squared deviations of the non-zero finite values; zeros are folded in at the end.</summary>
internal sealed class MeanVarianceTrainer<T>(SlotSource source, bool fixZero, bool useLog, bool useCdf) : NormalizerTrainer<T>(source)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double[] _mean = new double[source.Size];
    private readonly double[] _squares = new double[source.Size];
    private readonly double[] _counts = new double[source.Size];
    private readonly double[] _nonFinite = new double[source.Size];
    private readonly double[] _row = new double[source.Size];

    protected override void Add(ReadOnlySpan<T> values, ReadOnlySpan<int> indices)
    {
        if (values.Length < Size || useLog)
        {
            for (int i = 0; i < values.Length; i++)
                Add(values[i], indices.IsEmpty ? i : indices[i]);
            return;
        }
        ReadOnlySpan<double> row = _row;
        if (typeof(T) == typeof(double))
            row = MemoryMarshal.Cast<T, double>(values);
        else
            TensorPrimitives.ConvertTruncating(values, _row.AsSpan());
        int slot = 0;
        for (; slot <= row.Length - Vector<double>.Count; slot += Vector<double>.Count)
            Add(new Vector<double>(row[slot..]), slot);
        for (; slot < row.Length; slot++)
            Add(values[slot], slot);
    }

    private void Add(Vector<double> value, int slot)
    {
        var isNonZero = ~Vector.Equals(value, Vector<double>.Zero);
        var isFinite = Vector.LessThanOrEqual(Vector.Abs(value), new Vector<double>(double.MaxValue));
        var isUsed = isNonZero & isFinite;
        var mean = new Vector<double>(_mean, slot);
        var squares = new Vector<double>(_squares, slot);
        var counts = new Vector<double>(_counts, slot) + Vector.ConditionalSelect(isUsed, Vector<double>.One, Vector<double>.Zero);
        var nonFinite = new Vector<double>(_nonFinite, slot) + Vector.ConditionalSelect(Vector.AndNot(isNonZero, isFinite), Vector<double>.One, Vector<double>.Zero);
        var delta = value - mean;
        var next = mean + delta / counts;
        Vector.ConditionalSelect(isUsed, next, mean).CopyTo(_mean, slot);
        Vector.ConditionalSelect(isUsed, squares + delta * (value - next), squares).CopyTo(_squares, slot);
        counts.CopyTo(_counts, slot);
        nonFinite.CopyTo(_nonFinite, slot);
    }

    private void Add(T item, int slot)
    {
        if (T.IsZero(item))
            return;
        if (useLog)
            item = FromDouble(Math.Log(ToDouble(item)));
        if (!T.IsFinite(item))
        {
            _nonFinite[slot]++;
            return;
        }
        double value = ToDouble(item);
        _counts[slot]++;
        double delta = value - _mean[slot];
        _mean[slot] += delta / _counts[slot];
        _squares[slot] += delta * (value - _mean[slot]);
    }

    public override NormalizerFunction Finish()
    {
        // Zeros have no logarithm.
        for (int i = 0; i < Size && !useLog; i++)
            FoldInZeros(i, RowCount - _nonFinite[i] - _counts[i]);
        return useCdf ? FinishCdf() : FinishAffine();
    }

    private void FoldInZeros(int slot, double zeros)
    {
        if (zeros == 0)
            return;
        _counts[slot] += zeros;
        double delta = -_mean[slot];
        _mean[slot] += delta * zeros / _counts[slot];
        _squares[slot] += delta * -_mean[slot] * zeros;
    }

    private CdfFunction<T> FinishCdf()
    {
        var mean = new T[Size];
        var deviation = new T[Size];
        for (int i = 0; i < Size; i++)
        {
            if (_squares[i] == 0 || _counts[i] == 0)
                continue;
            mean[i] = FromDouble(_mean[i]);
            deviation[i] = FromDouble(Math.Sqrt(_squares[i] / _counts[i]));
        }
        return new CdfFunction<T>(IsVector, mean, deviation, useLog);
    }

    private AffineFunction<T> FinishAffine()
    {
        var scale = new T[Size];
        var offset = fixZero ? null : new T[Size];
        for (int i = 0; i < Size; i++)
        {
            // A constant slot tells nothing and becomes zero.
            if (_squares[i] == 0)
                continue;
            double variance = _squares[i] / _counts[i];
            double spread = Math.Sqrt(fixZero ? variance + _mean[i] * _mean[i] : variance);
            scale[i] = T.One / FromDouble(spread);
            if (!fixZero && !T.IsZero(scale[i]))
                offset[i] = FromDouble(_mean[i]);
        }
        return new AffineFunction<T>(IsVector, scale, offset);
    }
}

internal sealed class RobustScalingTrainer<T>(SlotSource source, bool centerData, uint quantileMin, uint quantileMax) : NormalizerTrainer<T>(source)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SlotRanges<T> _ranges = new(source.Size);
    private readonly SlotValues<T> _values = new(source.Size);

    protected override void Add(ReadOnlySpan<T> values, ReadOnlySpan<int> indices)
    {
        _ranges.Add(values, indices);
        if (centerData)
            _values.Add(values, indices);
    }

    public override NormalizerFunction Finish()
    {
        _ranges.Finish();
        var scale = new T[Size];
        var offset = centerData ? new T[Size] : null;
        for (int i = 0; i < Size; i++)
        {
            T min = _ranges.Min[i], max = _ranges.Max[i];
            if (!(max > min))
                continue;
            // The quantiles are of the range, not of the values.
            T range = (max - min) * T.CreateTruncating(quantileMax - quantileMin) / T.CreateTruncating(100);
            scale[i] = T.One / range;
            if (centerData)
                offset[i] = _values.Median(i, RowCount);
        }
        return new AffineFunction<T>(IsVector, scale, offset);
    }
}
