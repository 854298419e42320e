using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps.Reports;

/// <summary>A sweep with all that a report has to show: conditions, logarithmic options, curves, pruned, failed and running trials, texts that look like markup.</summary>
internal static class SampleSweep
{
    public const string Hostile = "System.InvalidOperationException: </script><script>window.hacked=true</script><img src=x onerror=\"window.hacked=true\"> {{data}} {{script}} \u2028 'quoted' & more\n   at Trial.Run()";

    private static readonly SpaceDefinition Definition = new(
        new SearchSpace
        {
            ["algorithm"] = new ChoiceOption("encoder", "linear"),
            ["encoder.learning-rate"] = new UniformDoubleOption(1e-5, 1e-2, true, 1e-4),
            ["encoder.layers"] = new UniformIntOption(1, 8),
            ["encoder.dropout"] = new UniformSingleOption(0, 0.5f, false, 0.1f),
            ["linear.cost"] = new UniformDoubleOption(0.05, 20, true, 1),
            ["linear.word-ngrams"] = new UniformIntOption(1, 3),
            ["class-weights"] = new ChoiceOption("None", "Balanced"),
            ["seed-text"] = new ChoiceOption("<b>bold</b>"),
        },
        [
            .. new[] { "encoder.learning-rate", "encoder.layers", "encoder.dropout" }.Select(name => new Condition(name, "algorithm", Parameter.FromString("encoder"))),
            .. new[] { "linear.cost", "linear.word-ngrams" }.Select(name => new Condition(name, "algorithm", Parameter.FromString("linear"))),
        ]);

    /// <summary>A sweep over the options of one family.</summary>
    public static (ExperimentRecord Experiment, IReadOnlyList<TrialRecord> Trials) MakeOfOneFamily()
    {
        var space = new SearchSpace { ["linear.cost"] = new UniformDoubleOption(0.05, 20, true, 1), ["linear.word-ngrams"] = new UniformIntOption(1, 3) };
        var cube = new UnitCube(space, []);
        var random = new Random(5);
        TrialRecord[] trials = [.. Enumerable.Range(0, 10).Select(i =>
        {
            var parameter = cube.ToParameter(cube.Random(random));
            return new TrialRecord(i, TrialState.Completed, parameter, 0.9 - 0.01 * parameter["linear.cost"].AsType<double>(), [], DateTime.UnixEpoch.AddMinutes(i), TimeSpan.FromSeconds(3), 240, null, "");
        })];
        return (Make(1).Experiment with { Space = SpaceFile.Write(space, []) }, trials);
    }

    public static (ExperimentRecord Experiment, IReadOnlyList<TrialRecord> Trials) Make(int count = 40)
    {
        var cube = new UnitCube(Definition.Space, Definition.Conditions);
        var random = new Random(5);
        var trials = new List<TrialRecord>();
        for (int i = 0; i < count; i++)
        {
            var parameter = cube.ToParameter(cube.Random(random));
            bool isEncoder = parameter["algorithm"].AsType<string>() == "encoder";
            double quality = isEncoder
                ? 0.93 - 0.05 * Math.Pow(Math.Log10(parameter["encoder.learning-rate"].AsType<double>()) + 3.4, 2) - 0.004 * Math.Abs(parameter["encoder.layers"].AsType<int>() - 4)
                : 0.86 - 0.02 * Math.Abs(Math.Log10(parameter["linear.cost"].AsType<double>()));
            quality += 0.01 * (random.NextDouble() - 0.5);
            var state = i == count - 1 ? TrialState.Running : i % 13 == 7 ? TrialState.Failed : isEncoder && quality < 0.87 && i > 4 ? TrialState.Pruned : TrialState.Completed;
            MetricPoint[] curve = isEncoder ? [.. Enumerable.Range(1, state is TrialState.Pruned ? 3 : state is TrialState.Completed ? 9 : 2).Select(step => new MetricPoint(step, quality - 0.5 * Math.Exp(-step / 2.5) + 0.006 * random.NextDouble()))] : [];
            trials.Add(new TrialRecord(
                i, state, parameter, state switch { TrialState.Completed => quality, TrialState.Pruned => curve[^1].Metric, _ => null }, curve, DateTime.UnixEpoch.AddMinutes(i),
                state == TrialState.Running ? null : TimeSpan.FromSeconds(isEncoder ? 40 + 8 * curve.Length : 3.2 + random.NextDouble()), 240 + i, state == TrialState.Failed ? Hostile : null, i % 9 == 2 ? $"epoch 1: <i>loss</i> 0.{i}\nepoch 2" : ""));
        }
        var experiment = new ExperimentRecord("intent <best>", "text-classification", "macro-f1", true, "GaussianProcess", 1, SpaceFile.Write(Definition.Space, Definition.Conditions), new DateTime(2026, 5, 1, 8, 30, 0, DateTimeKind.Utc))
        {
            Trials = 50,
            Plan = new SweepPlan { Job = new SweepJob { Task = "text-classification", Data = "Data/tickets/messages.csv", Columns = new Dictionary<string, string> { ["text"] = "content", ["label"] = "intent" } }, Pruner = "halving 1 3", Limits = new TrialLimits { Time = TimeSpan.FromMinutes(5) } },
        };
        return (experiment, trials);
    }
}
