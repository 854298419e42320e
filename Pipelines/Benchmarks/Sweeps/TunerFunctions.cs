using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Sweeps;

namespace MLPipelines.Benchmarks.Sweeps;

/// <summary>A function with a known least value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Optimum">The least value.</param>
/// <param name="NewSpace">What it takes.</param>
/// <param name="Value">The value that is searched for.</param>
/// <param name="Noise">The standard deviation of what a tuner is told beyond the value.</param>
/// <param name="Conditions">Which parameters count only for some values of others.</param>
internal sealed record TunerFunction(string Name, double Optimum, Func<SearchSpace> NewSpace, Func<Parameter, double> Value, double Noise = 0, params Condition[] Conditions)
{
    private static readonly double[,] A3 = { { 3, 10, 30 }, { 0.1, 10, 35 }, { 3, 10, 30 }, { 0.1, 10, 35 } };
    private static readonly double[,] P3 = { { 0.3689, 0.1170, 0.2673 }, { 0.4699, 0.4387, 0.7470 }, { 0.1091, 0.8732, 0.5547 }, { 0.0381, 0.5743, 0.8828 } };
    private static readonly double[,] A6 = { { 10, 3, 17, 3.5, 1.7, 8 }, { 0.05, 10, 17, 0.1, 8, 14 }, { 3, 3.5, 1.7, 10, 17, 8 }, { 17, 8, 0.05, 10, 0.1, 14 } };
    private static readonly double[,] P6 =
    {
        { 0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886 }, { 0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991 },
        { 0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650 }, { 0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381 },
    };

    /// <summary>The usual ones, one whose options depend on a choice, and one with noise.</summary>
    public static TunerFunction[] All { get; } =
    [
        new("Branin", 0.39788736, () => Space(("x", -5, 10), ("y", 0, 15)), p => Branin(p["x"].AsType<double>(), p["y"].AsType<double>())),
        new("Hartmann 3", -3.86278, () => Unit(3), p => Hartmann(p, A3, P3)),
        new("Hartmann 6", -3.32237, () => Unit(6), p => Hartmann(p, A6, P6)),
        new("Ackley 5", 0, () => Space([.. Enumerable.Range(0, 5).Select(i => ($"x{i}", -10.0, 20.0))]), Ackley),
        new("conditional", 0, ConditionalSpace, Conditional, 0, new Condition("rate", "kind", Parameter.FromString("a"), Parameter.FromString("b")), new Condition("depth", "kind", Parameter.FromString("c"))),
        new("Branin with noise", 0.39788736, () => Space(("x", -5, 10), ("y", 0, 15)), p => Branin(p["x"].AsType<double>(), p["y"].AsType<double>()), Noise: 1),
    ];

    /// <summary>How far the best of the points that a tuner was told the least of is above the optimum, after each number of trials.</summary>
    public double[] Regret(ITunerFactory factory, int seed, params int[] after)
    {
        var tuner = factory.New(NewSpace(), seed, Conditions);
        var noise = new Random(seed * 7919 + 1);
        var regrets = new double[after.Length];
        double told = double.PositiveInfinity, value = double.PositiveInfinity;
        for (int trial = 0, next = 0; next < after.Length; trial++)
        {
            var settings = new Microsoft.ML.AutoML.TrialSettings { TrialId = trial };
            settings.Parameter = tuner.Propose(settings);
            double here = Value(settings.Parameter);
            double loss = here + Noise * Math.Sqrt(-2 * Math.Log(1 - noise.NextDouble())) * Math.Cos(2 * Math.PI * noise.NextDouble());
            tuner.Update(new Microsoft.ML.AutoML.TrialResult { TrialSettings = settings, Loss = loss });
            if (loss < told)
                (told, value) = (loss, here);
            if (trial + 1 == after[next])
                regrets[next++] = value - Optimum;
        }
        return regrets;
    }

    private static SearchSpace Space(params (string Name, double Min, double Max)[] ranges) =>
        new([.. ranges.Select(range => KeyValuePair.Create<string, OptionBase>(range.Name, new UniformDoubleOption(range.Min, range.Max)))]);

    private static SearchSpace Unit(int dimensions) => Space([.. Enumerable.Range(0, dimensions).Select(i => ($"x{i}", 0.0, 1.0))]);

    private static double Branin(double x, double y) =>
        Math.Pow(y - 5.1 / (4 * Math.PI * Math.PI) * x * x + 5 / Math.PI * x - 6, 2) + 10 * (1 - 1 / (8 * Math.PI)) * Math.Cos(x) + 10;

    private static double Hartmann(Parameter p, double[,] a, double[,] centres)
    {
        double[] alpha = [1, 1.2, 3, 3.2];
        double sum = 0;
        for (int i = 0; i < 4; i++)
        {
            double inner = 0;
            for (int j = 0; j < a.GetLength(1); j++)
                inner += a[i, j] * Math.Pow(p[$"x{j}"].AsType<double>() - centres[i, j], 2);
            sum -= alpha[i] * Math.Exp(-inner);
        }
        return sum;
    }

    private static double Ackley(Parameter p)
    {
        var x = p.Select(entry => entry.Value.AsType<double>()).ToArray();
        return -20 * Math.Exp(-0.2 * Math.Sqrt(x.Average(v => v * v))) - Math.Exp(x.Average(v => Math.Cos(2 * Math.PI * v))) + 20 + Math.E;
    }

    private static SearchSpace ConditionalSpace() => new(
        KeyValuePair.Create<string, OptionBase>("kind", new ChoiceOption("a", "b", "c", "d")),
        KeyValuePair.Create<string, OptionBase>("rate", new UniformDoubleOption(1e-5, 1, logBase: true)),
        KeyValuePair.Create<string, OptionBase>("depth", new UniformIntOption(1, 12)),
        KeyValuePair.Create<string, OptionBase>("share", new UniformDoubleOption(0, 1)));

    /// <summary>The best kind is b with a rate of 3e-3; c comes near with a depth of 7; d has neither.</summary>
    private static double Conditional(Parameter p)
    {
        double share = 4 * Math.Pow(p["share"].AsType<double>() - 0.3, 2);
        return share + p["kind"].AsType<string>() switch
        {
            "a" => 0.5 + Math.Pow(Math.Log10(p["rate"].AsType<double>()) + 1, 2) / 4,
            "b" => Math.Pow(Math.Log10(p["rate"].AsType<double>() / 3e-3), 2) / 2,
            "c" => 0.2 + Math.Pow(p["depth"].AsType<int>() - 7, 2) / 20.0,
            _ => 1,
        };
    }
}

/// <summary>Makes tuners of one kind.</summary>
internal interface ITunerFactory
{
    Tuner New(SearchSpace space, int seed, IReadOnlyList<Condition> conditions);
}
