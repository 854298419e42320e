using System.Globalization;
using System.Text.Json;
using Microsoft.ML.SearchSpace;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Sweeps;
using Spectre.Console;

namespace MLPipelines.Cli.Sweeps;

internal sealed record SweepRunResult(
    string Id, string Task, string Metric, bool Maximize, string Ledger, double Seconds, bool Stopped, SweepCountsResult Trials, SweepTrialResult? Best, SweepArtifactResult? Published, string? Report, string Resume);

internal sealed record SweepCountsResult(int Planned, int Completed, int Pruned, int Failed, int Running);

internal sealed record SweepTrialResult(int Trial, string State, double? Metric, double? Seconds, double? MemoryMegabytes, string? Failure, Dictionary<string, JsonElement> Parameters, IReadOnlyList<double[]>? Curve);

internal sealed record SweepArtifactResult(string Name, string Version, string Path);

internal sealed record SweepListed(string Id, string Task, string Metric, bool Maximize, string Tuner, int Seed, DateTime CreatedUtc, SweepCountsResult Trials, double? Best);

internal sealed record SweepListResult(string Ledger, IReadOnlyList<SweepListed> Sweeps);

internal sealed record SweepShowResult(SweepListed Sweep, string? Data, string? Pruner, string Space, SweepTrialResult? Best, IReadOnlyList<SweepTrialResult> Trials);

internal sealed record SweepReportResult(string Id, string Path, int Trials);

/// <summary>Sweeps for machines and for people.</summary>
internal static class SweepOutput
{
    public static SweepCountsResult Counts(SweepSnapshot snapshot) => new(
        snapshot.Experiment.Trials, snapshot.Count(TrialState.Completed), snapshot.Count(TrialState.Pruned), snapshot.Count(TrialState.Failed), snapshot.Count(TrialState.Running));

    public static SweepListed Listed(SweepSnapshot snapshot)
    {
        var experiment = snapshot.Experiment;
        return new(experiment.Id, experiment.Task, experiment.Metric, experiment.Maximize, SweepArguments.Kebab(experiment.Tuner), experiment.Seed, experiment.CreatedUtc, Counts(snapshot), snapshot.Best?.Metric);
    }

    public static SweepTrialResult Of(TrialRecord trial, bool withCurve = true) => new(
        trial.Id, trial.State.ToString().ToLowerInvariant(), trial.Metric, trial.Duration is { } time ? Math.Round(time.TotalSeconds, 3) : null, trial.MemoryMegabytes, trial.Failure,
        trial.Parameter.ToDictionary(entry => entry.Key, entry => Json(entry.Value), StringComparer.Ordinal), withCurve && trial.Curve.Count > 0 ? [.. trial.Curve.Select(point => new[] { point.Step, point.Metric })] : null);

    /// <summary>The best trial with its parameters, a line each.</summary>
    public static void WriteBest(Terminal terminal, SweepSnapshot snapshot)
    {
        if (snapshot.Best is not { } best)
        {
            terminal.WriteLine("no trial was completed");
            return;
        }
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"best {snapshot.Experiment.Metric} {best.Metric:0.0000}, trial {best.Id}:"));
        int width = best.Parameter.Keys.Max(key => key.Length);
        foreach (var (name, value) in best.Parameter)
            terminal.WriteLine($"  {name.PadRight(width)}  {SweepSnapshot.Text(value)}");
    }

    public static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Minimal).Collapse();
        foreach (string column in columns)
            table.AddColumn(new TableColumn(Markup.Escape(column)) { NoWrap = true });
        return table;
    }

    private static JsonElement Json(Parameter value)
    {
        using var document = JsonDocument.Parse(value.ToString());
        return document.RootElement.Clone();
    }
}
