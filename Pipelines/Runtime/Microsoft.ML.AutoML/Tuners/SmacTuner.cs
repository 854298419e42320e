namespace Microsoft.ML.AutoML;

/// <summary>
/// Sequential model-based algorithm configuration (Hutter, Hoos and Leyton-Brown, LION 2011): a forest of regression trees models the loss, and those points are tried next
/// at which it expects the most improvement, found among random points and by local search from the best.
/// </summary>
internal sealed class SmacTuner : PointTuner
{
    private readonly SmacSettings _settings;
    private readonly List<(double[] Point, double Loss)> _tried = [];
    private readonly Queue<double[]> _next = new();
    private int _started;

    public SmacTuner(SearchSpace.SearchSpace space, int? seed, SmacSettings settings)
        : base(space, seed)
    {
        settings.Check();
        _settings = settings;
    }

    protected override double[] Next()
    {
        if (_started++ == 0)
            return Coordinates.Default;
        if (_tried.Count < Math.Max(2, _settings.InitialPopulation))
            return Coordinates.Sample(Random);
        if (_next.Count == 0)
            Fill();
        return _next.Dequeue();
    }

    protected override void SkipOne() => _started++;

    protected override void Learn(double[] point, double loss, double cost)
    {
        if (double.IsFinite(loss))
            _tried.Add((point, loss));
    }

    private void Fill()
    {
        // On a logarithmic scale a few very bad points do not hide the differences between good ones.
        double[] losses = [.. _tried.Select(trial => trial.Loss).Order()];
        double least = losses[0], spread = Math.Max(1e-12, losses[losses.Length / 2] - least);
        double Scale(double loss) => Math.Log(1e-3 + (loss - least) / spread);
        var forest = new RegressionForest([.. _tried.Select(trial => (trial.Point, Scale(trial.Loss)))], Coordinates.Choices, _settings, Random);
        double best = Scale(least);
        double Improvement(double[] point)
        {
            var (mean, deviation) = forest.Predict(point);
            return ExpectedImprovement(best, mean, deviation);
        }
        var candidates = new List<(double[] Point, double Value)>();
        foreach (var (parent, _) in _tried.OrderBy(trial => trial.Loss).Take(_settings.LocalSearchParents))
            candidates.Add(Climb(parent, Improvement));
        for (int i = 0; i < _settings.RandomConfigurations; i++)
        {
            double[] point = Coordinates.Sample(Random);
            candidates.Add((point, Improvement(point)));
        }
        foreach (var (point, _) in candidates.OrderByDescending(candidate => candidate.Value).DistinctBy(candidate => string.Join(' ', candidate.Point)).Take(_settings.FitEvery))
            _next.Enqueue(point);
    }

    private (double[] Point, double Value) Climb(double[] from, Func<double[], double> improvement)
    {
        var (at, value) = (from, improvement(from));
        while (true)
        {
            var (best, bestValue) = (at, value);
            foreach (double[] neighbour in Neighbours(at))
            {
                double there = improvement(neighbour);
                if (there > bestValue)
                    (best, bestValue) = (neighbour, there);
            }
            if (bestValue - value <= _settings.Epsilon)
                return (best, bestValue);
            (at, value) = (best, bestValue);
        }
    }

    /// <summary>Points that differ in one coordinate: all other choices, and numbers nearby.</summary>
    private IEnumerable<double[]> Neighbours(double[] point)
    {
        for (int i = 0; i < point.Length; i++)
        {
            int count = Coordinates.Choices[i];
            for (int n = 0; n < (count > 0 ? count : _settings.NumericNeighbours); n++)
            {
                double[] other = [.. point];
                other[i] = count > 0 ? (n + 0.5) / count : Coordinates.Reflect(point[i] + 0.2 * Coordinates.Normal(Random));
                if (other[i] != point[i])
                    yield return other;
            }
        }
    }

    private static double ExpectedImprovement(double best, double mean, double deviation)
    {
        if (deviation < 1e-12)
            return Math.Max(0, best - mean);
        double z = (best - mean) / deviation;
        return (best - mean) * NormalShare(z) + deviation * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
    }

    /// <summary>The share of a normal distribution below a value (Abramowitz and Stegun 26.2.17, good to 7.5e-8).</summary>
    private static double NormalShare(double z)
    {
        double t = 1 / (1 + 0.2316419 * Math.Abs(z));
        double tail = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return z >= 0 ? 1 - tail : tail;
    }
}

/// <summary>The settings of <see cref="SmacTuner"/>, named as in its paper.</summary>
internal sealed record SmacSettings(
    int InitialPopulation, int FitEvery, int Trees, int LeastToSplit, float SplitRatio, int LocalSearchParents, int RandomConfigurations, double Epsilon, int NumericNeighbours)
{
    public void Check()
    {
        AutoMLErrors.CheckRange(InitialPopulation >= 1, "numberInitialPopulation", InitialPopulation, "1 or more");
        AutoMLErrors.CheckRange(FitEvery >= 1, "fitModelEveryNTrials", FitEvery, "1 or more");
        AutoMLErrors.CheckRange(Trees >= 1, "numberOfTrees", Trees, "1 or more");
        AutoMLErrors.CheckRange(LeastToSplit >= 2, "nMinForSpit", LeastToSplit, "2 or more");
        AutoMLErrors.CheckRange(SplitRatio is > 0 and <= 1, "splitRatio", SplitRatio, "above 0 and at most 1");
        AutoMLErrors.CheckRange(LocalSearchParents >= 0, "localSearchParentCount", LocalSearchParents, "0 or more");
        AutoMLErrors.CheckRange(RandomConfigurations >= FitEvery, "numRandomEISearchConfigurations", RandomConfigurations, "at least fitModelEveryNTrials");
        AutoMLErrors.CheckRange(Epsilon >= 0, "epsilon", Epsilon, "0 or more");
        AutoMLErrors.CheckRange(NumericNeighbours >= 1, "numNeighboursForNumericalParams", NumericNeighbours, "1 or more");
    }
}

/// <summary>Regression trees, each grown on a bootstrap sample with a share of the coordinates tried at each split.</summary>
internal sealed class RegressionForest
{
    private readonly Node[] _trees;
    private readonly int[] _choices;

    public RegressionForest(IReadOnlyList<(double[] Point, double Value)> rows, int[] choices, SmacSettings settings, Random random)
    {
        _choices = choices;
        _trees = new Node[settings.Trees];
        for (int t = 0; t < _trees.Length; t++)
        {
            var sample = new (double[] Point, double Value)[rows.Count];
            for (int i = 0; i < sample.Length; i++)
                sample[i] = rows[random.Next(rows.Count)];
            _trees[t] = Grow(sample, settings, random);
        }
    }

    /// <summary>The mean of the trees and their spread about it.</summary>
    public (double Mean, double Deviation) Predict(double[] point)
    {
        double sum = 0, squares = 0;
        foreach (var tree in _trees)
        {
            var node = tree;
            while (node.Low is not null)
                node = GoesLow(point, node.Coordinate, node.Threshold) ? node.Low : node.High;
            sum += node.Mean;
            squares += node.Mean * node.Mean + node.Variance;
        }
        double mean = sum / _trees.Length;
        return (mean, Math.Sqrt(Math.Max(0, squares / _trees.Length - mean * mean)));
    }

    private bool GoesLow(double[] point, int coordinate, double threshold) => _choices[coordinate] > 0 ? point[coordinate] == threshold : point[coordinate] <= threshold;

    private Node Grow((double[] Point, double Value)[] rows, SmacSettings settings, Random random)
    {
        double mean = rows.Average(row => row.Value), variance = rows.Average(row => (row.Value - mean) * (row.Value - mean));
        if (rows.Length < settings.LeastToSplit || variance <= 0)
            return new Node(mean, variance, 0, 0, null, null);
        int[] order = [.. Enumerable.Range(0, _choices.Length)];
        random.Shuffle(order);
        (double Gain, int Coordinate, double Threshold) best = (0, -1, 0);
        foreach (int d in order.AsSpan(0, Math.Max(1, (int)Math.Ceiling(settings.SplitRatio * order.Length))))
        {
            foreach (double threshold in Thresholds(rows, d, random))
            {
                double sum = 0, total = 0;
                int count = 0;
                foreach (var (point, value) in rows)
                {
                    total += value - mean;
                    if (!GoesLow(point, d, threshold))
                        continue;
                    sum += value - mean;
                    count++;
                }
                if (count == 0 || count == rows.Length)
                    continue;
                double gain = sum * sum / count + (total - sum) * (total - sum) / (rows.Length - count);
                if (gain > best.Gain)
                    best = (gain, d, threshold);
            }
        }
        if (best.Coordinate < 0)
            return new Node(mean, variance, 0, 0, null, null);
        return new Node(
            mean, variance, best.Coordinate, best.Threshold,
            Grow(Array.FindAll(rows, row => GoesLow(row.Point, best.Coordinate, best.Threshold)), settings, random),
            Grow(Array.FindAll(rows, row => !GoesLow(row.Point, best.Coordinate, best.Threshold)), settings, random));
    }

    /// <summary>Each choice; between two neighbouring numbers a place that is drawn, so that the trees differ.</summary>
    private IEnumerable<double> Thresholds((double[] Point, double Value)[] rows, int coordinate, Random random)
    {
        double[] values = [.. rows.Select(row => row.Point[coordinate]).Distinct().Order()];
        if (values.Length < 2)
            return [];
        return _choices[coordinate] > 0 ? values : values.Zip(values.Skip(1), (low, high) => low + (high - low) * random.NextDouble());
    }

    private sealed record Node(double Mean, double Variance, int Coordinate, double Threshold, Node Low, Node High);
}
