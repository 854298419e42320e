using System.Text.Json;
using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// A worker's copy of a sweep's tuner. A tuner that is told the same events in the same order is in the same state, so that workers propose one after another what
/// a single one would have proposed, without any process that all depend on.
/// </summary>
/// <remarks>Whoever uses it holds <see cref="Gate"/>.</remarks>
internal sealed class TunerReplica(Func<Tuner> create, bool maximize) : IDisposable
{
    private Tuner? _tuner;

    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>The last event that it knows.</summary>
    public long Sequence { get; set; }

    /// <summary>The greatest number of a trial that it knows; -1 for none.</summary>
    public int Last { get; private set; } = -1;

    /// <summary>How many trials ran when it proposed one last, that one left out.</summary>
    public int Running { get; set; }

    private Tuner Tuner => _tuner ??= create();

    /// <summary>Learns what happened.</summary>
    public void Apply(IEnumerable<LedgerEvent> events)
    {
        foreach (var happened in events)
        {
            if (!happened.Ended)
            {
                Last = Math.Max(Last, happened.Trial);
                string proposed = Propose(happened.Trial).ToString();
                if (proposed != happened.Parameter)
                    Tuner.Place(happened.Trial, JsonSerializer.Deserialize<Parameter>(happened.Parameter)!);
            }
            else
            {
                Tuner.Update(new TrialResult { TrialSettings = new TrialSettings { TrialId = happened.Trial }, Loss = Loss(happened.State, happened.Metric, maximize) });
            }
            Sequence = happened.Sequence;
        }
    }

    public Parameter Propose(int trial)
    {
        Last = Math.Max(Last, trial);
        return Tuner.Propose(new TrialSettings { TrialId = trial });
    }

    /// <summary>Begins anew: what it proposed last may not have come to be.</summary>
    public void Forget() => (_tuner, Sequence, Last) = (null, 0, -1);

    public void Dispose() => Gate.Dispose();

    public static double Loss(TrialState state, double? metric, bool maximize) =>
        state != TrialState.Failed && metric is { } value ? maximize ? -value : value : double.PositiveInfinity;
}
