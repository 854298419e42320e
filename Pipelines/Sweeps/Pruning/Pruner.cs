namespace MLPipelines.Sweeps;

/// <summary>Says of a trial that reports a metric whether others are so far ahead that it is not worth going on.</summary>
/// <remarks>Thread-safe.</remarks>
public abstract class Pruner
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<double, Dictionary<int, double>> _steps = [];

    private protected Pruner()
    {
    }

    /// <summary>Takes note of a metric.</summary>
    /// <param name="trial">The number of the trial.</param>
    /// <param name="step">How far it is; above 0.</param>
    /// <param name="loss">Its loss there: the lower the better.</param>
    /// <returns>Whether to stop it.</returns>
    public bool Report(int trial, double step, double loss)
    {
        lock (_lock)
        {
            if (!_steps.TryGetValue(step, out var losses))
                _steps[step] = losses = [];
            losses[trial] = double.IsNaN(loss) ? double.PositiveInfinity : loss;
            return ShouldStop(trial, step, losses);
        }
    }

    /// <summary>Whether a trial is to be stopped, given what all trials lost at the same step.</summary>
    private protected abstract bool ShouldStop(int trial, double step, IReadOnlyDictionary<int, double> losses);
}

/// <summary>Stops what is below the median of the others at the same step (Golovin et al., "Google Vizier", 2017).</summary>
/// <param name="warmUpSteps">No trial is stopped before this step.</param>
/// <param name="warmUpTrials">No trial is stopped before as many others have come as far.</param>
public sealed class MedianPruner(double warmUpSteps = 0, int warmUpTrials = 5) : Pruner
{
    private protected override bool ShouldStop(int trial, double step, IReadOnlyDictionary<int, double> losses)
    {
        if (step <= warmUpSteps || losses.Count - 1 < warmUpTrials)
            return false;
        var others = losses.Where(entry => entry.Key != trial).Select(entry => entry.Value).Order().ToArray();
        return losses[trial] > others[(others.Length - 1) / 2];
    }
}

/// <summary>
/// Asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter tuning", 2020): at steps that grow by a factor, only the
/// best part, one in that factor, goes on; no one waits for others.
/// </summary>
/// <param name="firstStep">Where the first decision is taken; above 0.</param>
/// <param name="factor">One in as many goes on, and steps grow by it; 2 or more.</param>
public sealed class SuccessiveHalvingPruner(double firstStep = 1, int factor = 3) : Pruner
{
    private protected override bool ShouldStop(int trial, double step, IReadOnlyDictionary<int, double> losses)
    {
        if (!IsRung(step))
            return false;
        int better = losses.Values.Count(loss => loss < losses[trial]);
        return better >= Math.Max(1, losses.Count / factor);
    }

    private bool IsRung(double step)
    {
        double rung = firstStep;
        while (rung < step * (1 - 1e-9))
            rung *= factor;
        return Math.Abs(rung - step) <= 1e-9 * step;
    }
}
