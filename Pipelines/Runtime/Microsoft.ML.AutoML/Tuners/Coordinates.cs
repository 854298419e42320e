using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.AutoML;

/// <summary>What the coordinates of a space stand for.</summary>
internal sealed class Coordinates
{
    private readonly List<(string Path, int Start, int Width)> _options = [];

    public Coordinates(SearchSpace.SearchSpace space)
    {
        Space = space;
        Steps = space.Step;
        Choices = new int[Steps.Length];
        Gaps = new double[Steps.Length];
        Add("", space, 0);
    }

    public SearchSpace.SearchSpace Space { get; }

    public int Count => Steps.Length;

    /// <summary>How many values a coordinate tells apart; null where they are continuous.</summary>
    public int?[] Steps { get; }

    /// <summary>How many values without an order a coordinate has; 0 of others.</summary>
    public int[] Choices { get; }

    /// <summary>How far the second of the whole numbers is from the first, which on no scale is less than between others; 0 where numbers are not whole.</summary>
    public double[] Gaps { get; }

    /// <summary>The point to begin with, in the middle of its steps.</summary>
    public double[] Default => Canonical(Space.Default);

    /// <summary>The coordinates of the options whose paths, such as <c>_pipeline_/e0/L1Regularization</c>, are wanted.</summary>
    public int[] Where(Func<string, bool> isWanted) => [.. _options.Where(option => isWanted(option.Path)).SelectMany(option => Enumerable.Range(option.Start, option.Width))];

    /// <summary>Brings a point to the one that stands for its values.</summary>
    public double[] Canonical(double[] point)
    {
        var canonical = new double[point.Length];
        for (int i = 0; i < point.Length; i++)
            canonical[i] = Choices[i] > 0 ? (Math.Min((int)(point[i] * Choices[i]), Choices[i] - 1) + 0.5) / Choices[i] : point[i];
        return canonical;
    }

    public double[] Sample(Random random)
    {
        var point = new double[Count];
        for (int i = 0; i < point.Length; i++)
            point[i] = random.NextDouble();
        return Canonical(point);
    }

    /// <summary>A number outside 0 to 1 is thrown back from the border.</summary>
    public static double Reflect(double value)
    {
        value = Math.Abs(value) % 2;
        return value > 1 ? 2 - value : value;
    }

    /// <summary>A normally distributed number (Box and Muller).</summary>
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private int Add(string path, OptionBase option, int start)
    {
        if (option is SearchSpace.SearchSpace space)
        {
            foreach (var (key, inner) in space)
                start = Add(path.Length == 0 ? key : $"{path}/{key}", inner, start);
            return start;
        }
        if (option is ChoiceOption { FeatureSpaceDim: 1 } choice)
            Choices[start] = choice.Choices.Length;
        if (option is UniformIntOption whole)
            Gaps[start] = whole.MappingToFeatureSpace(Parameter.FromDouble(whole.Min + 1))[0];
        _options.Add((path, start, option.FeatureSpaceDim));
        return start + option.FeatureSpaceDim;
    }
}

/// <summary>The base of tuners: maps between points and parameters, and knows which trials are its own.</summary>
internal abstract class PointTuner(SearchSpace.SearchSpace space, int? seed) : ITuner
{
    private readonly Dictionary<int, double[]> _proposed = [];

    protected Coordinates Coordinates { get; } = new(space);

    protected Random Random { get; } = seed is { } value ? new Random(value) : new Random();

    public Parameter Propose(TrialSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        double[] point = Next();
        _proposed[settings.TrialId] = point;
        return space.SampleFromFeatureSpace(point);
    }

    public void Update(TrialResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        bool isOwn = _proposed.Remove(result.TrialSettings.TrialId, out var point);
        if (!isOwn)
        {
            point = Coordinates.Canonical(space.MappingToFeatureSpace(result.TrialSettings.Parameter));
            SkipOne();
        }
        bool failed = double.IsNaN(result.Loss) || result.Loss >= double.MaxValue;
        Learn(point, failed ? double.PositiveInfinity : result.Loss, Math.Max(1, result.DurationInMilliseconds));
    }

    /// <summary>The point to try next.</summary>
    protected abstract double[] Next();

    /// <summary>Takes note of a loss, infinite where the trial failed, and of the milliseconds that it cost.</summary>
    protected virtual void Learn(double[] point, double loss, double cost)
    {
    }

    /// <summary>Leaves out what would be proposed next, for a trial of an earlier run.</summary>
    protected virtual void SkipOne()
    {
    }
}

/// <summary>A tuner that comes to an end.</summary>
internal interface IFiniteTuner : ITuner
{
    bool IsExhausted { get; }
}
