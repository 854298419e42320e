using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Sweeps;

namespace MLPipelines.Benchmarks.Sweeps;

/// <summary>A function of three options that takes its time, so that what is measured is the sweep and not the training.</summary>
internal sealed class SleepingTask(SweepJob job) : SweepTask
{
    public const string TaskName = "sleeping";

    private readonly int _milliseconds = int.Parse(job.Settings["milliseconds"], CultureInfo.InvariantCulture);

    public static void Register() => SweepTasks.Register(TaskName, (job, _) => new SleepingTask(job));

    /// <summary>A job whose trials take so long.</summary>
    public static SweepJob Job(int milliseconds) =>
        new() { Task = TaskName, Data = "none", Settings = new Dictionary<string, string> { ["milliseconds"] = milliseconds.ToString(CultureInfo.InvariantCulture) } };

    public override string Name => TaskName;

    public override IReadOnlyList<SweepMetric> Metrics { get; } = [new("score")];

    public override SearchSpace Space { get; } = new(
        KeyValuePair.Create<string, OptionBase>("x", new UniformDoubleOption(-2, 2)), KeyValuePair.Create<string, OptionBase>("y", new UniformDoubleOption(0.01, 10, logBase: true)), KeyValuePair.Create<string, OptionBase>("kind", new ChoiceOption("a", "b")));

    public static double Score(Parameter p) => -Math.Pow(p["x"].AsType<double>() - 1, 2) - Math.Abs(Math.Log10(p["y"].AsType<double>())) - (p["kind"].AsType<string>() == "b" ? 0 : 0.5);

    public override double Run(SweepTrial trial, SweepMetric metric)
    {
        Thread.Sleep(_milliseconds);
        return Score(trial.Parameter);
    }

    public override ITransformer Refit(Parameter parameter, int seed, CancellationToken cancellationToken = default) => throw new NotSupportedException("There is nothing to train.");
}
