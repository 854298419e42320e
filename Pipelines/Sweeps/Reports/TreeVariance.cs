namespace MLPipelines.Sweeps;

/// <summary>The variance of a regression tree over the unit cube, and the parts of it that are due to one coordinate or two.</summary>
internal sealed class TreeVariance
{
    private readonly (TreeBox Box, double Value, double Volume)[] _leaves;
    private readonly double[][] _edges;
    private readonly Dictionary<int, double> _singles = [];

    public TreeVariance((TreeBox Box, double Value)[] leaves, int[] choices)
    {
        _leaves = Array.ConvertAll(leaves, leaf => (leaf.Box, leaf.Value, Enumerable.Range(0, choices.Length).Aggregate(1.0, (volume, d) => volume * leaf.Box.Width(d))));
        _edges = [.. choices.Select((count, d) => count > 0
            ? Enumerable.Range(0, count + 1).Select(i => (double)i / count).ToArray()
            : leaves.SelectMany(leaf => new[] { leaf.Box.Low[d], leaf.Box.High[d] }).Distinct().Order().ToArray())];
        double mean = _leaves.Sum(leaf => leaf.Volume * leaf.Value);
        Total = _leaves.Sum(leaf => leaf.Volume * (leaf.Value - mean) * (leaf.Value - mean));
    }

    /// <summary>The variance of the whole tree.</summary>
    public double Total { get; }

    /// <summary>The variance of the mean over all other coordinates, along one.</summary>
    public double Of(int coordinate)
    {
        if (!_singles.TryGetValue(coordinate, out double variance))
            _singles[coordinate] = variance = Variance(Marginal(coordinate), i => Size(coordinate, i));
        return variance;
    }

    /// <summary>The variance of the mean over all other coordinates, along two.</summary>
    public double Of(int first, int second)
    {
        int columns = _edges[second].Length - 1;
        return Variance(Marginal(first, second), i => Size(first, i / columns) * Size(second, i % columns));
    }

    private double[] Marginal(int coordinate)
    {
        // Each leaf is added where a run of its cells begins, and taken away where it ends.
        var changes = new double[_edges[coordinate].Length];
        foreach (var (box, value, volume) in _leaves)
        {
            double part = value * volume / box.Width(coordinate);
            foreach (var (from, to) in Runs(box, coordinate))
            {
                changes[from] += part;
                changes[to] -= part;
            }
        }
        for (int i = 1; i < changes.Length; i++)
            changes[i] += changes[i - 1];
        return changes[..^1];
    }

    private double[] Marginal(int first, int second)
    {
        int rows = _edges[first].Length, columns = _edges[second].Length;
        var changes = new double[rows, columns];
        foreach (var (box, value, volume) in _leaves)
        {
            double part = value * volume / (box.Width(first) * box.Width(second));
            foreach (var (top, bottom) in Runs(box, first))
            {
                foreach (var (left, right) in Runs(box, second))
                {
                    changes[top, left] += part;
                    changes[bottom, left] -= part;
                    changes[top, right] -= part;
                    changes[bottom, right] += part;
                }
            }
        }
        var cells = new double[(rows - 1) * (columns - 1)];
        for (int i = 0; i < rows - 1; i++)
        {
            double along = 0;
            for (int j = 0; j < columns - 1; j++)
            {
                if (i > 0)
                    changes[i, j] += changes[i - 1, j];
                along += changes[i, j];
                cells[i * (columns - 1) + j] = along;
            }
        }
        return cells;
    }

    private IEnumerable<(int From, int To)> Runs(TreeBox box, int coordinate)
    {
        if (box.Choices[coordinate] is not { } choices)
            return [(Array.BinarySearch(_edges[coordinate], box.Low[coordinate]), Array.BinarySearch(_edges[coordinate], box.High[coordinate]))];
        return Enumerable.Range(0, choices.Length).Where(i => choices[i]).Select(i => (i, i + 1));
    }

    private double Size(int coordinate, int cell) => _edges[coordinate][cell + 1] - _edges[coordinate][cell];

    private static double Variance(double[] values, Func<int, double> size)
    {
        double mean = 0, squares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            mean += size(i) * values[i];
            squares += size(i) * values[i] * values[i];
        }
        return Math.Max(0, squares - mean * mean);
    }
}
