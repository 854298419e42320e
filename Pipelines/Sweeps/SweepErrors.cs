using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>Builds the exceptions of this assembly.</summary>
internal static class SweepErrors
{
    public static ArgumentException NoSuchMetric(SweepTask task, string name) =>
        new($"The task '{task.Name}' has no metric '{name}'; it has {string.Join(", ", task.Metrics.Select(metric => metric.Name))}.");

    public static ArgumentException BadSpaceFile(string source, IEnumerable<string> faults) => new($"{source} cannot be searched: {string.Join("; ", faults)}.");
    public static ArgumentException BadJob(SweepJob job, IEnumerable<string> faults) => new($"The sweep of {job.Task} cannot be done: {string.Join("; ", faults.Distinct())}.", nameof(job));

    public static ArgumentException NoSuchFamily(string task, string name, IEnumerable<string> known) =>
        new($"The task '{task}' has no family '{name}'; it has {string.Join(", ", known)}. The parameter is not of its space.");

    public static InvalidOperationException TooFewRows(SweepJob job) => new(FormattableString.Invariant($"'{job.Data}' has too few rows for {job.Folds} folds; give more, or fewer folds."));

    public static InvalidOperationException CannotPublish(string task) => new($"The task '{task}' does not say how its models are published; train one with Refit, and pack it yourself.");

    public static ArgumentException BudgetTooSmall(string task, TimeSpan given, TimeSpan needed, bool atLeast = false) => new(FormattableString.Invariant(
        $"A budget of {Seconds(given)} is too small for one trial of {task}, which needs {(atLeast ? "more than" : "about")} {Seconds(needed)}, as a part of the data shows. Give more time, less data, or settings that cost less, such as max-epochs."));

    private static string Seconds(TimeSpan time) => time.TotalMinutes < 2 ? FormattableString.Invariant($"{Math.Max(0.1, time.TotalSeconds):0.#} s") : FormattableString.Invariant($"{time.TotalMinutes:0.#} min");

    public static InvalidDataException BadLedger(string path, string why, Exception? inner = null) => new($"'{path}' cannot be used as a ledger: {why.TrimEnd('.')}. Name another file, or restore it from a copy.", inner);

    public static InvalidDataException LedgerAway(string path, TimeSpan waited, Exception inner) =>
        new($"The ledger '{path}' has not answered for {waited.TotalSeconds:0} seconds: {inner.Message} Nothing that it confirmed is lost: start it, and go on.", inner);

    /// <summary>Why a trial is not begun again.</summary>
    public static string WorkerLost(int times, string? worker) => FormattableString.Invariant(
        $"Its worker was lost {(times == 1 ? "as it ran" : $"each of the {times} times that it ran")}: killed, out of memory, or cut off{(worker is null ? "" : $"; the last was '{worker}'")}. It is not begun again.");

    public static ArgumentException BadLedgerUrl(string why, Exception? inner = null) =>
        new($"The URL of the ledger cannot be read: {why}. It must be like postgres://user:password@host:5432/database, with special characters of the password as %XX.", inner);

    public static InvalidOperationException NoSuchExperiment(string id, string path) => new($"There is no experiment '{id}' in '{path}'.");

    public static InvalidOperationException NoJob(string id, string path) =>
        new($"The experiment '{id}' in '{path}' runs code of the process that began it; a worker can join only a sweep that was begun with a {nameof(SweepJob)}.");

    public static InvalidOperationException OtherSpace(string id, string there, string here) => new(
        $"The experiment '{id}' cannot be joined: its data or library is another here, so that the space differs. The ledger has:{Environment.NewLine}{there}{Environment.NewLine}Here it is:{Environment.NewLine}{here}");

    public static FormatException BadPruner(string text) => new($"'{text}' is no pruner; expected is \"median\", \"halving\", or one of them with its two numbers, such as \"median 0 5\" (warm-up steps and trials) or \"halving 1 3\" (first step and factor).");

    public static InvalidOperationException NoTrialHost(string command, string what) => new(
        $"'{command}' was started to run trials, but {what}. Let the program call {nameof(SweepProcess)}.{nameof(SweepProcess.RunIfTrialAsync)}(args) first in its Main, or set {nameof(SweepOptions.IsolateTrials)} to false.");

    public static InvalidOperationException ExperimentExists(string id, string path) => new($"There is an experiment '{id}' in '{path}'; go on with it, or give another name.");

    public static InvalidOperationException OtherExperiment(ExperimentRecord before, ExperimentRecord now)
    {
        var differences = new List<string>();
        Compare("task", before.Task, now.Task);
        Compare("metric", before.Metric, now.Metric);
        Compare("tuner", before.Tuner, now.Tuner);
        Compare("seed", before.Seed, now.Seed);
        Compare("direction", before.Maximize ? "more is better" : "less is better", now.Maximize ? "more is better" : "less is better");
        Compare("space", before.Space, now.Space);
        Compare("job", before.Plan.Job?.ToJson() ?? "code of the process", now.Plan.Job?.ToJson() ?? "code of the process");
        return new($"The experiment '{before.Id}' cannot go on, it is about something else: {string.Join("; ", differences)}. Give another name.");

        void Compare<T>(string what, T first, T second)
        {
            if (!Equals(first, second))
                differences.Add($"its {what} is {first}, not {second}");
        }
    }

    public static InvalidOperationException NothingSucceeded(string id, IReadOnlyList<TrialRecord> trials, bool cancelled) => new(
        trials.All(trial => trial.State != TrialState.Failed)
            ? $"No trial of '{id}' was completed{(cancelled ? " before it was cancelled" : " within the budget")}; give it more time, and go on with it."
            : $"No trial of '{id}' succeeded; the first of {trials.Count(trial => trial.State == TrialState.Failed)} failures: {trials.First(trial => trial.State == TrialState.Failed).Failure}");

    /// <exception cref="ArgumentException">There is nothing to search, or a condition contradicts the space; the message lists all faults.</exception>
    public static void CheckSpace(SearchSpace space, IReadOnlyList<Condition> conditions)
    {
        var faults = new List<string>();
        if (space.FeatureSpaceDim == 0)
            faults.Add("it has no option with more than one value");
        foreach (var condition in conditions)
        {
            if (!space.ContainsKey(condition.Option))
                faults.Add($"a condition is on '{condition.Option}', which is no option; options are {string.Join(", ", space.Keys)}");
            if (!space.TryGetValue(condition.Parent, out var parent))
                faults.Add($"'{condition.Option}' depends on '{condition.Parent}', which is no option; options are {string.Join(", ", space.Keys)}");
            else if (parent is ChoiceOption choice)
                faults.AddRange(condition.Values.Where(value => !choice.Choices.Contains(value)).Select(value => $"'{condition.Option}' depends on '{condition.Parent}' being {value}, which it never is; it is one of {string.Join(", ", (object[])choice.Choices)}"));
            if (condition.Values.Count == 0)
                faults.Add($"'{condition.Option}' depends on '{condition.Parent}' having no value at all");
            if (DependsOn(condition.Parent, condition.Option, conditions, conditions.Count))
                faults.Add($"'{condition.Option}' and '{condition.Parent}' depend on each other");
        }
        if (faults.Count > 0)
            throw new ArgumentException($"The search space cannot be searched: {string.Join("; ", faults.Distinct())}.", nameof(space));
    }

    /// <summary>Whether an option depends on another, through others even; or is it.</summary>
    public static bool DependsOn(string option, string other, IReadOnlyList<Condition> conditions, int depth) =>
        option == other || depth > 0 && conditions.Any(condition => condition.Option == option && DependsOn(condition.Parent, other, conditions, depth - 1));
}
