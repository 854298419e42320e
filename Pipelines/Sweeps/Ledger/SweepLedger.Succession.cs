using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>How a worker that is alone goes from one trial to the next: both are written in one transaction, and the next is proposed before it begins.</summary>
public abstract partial class SweepLedger
{
    /// <summary>Notes how a trial ended, and takes the next, unless another worker changed anything meanwhile.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="claim">The trial that ended.</param>
    /// <param name="trial">How it ended.</param>
    /// <param name="replica">This worker's copy of the tuner, which the caller has for itself. Where no trial is taken, it has to learn anew.</param>
    /// <param name="worker">Who takes the next.</param>
    /// <param name="lease">For how long, until it is renewed.</param>
    /// <param name="cancellationToken">Stops waiting for the database.</param>
    /// <returns>Whether the lease was still held, as for <see cref="EndAsync"/>; and the next trial, null where it has to be claimed as usual.</returns>
    internal async Task<(bool IsEnded, TrialClaim? Next)> EndAndClaimAsync(
        ExperimentRecord experiment, TrialClaim claim, TrialRecord trial, TunerReplica replica, string worker, TimeSpan lease, CancellationToken cancellationToken)
    {
        string token = Guid.NewGuid().ToString("N");
        replica.Apply([new LedgerEvent(replica.Sequence, claim.Id, true, "", trial.State, trial.Metric)]);
        var next = new TrialClaim(replica.Last + 1, replica.Propose(replica.Last + 1), token);
        try
        {
            var (isEnded, isTaken, sequence) = await SucceedAsync(experiment.Id, claim, trial, next, replica.Sequence, worker, lease, cancellationToken).ConfigureAwait(false);
            if (isTaken)
                replica.Sequence = sequence;
            else
                replica.Forget();
            return (isEnded, isTaken ? next : null);
        }
        catch (Exception e) when (IsTransient(e) && !cancellationToken.IsCancellationRequested)
        {
            // It may have been done, and only its confirmation was lost.
            replica.Forget();
            bool isEnded = await EndAsync(experiment.Id, claim, trial, cancellationToken, isRepeated: true).ConfigureAwait(false);
            return (isEnded, await RetryAsync(cancellation => ClaimedAsync(experiment.Id, token, cancellation), cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            replica.Forget();
            await TryReleaseAsync(experiment.Id, next).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a connection and has the statements between trials prepared, so that the first trials wait no longer for them than others; nothing is changed.</summary>
    internal Task WarmAsync(string experiment, CancellationToken cancellationToken)
    {
        var nobody = new TrialClaim(-1, Parameter.FromBool(false), Guid.NewGuid().ToString("N"));
        var nothing = new TrialRecord(-1, TrialState.Failed, nobody.Parameter, null, [], DateTime.UtcNow, TimeSpan.Zero, 0, "", "");
        return RetryAsync(
            async cancellation =>
            {
                await EndAsync(experiment, nobody, nothing, cancellation).ConfigureAwait(false);
                return await SucceedAsync(experiment, nobody, nothing, nobody, 0, "", TimeSpan.Zero, cancellation).ConfigureAwait(false);
            },
            cancellationToken);
    }

    private Task<(bool IsEnded, bool IsTaken, long Sequence)> SucceedAsync(
        string experiment, TrialClaim claim, TrialRecord trial, TrialClaim next, long sequence, string worker, TimeSpan lease, CancellationToken cancellationToken) => TransactAsync(
        async transaction =>
        {
            // All that the proposal does not know is an event that came after those that the tuner knows, and is not the end of this trial.
            await using var command = Command(
                transaction.Connection!, transaction,
                $"""
                {LockExperiment}
                INSERT INTO events (experiment, trial, ended) SELECT experiment, id, 1 FROM trials WHERE {Mine} AND state = 0;
                UPDATE trials SET state = @state, metric = @metric, seconds = @elapsed, memory = @memory, failure = @failure, log = @log WHERE {Mine} AND state = 0;
                INSERT INTO trials (experiment, id, state, parameter, started, worker, lease, lease_until)
                    SELECT id, @next, 0, @parameter, @started, @worker, @token, {Now} + @seconds FROM experiments
                    WHERE id = @experiment AND trials > @next AND (deadline IS NULL OR deadline > {Now})
                        AND (SELECT COUNT(*) FROM events WHERE experiment = @experiment AND sequence > @sequence) = 1
                        AND EXISTS (SELECT 1 FROM events WHERE experiment = @experiment AND sequence > @sequence AND trial = @trial AND ended = 1)
                        AND NOT EXISTS (SELECT 1 FROM trials WHERE experiment = @experiment AND (id >= @next OR state = 0 AND lease_until <= {Now}));
                INSERT INTO events (experiment, trial, ended) SELECT experiment, id, 0 FROM trials WHERE experiment = @experiment AND id = @next AND lease = @token;
                SELECT (SELECT CAST(COUNT(*) AS INTEGER) FROM trials WHERE {Mine} AND state <> 0), (SELECT CAST(COUNT(*) AS INTEGER) FROM trials WHERE experiment = @experiment AND id = @next AND lease = @token),
                    (SELECT COALESCE(MAX(sequence), 0) FROM events WHERE experiment = @experiment)
                """,
                [
                    .. Key(experiment, claim), .. EndOf(trial), ("next", next.Id), ("parameter", next.Parameter.ToString()), ("started", Text(DateTime.UtcNow)), ("worker", worker), ("token", next.Token), ("seconds", lease.TotalSeconds),
                    ("sequence", sequence),
                ]);
            await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            if (LockExperiment.Length > 0)
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
            var (isEnded, isTaken, last) = (await ReadAsync(row, read => (read.GetInt32(0) == 1, read.GetInt32(1) == 1, read.GetInt64(2)), cancellationToken).ConfigureAwait(false))[0];
            return ((isEnded, isTaken, last), isEnded);
        },
        cancellationToken);

    private static (string, object?)[] EndOf(TrialRecord trial) =>
    [
        ("state", (int)trial.State), ("metric", trial.Metric), ("elapsed", trial.Duration?.TotalSeconds), ("memory", trial.MemoryMegabytes), ("failure", Storable(trial.Failure)), ("log", Storable(trial.Log)),
    ];
}
