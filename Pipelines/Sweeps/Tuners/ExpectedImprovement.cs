namespace MLPipelines.Sweeps;

/// <summary>How much lower than the best a value may be expected to be (Jones, Schonlau and Welch 1998), and where most so.</summary>
internal static class ExpectedImprovement
{
    private const int Spread = 512;
    private const int Starts = 5;
    private static readonly double[] Reaches = [0.2, 0.05, 0.01, 0.002];

    /// <summary>The logarithm of the expected improvement.</summary>
    public static double Log(double best, double mean, double deviation)
    {
        double z = (best - mean) / deviation;
        double density = Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI);
        double improvement = z * Cumulative(z) + density;
        // Far below the best, where both terms vanish, the tail of the normal distribution takes over.
        return Math.Log(deviation) + (z > -6 ? Math.Log(Math.Max(improvement, 1e-300)) : -0.5 * z * z - Math.Log(Math.Sqrt(2 * Math.PI) * z * z));
    }

    /// <summary>The point of the cube where a value is greatest: of points all over and of points about the best of what was tried, the best are moved uphill.</summary>
    public static double[] Maximize(UnitCube cube, Random random, IEnumerable<double[]> best, Func<double[], double> value)
    {
        var candidates = new List<(double[] Point, double Value)>();
        for (int i = 0; i < Spread; i++)
            Try(cube.Random(random));
        foreach (var centre in best)
        {
            foreach (double reach in Reaches)
            {
                for (int i = 0; i < 16; i++)
                    Try(Near(cube, random, centre, reach));
            }
        }
        candidates.Sort((a, b) => b.Value.CompareTo(a.Value));
        var found = candidates[0];
        foreach (var start in candidates.Take(Starts))
        {
            var at = start;
            for (double reach = 0.1; reach > 1e-4; reach /= 2)
            {
                for (int i = 0; i < 4 * cube.Dimensions; i++)
                {
                    var point = Near(cube, random, at.Point, reach);
                    double there = value(point);
                    if (there > at.Value)
                        at = (point, there);
                }
            }
            if (at.Value > found.Value)
                found = at;
        }
        return found.Point;

        void Try(double[] point) => candidates.Add((point, value(point)));
    }

    /// <summary>Some coordinates moved, at least one; choices are drawn anew.</summary>
    public static double[] Near(UnitCube cube, Random random, double[] centre, double reach)
    {
        var point = centre.ToArray();
        int sure = random.Next(point.Length);
        double share = Math.Min(1, Math.Max(0.3, 2.0 / point.Length));
        for (int d = 0; d < point.Length; d++)
        {
            if (d != sure && random.NextDouble() > share)
                continue;
            point[d] = cube.Choices[d] > 0 ? (d == sure || random.NextDouble() < reach ? random.NextDouble() : point[d]) : Reflect(point[d] + reach * Normal(random));
        }
        return cube.Canonical(point);
    }

    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    public static double Reflect(double value)
    {
        value = Math.Abs(value) % 2;
        return value > 1 ? 2 - value : value;
    }

    /// <summary>The normal distribution (Abramowitz and Stegun 7.1.26, within 1.5e-7).</summary>
    private static double Cumulative(double z)
    {
        double x = Math.Abs(z) / Math.Sqrt(2), t = 1 / (1 + 0.3275911 * x);
        double error = 1 - t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.Exp(-x * x);
        return z >= 0 ? 0.5 * (1 + error) : 0.5 * (1 - error);
    }
}
