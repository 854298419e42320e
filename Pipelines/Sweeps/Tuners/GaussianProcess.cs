using System.Numerics.Tensors;

namespace MLPipelines.Sweeps;

/// <summary>
/// A Gaussian process with zero mean and a Matérn 5/2 kernel with a length scale for each coordinate; coordinates that are choices are either
/// equal or one apart (Rasmussen and Williams 2006). The scale of values is found in closed form, all else by the marginal likelihood.
/// </summary>
internal sealed class GaussianProcess
{
    private const double LeastNoise = 1e-6;

    private readonly double[][] _points;
    private readonly double[] _values;
    private readonly bool[] _isChoice;
    private readonly double[] _factor;
    private readonly double[] _weights;
    private readonly double[] _inverseSquares;
    private readonly double _scale;

    private GaussianProcess(double[][] points, double[] values, bool[] isChoice, double[] logs)
    {
        (_points, _values, _isChoice, Logs) = (points, values, isChoice, logs);
        int n = points.Length, dimensions = isChoice.Length;
        _inverseSquares = new double[dimensions];
        for (int d = 0; d < dimensions; d++)
            _inverseSquares[d] = Math.Exp(-2 * logs[d]);
        double noise = LeastNoise + Math.Exp(logs[dimensions]);
        _factor = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                _factor[i * n + j] = Kernel(points[i], points[j]);
            _factor[i * n + i] = 1 + noise;
        }
        double logDeterminant = Factor(_factor, n);
        _weights = [.. values];
        SolveLower(_weights);
        double energy = TensorPrimitives.SumOfSquares<double>(_weights);
        _scale = Math.Max(1e-12, energy / n);
        SolveUpper(_weights);

        // The prior: lengths about half the cube, longer in many dimensions, little noise.
        double prior = 0, typical = Math.Log(0.35 * Math.Sqrt(dimensions));
        for (int d = 0; d < dimensions; d++)
            prior += 0.5 * Math.Pow(logs[d] - typical, 2);
        prior += 0.5 * Math.Pow((logs[dimensions] + 9) / 3, 2);
        Likelihood = -0.5 * (n * Math.Log(_scale) + 2 * logDeterminant) - prior;
    }

    /// <summary>The logarithms of the length scales, and of the variance of the noise beside a signal of 1.</summary>
    public double[] Logs { get; }

    /// <summary>How likely the values are, and the length scales before anything is known.</summary>
    private double Likelihood { get; }

    /// <param name="points">Where values are known.</param>
    /// <param name="values">The values, with about zero mean and unit variance.</param>
    /// <param name="isChoice">Which coordinates have no order.</param>
    /// <param name="begin">Where the search for length scales begins: those of a process before; null for none.</param>
    /// <param name="search">Whether to search at all.</param>
    public static GaussianProcess Fit(double[][] points, double[] values, bool[] isChoice, double[]? begin, bool search)
    {
        int dimensions = isChoice.Length;
        var typical = new double[dimensions + 1];
        Array.Fill(typical, Math.Log(0.35 * Math.Sqrt(dimensions)));
        typical[dimensions] = -9;
        var best = new GaussianProcess(points, values, isChoice, begin ?? typical);
        if (!search)
            return best;
        if (begin is not null && new GaussianProcess(points, values, isChoice, typical) is var other && other.Likelihood > best.Likelihood)
            best = other;
        for (double step = 1.2; step > 0.1; step /= 2)
        {
            for (int round = 0; round < 3; round++)
            {
                bool moved = false;
                for (int d = 0; d <= dimensions; d++)
                {
                    foreach (double sign in (ReadOnlySpan<double>)[1, -1])
                    {
                        var logs = best.Logs.ToArray();
                        logs[d] = Math.Clamp(logs[d] + sign * step * (d == dimensions ? 2 : 1), d == dimensions ? -14 : -4, d == dimensions ? 1 : 4);
                        var candidate = new GaussianProcess(points, values, isChoice, logs);
                        if (candidate.Likelihood > best.Likelihood + 1e-6)
                        {
                            (best, moved) = (candidate, true);
                            break;
                        }
                    }
                }
                if (!moved)
                    break;
            }
        }
        return best;
    }

    /// <summary>The expected value at a point and the standard deviation, that of noise left out.</summary>
    public (double Mean, double Deviation) Predict(double[] point)
    {
        var kernel = new double[_points.Length];
        for (int i = 0; i < kernel.Length; i++)
            kernel[i] = Kernel(point, _points[i]);
        double mean = TensorPrimitives.Dot<double>(kernel, _weights);
        SolveLower(kernel);
        return (mean, Math.Sqrt(_scale * Math.Max(1e-12, 1 - TensorPrimitives.SumOfSquares<double>(kernel))));
    }

    private double Kernel(double[] first, double[] second)
    {
        double squares = 0;
        for (int d = 0; d < first.Length; d++)
        {
            double difference = first[d] - second[d];
            squares += (_isChoice[d] ? difference == 0 ? 0 : 1 : difference * difference) * _inverseSquares[d];
        }
        double distance = Math.Sqrt(5 * squares);
        return (1 + distance + distance * distance / 3) * Math.Exp(-distance);
    }

    /// <summary>Cholesky, on and left of the diagonal; the logarithm of the product of the diagonal. Equal points are told apart by the noise.</summary>
    private static double Factor(double[] matrix, int n)
    {
        double logs = 0;
        for (int i = 0; i < n; i++)
        {
            var row = matrix.AsSpan(i * n, i);
            for (int j = 0; j < i; j++)
                row[j] = (row[j] - TensorPrimitives.Dot<double>(row[..j], matrix.AsSpan(j * n, j))) / matrix[j * n + j];
            double root = Math.Sqrt(Math.Max(1e-12, matrix[i * n + i] - TensorPrimitives.SumOfSquares<double>(row)));
            matrix[i * n + i] = root;
            logs += Math.Log(root);
        }
        return logs;
    }

    private void SolveLower(double[] values)
    {
        int n = values.Length;
        for (int i = 0; i < n; i++)
            values[i] = (values[i] - TensorPrimitives.Dot<double>(_factor.AsSpan(i * n, i), values.AsSpan(0, i))) / _factor[i * n + i];
    }

    private void SolveUpper(double[] values)
    {
        int n = values.Length;
        for (int i = n - 1; i >= 0; i--)
        {
            values[i] /= _factor[i * n + i];
            TensorPrimitives.MultiplyAdd(_factor.AsSpan(i * n, i), -values[i], values.AsSpan(0, i), values.AsSpan(0, i));
        }
    }
}
