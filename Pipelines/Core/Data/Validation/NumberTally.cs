namespace MLPipelines.Data;

/// <summary>Minimum, mean and maximum of numbers.</summary>
internal sealed class NumberTally
{
    private long _count;
    private double _sum;
    private double _minimum = double.PositiveInfinity;
    private double _maximum = double.NegativeInfinity;

    public void Add(double value)
    {
        _count++;
        _sum += value;
        _minimum = Math.Min(_minimum, value);
        _maximum = Math.Max(_maximum, value);
    }

    public NumberStatistics Statistics(string field) =>
        _count == 0 ? new(field, 0, 0, 0, 0) : new(field, _count, _minimum, _sum / _count, _maximum);
}
