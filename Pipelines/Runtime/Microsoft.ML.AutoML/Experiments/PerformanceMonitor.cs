using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.AutoML;

/// <summary>What a trial uses.</summary>
public class TrialPerformanceMetrics
{
    /// <summary>(megabytes)</summary>
    public double? PeakMemoryUsage { get; set; }

    /// <summary>A share of all processors, from 0 to 1.</summary>
    public double? PeakCpuUsage { get; set; }

    /// <summary>A share of all processors, from 0 to 1.</summary>
    public double CpuUsage { get; internal init; }

    /// <summary>(megabytes)</summary>
    public double MemoryUsage { get; internal init; }
}

/// <summary>Watches what a trial uses.</summary>
public interface IPerformanceMonitor : IDisposable
{
    event EventHandler<TrialPerformanceMetrics> PerformanceMetricsUpdated;

    void Start();

    void Pause();

    void Stop();

    /// <summary>(megabytes)</summary>
    double? GetPeakMemoryUsageInMegaByte();

    /// <summary>A share of all processors, from 0 to 1.</summary>
    double? GetPeakCpuUsage();

    /// <summary>Decides on what was measured: may cancel the trial.</summary>
    void OnPerformanceMetricsUpdatedHandler(TrialSettings trialSettings, TrialPerformanceMetrics metrics, CancellationTokenSource trialCancellationTokenSource);
}

/// <summary>Measures the whole process at intervals and cancels a trial that uses too much memory.</summary>
/// <remarks>The measures are taken on a thread of their own.</remarks>
public class DefaultPerformanceMonitor : IPerformanceMonitor
{
    private readonly AutoMLExperiment.AutoMLExperimentSettings _settings;
    private readonly IChannel _logger;
    private readonly int _interval;
    private readonly Lock _lock = new();
    private Timer _timer;
    private TimeSpan _processorTime;
    private long _measuredAt;
    private double? _peakCpu;
    private double? _peakMemory;

    public DefaultPerformanceMonitor(AutoMLExperiment.AutoMLExperimentSettings settings, IChannel logger, int checkIntervalInMilliseconds)
    {
        AutoMLErrors.CheckRange(checkIntervalInMilliseconds > 0, nameof(checkIntervalInMilliseconds), checkIntervalInMilliseconds, "above 0");
        (_settings, _logger, _interval) = (settings, logger, checkIntervalInMilliseconds);
    }

    public event EventHandler<TrialPerformanceMetrics> PerformanceMetricsUpdated;

    public double? GetPeakCpuUsage() => _peakCpu;

    public double? GetPeakMemoryUsageInMegaByte() => _peakMemory;

    public void Start()
    {
        lock (_lock)
        {
            if (_timer is not null)
                return;
            using var process = Process.GetCurrentProcess();
            (_processorTime, _measuredAt) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
            _timer = new Timer(_ => Measure(), null, _interval, _interval);
        }
    }

    public void Pause()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Ends, with a last measure.</summary>
    public void Stop()
    {
        bool isRunning;
        lock (_lock)
            isRunning = _timer is not null;
        if (!isRunning)
            return;
        Measure();
        Pause();
    }

    public void Dispose()
    {
        Pause();
        GC.SuppressFinalize(this);
    }

    public void OnPerformanceMetricsUpdatedHandler(TrialSettings trialSettings, TrialPerformanceMetrics metrics, CancellationTokenSource trialCancellationTokenSource)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(trialCancellationTokenSource);
        if (!(_settings.MaximumMemoryUsageInMegaByte is { } most && metrics.MemoryUsage > most) || trialCancellationTokenSource.IsCancellationRequested)
            return;
        _logger?.Warning(MessageSensitivity.None, $"Trial {trialSettings?.TrialId} is cancelled: the process uses {metrics.MemoryUsage:0} MB, it may use {most:0} MB.");
        trialCancellationTokenSource.Cancel();
    }

    private void Measure()
    {
        TrialPerformanceMetrics metrics;
        lock (_lock)
        {
            if (_timer is null)
                return;
            using var process = Process.GetCurrentProcess();
            double passed = Stopwatch.GetElapsedTime(_measuredAt).TotalMilliseconds;
            double cpu = passed <= 0 ? 0 : Math.Clamp((process.TotalProcessorTime - _processorTime).TotalMilliseconds / passed / Environment.ProcessorCount, 0, 1);
            double memory = process.WorkingSet64 / (1024.0 * 1024);
            (_processorTime, _measuredAt) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
            (_peakCpu, _peakMemory) = (Math.Max(cpu, _peakCpu ?? 0), Math.Max(memory, _peakMemory ?? 0));
            metrics = new TrialPerformanceMetrics { CpuUsage = cpu, MemoryUsage = memory, PeakCpuUsage = _peakCpu, PeakMemoryUsage = _peakMemory };
        }
        PerformanceMetricsUpdated?.Invoke(this, metrics);
    }
}
