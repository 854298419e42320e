using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Moves centroids to the means of the examples nearest to them until their distances change no more.</summary>
internal sealed class KMeansSolver
{
    private const int RowsBetweenStopChecks = 1024;

    private readonly IHost _host;
    private readonly TrainingSet _examples;
    private readonly float[][] _centroids;
    private readonly float[] _norms;
    private readonly Part[] _parts;
    private readonly float[][] _sums;

    // Bounds on the distance of each example from its centroid and from all others.
    private readonly int[] _best;
    private readonly float[] _upper;
    private readonly float[] _lower;
    private readonly float[] _moves;
    private float _largestMove;

    /// <param name="host">Says when to stop.</param>
    /// <param name="examples">The examples; their weights play no part.</param>
    /// <param name="centroids">The first centroids, which it changes.</param>
    /// <param name="threads">The number of parts into which to cut the examples.</param>
    public KMeansSolver(IHost host, TrainingSet examples, float[][] centroids, int threads)
    {
        _host = host;
        _examples = examples;
        _centroids = centroids;
        _norms = Array.ConvertAll(centroids, centroid => VectorMath.SumSq(centroid));
        _parts = new Part[threads];
        for (int i = 0; i < threads; i++)
            _parts[i] = new Part(centroids.Length, examples.FeatureCount);
        _sums = Matrix(centroids.Length, examples.FeatureCount);
        _best = new int[examples.RowCount];
        _upper = new float[examples.RowCount];
        _lower = new float[examples.RowCount];
        _moves = new float[centroids.Length];
        CheckFinite();
    }

    public void Run(int maximumIterations, float tolerance)
    {
        double lastScore = double.PositiveInfinity;
        for (int iteration = 0; iteration < maximumIterations; iteration++)
        {
            bool isFirst = iteration == 0;
            int count = _examples.Count;
            Parallel.For(0, _parts.Length, i =>
                Assign(_parts[i], (int)((long)count * i / _parts.Length), (int)((long)count * (i + 1) / _parts.Length), isFirst));
            double score = MoveCentroids();
            if (Math.Abs(lastScore - score) < tolerance)
                break;
            lastScore = score;
        }
        CheckFinite();
    }

    private void Assign(Part part, int start, int end, bool isFirst)
    {
        var rows = _examples.Order();
        for (int i = start; i < end; i++)
        {
            if (i % RowsBetweenStopChecks == 0)
                _host.CheckAlive();
            int row = rows[i];
            if (!isFirst)
            {
                _upper[row] += _moves[_best[row]];
                _lower[row] -= _largestMove;
                if (_upper[row] < _lower[row])
                {
                    part.Sizes[_best[row]]++;
                    continue;
                }
            }
            var features = _examples.Features(row);
            int best = FindNearest(features, out float distance, out float second);
            float norm = features.NormSquared();
            _upper[row] = (float)Math.Sqrt(norm + distance);
            _lower[row] = (float)Math.Sqrt(norm + second);
            if (isFirst || best != _best[row])
            {
                Add(features, part.Changes[best]);
                if (!isFirst)
                    features.AddTo(-1, part.Changes[_best[row]]);
            }
            _best[row] = best;
            part.Sizes[best]++;
            part.Score += distance;
        }
    }

    /// <summary>The centroid nearest to an example; distances are squared and lack the norm of the example.</summary>
    private int FindNearest(FeatureRow features, out float distance, out float second)
    {
        distance = second = float.PositiveInfinity;
        int best = 0;
        for (int i = 0; i < _centroids.Length; i++)
        {
            float current = -2 * features.Dot(_centroids[i]) + _norms[i];
            if (current <= distance)
            {
                second = distance;
                distance = current;
                best = i;
            }
            else if (current < second)
            {
                second = current;
            }
        }
        return best;
    }

    /// <summary>Puts the centroids on the means of their examples; gives the mean distance.</summary>
    private double MoveCentroids()
    {
        double score = 0;
        long count = 0;
        var sizes = new long[_centroids.Length];
        foreach (var part in _parts)
        {
            score += part.Score;
            for (int i = 0; i < sizes.Length; i++)
            {
                sizes[i] += part.Sizes[i];
                count += part.Sizes[i];
                VectorMath.Add(part.Changes[i], _sums[i]);
            }
            part.Clear();
        }
        _largestMove = 0;
        for (int i = 0; i < _centroids.Length; i++)
        {
            var mean = (float[])_sums[i].Clone();
            if (sizes[i] > 1)
                VectorMath.Scale((float)(1.0 / sizes[i]), mean);
            _moves[i] = (float)Math.Sqrt(VectorMath.L2DistSquared(mean, _centroids[i]));
            _largestMove = Math.Max(_largestMove, _moves[i]);
            _norms[i] = VectorMath.SumSq(mean);
            mean.CopyTo(_centroids[i], 0);
        }
        return score / count;
    }

    private void CheckFinite() => Contracts.Check(
        Array.TrueForAll(_centroids, centroid => Array.TrueForAll(centroid, float.IsFinite)),
        "Model training failed: non-finite coordinates are generated");

    private static void Add(FeatureRow features, float[] sum)
    {
        if (features.IsDense)
            VectorMath.Add(features.Values, sum);
        else
            VectorMath.Add(features.Values, features.Indices, sum);
    }

    private static float[][] Matrix(int rows, int columns)
    {
        var matrix = new float[rows][];
        for (int i = 0; i < rows; i++)
            matrix[i] = new float[columns];
        return matrix;
    }

    /// <summary>What one thread found in one pass.</summary>
    private sealed class Part(int clusterCount, int featureCount)
    {
        public double Score { get; set; }

        public long[] Sizes { get; } = new long[clusterCount];

        /// <summary>How the sums of the examples of each cluster change.</summary>
        public float[][] Changes { get; } = Matrix(clusterCount, featureCount);

        public void Clear()
        {
            Score = 0;
            Array.Clear(Sizes);
            foreach (var change in Changes)
                Array.Clear(change);
        }
    }
}
