using System.Text.Json.Serialization;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>Proposes what to try next.</summary>
public interface ITuner
{
    /// <summary>The parameters of a trial.</summary>
    Parameter Propose(TrialSettings settings);

    /// <summary>Takes note of what a trial led to.</summary>
    void Update(TrialResult result);
}

/// <summary>Runs a trial.</summary>
public interface ITrialRunner : IDisposable
{
    Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct);
}

/// <summary>Watches an experiment.</summary>
public interface IMonitor
{
    void ReportCompletedTrial(TrialResult result);

    void ReportBestTrial(TrialResult result);

    void ReportFailTrial(TrialSettings settings, Exception exception = null);

    void ReportRunningTrial(TrialSettings settings);
}

/// <summary>A trial: its number, its time and its parameters.</summary>
public class TrialSettings
{
    public int TrialId { get; set; }

    public DateTime StartedAtUtc { get; set; }

    public DateTime? EndedAtUtc { get; set; }

    public Parameter Parameter { get; set; }
}

/// <summary>What a trial led to: the lower the loss the better.</summary>
public class TrialResult : IEqualityComparer<TrialResult>
{
    public TrialSettings TrialSettings { get; set; }

    [JsonIgnore]
    public ITransformer Model { get; set; }

    public double Loss { get; set; }

    public double Metric { get; set; }

    public double DurationInMilliseconds { get; set; }

    public double? PeakCpu { get; set; }

    public double? PeakMemoryInMegaByte { get; set; }

    public bool Equals(TrialResult x, TrialResult y) => x?.TrialSettings?.TrialId == y?.TrialSettings?.TrialId;

    public int GetHashCode(TrialResult obj) => obj?.TrialSettings?.TrialId ?? 0;
}
