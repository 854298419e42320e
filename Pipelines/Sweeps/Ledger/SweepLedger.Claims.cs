using System.Data.Common;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// How workers take trials and give them back. A trial that runs is leased: whoever holds the lease's token may report and end it, nobody else; a lease that is not renewed
/// in time can be taken over. Changes to events are made one transaction at a time, so that all workers see one order.
/// </summary>
public abstract partial class SweepLedger
{
    private const string Mine = "experiment = @experiment AND id = @trial AND lease = @lease";

    /// <summary>Takes a trial: one whose lease has run out, or else the next that the tuner proposes.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="replica">This worker's copy of the tuner; the caller has it for itself.</param>
    /// <param name="worker">Who takes it.</param>
    /// <param name="lease">For how long, until it is renewed.</param>
    /// <param name="attempts">How often a trial is begun whose worker is lost each time.</param>
    /// <param name="cancellationToken">Stops waiting for the database.</param>
    internal async Task<TrialClaim> ClaimAsync(string experiment, TunerReplica replica, string worker, TimeSpan lease, int attempts, CancellationToken cancellationToken)
    {
        string token = Guid.NewGuid().ToString("N");
        bool isRepeated = false;
        try
        {
            return await RetryAsync(TryAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await TryReleaseAsync(experiment, new TrialClaim(-1, Parameter.FromBool(false), token)).ConfigureAwait(false);
            throw;
        }

        async Task<TrialClaim> TryAsync(CancellationToken cancellation)
        {
            if (isRepeated && await ClaimedAsync(experiment, token, cancellation).ConfigureAwait(false) is { } claimed)
                return claimed;
            isRepeated = true;
            if (await TakeOverAsync(experiment, worker, token, lease, attempts, cancellation).ConfigureAwait(false) is { } again)
                return again;
            try
            {
                // What happened meanwhile is learnt before the lock is taken, so that no one waits for it.
                replica.Apply(await WithConnectionAsync(connection => ReadAsync(connection, null, EventsSince, ReadEvent, cancellation, ("experiment", experiment), ("sequence", replica.Sequence)), cancellation).ConfigureAwait(false));
                return await ProposeAsync(experiment, replica, worker, token, lease, cancellation).ConfigureAwait(false);
            }
            catch
            {
                replica.Forget();
                throw;
            }
        }
    }

    /// <summary>What a claim took whose confirmation got lost.</summary>
    private async Task<TrialClaim?> ClaimedAsync(string experiment, string token, CancellationToken cancellationToken) => (await ReadAsync(
        "SELECT id, parameter FROM trials WHERE experiment = @experiment AND lease = @lease AND state = 0", row => new TrialClaim(row.GetInt32(0), ParseParameter(row.GetString(1)), token), cancellationToken,
        ("experiment", experiment), ("lease", token)).ConfigureAwait(false)).FirstOrDefault();

    private async Task<TrialClaim?> TakeOverAsync(string experiment, string worker, string token, TimeSpan lease, int attempts, CancellationToken cancellationToken)
    {
        string isFree = $"experiment = @experiment AND state = 0 AND lease_until <= {Now} AND EXISTS (SELECT 1 FROM experiments WHERE experiments.id = @experiment AND (deadline IS NULL OR deadline > {Now}))";
        // Mostly there is none, which is quickly said.
        var losses = await ReadAsync($"SELECT {Losses} FROM trials WHERE {isFree}", row => row.GetInt32(0), cancellationToken, ("experiment", experiment)).ConfigureAwait(false);
        if (losses.Any(count => count >= attempts))
            await GiveUpAsync(experiment, $"{isFree} AND {Losses} >= @attempts", attempts, cancellationToken).ConfigureAwait(false);
        if (!losses.Any(count => count < attempts))
            return null;
        return await TransactAsync<TrialClaim?>(async transaction =>
        {
            var free = await ReadAsync(
                transaction, $"SELECT id, parameter FROM trials WHERE {isFree} AND {Losses} < @attempts ORDER BY id LIMIT 1 {SkipLocked}", row => (Id: row.GetInt32(0), Parameter: row.GetString(1)), cancellationToken,
                ("experiment", experiment), ("attempts", attempts)).ConfigureAwait(false);
            if (free is not [var (id, parameter)])
                return (null, false);
            await WriteAsync(
                transaction,
                $"UPDATE trials SET losses = {Losses}, lease = @lease, lease_until = {Now} + @seconds, worker = @worker, started = @started, attempts = attempts + 1 WHERE experiment = @experiment AND id = @trial; DELETE FROM points WHERE experiment = @experiment AND trial = @trial",
                cancellationToken,
                ("lease", token), ("seconds", lease.TotalSeconds), ("worker", worker), ("started", Text(DateTime.UtcNow)), ("experiment", experiment), ("trial", id)).ConfigureAwait(false);
            return (new TrialClaim(id, ParseParameter(parameter), token), true);
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How often a trial's worker was lost, the last one included: who gives a trial back takes its lease away, who is lost leaves it.</summary>
    private const string Losses = "(losses + CASE WHEN lease IS NULL THEN 0 ELSE 1 END)";

    /// <summary>Notes that trials failed which lost their worker each time that they were begun.</summary>
    private Task<bool> GiveUpAsync(string experiment, string which, int attempts, CancellationToken cancellationToken) => TransactAsync(
        async transaction =>
        {
            if (LockExperiment.Length > 0)
                await WriteAsync(transaction, LockExperiment, cancellationToken, ("experiment", experiment)).ConfigureAwait(false);
            var lost = await ReadAsync(
                transaction, $"SELECT id, {Losses}, worker FROM trials WHERE {which} ORDER BY id {SkipLocked}", row => (Id: row.GetInt32(0), Losses: row.GetInt32(1), Worker: Words(row, 2)), cancellationToken,
                ("experiment", experiment), ("attempts", attempts)).ConfigureAwait(false);
            foreach (var (id, losses, worker) in lost)
            {
                await WriteAsync(
                    transaction,
                    $"""
                    INSERT INTO events (experiment, trial, ended) VALUES (@experiment, @trial, 1);
                    UPDATE trials SET state = @state, losses = @losses, lease = NULL, seconds = 0, failure = @failure WHERE experiment = @experiment AND id = @trial
                    """,
                    cancellationToken,
                    ("experiment", experiment), ("trial", id), ("state", (int)TrialState.Failed), ("losses", losses), ("failure", SweepErrors.WorkerLost(losses, worker))).ConfigureAwait(false);
            }
            return (true, lost.Count > 0);
        },
        cancellationToken);

    private Task<TrialClaim> ProposeAsync(string experiment, TunerReplica replica, string worker, string token, TimeSpan lease, CancellationToken cancellationToken) => TransactAsync(
        async transaction =>
        {
            var (plan, events) = await ReadPlanAsync(transaction, experiment, replica.Sequence, cancellationToken).ConfigureAwait(false);
            if (plan is not [var (trials, isOver, last, running)])
                throw SweepErrors.NoSuchExperiment(experiment, Path);
            if (isOver || last + 1 >= trials)
                return (running > 0 ? TrialClaim.None : TrialClaim.NoMore, false);
            replica.Apply(events);
            replica.Running = running;
            int id = last + 1;
            var parameter = replica.Propose(id);
            var sequence = await ReadAsync(
                transaction,
                $"""
                INSERT INTO trials (experiment, id, state, parameter, started, worker, lease, lease_until) VALUES (@experiment, @trial, 0, @parameter, @started, @worker, @lease, {Now} + @seconds);
                INSERT INTO events (experiment, trial, ended) VALUES (@experiment, @trial, 0) RETURNING sequence
                """,
                row => row.GetInt64(0), cancellationToken,
                ("experiment", experiment), ("trial", id), ("parameter", parameter.ToString()), ("started", Text(DateTime.UtcNow)), ("worker", worker), ("lease", token), ("seconds", lease.TotalSeconds)).ConfigureAwait(false);
            replica.Sequence = sequence[0];
            return (new TrialClaim(id, parameter, token), true);
        },
        cancellationToken);

    /// <summary>Takes the lock, and reads what a proposal depends on: how far the experiment is, and the events that the worker does not know yet.</summary>
    private async Task<(List<(int Trials, bool IsOver, int Last, int Running)> Plan, List<LedgerEvent> Events)> ReadPlanAsync(DbTransaction transaction, string experiment, long sequence, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction.Connection!, transaction,
            $"""
            {LockExperiment}
            SELECT trials, CASE WHEN deadline <= {Now} THEN 1 ELSE 0 END, (SELECT COALESCE(MAX(id), -1) FROM trials WHERE experiment = @experiment),
                (SELECT CAST(COUNT(*) AS INTEGER) FROM trials WHERE experiment = @experiment AND state = 0 AND lease_until > {Now}) FROM experiments WHERE id = @experiment;
            {EventsSince}
            """,
            [("experiment", experiment), ("sequence", sequence)]);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (LockExperiment.Length > 0)
            await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var plan = await ReadAsync(row, read => (Trials: read.GetInt32(0), IsOver: read.GetInt32(1) != 0, Last: read.GetInt32(2), Running: read.GetInt32(3)), cancellationToken).ConfigureAwait(false);
        await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return (plan, await ReadAsync(row, ReadEvent, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Keeps a lease.</summary>
    /// <returns>Whether it was still held.</returns>
    internal Task<bool> RenewAsync(string experiment, TrialClaim claim, TimeSpan lease, CancellationToken cancellationToken) => RetryAsync(
        async token => await WriteAsync($"UPDATE trials SET lease_until = {Now} + @seconds WHERE {Mine} AND state = 0", token, [("seconds", lease.TotalSeconds), .. Key(experiment, claim)]).ConfigureAwait(false) == 1, cancellationToken);

    /// <summary>Lets others take over a trial, where the database answers within some seconds; they wait for the end of the lease otherwise.</summary>
    internal async Task TryReleaseAsync(string experiment, TrialClaim claim)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await WriteAsync("UPDATE trials SET lease = NULL, lease_until = 0 WHERE experiment = @experiment AND lease = @lease AND state = 0", soon.Token, ("experiment", experiment), ("lease", claim.Token)).ConfigureAwait(false);
        }
        catch (Exception e) when (IsTransient(e) || e is OperationCanceledException)
        {
            return;
        }
    }

    /// <summary>Lets others take over the trials of workers that are known to be dead.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="isDead">Whether a worker of that name is dead for certain.</param>
    /// <param name="cancellationToken">Stops waiting for the database.</param>
    internal Task ReleaseDeadAsync(string experiment, Func<string, bool> isDead, CancellationToken cancellationToken) => RetryAsync(
        async token =>
        {
            var leases = await ReadAsync(
                $"SELECT worker, lease FROM trials WHERE experiment = @experiment AND state = 0 AND lease_until > {Now}", row => (Worker: Words(row, 0), Lease: Words(row, 1)), token, ("experiment", experiment)).ConfigureAwait(false);
            foreach (var (worker, lease) in leases.Where(entry => entry.Worker is { } name && isDead(name)))
                await WriteAsync("UPDATE trials SET lease_until = 0 WHERE experiment = @experiment AND state = 0 AND lease = @lease", token, ("experiment", experiment), ("lease", lease)).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Notes a metric on the way of a trial, and asks whether to go on.</summary>
    /// <returns>Whether the lease was still held, and whether to stop because others are ahead.</returns>
    internal Task<(bool IsHeld, bool Stop)> ReportAsync(string experiment, TrialClaim claim, MetricPoint point, Pruner? pruner, bool maximize, CancellationToken cancellationToken) => RetryAsync(
        token => TransactAsync(
            async transaction =>
            {
                var held = await ReadAsync(transaction, $"SELECT id FROM trials WHERE {Mine} AND state = 0", row => row.GetInt32(0), token, Key(experiment, claim)).ConfigureAwait(false);
                if (held.Count == 0)
                    return ((false, false), false);
                await WriteAsync(
                    transaction, "INSERT INTO points (experiment, trial, step, metric) VALUES (@experiment, @trial, @step, @metric) ON CONFLICT (experiment, trial, step) DO UPDATE SET metric = excluded.metric", token,
                    ("experiment", experiment), ("trial", claim.Id), ("step", point.Step), ("metric", double.IsNaN(point.Metric) ? maximize ? double.NegativeInfinity : double.PositiveInfinity : point.Metric)).ConfigureAwait(false);
                if (pruner is null)
                    return ((true, false), true);
                var metrics = await ReadAsync(
                    transaction, "SELECT trial, metric FROM points WHERE experiment = @experiment AND step = @step", row => (Trial: row.GetInt32(0), Metric: row.GetDouble(1)), token, ("experiment", experiment), ("step", point.Step))
                    .ConfigureAwait(false);
                return ((true, pruner.Decide(claim.Id, point.Step, metrics.ToDictionary(entry => entry.Trial, entry => maximize ? -entry.Metric : entry.Metric))), true);
            },
            token),
        cancellationToken);

    /// <summary>Notes how a trial ended.</summary>
    /// <returns>Whether the lease was still held; otherwise nothing was noted, because another worker has the trial.</returns>
    internal Task<bool> EndAsync(string experiment, TrialClaim claim, TrialRecord trial, CancellationToken cancellationToken, bool isRepeated = false)
    {
        return RetryAsync(
            token => TransactAsync(
                async transaction =>
                {
                    bool mayBeDone = isRepeated;
                    isRepeated = true;
                    // The event is first, while the trial still counts as running.
                    int changed = await WriteAsync(
                        transaction,
                        $"""
                        {LockExperiment}
                        INSERT INTO events (experiment, trial, ended) SELECT experiment, id, 1 FROM trials WHERE {Mine} AND state = 0;
                        UPDATE trials SET state = @state, metric = @metric, seconds = @elapsed, memory = @memory, failure = @failure, log = @log WHERE {Mine} AND state = 0
                        """,
                        token,
                        [.. EndOf(trial), .. Key(experiment, claim)])
                        .ConfigureAwait(false);
                    if (changed == 2)
                        return (true, true);
                    // The first attempt may have done it, and only its confirmation was lost.
                    bool isDone = mayBeDone && (await ReadAsync(transaction, $"SELECT id FROM trials WHERE {Mine} AND state <> 0", row => row.GetInt32(0), token, Key(experiment, claim)).ConfigureAwait(false)).Count == 1;
                    return (isDone, false);
                },
                token),
            cancellationToken);
    }

    /// <summary>How many trials have ended, by state, and the number of the best.</summary>
    internal Task<SweepCounts> CountAsync(string experiment, bool maximize, CancellationToken cancellationToken) => RetryAsync(
        async token =>
        {
            var states = await ReadAsync(
                "SELECT state, CAST(COUNT(*) AS INTEGER) FROM trials WHERE experiment = @experiment GROUP BY state", row => (State: (TrialState)row.GetInt32(0), Count: row.GetInt32(1)), token, ("experiment", experiment)).ConfigureAwait(false);
            var best = await ReadAsync(
                $"SELECT id FROM trials WHERE experiment = @experiment AND state = 1 ORDER BY metric {(maximize ? "DESC" : "ASC")}, id LIMIT 1", row => row.GetInt32(0), token, ("experiment", experiment)).ConfigureAwait(false);
            int Of(TrialState state) => states.FirstOrDefault(entry => entry.State == state).Count;
            return new SweepCounts(Of(TrialState.Running), Of(TrialState.Completed), Of(TrialState.Pruned), Of(TrialState.Failed), best.Count == 0 ? null : best[0]);
        },
        cancellationToken);

    /// <summary>Which trials began and ended, in the order in which they did.</summary>
    internal IReadOnlyList<(int Trial, bool Ended)> Events(string experiment) =>
        [.. Wait(RetryAsync(token => ReadAsync(EventsSince, ReadEvent, token, ("experiment", experiment), ("sequence", 0L)), CancellationToken.None)).Select(entry => (entry.Trial, entry.Ended))];

    private const string EventsSince = """
        SELECT events.sequence, events.trial, events.ended, trials.parameter, trials.state, trials.metric FROM events JOIN trials ON trials.experiment = events.experiment AND trials.id = events.trial
        WHERE events.experiment = @experiment AND events.sequence > @sequence ORDER BY events.sequence
        """;

    private static LedgerEvent ReadEvent(DbDataReader row) =>
        new(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2) != 0, row.GetString(3), (TrialState)row.GetInt32(4), Number(row, 5));

    private static (string, object?)[] Key(string experiment, TrialClaim claim) => [("experiment", experiment), ("trial", claim.Id), ("lease", claim.Token)];

    /// <summary>PostgreSQL keeps no text with a zero character.</summary>
    private static string? Storable(string? text) => text?.Replace('\0', '\uFFFD');
}

/// <summary>A trial that began or ended.</summary>
/// <param name="Sequence">Its place in the order of all events.</param>
/// <param name="Trial">Which one.</param>
/// <param name="Ended">Whether it ended.</param>
/// <param name="Parameter">What it tries, as JSON.</param>
/// <param name="State">How it stands now.</param>
/// <param name="Metric">The metric that it ended with.</param>
internal readonly record struct LedgerEvent(long Sequence, int Trial, bool Ended, string Parameter, TrialState State, double? Metric);

/// <summary>What a worker got when it asked for a trial.</summary>
/// <param name="Id">The trial's number; below 0 where there was none.</param>
/// <param name="Parameter">What to try.</param>
/// <param name="Token">What proves that the trial is this worker's.</param>
internal sealed record TrialClaim(int Id, Parameter Parameter, string Token)
{
    /// <summary>There is none now, but others run, and may be given up.</summary>
    public static readonly TrialClaim None = new(-1, Parameter.FromBool(false), "");

    /// <summary>There is none and there will be none.</summary>
    public static readonly TrialClaim NoMore = new(-2, Parameter.FromBool(false), "");

    public bool IsTrial => Id >= 0;
}

/// <summary>How many trials there are in each state.</summary>
internal readonly record struct SweepCounts(int Running, int Completed, int Pruned, int Failed, int? Best)
{
    public int Ended => Completed + Pruned + Failed;
}
