using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// Models where good trials lie and where the others, by kernels about each, and tries where the one is densest beside the other
/// (Bergstra et al. 2011, in all coordinates at once).
/// </summary>
/// <remarks>Proposals cost little however many trials there are.</remarks>
public sealed class TpeTuner(SearchSpace space, int seed = 1, IReadOnlyList<Condition>? conditions = null) : Tuner(space, seed, conditions)
{
    private const int Candidates = 64;
    private const double UniformWeight = 1;

    private protected override double[] Next()
    {
        if (Trials.Count + Pending.Count == 0)
            return Cube.Default;
        if (Trials.Count < StartTrials)
            return Start.Next();
        var ordered = Trials.OrderBy(trial => trial.Loss).ToArray();
        int good = Math.Clamp((int)Math.Ceiling(0.1 * ordered.Length), 2, 25);
        var first = ordered[..good].Select(trial => trial.Point).ToArray();
        double[][] second = [.. ordered[good..].Select(trial => trial.Point), .. Pending];
        double narrow = Width(first.Length), wide = Width(second.Length);
        double[]? best = null;
        double bestRatio = double.NegativeInfinity;
        for (int i = 0; i < Candidates; i++)
        {
            var point = Cube.Canonical(Draw(first, narrow));
            double ratio = Density(first, narrow, point) - Density(second, wide, point);
            if (ratio > bestRatio)
                (best, bestRatio) = (point, ratio);
        }
        return best!;
    }

    /// <summary>Scott's rule, for points of a unit cube.</summary>
    private double Width(int count) => Math.Clamp(0.2 * Math.Pow(count, -1.0 / (Cube.Dimensions + 4)), 0.01, 0.2);

    private double[] Draw(double[][] centres, double width)
    {
        if (Random.NextDouble() < UniformWeight / (centres.Length + UniformWeight))
            return Cube.Random(Random);
        var point = centres[Random.Next(centres.Length)].ToArray();
        // Kernels of several widths: the finer ones refine what is good already.
        double reach = width * Math.Pow(2, -4 * Random.NextDouble());
        for (int d = 0; d < point.Length; d++)
        {
            if (Cube.Choices[d] == 0)
                point[d] = ExpectedImprovement.Reflect(point[d] + reach * ExpectedImprovement.Normal(Random));
            else if (Random.NextDouble() < 0.2)
                point[d] = Random.NextDouble();
        }
        return point;
    }

    /// <summary>The logarithm of the density, with a uniform one mixed in.</summary>
    private double Density(double[][] centres, double width, double[] point)
    {
        double sum = UniformWeight;
        foreach (var centre in centres)
        {
            double log = 0;
            for (int d = 0; d < point.Length; d++)
            {
                if (Cube.Choices[d] > 0)
                    log += Math.Log(point[d] == centre[d] ? 0.8 * Cube.Choices[d] + 0.2 : 0.2);
                else
                    log += -0.5 * Math.Pow((point[d] - centre[d]) / width, 2) - Math.Log(width * Math.Sqrt(2 * Math.PI));
            }
            sum += Math.Exp(log);
        }
        return Math.Log(sum / (centres.Length + UniformWeight));
    }
}
