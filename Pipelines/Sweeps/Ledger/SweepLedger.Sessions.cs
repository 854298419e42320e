using System.Data.Common;
using System.Diagnostics;

namespace MLPipelines.Sweeps;

/// <summary>How the statements of a ledger reach its database.</summary>
public abstract partial class SweepLedger
{
    /// <summary>A value that a statement compares with or stores as a missing number.</summary>
    private protected static readonly object Nothing = DBNull.Value;

    /// <summary>How long to wait for a database that does not answer.</summary>
    internal TimeSpan Patience { get; set; } = DefaultPatience;

    private protected static readonly TimeSpan DefaultPatience = TimeSpan.FromMinutes(10);

    /// <summary>The seconds since 1970 by the clock of the database, so that all workers have one clock.</summary>
    private protected abstract string Now { get; }

    /// <summary>What makes a claim pass over rows that others are claiming.</summary>
    private protected abstract string SkipLocked { get; }

    /// <summary>The statement that lets one transaction at a time change the events of @experiment; empty where a transaction is alone anyway.</summary>
    private protected abstract string LockExperiment { get; }

    /// <summary>A connection for the caller alone, until <see cref="Leave"/>.</summary>
    private protected abstract ValueTask<DbConnection> EnterAsync(CancellationToken cancellationToken);

    private protected abstract void Leave(DbConnection connection);

    /// <summary>Whether what was tried may succeed a little later.</summary>
    private protected abstract bool IsTransient(Exception exception);

    private async Task<T> WithConnectionAsync<T>(Func<DbConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        var connection = await EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await work(connection).ConfigureAwait(false);
        }
        finally
        {
            Leave(connection);
        }
    }

    /// <summary>All that is done with the connection, or nothing; when a callback returns false, nothing.</summary>
    private Task<T> TransactAsync<T>(Func<DbTransaction, Task<(T Result, bool Keep)>> work, CancellationToken cancellationToken) => WithConnectionAsync(
        async connection =>
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            var (result, keep) = await work(transaction).ConfigureAwait(false);
            if (keep)
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            else
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
            return result;
        },
        cancellationToken);

    private Task<List<T>> ReadAsync<T>(string text, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] values) =>
        WithConnectionAsync(connection => ReadAsync(connection, null, text, read, cancellationToken, values), cancellationToken);

    private protected static async Task<List<T>> ReadAsync<T>(
        DbConnection connection, DbTransaction? transaction, string text, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] values)
    {
        await using var command = Command(connection, transaction, text, values);
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await ReadAsync(row, read, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<List<T>> ReadAsync<T>(DbDataReader row, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var list = new List<T>();
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            list.Add(read(row));
        return list;
    }

    private static Task<List<T>> ReadAsync<T>(DbTransaction transaction, string text, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] values) =>
        ReadAsync(transaction.Connection!, transaction, text, read, cancellationToken, values);

    private Task<int> WriteAsync(string text, CancellationToken cancellationToken, params (string Name, object? Value)[] values) => TransactAsync(
        async transaction => (await WriteAsync(transaction, text, cancellationToken, values).ConfigureAwait(false), true), cancellationToken);

    private protected static async Task<int> WriteAsync(DbTransaction transaction, string text, CancellationToken cancellationToken, params (string Name, object? Value)[] values)
    {
        await using var command = Command(transaction.Connection!, transaction, text, values);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static DbCommand Command(DbConnection connection, DbTransaction? transaction, string text, (string Name, object? Value)[] values)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        command.Transaction = transaction;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("@" + name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    /// <summary>Tries again while the database is away, such as when it is restarted: at first at once, then ever more rarely.</summary>
    private protected async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        for (double wait = 20; ; wait = Math.Min(wait * 1.6, 2000))
        {
            try
            {
                return await work(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsTransient(e) && watch.Elapsed < Patience && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(wait * (0.5 + Random.Shared.NextDouble())), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsTransient(e) && !cancellationToken.IsCancellationRequested)
            {
                throw SweepErrors.LedgerAway(Path, watch.Elapsed, e);
            }
        }
    }
}
