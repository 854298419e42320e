using Microsoft.ML.AutoML;

namespace MLPipelines.Tests.Runtime.AutoML;

/// <summary>A trial is a call of a function that returns its loss.</summary>
internal sealed class FunctionRunner(Func<TrialSettings, CancellationToken, Task<double>> loss) : ITrialRunner
{
    public FunctionRunner(Func<TrialSettings, double> loss)
        : this((settings, _) => Task.FromResult(loss(settings)))
    {
    }

    public int Disposals { get; private set; }

    public async Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct)
    {
        double value = await loss(settings, ct);
        return new TrialResult { TrialSettings = settings, Loss = value, Metric = -value, DurationInMilliseconds = 1 };
    }

    public void Dispose() => Disposals++;
}

/// <summary>Keeps all that an experiment reports.</summary>
internal sealed class RecordingMonitor : IMonitor
{
    public List<TrialSettings> Running { get; } = [];

    public List<TrialResult> Completed { get; } = [];

    public List<TrialResult> Best { get; } = [];

    public List<(TrialSettings Settings, Exception Exception)> Failed { get; } = [];

    public void ReportCompletedTrial(TrialResult result) => Completed.Add(result);

    public void ReportBestTrial(TrialResult result) => Best.Add(result);

    public void ReportFailTrial(TrialSettings settings, Exception? exception = null) => Failed.Add((settings, exception!));

    public void ReportRunningTrial(TrialSettings settings) => Running.Add(settings);
}
