using System.Collections.Concurrent;
using System.Diagnostics;
using Spectre.Console;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>One report of how far a step has come; <paramref name="Total"/> is null while it is unknown.</summary>
internal readonly record struct StepProgress(string Step, double Done, double? Total, string Unit)
{
    /// <summary>What stands beside the step on a terminal, in place of the last detail.</summary>
    public string? Detail { get; init; }

    /// <summary>What is said once, on a line of its own.</summary>
    public string? Note { get; init; }
}

/// <summary>
/// Shows progress: on a terminal a bar with rate and remaining time for each step, elsewhere one quiet line as each step ends.
/// </summary>
internal static class ProgressDisplay
{
    public static async Task<T> RunAsync<T>(Terminal terminal, Func<IProgress<StepProgress>, Task<T>> work)
    {
        if (terminal.Quiet || !terminal.Error.Profile.Capabilities.Interactive)
        {
            var lines = new QuietLines(terminal);
            var result = await work(lines).ConfigureAwait(false);
            lines.Finish();
            return result;
        }
        var rates = new RateColumn();
        return await terminal.Error.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), rates, new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(context => work(new Bars(terminal, context, rates)))
            .ConfigureAwait(false);
    }

    private sealed class Bars(Terminal terminal, ProgressContext context, RateColumn rates) : IProgress<StepProgress>
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);

        public void Report(StepProgress value)
        {
            lock (_gate)
            {
                if (!_tasks.TryGetValue(value.Step, out var task))
                {
                    foreach (var earlier in _tasks.Values)
                        earlier.Value = earlier.MaxValue;
                    _tasks[value.Step] = task = context.AddTask(Markup.Escape(value.Step), maxValue: value.Total ?? 1);
                    rates.Units[task.Id] = value.Unit;
                }
                if (value.Note is { } note)
                    terminal.Error.WriteLine(note);
                if (value.Detail is { } detail)
                    task.Description = Markup.Escape($"{value.Step}: {detail}");
                task.IsIndeterminate = value.Total is null;
                if (value.Total is { } total)
                {
                    task.MaxValue = Math.Max(total, double.Epsilon);
                    task.Value = value.Done;
                }
            }
        }
    }

    private sealed class RateColumn : ProgressColumn
    {
        public ConcurrentDictionary<int, string> Units { get; } = new();

        public override Spectre.Console.Rendering.IRenderable Render(Spectre.Console.Rendering.RenderOptions options, ProgressTask task, TimeSpan deltaTime)
            => task.Speed is { } speed && task.MaxValue > 1 && Units.TryGetValue(task.Id, out var unit)
                ? new Spectre.Console.Text($"{speed:N0} {unit}/s", new Style(Color.Grey))
                : Spectre.Console.Text.Empty;
    }

    private sealed class QuietLines(Terminal terminal) : IProgress<StepProgress>
    {
        private readonly Lock _gate = new();
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private StepProgress _current;

        public void Report(StepProgress value)
        {
            lock (_gate)
            {
                if (_current.Step is { } step && step != value.Step)
                    WriteEnd();
                if (value.Note is { } note)
                    terminal.Note(note);
                _current = value;
            }
        }

        public void Finish()
        {
            lock (_gate)
            {
                if (_current.Step is not null)
                    WriteEnd();
            }
        }

        private void WriteEnd()
        {
            double seconds = _clock.Elapsed.TotalSeconds;
            string amount = _current is { Total: { } total, Unit.Length: > 0 } ? $", {total:#,0.#} {_current.Unit}" : "";
            terminal.Note($"{_current.Step}{amount}, {seconds:F1} s");
            _clock.Restart();
        }
    }
}
