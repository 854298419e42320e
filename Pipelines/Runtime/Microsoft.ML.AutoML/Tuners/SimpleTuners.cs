using System.Numerics;

namespace Microsoft.ML.AutoML;

/// <summary>Points drawn at random.</summary>
internal sealed class RandomSearchTuner(SearchSpace.SearchSpace space, int? seed) : PointTuner(space, seed)
{
    protected override double[] Next() => Coordinates.Sample(Random);

    protected override void SkipOne() => Coordinates.Sample(Random);
}

/// <summary>
/// The points of a grid, each once, in an order that varies every coordinate from the start: the numbers of the points are walked through by a stride near the
/// golden section of their count that has no factor in common with it.
/// </summary>
internal sealed class GridSearchTuner : PointTuner, IFiniteTuner
{
    private readonly int[] _counts;
    private readonly BigInteger _size;
    private readonly BigInteger _stride;
    private BigInteger _number;
    private BigInteger _given;

    /// <param name="space">What is searched.</param>
    /// <param name="step">How many values of a number are tried; a choice has all of its own.</param>
    public GridSearchTuner(SearchSpace.SearchSpace space, int step)
        : base(space, 0)
    {
        AutoMLErrors.CheckRange(step >= 2, nameof(step), step, "2 or more");
        _counts = [.. Coordinates.Steps.Select((count, i) => Coordinates.Choices[i] > 0 ? Coordinates.Choices[i] : Math.Min(count ?? step, step))];
        _size = _counts.Aggregate(BigInteger.One, (product, count) => product * count);
        _stride = _size * 618_034 / 1_000_000 + 1;
        while (BigInteger.GreatestCommonDivisor(_stride, _size) != 1)
            _stride++;
    }

    public bool IsExhausted => _given >= _size;

    protected override double[] Next()
    {
        var point = new double[_counts.Length];
        var rest = _number;
        for (int i = 0; i < point.Length; i++)
        {
            rest = BigInteger.DivRem(rest, _counts[i], out var digit);
            point[i] = Coordinates.Choices[i] > 0 ? ((double)digit + 0.5) / _counts[i] : _counts[i] == 1 ? 0.5 : (double)digit / (_counts[i] - 1);
        }
        SkipOne();
        return point;
    }

    protected override void SkipOne() => (_number, _given) = ((_number + _stride) % _size, _given + 1);
}
