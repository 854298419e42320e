using System.Numerics.Tensors;

namespace MLPipelines.Text;

/// <summary>
/// Turns scores into probabilities: softmax of a common scale times the scores plus a bias per class, fitted on scores
/// of texts that the scorer has not seen (temperature and bias of Guo et al., "On calibration of modern neural networks",
/// ICML 2017, "vector scaling" with one scale). The bias corrects classes that the scorer names too rarely; a
/// standard normal prior holds it near zero where there is little to learn it from.
/// </summary>
/// <param name="Scale">What scores are multiplied by; positive.</param>
/// <param name="Biases">What is added for each class.</param>
/// <param name="LogLoss">Mean negative logarithm (nats) of the true class's probability on the scores fitted to.</param>
internal sealed record ProbabilityCalibration(float Scale, float[] Biases, double LogLoss)
{
    private const int ChunkRows = 512;
    private const int MaximumIterations = 60;
    private const int History = 6;

    /// <param name="scores">Row-major scores; one column stands for the two classes of a binary task, with opposite signs.</param>
    /// <param name="labels">The class of each row; -1 leaves the row out.</param>
    /// <param name="classCount">Number of classes.</param>
    /// <param name="initialScale">Where to start, and the scale where there is nothing to learn from.</param>
    /// <param name="parallel">Degree of parallelism and cancellation; the result does not depend on the former.</param>
    public static ProbabilityCalibration Fit(float[] scores, int[] labels, int classCount, float initialScale, ParallelOptions parallel)
    {
        var point = new double[classCount + 1];
        point[0] = Math.Log(initialScale);
        int rows = labels.Count(label => label >= 0);
        if (rows == 0)
            return new ProbabilityCalibration(initialScale, new float[classCount], double.NaN);
        var objective = new Objective(scores, labels, classCount, rows, parallel);
        Minimise(objective, point);
        return new ProbabilityCalibration((float)Math.Exp(point[0]), [.. point.Skip(1).Select(b => (float)b)], objective.LogLoss(point));
    }

    /// <summary>The probability of each class, for the scores of a row.</summary>
    public float[] Probabilities(ReadOnlySpan<float> scores)
    {
        var probabilities = new float[Biases.Length];
        ReadOnlySpan<float> own = scores.Length == 1 ? [-scores[0], scores[0]] : scores;
        TensorPrimitives.MultiplyAdd(own, Scale, Biases, probabilities);
        TensorPrimitives.SoftMax<float>(probabilities, probabilities);
        return probabilities;
    }

    // L-BFGS with backtracking (Nocedal and Wright, "Numerical optimization", algorithm 7.5).
    private static void Minimise(Objective objective, double[] point)
    {
        int size = point.Length;
        var gradient = new double[size];
        double value = objective.Evaluate(point, gradient);
        var steps = new List<(double[] Step, double[] Change, double Curvature)>();
        for (int iteration = 0; iteration < MaximumIterations; iteration++)
        {
            double[] direction = Direction(gradient, steps);
            double slope = TensorPrimitives.Dot<double>(direction, gradient);
            if (slope >= -1e-10)
                return;
            double length = steps.Count == 0 ? Math.Min(1, 1 / Math.Sqrt(-slope)) : 1;
            var next = new double[size];
            var nextGradient = new double[size];
            double nextValue = double.PositiveInfinity;
            for (int attempt = 0; attempt < 30; attempt++, length /= 2)
            {
                TensorPrimitives.MultiplyAdd(direction, length, point, next);
                nextValue = objective.Evaluate(next, nextGradient);
                if (nextValue <= value + 1e-4 * length * slope)
                    break;
            }
            if (!(nextValue < value))
                return;
            var step = new double[size];
            var change = new double[size];
            TensorPrimitives.Subtract<double>(next, point, step);
            TensorPrimitives.Subtract<double>(nextGradient, gradient, change);
            double curvature = TensorPrimitives.Dot<double>(step, change);
            if (curvature > 1e-12)
            {
                if (steps.Count == History)
                    steps.RemoveAt(0);
                steps.Add((step, change, curvature));
            }
            bool converged = value - nextValue < 1e-7 * Math.Max(1e-3, Math.Abs(value));
            next.CopyTo(point, 0);
            (gradient, value) = (nextGradient, nextValue);
            if (converged)
                return;
        }
    }

    private static double[] Direction(double[] gradient, List<(double[] Step, double[] Change, double Curvature)> steps)
    {
        var direction = new double[gradient.Length];
        TensorPrimitives.Negate<double>(gradient, direction);
        if (steps.Count == 0)
            return direction;
        Span<double> factors = stackalloc double[steps.Count];
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            factors[i] = TensorPrimitives.Dot<double>(steps[i].Step, direction) / steps[i].Curvature;
            TensorPrimitives.MultiplyAdd(steps[i].Change, -factors[i], direction, direction);
        }
        (_, double[] lastChange, double lastCurvature) = steps[^1];
        TensorPrimitives.Multiply(direction, lastCurvature / TensorPrimitives.Dot<double>(lastChange, lastChange), direction);
        for (int i = 0; i < steps.Count; i++)
        {
            double back = TensorPrimitives.Dot<double>(steps[i].Change, direction) / steps[i].Curvature;
            TensorPrimitives.MultiplyAdd(steps[i].Step, factors[i] - back, direction, direction);
        }
        return direction;
    }

    /// <summary>Mean log-loss plus the prior on the biases, over chunks of fixed size so that the sum has a fixed order.</summary>
    private sealed class Objective(float[] scores, int[] labels, int classCount, int rows, ParallelOptions parallel)
    {
        private readonly (double Loss, double[] Gradient)[] _parts = [.. Enumerable.Range(0, (labels.Length + ChunkRows - 1) / ChunkRows)
            .Select(_ => (0.0, new double[classCount + 1]))];

        public double LogLoss(double[] point)
        {
            var gradient = new double[point.Length];
            return Evaluate(point, gradient) - Prior(point);
        }

        public double Evaluate(double[] point, double[] gradient)
        {
            float scale = (float)Math.Exp(point[0]);
            var biases = new float[classCount];
            for (int c = 0; c < classCount; c++)
                biases[c] = (float)point[c + 1];
            Parallel.For(0, _parts.Length, parallel, part => _parts[part].Loss = Evaluate(part, scale, biases, _parts[part].Gradient));

            double loss = 0;
            Array.Clear(gradient);
            foreach ((double partLoss, double[] partGradient) in _parts)
            {
                loss += partLoss;
                TensorPrimitives.Add<double>(gradient, partGradient, gradient);
            }
            TensorPrimitives.Divide(gradient, rows, gradient);
            gradient[0] *= scale;
            for (int c = 1; c < point.Length; c++)
                gradient[c] += point[c] / rows;
            return loss / rows + Prior(point);
        }

        private double Prior(double[] point) => TensorPrimitives.SumOfSquares(point.AsSpan(1)) / (2.0 * rows);

        private double Evaluate(int part, float scale, float[] biases, double[] gradient)
        {
            Array.Clear(gradient);
            var own = new float[2];
            var probabilities = new float[classCount];
            double loss = 0;
            for (int row = part * ChunkRows; row < Math.Min(labels.Length, (part + 1) * ChunkRows); row++)
            {
                int label = labels[row];
                if (label < 0)
                    continue;
                ReadOnlySpan<float> rowScores;
                if (classCount == 2)
                {
                    (own[0], own[1]) = (-scores[row], scores[row]);
                    rowScores = own;
                }
                else
                {
                    rowScores = scores.AsSpan(row * classCount, classCount);
                }
                TensorPrimitives.MultiplyAdd(rowScores, scale, biases, probabilities);
                float highest = TensorPrimitives.Max<float>(probabilities);
                double chosen = probabilities[label] - highest;
                TensorPrimitives.Subtract(probabilities, highest, probabilities);
                TensorPrimitives.Exp<float>(probabilities, probabilities);
                float sum = TensorPrimitives.Sum<float>(probabilities);
                loss += Math.Log(sum) - chosen;
                TensorPrimitives.Divide(probabilities, sum, probabilities);
                probabilities[label] -= 1;
                gradient[0] += TensorPrimitives.Dot(probabilities, rowScores);
                for (int c = 0; c < probabilities.Length; c++)
                    gradient[c + 1] += probabilities[c];
            }
            return loss;
        }
    }
}
