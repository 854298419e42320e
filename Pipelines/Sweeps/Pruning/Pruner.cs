using System.Globalization;

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

    /// <summary>Reads what <see cref="ToString"/> wrote: "median", "halving", or one of them with its two numbers, such as "halving 1 3".</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static Pruner Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double step = 0;
        int count = 0;
        bool isWhole = words.Length == 1 || words.Length == 3 && double.TryParse(words[1], CultureInfo.InvariantCulture, out step) && int.TryParse(words[2], CultureInfo.InvariantCulture, out count);
        return words.Length > 0 && isWhole ? words[0] switch
        {
            "median" => words.Length == 1 ? new MedianPruner() : new MedianPruner(step, count),
            "halving" => words.Length == 1 ? new SuccessiveHalvingPruner() : new SuccessiveHalvingPruner(step, count),
            _ => throw SweepErrors.BadPruner(text),
        } : throw SweepErrors.BadPruner(text);
    }

    /// <summary>Its kind and its settings, as <see cref="Parse"/> reads them.</summary>
    public abstract override string ToString();

    /// <summary>Whether to stop a trial.</summary>
    /// <param name="trial">The number of the trial.</param>
    /// <param name="step">How far it is.</param>
    /// <param name="losses">What all trials lost there, its own included.</param>
    internal bool Decide(int trial, double step, IReadOnlyDictionary<int, double> losses) => ShouldStop(trial, step, losses);

    /// <summary>Whether a trial is to be stopped, given what all trials lost at the same step.</summary>
    private protected abstract bool ShouldStop(int trial, double step, IReadOnlyDictionary<int, double> losses);
}

/// <summary>Stops what is below the median of the others at the same step (Golovin et al., "Google Vizier", 2017).</summary>
/// <param name="warmUpSteps">No trial is stopped before this step.</param>
/// <param name="warmUpTrials">No trial is stopped before as many others have come as far.</param>
public sealed class MedianPruner(double warmUpSteps = 0, int warmUpTrials = 5) : Pruner
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"median {warmUpSteps} {warmUpTrials}");

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
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"halving {firstStep} {factor}");

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
