using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// Models the loss by a forest of regression trees and tries where it expects the most improvement, in the manner of SMAC (Hutter, Hoos and Leyton-Brown 2011). For
/// spaces of many choices and conditions.
/// </summary>
public sealed class ForestTuner(SearchSpace space, int seed = 1, IReadOnlyList<Condition>? conditions = null) : Tuner(space, seed, conditions)
{
    private const int Trees = 24;
    private const int LeastInLeaf = 2;

    private protected override double[] Next()
    {
        var trials = Trials.Where(trial => trial.Succeeded).ToArray();
        if (Trials.Count + Pending.Count == 0)
            return Cube.Default;
        if (trials.Length < StartTrials || Trials.Count % 5 == 4)
            return Start.Next();
        var trees = new RegressionTree[Trees];
        var sample = new int[trials.Length];
        double[][] points = Array.ConvertAll(trials, trial => trial.Point);
        double least = trials.Min(trial => trial.Loss), spread = Math.Max(1e-12, trials.OrderBy(trial => trial.Loss).ElementAt(trials.Length / 2).Loss - least);
        double[] losses = Array.ConvertAll(trials, trial => Math.Log(1e-3 + (trial.Loss - least) / spread));
        for (int t = 0; t < Trees; t++)
        {
            for (int i = 0; i < sample.Length; i++)
                sample[i] = Random.Next(sample.Length);
            trees[t] = new RegressionTree(points, losses, [.. sample], Cube.Choices, Random, LeastInLeaf);
        }
        double best = losses.Min();
        var centres = trials.OrderBy(trial => trial.Loss).Take(5).Select(trial => trial.Point);
        var next = ExpectedImprovement.Maximize(Cube, Random, centres, point =>
        {
            double sum = 0, squares = 0;
            foreach (var tree in trees)
            {
                double value = tree.Predict(point);
                sum += value;
                squares += value * value;
            }
            double mean = sum / Trees;
            return ExpectedImprovement.Log(best, mean, Math.Sqrt(Math.Max(1e-6, squares / Trees - mean * mean)));
        });
        return Pending.Any(point => point.AsSpan().SequenceEqual(next)) ? Cube.Random(Random) : next;
    }

    /// <summary>A tree whose leaves hold the mean of the values in them.</summary>
    private sealed class RegressionTree
    {
        private readonly List<Node> _nodes = [];
        private readonly double[][] _points;
        private readonly double[] _values;
        private readonly int[] _choices;
        private readonly Random _random;
        private readonly int _least;

        private readonly record struct Node(int Coordinate, double Threshold, int Low, int High, double Value);

        public RegressionTree(double[][] points, double[] values, int[] rows, int[] choices, Random random, int least)
        {
            (_points, _values, _choices, _random, _least) = (points, values, choices, random, least);
            Grow(rows);
        }

        public double Predict(double[] point)
        {
            int at = 0;
            while (_nodes[at].Coordinate >= 0)
                at = GoesLow(point, _nodes[at].Coordinate, _nodes[at].Threshold) ? _nodes[at].Low : _nodes[at].High;
            return _nodes[at].Value;
        }

        private bool GoesLow(double[] point, int coordinate, double threshold) => _choices[coordinate] > 0 ? point[coordinate] == threshold : point[coordinate] <= threshold;

        private int Grow(int[] rows)
        {
            int at = _nodes.Count;
            double mean = rows.Average(row => _values[row]);
            _nodes.Add(new Node(-1, 0, 0, 0, mean));
            var (coordinate, threshold) = rows.Length < 2 * _least ? (-1, 0) : BestSplit(rows);
            if (coordinate < 0)
                return at;
            var low = Array.FindAll(rows, row => GoesLow(_points[row], coordinate, threshold));
            var high = Array.FindAll(rows, row => !GoesLow(_points[row], coordinate, threshold));
            int lowAt = Grow(low), highAt = Grow(high);
            _nodes[at] = new Node(coordinate, threshold, lowAt, highAt, mean);
            return at;
        }

        private (int Coordinate, double Threshold) BestSplit(int[] rows)
        {
            (int, double) best = (-1, 0);
            double bestGain = 1e-12;
            int dimensions = _choices.Length, tried = Math.Max(1, (int)Math.Ceiling(0.8 * dimensions));
            var order = Enumerable.Range(0, dimensions).ToArray();
            _random.Shuffle(order);
            double total = rows.Sum(row => _values[row]);
            foreach (int d in order.AsSpan(0, tried))
            {
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
}
