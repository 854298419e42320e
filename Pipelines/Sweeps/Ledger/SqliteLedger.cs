using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace MLPipelines.Sweeps;

/// <summary>A ledger in a file.</summary>
internal sealed class SqliteLedger : SweepLedger
{
    private const int BusyError = 5, LockedError = 6;

    private const string Schema = """
        CREATE TABLE experiments (id TEXT PRIMARY KEY, task TEXT NOT NULL, metric TEXT NOT NULL, maximize INTEGER NOT NULL, tuner TEXT NOT NULL, seed INTEGER NOT NULL, space TEXT NOT NULL, created TEXT NOT NULL,
            trials INTEGER NOT NULL DEFAULT 0, deadline REAL, plan TEXT NOT NULL DEFAULT '{}') STRICT;
        CREATE TABLE trials (
            experiment TEXT NOT NULL REFERENCES experiments (id), id INTEGER NOT NULL, state INTEGER NOT NULL, parameter TEXT NOT NULL, metric REAL, started TEXT NOT NULL,
            seconds REAL, memory REAL, failure TEXT, log TEXT NOT NULL DEFAULT '', worker TEXT, attempts INTEGER NOT NULL DEFAULT 1, lease TEXT, lease_until REAL NOT NULL DEFAULT 0, losses INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (experiment, id)) STRICT;
        CREATE TABLE points (experiment TEXT NOT NULL, trial INTEGER NOT NULL, step REAL NOT NULL, metric REAL NOT NULL, PRIMARY KEY (experiment, trial, step)) STRICT;
        CREATE TABLE events (sequence INTEGER PRIMARY KEY, experiment TEXT NOT NULL, trial INTEGER NOT NULL, ended INTEGER NOT NULL) STRICT;
        CREATE INDEX trials_by_state ON trials (experiment, state);
        CREATE INDEX points_by_step ON points (experiment, step);
        CREATE INDEX events_by_experiment ON events (experiment, sequence);
        PRAGMA user_version = 3;
        """;

    private const string CountTables = "SELECT count(*) FROM sqlite_master";

    private readonly SqliteConnection _connection;
    private readonly SemaphoreSlim _gate = new(1);

    private SqliteLedger(SqliteConnection connection, string path)
        : base(path) => _connection = connection;

    public static new SqliteLedger Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 30 }.ToString());
        try
        {
            connection.Open();
            var ledger = new SqliteLedger(connection, path);
            ledger.CheckVersion();
            return ledger;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw SweepErrors.BadLedger(path, e.Message, e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private protected override string Now => "((julianday('now') - 2440587.5) * 86400.0)";

    private protected override string SkipLocked => "";

    /// <summary>A transaction that may write is the only one.</summary>
    private protected override string LockExperiment => "";

    private protected override async ValueTask<DbConnection> EnterAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _connection;
    }

    private protected override void Leave(DbConnection connection) => _gate.Release();

    private protected override bool IsTransient(Exception exception) => exception is SqliteException { SqliteErrorCode: BusyError or LockedError };

    private protected override void Dispose(bool disposing)
    {
        _connection.Dispose();
        _gate.Dispose();
    }

    private void CheckVersion()
    {
        long version = Scalar("PRAGMA user_version");
        if (version == 0 && Scalar(CountTables) == 0)
            Create();
        version = Scalar("PRAGMA user_version");
        if (version != FormatVersion)
            throw SweepErrors.BadLedger(Path, version == 0 ? "it is a database of something else" : FormattableString.Invariant($"it has version {version}; this library reads version {FormatVersion}"));
        if (Texts("PRAGMA quick_check") is not ["ok"] and var faults)
            throw SweepErrors.BadLedger(Path, string.Join("; ", faults.Take(3)));
        Execute("PRAGMA synchronous = FULL");
    }

    /// <summary>Another process may be doing the same just now.</summary>
    private void Create()
    {
        Execute("PRAGMA journal_mode = WAL");
        using var transaction = _connection.BeginTransaction();
        if (Scalar(CountTables) == 0)
            Execute(Schema);
        transaction.Commit();
    }

    private void Execute(string text)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private long Scalar(string text)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = text;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private List<string> Texts(string text)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = text;
        using var row = command.ExecuteReader();
        var list = new List<string>();
        while (row.Read())
            list.Add(row.GetString(0));
        return list;
    }
}
