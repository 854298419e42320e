namespace MLPipelines.Sweeps;

/// <summary>A sequence whose every beginning covers the unit cube evenly: multiples of the powers of the generalised golden ratio (Roberts 2018), shifted at random.</summary>
internal sealed class LowDiscrepancy
{
    private readonly double[] _steps;
    private readonly double[] _at;

    public LowDiscrepancy(int dimensions, Random random)
    {
        // The positive root of x^(d+1) = x + 1.
        double root = 2;
        for (int i = 0; i < 64; i++)
            root = Math.Pow(1 + root, 1.0 / (dimensions + 1));
        _steps = new double[dimensions];
        _at = new double[dimensions];
        for (int d = 0; d < dimensions; d++)
        {
            _steps[d] = Math.Pow(root, -(d + 1)) % 1;
            _at[d] = random.NextDouble();
        }
    }

    public double[] Next()
    {
        for (int d = 0; d < _at.Length; d++)
            _at[d] = (_at[d] + _steps[d]) % 1;
        return [.. _at];
    }
}
