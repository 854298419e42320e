using System.Globalization;
using System.Text;
using MLPipelines.Sweeps;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MLPipelines.Cli.Sweeps;

/// <summary>A sweep on the terminal: how far it is, its best, its history, and the trials that run and that ended last.</summary>
internal static class SweepView
{
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const int LastTrials = 5;
    private const int BarWidth = 24;

    /// <summary>Draws a moment of a sweep; no line is wider than <paramref name="width"/>.</summary>
    /// <param name="snapshot">The moment.</param>
    /// <param name="left">The time that is expected to be left; null while it is not known.</param>
    /// <param name="now">The time now.</param>
    /// <param name="width">The columns of the terminal.</param>
    public static IRenderable Draw(SweepSnapshot snapshot, TimeSpan? left, DateTime now, int width)
    {
        var experiment = snapshot.Experiment;
        int planned = Math.Max(1, experiment.Trials == 0 ? snapshot.Trials.Count : experiment.Trials), ended = snapshot.Ended;
        var lines = new List<IRenderable>
        {
            Line($"[bold]{Escape(experiment.Id)}[/]  {Escape(experiment.Task)}, {Escape(experiment.Metric)}, {SweepArguments.Kebab(experiment.Tuner)}"),
            Line($"[green]{new string('━', BarWidth * Math.Min(ended, planned) / planned)}[/][grey]{new string('━', BarWidth - BarWidth * Math.Min(ended, planned) / planned)}[/] {ended}/{planned} trials, {(left is { } time ? $"about {Durations.Text(time)} left" : "time left not known yet")}"),
            Line($"{snapshot.Count(TrialState.Completed)} completed, [blue]{snapshot.Count(TrialState.Running)} running[/], [grey]{snapshot.Count(TrialState.Pruned)} stopped early[/], {(snapshot.Count(TrialState.Failed) is > 0 and var failed ? $"[red]{failed} failed[/]" : "0 failed")}"),
        };
        lines.Add(snapshot.Best is { } best
            ? Line($"best [bold yellow]{Number(best.Metric)}[/] (trial {best.Id})  {Escape(SweepSnapshot.Text(best.Parameter, ", "))}")
            : Line("[grey]no trial completed yet[/]"));
        if (Sparkline(snapshot, Math.Clamp(width - 10, 10, 70)) is { Length: > 0 } history)
            lines.Add(Line($"history   [blue]{history}[/]"));
        lines.Add(Table(snapshot, now, width));
        return new Rows(lines);
    }

    /// <summary>The metrics of the last trials as heights: a dot for one that was stopped early, a cross for one that failed.</summary>
    public static string Sparkline(SweepSnapshot snapshot, int most)
    {
        var ended = snapshot.Trials.Where(trial => trial.State != TrialState.Running).TakeLast(most).ToArray();
        double[] metrics = [.. ended.Where(trial => trial is { State: TrialState.Completed, Metric: not null }).Select(trial => trial.Metric!.Value)];
        double low = metrics.DefaultIfEmpty().Min(), high = metrics.DefaultIfEmpty().Max();
        var text = new StringBuilder();
        foreach (var trial in ended)
        {
            text.Append(trial.State == TrialState.Failed || trial.Metric is null ? '×'
                : trial.State == TrialState.Pruned ? '·'
                : Blocks[high > low ? (int)Math.Round((trial.Metric.Value - low) / (high - low) * (Blocks.Length - 1)) : Blocks.Length / 2]);
        }
        return text.ToString();
    }

    private static Table Table(SweepSnapshot snapshot, DateTime now, int width)
    {
        var table = new Table().Border(TableBorder.None).Collapse();
        foreach (var (title, right) in new[] { ("trial", true), ("state", false), (snapshot.Experiment.Metric, true), ("time", true), ("parameters", false) })
            table.AddColumn(new TableColumn($"[grey]{Escape(title)}[/]") { NoWrap = true, Alignment = right ? Justify.Right : Justify.Left, Padding = new Padding(0, 0, 2, 0) });
        int room = Math.Max(10, width - 36 - Math.Max(6, snapshot.Experiment.Metric.Length));
        foreach (var trial in snapshot.Trials.Where(trial => trial.State == TrialState.Running).Concat(snapshot.Trials.Where(trial => trial.State != TrialState.Running).OrderByDescending(trial => trial.StartedUtc + trial.Duration).Take(LastTrials)))
        {
            var (color, state) = trial.State switch { TrialState.Running => ("blue", "running"), TrialState.Pruned => ("grey", "stopped"), TrialState.Failed => ("red", "failed"), _ => ("default", "completed") };
            double? metric = trial.Metric ?? (trial.Curve.Count > 0 ? trial.Curve[^1].Metric : null);
            string words = trial.State == TrialState.Failed ? trial.Failure?.Split('\n')[0].Trim() ?? "" : SweepSnapshot.Text(trial.Parameter, ", ");
            table.AddRow(
                $"{trial.Id}", $"[{color}]{state}[/]", metric is null ? "–" : Number(metric), Durations.Text(trial.Duration ?? Positive(now - trial.StartedUtc)), Escape(words.Length > room ? words[..(room - 1)] + "…" : words));
        }
        return table;
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private static Markup Line(string markup) => new(markup) { Overflow = Overflow.Ellipsis };

    private static string Number(double? metric) => string.Create(CultureInfo.InvariantCulture, $"{metric:0.0000}");

    private static string Escape(string text) => Markup.Escape(text);
}
