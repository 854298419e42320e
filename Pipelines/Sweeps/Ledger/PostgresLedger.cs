using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace MLPipelines.Sweeps;

/// <summary>A ledger in a PostgreSQL database, in a schema of its own.</summary>
internal sealed class PostgresLedger : SweepLedger
{
    private const string SchemaName = "mlpipelines_sweeps";

    /// <summary>Held while the tables are made or checked.</summary>
    private const string LockSchema = "SELECT pg_advisory_xact_lock(hashtextextended('" + SchemaName + "', 0))";

    private const string Schema = """
        CREATE SCHEMA mlpipelines_sweeps;
        CREATE TABLE experiments (id TEXT PRIMARY KEY, task TEXT NOT NULL, metric TEXT NOT NULL, maximize INTEGER NOT NULL, tuner TEXT NOT NULL, seed INTEGER NOT NULL, space TEXT NOT NULL, created TEXT NOT NULL,
            trials INTEGER NOT NULL DEFAULT 0, deadline DOUBLE PRECISION, plan TEXT NOT NULL DEFAULT '{}');
        CREATE TABLE trials (
            experiment TEXT NOT NULL REFERENCES experiments (id), id INTEGER NOT NULL, state INTEGER NOT NULL, parameter TEXT NOT NULL, metric DOUBLE PRECISION, started TEXT NOT NULL,
            seconds DOUBLE PRECISION, memory DOUBLE PRECISION, failure TEXT, log TEXT NOT NULL DEFAULT '', worker TEXT, attempts INTEGER NOT NULL DEFAULT 1, lease TEXT, lease_until DOUBLE PRECISION NOT NULL DEFAULT 0, losses INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (experiment, id));
        CREATE TABLE points (experiment TEXT NOT NULL, trial INTEGER NOT NULL, step DOUBLE PRECISION NOT NULL, metric DOUBLE PRECISION NOT NULL, PRIMARY KEY (experiment, trial, step));
        CREATE TABLE events (sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, experiment TEXT NOT NULL, trial INTEGER NOT NULL, ended INTEGER NOT NULL);
        CREATE INDEX trials_by_state ON trials (experiment, state);
        CREATE INDEX points_by_step ON points (experiment, step);
        CREATE INDEX events_by_experiment ON events (experiment, sequence);
        CREATE TABLE format (version INTEGER NOT NULL);
        INSERT INTO format VALUES (3);
        """;

    private static readonly (string Table, string[] Columns)[] Expected =
    [
        ("experiments", ["id", "task", "metric", "maximize", "tuner", "seed", "space", "created", "trials", "deadline", "plan"]),
        ("trials", ["experiment", "id", "state", "parameter", "metric", "started", "seconds", "memory", "failure", "log", "worker", "attempts", "lease", "lease_until", "losses"]),
        ("points", ["experiment", "trial", "step", "metric"]),
        ("events", ["sequence", "experiment", "trial", "ended"]),
    ];

    private readonly NpgsqlDataSource _source;

    private PostgresLedger(NpgsqlDataSource source, string path)
        : base(path) => _source = source;

    public static bool IsUrl(string pathOrUrl) =>
        pathOrUrl.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || pathOrUrl.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    public static new async Task<SweepLedger> OpenAsync(string url, TimeSpan patience, CancellationToken cancellationToken)
    {
        var (settings, path) = Parse(url);
        var ledger = new PostgresLedger(NpgsqlDataSource.Create(settings), path);
        try
        {
            ledger.Patience = patience;
            await ledger.RetryAsync(ledger.CheckVersionAsync, cancellationToken).ConfigureAwait(false);
            ledger.Patience = DefaultPatience;
            return ledger;
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            ledger.Dispose();
            throw SweepErrors.BadLedger(path, e.Message, e);
        }
        catch
        {
            ledger.Dispose();
            throw;
        }
    }

    /// <summary>The settings of a URL, and the URL without its password.</summary>
    internal static (NpgsqlConnectionStringBuilder Settings, string Path) Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw SweepErrors.BadLedgerUrl("it is no URL");
        string[] user = uri.UserInfo.Split(':', 2);
        string database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host, Port = uri.Port > 0 ? uri.Port : 5432, SearchPath = SchemaName, Timeout = 5, CommandTimeout = 60, KeepAlive = 15, ApplicationName = "mlp sweep", MaxPoolSize = 100, NoResetOnClose = true, MaxAutoPrepare = 40, AutoPrepareMinUsages = 1,
        };
        if (user[0].Length > 0)
            settings.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1)
            settings.Password = Uri.UnescapeDataString(user[1]);
        if (database.Length > 0)
            settings.Database = database;
        foreach (string part in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] option = part.Split('=', 2);
            string name = Uri.UnescapeDataString(option[0]);
            try
            {
                settings[name switch { "sslmode" => "SSL Mode", "sslrootcert" => "Root Certificate", "connect_timeout" => "Timeout", _ => name }] =
                    Uri.UnescapeDataString(option.ElementAtOrDefault(1) ?? "").Replace("-", "", StringComparison.Ordinal);
            }
            catch (ArgumentException e)
            {
                throw SweepErrors.BadLedgerUrl($"its option '{name}' is not known or has no such value", e);
            }
        }
        return (settings, $"{uri.Scheme}://{(user[0].Length > 0 ? user[0] + "@" : "")}{uri.Authority[(uri.Authority.LastIndexOf('@') + 1)..]}{uri.AbsolutePath}");
    }

    private protected override string Now => "extract(epoch FROM clock_timestamp())::double precision";

    private protected override string SkipLocked => "FOR UPDATE SKIP LOCKED";

    private protected override string LockExperiment => "SELECT pg_advisory_xact_lock(hashtextextended(@experiment, 0));";

    private protected override async ValueTask<DbConnection> EnterAsync(CancellationToken cancellationToken) => await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    private protected override void Leave(DbConnection connection) => connection.Dispose();

    /// <summary>Connections that break, databases that start or shut down, deadlocks.</summary>
    private protected override bool IsTransient(Exception exception) =>
        exception is PostgresException answer
            ? answer.IsTransient || answer.SqlState is "57P01" or "57P02" or "57P03" or "40001" or "40P01"
            : exception is NpgsqlException or SocketException or IOException or TimeoutException;

    private protected override void Dispose(bool disposing) => _source.Dispose();

    private async Task<bool> CheckVersionAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await WriteAsync(transaction, LockSchema, cancellationToken).ConfigureAwait(false);
        var columns = await ReadAsync(
            connection, transaction, $"SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = '{SchemaName}'", row => (Table: row.GetString(0), Column: row.GetString(1)), cancellationToken)
            .ConfigureAwait(false);
        if (columns.Count == 0 && await CountSchemasAsync(connection, transaction, cancellationToken).ConfigureAwait(false) == 0)
        {
            await WriteAsync(transaction, Schema, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        if (!columns.Contains(("format", "version")))
            throw SweepErrors.BadLedger(Path, $"its schema '{SchemaName}' is of something else, or lacks the table 'format'");
        if (await ReadAsync(connection, transaction, "SELECT version FROM format", row => row.GetInt32(0), cancellationToken).ConfigureAwait(false) is not [FormatVersion] and var versions)
            throw SweepErrors.BadLedger(Path, FormattableString.Invariant($"it has version {(versions.Count == 0 ? "none" : string.Join(", ", versions))}; this library reads version {FormatVersion}"));
        var missing = Expected.SelectMany(table => table.Columns.Where(column => !columns.Contains((table.Table, column))).Select(column => $"{table.Table}.{column}")).ToArray();
        if (missing.Length > 0)
            throw SweepErrors.BadLedger(Path, $"it is damaged: it lacks {string.Join(", ", missing)}");
        return true;
    }

    private static async Task<long> CountSchemasAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken) =>
        (await ReadAsync(connection, transaction, $"SELECT count(*) FROM pg_namespace WHERE nspname = '{SchemaName}'", row => row.GetInt64(0), cancellationToken).ConfigureAwait(false))[0];
}
