using System.Numerics;

namespace MLPipelines.Data;

/// <summary>
/// Quantiles of non-negative whole numbers in constant memory: one bin for each value below 4,096, and above it 2,048
/// equal bins for each power of two.
/// </summary>
internal sealed class QuantileCounter
{
    private const int MantissaBits = 11;
    private const int BinsPerOctave = 1 << MantissaBits;

    private long[] _bins = new long[2 * BinsPerOctave];
    private long _count;
    private long _minimum = long.MaxValue;
    private long _maximum;
    private double _sum;

    public void Add(int value)
    {
        int bin = Bin(value);
        if (bin >= _bins.Length)
            Array.Resize(ref _bins, (bin / BinsPerOctave + 1) * BinsPerOctave);
        _bins[bin]++;
        _count++;
        _sum += value;
        _minimum = Math.Min(_minimum, value);
        _maximum = Math.Max(_maximum, value);
    }

    public QuantileSummary Summarize() => _count == 0
        ? new QuantileSummary(0, 0, 0, 0, 0, 0, 0, 0, 0)
        : new QuantileSummary(_count, _sum / _count, _minimum, Quantile(25), Quantile(50), Quantile(75), Quantile(95), Quantile(99), _maximum);

    private long Quantile(int percent)
    {
        long rank = (long)decimal.Ceiling(_count * (decimal)percent / 100);
        long seen = 0;
        for (int bin = 0; ; bin++)
        {
            seen += _bins[bin];
            if (seen >= rank)
                return Math.Clamp(LowerBound(bin), _minimum, _maximum);
        }
    }

    private static int Bin(int value)
    {
        int shift = Math.Max(0, BitOperations.Log2((uint)value | 1) - MantissaBits);
        return (shift << MantissaBits) + (value >> shift);
    }

    private static long LowerBound(int bin)
    {
        int shift = Math.Max(0, (bin >> MantissaBits) - 1);
        return (long)(bin - (shift << MantissaBits)) << shift;
    }
}
