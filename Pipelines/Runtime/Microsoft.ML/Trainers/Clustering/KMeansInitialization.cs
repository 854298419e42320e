using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Points with weights: the examples of a training set, or candidates for centroids.</summary>
internal readonly struct WeightedPoints
{
    private readonly TrainingSet _examples;
    private readonly float[][] _points;
    private readonly float[] _weights;

    public WeightedPoints(TrainingSet examples)
    {
        _examples = examples;
    }

    public WeightedPoints(float[][] points, float[] weights)
    {
        _points = points;
        _weights = weights;
    }

    public ReadOnlySpan<int> Order => _examples == null ? (int[])[.. Enumerable.Range(0, _points.Length)] : _examples.Order();

    public FeatureRow this[int index] => _examples == null ? new FeatureRow(_points[index], default, _points[index].Length) : _examples.Features(index);

    public float Weight(int index) => _examples == null ? _weights[index] : _examples.Weight(index);
}

/// <summary>Chooses the first centroids.</summary>
internal static class KMeansInitialization
{
    private const float SmallestWeight = 1e-15f;
    private const int FewestClustersForOversampling = 60;
    private const int OversampledRounds = 5;
    private const int OversamplingFactor = 2;

    /// <summary>Each centroid is an example drawn with a likelihood of its squared distance from those before.</summary>
    /// <remarks>D. Arthur and S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding" (2007).</remarks>
    public static float[][] PlusPlus(Random random, WeightedPoints points, int count)
    {
        var centroids = new float[count][];
        var norms = new float[count];
        for (int i = 0; i < count; i++)
        {
            double total = 0;
            int candidate = -1;
            foreach (int row in points.Order)
            {
                var features = points[row];
                float weight = i == 0 ? 1 : float.PositiveInfinity;
                float norm = i == 0 ? 0 : features.NormSquared();
                for (int j = 0; j < i; j++)
                    weight = Math.Min(weight, -2 * features.Dot(centroids[j]) + norm + norms[j]);
                // Rounding can make a distance negative.
                if (!(weight > 0))
                    continue;
                weight *= points.Weight(row);
                total += weight;
                if (weight > SmallestWeight && RandomUtils.NextSingle(random) < weight / total)
                    candidate = row;
            }
            if (candidate < 0)
                throw Contracts.Except($"Not enough distinct instances to populate {count} clusters (only found {i} distinct instances)");
            norms[i] = points[candidate].NormSquared();
            centroids[i] = Dense(points[candidate]);
        }
        return centroids;
    }

    /// <summary>Examples at random.</summary>
    public static float[][] Sample(Random random, TrainingSet examples, int count) =>
        [.. Reservoir(random, examples, count, _ => 1).Select(row => Dense(examples.Features(row)))];

    /// <summary>Several examples a round, drawn by their distance; where they are too many, they are thinned out by how many examples are near.</summary>
    /// <remarks>B. Bahmani et al., "Scalable K-Means++" (2012).</remarks>
    public static float[][] Parallel(Random random, TrainingSet examples, int count)
    {
        bool oversample = count >= FewestClustersForOversampling;
        int rounds = oversample ? OversampledRounds : count - 1;
        int perRound = oversample ? OversamplingFactor * count : 1;
        var nearest = new NearestCandidates(examples, rounds * perRound + 1);
        nearest.Add(Reservoir(random, examples, 1, _ => 1));
        for (int round = 0; round < rounds; round++)
            nearest.Add(Reservoir(random, examples, perRound, nearest.DistanceSquared));
        float[] weights = nearest.CountNearest();
        // The pass that weighs the candidates has a generator of its own.
        RandomUtils.Create(random);
        return oversample ? PlusPlus(random, new WeightedPoints(nearest.Candidates, weights), count) : nearest.Candidates;
    }

    public static float[] Dense(FeatureRow features)
    {
        if (features.IsDense)
            return features.Values.ToArray();
        var dense = new float[features.Length];
        for (int i = 0; i < features.Indices.Length; i++)
            dense[features.Indices[i]] = features.Values[i];
        return dense;
    }

    /// <summary>Draws examples with a likelihood of their weights.</summary>
    /// <remarks>P. Efraimidis and P. Spirakis, "Weighted random sampling" (2005), algorithm A-Res.</remarks>
    private static int[] Reservoir(Random parent, TrainingSet examples, int count, Func<int, float> weigh)
    {
        var random = RandomUtils.Create(parent);
        var heap = new PriorityQueue<int, double>(count);
        foreach (int row in examples.Order())
        {
            float weight = weigh(row);
            if (weight == 0)
                weight = float.Epsilon;
            // As near as this to a centroid, an example is the same point.
            if (weight <= SmallestWeight)
                continue;
            double key = Math.Log(random.NextDouble()) / weight;
            if (heap.Count < count)
                heap.Enqueue(row, key);
            else if (heap.TryPeek(out _, out double smallest) && key > smallest)
                heap.DequeueEnqueue(row, key);
        }
        if (heap.Count != count)
            throw Contracts.Except("Failed to initialize clusters: too few examples");
        var rows = new int[count];
        for (int i = 0; i < count; i++)
            rows[i] = heap.Dequeue();
        return rows;
    }

    /// <summary>Candidates for centroids, and which of them is nearest to each example.</summary>
    private sealed class NearestCandidates(TrainingSet examples, int capacity)
    {
        private readonly float[] _norms = new float[capacity];
        private readonly int[] _best = [.. Enumerable.Repeat(-1, examples.RowCount)];
        private readonly float[] _bestWeights = [.. Enumerable.Repeat(float.MaxValue, examples.RowCount)];
        private int _count;
        private int _previousCount;
        private float[] _distances;

        public float[][] Candidates { get; } = new float[capacity][];

        public void Add(ReadOnlySpan<int> rows)
        {
            _previousCount = _count;
            _distances = new float[rows.Length * Math.Max(1, _previousCount)];
            for (int i = 0; i < rows.Length; i++)
            {
                var candidate = Dense(examples.Features(rows[i]));
                Candidates[_count] = candidate;
                _norms[_count] = VectorMath.SumSq(candidate);
                for (int j = 0; j < _previousCount; j++)
                    _distances[i * _previousCount + j] = (float)Math.Sqrt(_norms[_count] - 2 * VectorMath.Dot(candidate, Candidates[j]) + _norms[j]);
                _count++;
            }
        }

        /// <summary>The squared distance of an example from the nearest candidate, which it remembers.</summary>
        public float DistanceSquared(int row)
        {
            var (best, weight, norm) = Find(row);
            if (best != _best[row])
            {
                _best[row] = best;
                _bestWeights[row] = weight;
            }
            float distance = weight + norm;
            return distance >= 0 ? distance : 0;
        }

        /// <summary>How many examples are nearest to each candidate.</summary>
        public float[] CountNearest()
        {
            var counts = new float[_count];
            foreach (int row in examples.Order())
                counts[Find(row).Best]++;
            return counts;
        }

        /// <summary>Only the latest candidates can be nearer than the best one before them.</summary>
        private (int Best, float Weight, float Norm) Find(int row)
        {
            var features = examples.Features(row);
            float norm = features.NormSquared();
            int before = _best[row];
            int best = before;
            float weight = _bestWeights[row];
            float distanceSquared = norm + weight;
            float distance = (float)Math.Sqrt(distanceSquared >= 0 ? distanceSquared : 0);
            for (int i = _previousCount; i < _count; i++)
            {
                // The triangle inequality: farther from the best one than twice its distance cannot be nearer.
                if (before >= 0 && _distances[(i - _previousCount) * _previousCount + before] - distance > distance)
                    continue;
                float candidate = -2 * features.Dot(Candidates[i]) + _norms[i];
                if (weight >= candidate)
                {
                    weight = candidate;
                    best = i;
                }
            }
            return (best, weight, norm);
        }
    }
}
