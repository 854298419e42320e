namespace MLPipelines.Sweeps;

/// <summary>A tree over points of a unit cube whose leaves hold the mean of the values in them.</summary>
internal sealed class RegressionTree
{
    private const double SmallestGain = 1e-12;
    private const double TriedShare = 0.8;

    private readonly List<Node> _nodes = [];
    private readonly double[][] _points;
    private readonly double[] _values;
    private readonly int[] _choices;
    private readonly Random _random;
    private readonly int _least;
    private readonly Func<int, TreeBox, bool>? _maySplit;

    private readonly record struct Node(int Coordinate, double Threshold, int Low, int High, double Value);

    /// <summary>Grows a tree.</summary>
    /// <param name="points">The points.</param>
    /// <param name="values">Their values.</param>
    /// <param name="rows">Which of the points it is grown on.</param>
    /// <param name="choices">The values of each coordinate that is a choice without an order; 0 of others.</param>
    /// <param name="random">Draws coordinates and thresholds.</param>
    /// <param name="least">The fewest points of a leaf.</param>
    /// <param name="maySplit">Says of a coordinate and a box whether the coordinate may split it; null where all may.</param>
    public RegressionTree(double[][] points, double[] values, int[] rows, int[] choices, Random random, int least, Func<int, TreeBox, bool>? maySplit = null)
    {
        (_points, _values, _choices, _random, _least, _maySplit) = (points, values, choices, random, least, maySplit);
        Grow(rows, TreeBox.Whole(choices));
    }

    public double Predict(double[] point)
    {
        int at = 0;
        while (_nodes[at].Coordinate >= 0)
            at = GoesLow(point, _nodes[at].Coordinate, _nodes[at].Threshold) ? _nodes[at].Low : _nodes[at].High;
        return _nodes[at].Value;
    }

    /// <summary>The boxes of the leaves, which fill the cube, and their values.</summary>
    public IEnumerable<(TreeBox Box, double Value)> Leaves()
    {
        var open = new Stack<(int At, TreeBox Box)>([(0, TreeBox.Whole(_choices))]);
        while (open.TryPop(out var next))
        {
            var node = _nodes[next.At];
            if (node.Coordinate < 0)
            {
                yield return (next.Box, node.Value);
                continue;
            }
            var (low, high) = next.Box.Split(node.Coordinate, node.Threshold);
            open.Push((node.High, high));
            open.Push((node.Low, low));
        }
    }

    private bool GoesLow(double[] point, int coordinate, double threshold) => _choices[coordinate] > 0 ? point[coordinate] == threshold : point[coordinate] <= threshold;

    private int Grow(int[] rows, TreeBox box)
    {
        int at = _nodes.Count;
        double mean = rows.Average(row => _values[row]);
        _nodes.Add(new Node(-1, 0, 0, 0, mean));
        var (coordinate, threshold) = rows.Length < 2 * _least ? (-1, 0) : BestSplit(rows, box);
        if (coordinate < 0)
            return at;
        var low = Array.FindAll(rows, row => GoesLow(_points[row], coordinate, threshold));
        var high = Array.FindAll(rows, row => !GoesLow(_points[row], coordinate, threshold));
        var (lowBox, highBox) = _maySplit is null ? (box, box) : box.Split(coordinate, threshold);
        int lowAt = Grow(low, lowBox), highAt = Grow(high, highBox);
        _nodes[at] = new Node(coordinate, threshold, lowAt, highAt, mean);
        return at;
    }

    private (int Coordinate, double Threshold) BestSplit(int[] rows, TreeBox box)
    {
        (int, double) best = (-1, 0);
        double bestGain = SmallestGain;
        int dimensions = _choices.Length, tried = Math.Max(1, (int)Math.Ceiling(TriedShare * dimensions));
        var order = Enumerable.Range(0, dimensions).ToArray();
        _random.Shuffle(order);
        double total = rows.Sum(row => _values[row]);
        foreach (int d in order.AsSpan(0, tried))
        {
            if (_maySplit?.Invoke(d, box) == false)
                continue;
            var values = rows.Select(row => _points[row][d]).Distinct().Order().ToArray();
            for (int i = 0; i + (_choices[d] > 0 ? 0 : 1) < values.Length && values.Length > 1; i++)
            {
                // Between two values the place is drawn, so that trees differ and the forest is smooth.
                double threshold = _choices[d] > 0 ? values[i] : values[i] + (values[i + 1] - values[i]) * _random.NextDouble();
                double sum = 0;
                int count = 0;
                foreach (int row in rows)
                {
                    if (GoesLow(_points[row], d, threshold))
                    {
                        sum += _values[row];
                        count++;
                    }
                }
                int rest = rows.Length - count;
                if (count < _least || rest < _least)
                    continue;
                double gain = sum * sum / count + (total - sum) * (total - sum) / rest - total * total / rows.Length;
                if (gain > bestGain)
                    (best, bestGain) = ((d, threshold), gain);
            }
        }
        return best;
    }
}

/// <summary>A part of a unit cube: an interval of each coordinate, or some of its choices.</summary>
/// <param name="Low">The lower ends.</param>
/// <param name="High">The upper ends.</param>
/// <param name="Choices">For each coordinate that is a choice, which of its values are in the box; null for others.</param>
internal sealed record TreeBox(double[] Low, double[] High, bool[]?[] Choices)
{
    public static TreeBox Whole(int[] choices) => new(
        new double[choices.Length], [.. Enumerable.Repeat(1.0, choices.Length)], Array.ConvertAll(choices, count => count == 0 ? null : Enumerable.Repeat(true, count).ToArray()));

    /// <summary>The part of a coordinate that is in the box.</summary>
    public double Width(int coordinate) => Choices[coordinate] is { } choices ? (double)choices.Count(isIn => isIn) / choices.Length : High[coordinate] - Low[coordinate];

    public (TreeBox Low, TreeBox High) Split(int coordinate, double threshold)
    {
        if (Choices[coordinate] is not { } choices)
            return (this with { High = With(High, coordinate, threshold) }, this with { Low = With(Low, coordinate, threshold) });
        int value = Math.Min(choices.Length - 1, (int)(threshold * choices.Length));
        return (
            this with { Choices = With(Choices, coordinate, [.. choices.Select((isIn, at) => isIn && at == value)]) },
            this with { Choices = With(Choices, coordinate, [.. choices.Select((isIn, at) => isIn && at != value)]) });
    }

    private static T[] With<T>(T[] values, int at, T value)
    {
        var copy = (T[])values.Clone();
        copy[at] = value;
        return copy;
    }
}
