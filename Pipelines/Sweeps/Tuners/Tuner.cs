using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>The base of tuners: knows the space and what was tried, gives each its random numbers.</summary>
/// <remarks>Several trials may run at once: a proposal without a result counts as pending. Not thread-safe. The same seed and the same results in the same order give the same proposals.</remarks>
public abstract class Tuner : ITuner
{
    private protected const int StartTrials = 8;

    private readonly Dictionary<int, double[]> _pending = [];
    private readonly Queue<Parameter> _given = new();
    private readonly List<Trial> _trials = [];

    private protected Tuner(SearchSpace space, int seed, IReadOnlyList<Condition>? conditions)
    {
        ArgumentNullException.ThrowIfNull(space);
        SweepErrors.CheckSpace(space, conditions ?? []);
        Cube = new UnitCube(space, conditions ?? []);
        Random = new Random(seed);
        Start = new LowDiscrepancy(Cube.Dimensions, Random);
    }

    private protected UnitCube Cube { get; }

    private protected Random Random { get; }

    private protected LowDiscrepancy Start { get; }

    /// <summary>What was tried, in the order in which it ended; a trial that failed has an infinite loss.</summary>
    private protected IReadOnlyList<Trial> Trials => _trials;

    /// <summary>The points of trials that have not ended.</summary>
    private protected IReadOnlyCollection<double[]> Pending => _pending.Values;

    /// <summary>Tries these values before anything else.</summary>
    /// <exception cref="ArgumentException">A value is outside the space.</exception>
    public void Enqueue(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Cube.ToPoint(parameter);
        _given.Enqueue(parameter);
    }

    /// <inheritdoc/>
    public Parameter Propose(TrialSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (_given.TryDequeue(out var given))
        {
            _pending[settings.TrialId] = Cube.ToPoint(given);
            return given;
        }
        double[] point = Cube.Canonical(Next());
        _pending[settings.TrialId] = point;
        return Cube.ToParameter(point);
    }

    /// <inheritdoc/>
    /// <remarks>Results of trials that this tuner did not propose count too: a sweep that goes on begins where it stopped.</remarks>
    public void Update(TrialResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(result.TrialSettings);
        if (!_pending.Remove(result.TrialSettings.TrialId, out var point))
            point = Cube.ToPoint(result.TrialSettings.Parameter ?? throw new ArgumentException("The result has no parameter.", nameof(result)));
        var trial = new Trial(point, double.IsNaN(result.Loss) ? double.PositiveInfinity : result.Loss);
        _trials.Add(trial);
        Learn(trial);
    }

    /// <summary>Notes that a trial tries something else than what was proposed for it, such as by an earlier version of this library.</summary>
    internal void Place(int trial, Parameter parameter) => _pending[trial] = Cube.ToPoint(parameter);

    /// <summary>The point to try next.</summary>
    private protected abstract double[] Next();

    private protected virtual void Learn(Trial trial)
    {
    }

    /// <summary>A point and the loss that it led to.</summary>
    private protected readonly record struct Trial(double[] Point, double Loss)
    {
        public bool Succeeded => double.IsFinite(Loss);
    }
}

/// <summary>Points drawn at random.</summary>
public sealed class RandomTuner(SearchSpace space, int seed = 1, IReadOnlyList<Condition>? conditions = null) : Tuner(space, seed, conditions)
{
    private protected override double[] Next() => Cube.Random(Random);
}

/// <summary>Points that fill the space evenly: a randomly shifted sequence of low discrepancy.</summary>
public sealed class QuasiRandomTuner(SearchSpace space, int seed = 1, IReadOnlyList<Condition>? conditions = null) : Tuner(space, seed, conditions)
{
    private protected override double[] Next() => Start.Next();
}

/// <summary>The points of a grid in random order, then over again on one of twice the fineness.</summary>
public sealed class GridTuner : Tuner
{
    private readonly int?[] _steps;
    private readonly Queue<double[]> _left = new();
    private int _fineness;

    /// <summary>A tuner over a grid.</summary>
    /// <param name="space">What is searched.</param>
    /// <param name="step">How many values of a number are tried. Legal range: 2 or more.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <param name="conditions">Which options count only while another has certain values.</param>
    public GridTuner(SearchSpace space, int step = 10, int seed = 1, IReadOnlyList<Condition>? conditions = null)
        : base(space, seed, conditions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 2);
        _steps = space.Step;
        _fineness = step;
    }

    private protected override double[] Next()
    {
        if (_left.Count == 0)
            Fill();
        return _left.Dequeue();
    }

    private void Fill()
    {
        const int most = 100_000;
        var counts = Array.ConvertAll(_steps, step => Math.Min(step ?? _fineness, _fineness));
        double size = counts.Aggregate(1.0, (product, count) => product * count);
        var points = new Dictionary<string, double[]>(StringComparer.Ordinal);
        for (int i = 0; i < Math.Min(size, most); i++)
        {
            var point = new double[counts.Length];
            long rest = size <= most ? i : Random.NextInt64((long)Math.Min(size, long.MaxValue));
            for (int d = 0; d < counts.Length; d++)
            {
                point[d] = counts[d] == 1 ? 0.5 : Cube.Choices[d] > 0 ? (rest % counts[d] + 0.5) / counts[d] : (double)(rest % counts[d]) / (counts[d] - 1);
                rest /= counts[d];
            }
            point = Cube.Canonical(point);
            points.TryAdd(string.Join(' ', point), point);
        }
        var order = points.Values.ToArray();
        Random.Shuffle(order);
        foreach (var point in order)
            _left.Enqueue(point);
        _fineness *= 2;
    }
}
