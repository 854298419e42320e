using System.Globalization;
using Microsoft.ML.SearchSpace;
using MLPipelines.Sweeps;

namespace MLPipelines.Cli.Sweeps;

/// <summary>A sweep as its ledger has it at a moment.</summary>
/// <param name="Experiment">What is searched.</param>
/// <param name="Trials">All trials so far.</param>
internal sealed record SweepSnapshot(ExperimentRecord Experiment, IReadOnlyList<TrialRecord> Trials)
{
    public TrialRecord? Best { get; } = BestOf(Experiment, Trials);

    public int Ended => Trials.Count - Count(TrialState.Running);

    public int Count(TrialState state) => Trials.Count(trial => trial.State == state);

    /// <summary>The counts in words, those of 0 left out but for the completed.</summary>
    public string Counts => string.Join(", ", new[] { (TrialState.Completed, "completed"), (TrialState.Pruned, "stopped early"), (TrialState.Failed, "failed"), (TrialState.Running, "running") }
        .Where(state => state.Item1 == TrialState.Completed || Count(state.Item1) > 0).Select(state => $"{Count(state.Item1)} {state.Item2}"));

    /// <summary>A value for people: numbers with four digits, texts as they are.</summary>
    public static string Text(Parameter value) => value.ParameterType switch
    {
        ParameterType.Number => value.AsType<double>().ToString("G4", CultureInfo.InvariantCulture),
        ParameterType.String => value.AsType<string>() ?? "null",
        _ => value.ToString(),
    };

    /// <summary>Names without what stands before the dot, where that is the chosen algorithm's.</summary>
    public static string Text(Parameter parameter, string separator) => string.Join(separator, parameter.Select(entry => $"{entry.Key[(entry.Key.IndexOf('.', StringComparison.Ordinal) + 1)..]} {Text(entry.Value)}"));

    private static TrialRecord? BestOf(ExperimentRecord experiment, IReadOnlyList<TrialRecord> trials)
    {
        var completed = trials.Where(trial => trial is { State: TrialState.Completed, Metric: not null });
        return experiment.Maximize ? completed.MaxBy(trial => trial.Metric) : completed.MinBy(trial => trial.Metric);
    }
}
