using System.Diagnostics;
using Microsoft.ML.SearchSpace;
using MLPipelines.Sweeps;

namespace MLPipelines.Benchmarks.Sweeps;

/// <summary>How near tuners come to the known optima of synthetic functions.</summary>
internal static class TunerBenchmark
{
    private const int Seeds = 20;

    public static ITunerFactory[] Tuners { get; } =
    [
        new Factory("random", (space, seed, conditions) => new RandomTuner(space, seed, conditions)),
        new Factory("quasi-random", (space, seed, conditions) => new QuasiRandomTuner(space, seed, conditions)),
        new Factory("grid", (space, seed, conditions) => new GridTuner(space, 10, seed, conditions)),
        new Factory("cost-frugal", (space, seed, conditions) => new CostFrugalTuner(space, seed, conditions)),
        new Factory("tpe", (space, seed, conditions) => new TpeTuner(space, seed, conditions)),
        new Factory("forest", (space, seed, conditions) => new ForestTuner(space, seed, conditions)),
        new Factory("gaussian-process", (space, seed, conditions) => new GaussianProcessTuner(space, seed, conditions)),
    ];

    public static int Run(params string[] only)
    {
        Console.WriteLine($"Regret after 50 trials (100 in brackets), median of {Seeds} seeds");
        Console.Write($"{"",-18}");
        foreach (var function in TunerFunction.All)
            Console.Write($"{function.Name,24}");
        Console.WriteLine($"{"s",8}");
        foreach (Factory tuner in Tuners.Where(t => only.Length == 0 || only.Contains(((Factory)t).Name)))
        {
            var watch = Stopwatch.StartNew();
            Console.Write($"{tuner.Name,-18}");
            foreach (var function in TunerFunction.All)
            {
                var regrets = new double[Seeds][];
                Parallel.For(0, Seeds, seed => regrets[seed] = function.Regret(tuner, seed + 1, 50, 100));
                Console.Write($"{FormattableString.Invariant($"{Median(regrets, 0):G3} ({Median(regrets, 1):G2})"),24}");
            }
            Console.WriteLine(FormattableString.Invariant($"{watch.Elapsed.TotalSeconds,8:F1}"));
        }
        var branin = TunerFunction.All[0];
        Console.WriteLine();
        Console.WriteLine("Branin, best loss for seeds 1 to 5 after 50 and after 100 trials (ML.NET 5.0.0: CostFrugal 0.722 0.470 0.403 0.460 0.424 and 0.39798 0.39795 0.39790 0.39794 0.39789, SMAC 0.764 8.238 0.483 2.115 0.728 after 50)");
        foreach (Factory tuner in Tuners.Where(t => only.Length == 0 || only.Contains(((Factory)t).Name)))
        {
            var losses = Enumerable.Range(1, 5).Select(seed => branin.Regret(tuner, seed, 50, 100)).ToArray();
            Console.WriteLine(FormattableString.Invariant($"{tuner.Name,-18}{string.Join(' ', losses.Select(loss => FormattableString.Invariant($"{loss[0] + branin.Optimum:F3}")))}   {string.Join(' ', losses.Select(loss => FormattableString.Invariant($"{loss[1] + branin.Optimum:F5}")))}"));
        }
        return 0;
    }

    private static double Median(double[][] regrets, int at)
    {
        var sorted = regrets.Select(regret => regret[at]).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed record Factory(string Name, Func<SearchSpace, int, IReadOnlyList<Condition>, Tuner> Create) : ITunerFactory
    {
        public Tuner New(SearchSpace space, int seed, IReadOnlyList<Condition> conditions) => Create(space, seed, conditions);

        public override string ToString() => Name;
    }
}
