namespace MLPipelines.Imaging.Schedulers;

/// <summary>Timesteps and sigmas of a run, from the last timestep of training down.</summary>
internal static class Spacing
{
    /// <summary>The timesteps of <paramref name="steps"/> steps.</summary>
    /// <param name="options">The training's timesteps, spacing and offset.</param>
    /// <param name="steps">How many.</param>
    /// <param name="spacing">Resolved for the kind.</param>
    /// <param name="leaveOutLast">Whether the range is divided as for one step more, whose end is left out: how the multistep solvers count.</param>
    /// <param name="whole">Whether evenly spaced timesteps are rounded to whole numbers.</param>
    public static double[] Timesteps(SchedulerOptions options, int steps, TimestepSpacing spacing, bool leaveOutLast, bool whole)
    {
        int train = options.TrainTimesteps;
        int points = leaveOutLast ? steps + 1 : steps;
        switch (spacing)
        {
            case TimestepSpacing.Linspace:
                double gap = points > 1 ? (train - 1) / (double)(points - 1) : 0;
                return Descending(points, steps, i => whole ? Math.Round(i * gap) : (float)(i * gap));
            case TimestepSpacing.Leading:
                int ratio = train / points, first = (points - 1) * ratio + options.StepsOffset;
                // What is to be looked up must be there; sigmas are held at the ends.
                if (whole && (ratio == 0 || first >= train))
                    throw ImagingErrors.BeyondTraining(steps, options, ratio == 0 ? points - 1 : first);
                return Descending(points, steps, i => i * ratio + options.StepsOffset);
            default:
                double stride = train / (double)steps;
                return [.. Enumerable.Range(0, steps).Select(i => Math.Round(train - i * stride) - 1)];
        }
    }

    /// <summary>Linear interpolation in a table over 0, 1, 2 …, held at its ends.</summary>
    public static double Interpolate(double[] table, double at)
    {
        if (at <= 0)
            return table[0];
        if (at >= table.Length - 1)
            return table[^1];
        int low = (int)at;
        return table[low] + (table[low + 1] - table[low]) * (at - low);
    }

    /// <summary>The sigmas of Karras et al. 2022, equation 5, between those of the ends of the training.</summary>
    public static double[] Karras(NoiseSchedule schedule, int steps)
    {
        const double Rho = 7;
        double least = Math.Pow(schedule.Sigmas[0], 1 / Rho), most = Math.Pow(schedule.Sigmas[^1], 1 / Rho);
        return [.. Enumerable.Range(0, steps).Select(i => Math.Pow(most + (steps > 1 ? i / (double)(steps - 1) : 0) * (least - most), Rho))];
    }

    /// <summary>The timestep, a fraction, whose noise is <paramref name="sigma"/>.</summary>
    public static double TimestepOf(NoiseSchedule schedule, double sigma)
    {
        var table = schedule.LogSigmas;
        double log = Math.Log(Math.Max(sigma, 1e-10));
        int found = Array.BinarySearch(table, log);
        int low = Math.Clamp(found >= 0 ? found : ~found - 1, 0, table.Length - 2);
        double weight = Math.Clamp((table[low] - log) / (table[low] - table[low + 1]), 0, 1);
        return (1 - weight) * low + weight * (low + 1);
    }

    private static double[] Descending(int points, int steps, Func<int, double> at) =>
        [.. Enumerable.Range(0, steps).Select(i => at(points - 1 - i))];
}
