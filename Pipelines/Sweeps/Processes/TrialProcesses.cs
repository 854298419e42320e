using System.Collections.Concurrent;

namespace MLPipelines.Sweeps;

/// <summary>
/// Runs the trials of a job in child processes: a crash of native code, an endless loop or a trial that eats all memory loses this trial only, and is written down with how the process ended
/// and the last that it wrote.
/// </summary>
/// <remarks>
/// A process that ended a trial properly runs the next one too, with the data that it has read already. Children end when this process does, however it ends. <see cref="RunAsync"/> is an
/// objective for <see cref="Sweep.RunAsync(SweepOptions, Func{SweepTrial, Task{double}})"/>; <see cref="Sweep.RunAsync(SweepOptions, SweepJob)"/> does all this by itself. Thread-safe.
/// </remarks>
public sealed class TrialProcesses : IAsyncDisposable
{
    private readonly SweepJob _job;
    private readonly TrialProcessOptions _options;
    private readonly ConcurrentBag<TrialProcess> _idle = [];
    private volatile bool _isDisposed;
    private int _started;

    /// <summary>A pool without processes; they are started as trials need them.</summary>
    /// <param name="job">What is trained.</param>
    /// <param name="options">The program and the limits; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="InvalidOperationException">This process is itself a child that was started to run trials, and does not.</exception>
    public TrialProcesses(SweepJob job, TrialProcessOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (Environment.GetEnvironmentVariable(SweepProcess.Variable) is { Length: > 0 })
            throw SweepErrors.NoTrialHost(string.Join(' ', SweepProcess.DefaultCommand()), "it began a sweep of its own");
        _job = job;
        _options = options ?? new TrialProcessOptions();
        _options.Validate();
    }

    /// <summary>How many processes were started so far.</summary>
    public int Started => _started;

    /// <summary>Runs a trial in a child process.</summary>
    /// <returns>The metric.</returns>
    /// <exception cref="TrialPrunedException">It was stopped early.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; its process and the processes that this one started are dead.</exception>
    /// <exception cref="InvalidOperationException">The program does not run trials.</exception>
    public async Task<double> RunAsync(SweepTrial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        trial.CancellationToken.ThrowIfCancellationRequested();
        if (!_idle.TryTake(out var process) || !process.IsAlive)
        {
            process?.Dispose();
            Interlocked.Increment(ref _started);
            process = await TrialProcess.StartAsync(_job, _options, trial.CancellationToken).ConfigureAwait(false);
        }
        try
        {
            return await process.RunAsync(trial).ConfigureAwait(false);
        }
        finally
        {
            if (process.CanGoOn && !_isDisposed)
                _idle.Add(process);
            else
                process.Dispose();
        }
    }

    /// <summary>Ends the processes that are idle; those at work end with their trials.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        while (_idle.TryTake(out var process))
            await process.EndAsync().ConfigureAwait(false);
    }
}

/// <summary>Which program runs trials, and what each may use.</summary>
public sealed class TrialProcessOptions
{
    /// <summary>The program and its arguments. The default value is <see langword="null"/>: this program with <see cref="SweepProcess.Arguments"/>.</summary>
    public IReadOnlyList<string>? Command { get; set; }

    /// <summary>Environment variables beside those of this process. The default value is none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>();

    /// <summary>Threads of .NET, OpenMP, OpenBLAS and MKL, and so of LibTorch. Legal range: 1 or more; <see langword="null"/> for no limit, which is the default value.</summary>
    public int? Threads { get; set; }

    /// <summary>
    /// The most memory (megabytes of 10^6 bytes). The managed heap is limited by the runtime; all memory that is resident is looked at ten times a second, and a process that holds more is killed.
    /// Legal range: 50 or more; <see langword="null"/> for no limit, which is the default value.
    /// </summary>
    public double? MemoryMegabytes { get; set; }

    /// <summary>Whether a process that ended a trial properly runs the next one too. The default value is <see langword="true"/>.</summary>
    public bool Reuse { get; set; } = true;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(TrialProcessOptions))
            .If(Command is { Count: 0 }, $"{nameof(Command)} is empty")
            .Range(Threads, 1, int.MaxValue, nameof(Threads))
            .Range(MemoryMegabytes, 50, double.PositiveInfinity, nameof(MemoryMegabytes))
            .Throw();
    }
}

/// <summary>Trials cannot be run by this program at all: no trial is to blame.</summary>
internal sealed class TrialHostException(string message, Exception? inner = null) : InvalidOperationException(message, inner);
