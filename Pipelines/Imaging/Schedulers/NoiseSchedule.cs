namespace MLPipelines.Imaging.Schedulers;

/// <summary>
/// The noise of every timestep of training: cumulative alphas, and sigma = sqrt((1 - alpha) / alpha). Betas and cumulative alphas are
/// rounded to float32, because the models were trained with such tables.
/// </summary>
internal sealed class NoiseSchedule
{
    public NoiseSchedule(SchedulerOptions options)
    {
        var betas = Betas(options);
        AlphasCumulative = new double[betas.Length];
        double product = 1;
        for (int t = 0; t < betas.Length; t++)
        {
            product *= 1f - (float)betas[t];
            AlphasCumulative[t] = (float)product;
        }
        if (options.RescaleBetasToZeroSnr)
            RescaleToZeroSnr(AlphasCumulative);
        Sigmas = Array.ConvertAll(AlphasCumulative, alpha => Math.Sqrt((1 - alpha) / alpha));
        LogSigmas = Array.ConvertAll(Sigmas, Math.Log);
    }

    public double[] AlphasCumulative { get; }

    public double[] Sigmas { get; }

    public double[] LogSigmas { get; }

    public static double[] Betas(SchedulerOptions options)
    {
        if (options.TrainedBetas is { } given)
            return [.. given];
        int count = options.TrainTimesteps;
        return options.BetaSchedule switch
        {
            BetaSchedule.Linear => Array.ConvertAll(SingleSteps(options.BetaStart, options.BetaEnd, count), beta => (double)beta),
            BetaSchedule.ScaledLinear => Array.ConvertAll(SingleSteps(Math.Sqrt(options.BetaStart), Math.Sqrt(options.BetaEnd), count), root => (double)(root * root)),
            _ => [.. Enumerable.Range(0, count).Select(t => Math.Min(1 - SquaredCosine((t + 1) / (double)count) / SquaredCosine(t / (double)count), 0.999))],
        };
    }

    /// <summary>Even steps in float32, counted from the nearer end.</summary>
    private static float[] SingleSteps(double start, double end, int count)
    {
        var (first, last) = ((float)start, (float)end);
        float step = count > 1 ? (last - first) / (count - 1) : 0;
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = i < count / 2 || count == 1 ? first + step * i : last - step * (count - 1 - i);
        return values;
    }

    private static double SquaredCosine(double t) => Math.Pow(Math.Cos((t + 0.008) / 1.008 * Math.PI / 2), 2);

    /// <summary>Shifts and scales the roots of the cumulative alphas so that the first stays and the last is 0; a tiny rest keeps sigma finite.</summary>
    private static void RescaleToZeroSnr(double[] alphas)
    {
        double first = Math.Sqrt(alphas[0]), last = Math.Sqrt(alphas[^1]);
        for (int t = 0; t < alphas.Length; t++)
        {
            double root = (Math.Sqrt(alphas[t]) - last) * first / (first - last);
            alphas[t] = root * root;
        }
        alphas[^1] = Math.Max(alphas[^1], Math.ScaleB(1, -24));
    }
}
