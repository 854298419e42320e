using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using MLPipelines.Sweeps;

namespace MLPipelines.SampleService;

/// <summary>How far a sweep has come.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SweepState>))]
public enum SweepState
{
    /// <summary>It waits, or runs.</summary>
    Running,

    /// <summary>What it found is published.</summary>
    Done,

    /// <summary>It was stopped; what it had found is in the ledger.</summary>
    Cancelled,

    /// <summary>It failed.</summary>
    Failed,
}

/// <summary>What was asked for, and how it ended. It is kept on disk, so that a sweep goes on when the service starts again.</summary>
public sealed record SweepRecord(string Id, int Trials, bool Promote, SweepState State = SweepState.Running, string? Version = null, string? Failure = null);

/// <summary>The best trial so far.</summary>
public sealed record BestTrial(int Trial, double Accuracy, JsonElement Parameters);

/// <summary>What a client sees of a sweep.</summary>
public sealed record SweepStatus(string Id, SweepState State, int Trials, int Ended, BestTrial? Best, string? Version, string? Failure);

/// <summary>The sweeps that were asked for. Thread-safe.</summary>
internal sealed class SweepQueue
{
    private readonly ConcurrentDictionary<string, SweepRecord> _sweeps = new();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _cancellations = new();
    private readonly Channel<string> _waiting = Channel.CreateUnbounded<string>();
    private readonly string _folder;

    public SweepQueue(IOptions<ServiceSettings> settings)
    {
        _folder = Directory.CreateDirectory(settings.Value.Sweeps).FullName;
        foreach (string file in Directory.EnumerateFiles(_folder, "sweep-*.json").Order(StringComparer.Ordinal))
        {
            var sweep = JsonSerializer.Deserialize<SweepRecord>(File.ReadAllText(file), JsonSerializerOptions.Web)!;
            _sweeps[sweep.Id] = sweep;
            if (sweep.State == SweepState.Running)
                Enqueue(sweep.Id);
        }
    }

    /// <summary>The file of the trials.</summary>
    public string LedgerPath => Path.Combine(_folder, "trials.db");

    public SweepRecord? Find(string id) => _sweeps.GetValueOrDefault(id);

    public async Task<SweepRecord> AddAsync(int trials, bool promote, CancellationToken cancellationToken)
    {
        var sweep = new SweepRecord($"sweep-{Guid.CreateVersion7():N}", trials, promote);
        await SaveAsync(sweep, cancellationToken);
        Enqueue(sweep.Id);
        return sweep;
    }

    /// <summary>Keeps how a sweep ended.</summary>
    public async Task SaveAsync(SweepRecord sweep, CancellationToken cancellationToken = default)
    {
        string file = Path.Combine(_folder, sweep.Id + ".json"), draft = file + ".new";
        await File.WriteAllTextAsync(draft, JsonSerializer.Serialize(sweep, JsonSerializerOptions.Web), cancellationToken);
        File.Move(draft, file, overwrite: true);
        _sweeps[sweep.Id] = sweep;
    }

    /// <summary>Stops a sweep.</summary>
    /// <returns>Whether there was anything to stop.</returns>
    public async Task<bool> CancelAsync(string id)
    {
        if (Find(id) is not { State: SweepState.Running } sweep || !_cancellations.TryGetValue(id, out var cancellation))
            return false;
        await SaveAsync(sweep with { State = SweepState.Cancelled });
        await cancellation.CancelAsync();
        return true;
    }

    /// <summary>The sweeps to run, one after another.</summary>
    public IAsyncEnumerable<string> WaitingAsync(CancellationToken cancellationToken) => _waiting.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Is cancelled when the sweep is.</summary>
    public CancellationToken CancellationOf(string id) => _cancellations[id].Token;

    public SweepStatus StatusOf(SweepRecord sweep)
    {
        IReadOnlyList<TrialRecord> trials = [];
        if (File.Exists(LedgerPath))
        {
            using var ledger = SweepLedger.Open(LedgerPath);
            trials = ledger.Trials(sweep.Id);
        }
        var best = trials.Where(trial => trial.State == TrialState.Completed).MaxBy(trial => trial.Metric);
        return new SweepStatus(
            sweep.Id, sweep.State, sweep.Trials, trials.Count(trial => trial.State != TrialState.Running),
            best is null ? null : new BestTrial(best.Id, best.Metric!.Value, JsonSerializer.Deserialize<JsonElement>(best.Parameter.ToString())), sweep.Version, sweep.Failure);
    }

    private void Enqueue(string id)
    {
        _cancellations[id] = new CancellationTokenSource();
        _waiting.Writer.TryWrite(id);
    }
}
