using System.Collections.Concurrent;
using Microsoft.ML;

namespace MLPipelines.Sweeps;

/// <summary>The tasks that a <see cref="SweepJob"/> can name. Thread-safe.</summary>
public static class SweepTasks
{
    internal static readonly Dictionary<string, Func<SweepInput, SweepTask>> Ours = new(StringComparer.OrdinalIgnoreCase)
    {
        [TextClassificationSweepTask.TaskName] = TextClassificationSweepTask.Open,
        [SentimentSweepTask.TaskName] = SentimentSweepTask.Open,
        [MultiLabelSweepTask.TaskName] = MultiLabelSweepTask.Open,
        [EntitySweepTask.TaskName] = EntitySweepTask.Open,
        [RecommenderSweepTask.TaskName] = RecommenderSweepTask.Open,
        [ResponseSweepTask.TaskName] = ResponseSweepTask.Open,
    };

    private static readonly ConcurrentDictionary<string, Func<SweepJob, CancellationToken, SweepTask>> Openers = new(
        Ours.Select(task => KeyValuePair.Create<string, Func<SweepJob, CancellationToken, SweepTask>>(task.Key, (job, cancellation) => task.Value(new SweepInput(job, null, null, cancellation)))),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of the tasks, in order.</summary>
    public static IReadOnlyList<string> Names => [.. Openers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Adds a task of your own; every process that runs trials of it must do so.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="open">Reads the data of a job.</param>
    /// <exception cref="ArgumentException">There is a task of that name.</exception>
    public static void Register(string name, Func<SweepJob, CancellationToken, SweepTask> open)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(open);
        if (!Openers.TryAdd(name, open))
            throw new ArgumentException($"There is a task '{name}' already.", nameof(name));
    }

    /// <summary>Reads the data of a job and makes its task.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException">There is no such task or metric, or the job cannot be done; the message lists all faults.</exception>
    public static SweepTask Open(SweepJob job, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (!Openers.TryGetValue(job.Task, out var open))
            throw new ArgumentException($"There is no task '{job.Task}' to sweep; there are {string.Join(", ", Names)}.", nameof(job));
        var task = open(job, cancellationToken);
        if (job.Space is { } space)
            task = new NarrowedTask(task, space);
        task.MetricOf(job.Metric);
        return task;
    }

    /// <summary>Makes one of our own tasks over data in memory.</summary>
    /// <param name="job">The job; its files are not read, and its columns name those of the views.</param>
    /// <param name="data">What to train on.</param>
    /// <param name="validation">What to measure trials on; null to hold out a part of <paramref name="data"/>.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException">There is no such task or metric, or the job cannot be done; the message lists all faults.</exception>
    public static SweepTask Open(SweepJob job, IDataView data, IDataView? validation = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(data);
        if (!Ours.TryGetValue(job.Task, out var open))
            throw new ArgumentException($"There is no task '{job.Task}' over data in memory; there are {string.Join(", ", Ours.Keys)}.", nameof(job));
        var task = open(new SweepInput(job, data, validation, cancellationToken));
        if (job.Space is { } space)
            task = new NarrowedTask(task, space);
        task.MetricOf(job.Metric);
        return task;
    }
}
