using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>What the page of a report draws.</summary>
internal sealed record ReportData
{
    public required string Id { get; init; }

    public required string Task { get; init; }

    public required string Metric { get; init; }

    public required bool Maximize { get; init; }

    public required string Tuner { get; init; }

    public required string Created { get; init; }

    public required int Planned { get; init; }

    public required IReadOnlyList<Axis> Axes { get; init; }

    /// <summary>What the names of all options begin with, such as "linear."; empty where they have nothing in common.</summary>
    public string Prefix => Axes is [{ Name: var first }, ..] && first[..(first.IndexOf('.', StringComparison.Ordinal) + 1)] is var family && Axes.All(axis => axis.Name.StartsWith(family, StringComparison.Ordinal)) ? family : "";

    public required IReadOnlyList<Trial> Trials { get; init; }

    public required IReadOnlyList<ParameterImportance> Importance { get; init; }

    public int LeastTrials { get; } = ParameterImportance.LeastTrials;

    public int? Best { get; init; }

    public string? BestYaml { get; init; }

    public string? BestJson { get; init; }

    public string? Resume { get; init; }

    public required string Space { get; init; }

    /// <summary>Pairs of a name and a value.</summary>
    public required IReadOnlyList<string[]> Facts { get; init; }

    public required string Footer { get; init; }

    /// <summary>An option: what it can be.</summary>
    public sealed record Axis(string Name, string Kind)
    {
        public double? Min { get; init; }

        public double? Max { get; init; }

        public bool? Log { get; init; }

        public bool? Whole { get; init; }

        public IReadOnlyList<object>? Choices { get; init; }
    }

    /// <summary>A trial; values are numbers, or texts.</summary>
    public sealed record Trial(int Id, string State, double? Metric, double? Seconds, double? Memory, string? Failure, string? Log, IReadOnlyList<double[]> Curve, IReadOnlyDictionary<string, object> Values);

    public static ReportData Of(ExperimentRecord experiment, IReadOnlyList<TrialRecord> trials, string? resume)
    {
        var space = SpaceFile.Parse(experiment.Space, $"The space of '{experiment.Id}'");
        var completed = trials.Where(trial => trial is { State: TrialState.Completed, Metric: not null });
        var best = experiment.Maximize ? completed.MaxBy(trial => trial.Metric) : completed.MinBy(trial => trial.Metric);
        return new ReportData
        {
            Id = experiment.Id,
            Task = experiment.Task,
            Metric = experiment.Metric,
            Maximize = experiment.Maximize,
            Tuner = experiment.Tuner,
            Created = experiment.CreatedUtc.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            Planned = experiment.Trials,
            Axes = [.. space.Space.SelectMany(entry => AxesOf(entry.Key, entry.Value))],
            Trials = [.. trials.OrderBy(trial => trial.Id).Select(Of)],
            Importance = ParameterImportance.Of(space, trials, experiment.Maximize, experiment.Seed),
            Best = best?.Id,
            BestYaml = best is null ? null : string.Concat(best.Parameter.Select(entry => $"{SpaceValues.Text(Parameter.FromString(entry.Key))}: {SpaceValues.Text(entry.Value)}\n")),
            BestJson = best?.Parameter.ToString(),
            Resume = resume,
            Space = experiment.Space,
            Facts = FactsOf(experiment, trials),
            Footer = $"Written by MLPipelines {VersionOf(typeof(ReportData).Assembly)} on {DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)}.",
        };
    }

    private static Trial Of(TrialRecord trial)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        Flatten("", trial.Parameter, values);
        return new Trial(
            trial.Id, trial.State.ToString().ToLowerInvariant(), Finite(trial.Metric), trial.Duration?.TotalSeconds, trial.MemoryMegabytes, trial.Failure, trial.Log.Length == 0 ? null : trial.Log,
            [.. trial.Curve.Where(point => double.IsFinite(point.Step) && double.IsFinite(point.Metric)).Select(point => new[] { point.Step, point.Metric })], values);
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static void Flatten(string prefix, Parameter parameter, Dictionary<string, object> values)
    {
        foreach (var (name, value) in parameter)
        {
            if (value.ParameterType == ParameterType.Object)
                Flatten($"{prefix}{name}.", value, values);
            else
                values[prefix + name] = ValueOf(value);
        }
    }

    private static object ValueOf(Parameter value) => value.ParameterType switch
    {
        ParameterType.Integer => value.AsType<long>(),
        // What was a float is shown as one.
        ParameterType.Number when double.IsFinite(value.AsType<double>()) => double.Parse(SpaceValues.Real(value.AsType<double>()), CultureInfo.InvariantCulture),
        ParameterType.String => value.AsType<string>() ?? "null",
        _ => value.ToString(),
    };

    private static IEnumerable<Axis> AxesOf(string name, OptionBase option) => option switch
    {
        SearchSpace nested => nested.SelectMany(entry => AxesOf($"{name}.{entry.Key}", entry.Value)),
        ChoiceOption choice => [new Axis(name, choice.Choices.Length == 1 ? "fixed" : "choice") { Choices = [.. choice.Choices.Select(ValueOf)] }],
        UniformNumericOption number => [new Axis(name, "number") { Min = number.Min, Max = number.Max, Log = number.LogBase, Whole = number is UniformIntOption }],
        _ => [],
    };

    private static List<string[]> FactsOf(ExperimentRecord experiment, IReadOnlyList<TrialRecord> trials)
    {
        var plan = experiment.Plan;
        List<string[]> facts =
        [
            ["task", experiment.Task],
            ["metric", $"{experiment.Metric}, {(experiment.Maximize ? "more" : "less")} is better"],
            ["tuner", experiment.Tuner],
            ["seed", experiment.Seed.ToString(CultureInfo.InvariantCulture)],
            ["stopped early by", plan.Pruner ?? "nothing"],
            ["trials", experiment.Trials == 0 ? "not limited" : experiment.Trials.ToString(CultureInfo.InvariantCulture)],
        ];
        Add("until", experiment.DeadlineUtc?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Add("time of a trial", plan.Limits.Time is { } time ? $"at most {time}" : null);
        Add("memory of a trial", plan.Limits.MemoryMegabytes is { } memory ? FormattableString.Invariant($"at most {memory:0} MB") : null);
        if (plan.Job is { } job)
        {
            Add("data", job.Data);
            Add("measured on", job.ValidationData ?? (job.Folds > 0 ? $"{job.Folds} folds" : FormattableString.Invariant($"{job.ValidationFraction:0.##} of the data, held out")));
            Add("families", job.Families.Count == 0 ? null : string.Join(", ", job.Families));
            foreach (var (name, value) in job.Columns.Concat(job.Settings))
                Add(name, value);
        }
        Add("workers", trials.Select(trial => trial.Worker).Distinct().Count(worker => worker is not null) is > 1 and var workers ? workers.ToString(CultureInfo.InvariantCulture) : null);
        Add("run with", $"MLPipelines {VersionOf(typeof(ReportData).Assembly)}, {typeof(MLContext).Assembly.GetName().Name} {VersionOf(typeof(MLContext).Assembly)}, .NET {Environment.Version}");
        return facts;

        void Add(string name, string? value)
        {
            if (value is not null)
                facts.Add([name, value]);
        }
    }

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? assembly.GetName().Version!.ToString();
}
