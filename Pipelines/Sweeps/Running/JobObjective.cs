using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>Runs the trials of a job, in child processes or in this one.</summary>
internal sealed class JobObjective : IAsyncDisposable
{
    private readonly Func<SweepTrial, Task<double>> _run;
    private readonly TrialProcesses? _processes;

    private JobObjective(SweepTask task, SweepMetric metric, Func<SweepTrial, Task<double>> run, TrialProcesses? processes)
    {
        (Name, Space, Conditions, StartPoints, Metric, _run, _processes) = (task.Name, task.Space, task.Conditions, task.StartPoints, metric, run, processes);
    }

    public string Name { get; }

    public SearchSpace Space { get; }

    public IReadOnlyList<Condition> Conditions { get; }

    public IReadOnlyList<Parameter> StartPoints { get; }

    public SweepMetric Metric { get; }

    /// <summary>Opens a job, whose data must be readable here.</summary>
    /// <param name="job">The job.</param>
    /// <param name="isolate">Whether each trial runs in a child process.</param>
    /// <param name="limits">The limits of each.</param>
    /// <param name="slots">How many run at once.</param>
    /// <param name="cancellationToken">Stops the reading of data.</param>
    /// <param name="budget">The time that must do for one trial at least; null where that is not to be checked.</param>
    public static JobObjective Open(SweepJob job, bool isolate, TrialLimits limits, int slots, CancellationToken cancellationToken, TimeSpan? budget = null)
    {
        var task = SweepTasks.Open(job, cancellationToken);
        var metric = task.MetricOf(job.Metric);
        task.CheckBudget(budget, cancellationToken);
        if (!isolate)
            return new JobObjective(task, metric, trial => OnItsOwnThread(() => task.Run(trial, metric)), null);
        var processes = new TrialProcesses(job, new TrialProcessOptions
        {
            Threads = limits.Threads ?? Math.Max(1, Environment.ProcessorCount / Math.Max(1, slots)), MemoryMegabytes = limits.MemoryMegabytes,
        });
        // The children have the data; what was read here can go.
        return new JobObjective(task, metric, processes.RunAsync, processes);
    }

    public Task<double> RunAsync(SweepTrial trial) => _run(trial);

    public void Configure(SweepOptions options)
    {
        (options.Space, options.Conditions, options.Task, options.Metric, options.Maximize) = (Space, Conditions, Name, Metric.Name, Metric.Maximize);
        if (options.StartPoints.Count == 0)
            options.StartPoints = StartPoints;
    }

    /// <summary>Trials keep their threads for long; leases are renewed on those of the pool.</summary>
    private static Task<double> OnItsOwnThread(Func<double> run) => Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public ValueTask DisposeAsync() => _processes?.DisposeAsync() ?? ValueTask.CompletedTask;
}
