using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// What was tried and what it led to, in an SQLite database: an experiment's events in the order in which they came, so that a sweep whose
/// process was killed goes on as if it had not been.
/// </summary>
/// <remarks>Every change is on disk when its method returns. Thread-safe; several processes may read while one writes.</remarks>
public sealed class SweepLedger : IDisposable
{
    private const int FormatVersion = 1;

    private const string Schema = """
        PRAGMA journal_mode = WAL;
        CREATE TABLE experiments (id TEXT PRIMARY KEY, task TEXT NOT NULL, metric TEXT NOT NULL, maximize INTEGER NOT NULL, tuner TEXT NOT NULL, seed INTEGER NOT NULL, space TEXT NOT NULL, created TEXT NOT NULL) STRICT;
        CREATE TABLE trials (
            experiment TEXT NOT NULL REFERENCES experiments (id), id INTEGER NOT NULL, state INTEGER NOT NULL, parameter TEXT NOT NULL, metric REAL, started TEXT NOT NULL,
            seconds REAL, memory REAL, failure TEXT, log TEXT NOT NULL DEFAULT '', PRIMARY KEY (experiment, id)) STRICT;
        CREATE TABLE points (experiment TEXT NOT NULL, trial INTEGER NOT NULL, step REAL NOT NULL, metric REAL NOT NULL, PRIMARY KEY (experiment, trial, step)) STRICT;
        CREATE TABLE events (sequence INTEGER PRIMARY KEY, experiment TEXT NOT NULL, trial INTEGER NOT NULL, ended INTEGER NOT NULL) STRICT;
        """;

    private readonly SqliteConnection _connection;
    private readonly Lock _lock = new();

    private SweepLedger(SqliteConnection connection, string path) => (_connection, Path) = (connection, path);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Opens a ledger, or begins one where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file is no ledger, is damaged, or is of another version.</exception>
    public static SweepLedger Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 30 }.ToString());
        try
        {
            connection.Open();
            var ledger = new SweepLedger(connection, path);
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

    /// <summary>The experiments, the oldest first.</summary>
    public IReadOnlyList<ExperimentRecord> Experiments() => Read(
        "SELECT id, task, metric, maximize, tuner, seed, space, created FROM experiments ORDER BY created, id",
        row => new ExperimentRecord(row.GetString(0), row.GetString(1), row.GetString(2), row.GetBoolean(3), row.GetString(4), row.GetInt32(5), row.GetString(6), Time(row.GetString(7))));

    /// <summary>The experiment of that name; null where there is none.</summary>
    public ExperimentRecord? Find(string id) => Experiments().FirstOrDefault(experiment => experiment.Id == id);

    /// <summary>The trials of an experiment, by number.</summary>
    public IReadOnlyList<TrialRecord> Trials(string experiment)
    {
        var curves = Read("SELECT trial, step, metric FROM points WHERE experiment = $experiment ORDER BY trial, step", row => (Trial: row.GetInt32(0), Point: new MetricPoint(row.GetDouble(1), row.GetDouble(2))), ("$experiment", experiment))
            .ToLookup(entry => entry.Trial, entry => entry.Point);
        return Read(
            "SELECT id, state, parameter, metric, started, seconds, memory, failure, log FROM trials WHERE experiment = $experiment ORDER BY id",
            row => new TrialRecord(
                row.GetInt32(0), (TrialState)row.GetInt32(1), ParseParameter(row.GetString(2)), Number(row, 3), [.. curves[row.GetInt32(0)]], Time(row.GetString(4)),
                Number(row, 5) is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Number(row, 6), row.IsDBNull(7) ? null : row.GetString(7), row.GetString(8)),
            ("$experiment", experiment));
    }

    /// <summary>Begins an experiment.</summary>
    /// <exception cref="InvalidOperationException">There is one of that name.</exception>
    public void Begin(ExperimentRecord experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        if (Find(experiment.Id) is not null)
            throw SweepErrors.ExperimentExists(experiment.Id, Path);
        Write(
            ("INSERT INTO experiments VALUES ($id, $task, $metric, $maximize, $tuner, $seed, $space, $created)",
            [("$id", experiment.Id), ("$task", experiment.Task), ("$metric", experiment.Metric), ("$maximize", experiment.Maximize ? 1 : 0), ("$tuner", experiment.Tuner), ("$seed", experiment.Seed), ("$space", experiment.Space), ("$created", Text(experiment.CreatedUtc))]));
    }

    /// <summary>Notes that a trial runs.</summary>
    internal void Start(string experiment, int trial, Parameter parameter) => Write(
        ("INSERT INTO trials (experiment, id, state, parameter, started) VALUES ($experiment, $trial, 0, $parameter, $started)",
        [("$experiment", experiment), ("$trial", trial), ("$parameter", parameter.ToString()), ("$started", Text(DateTime.UtcNow))]),
        Event(experiment, trial, ended: false));

    /// <summary>Notes that a trial whose process was killed runs anew: what it reported is forgotten.</summary>
    internal void Restart(string experiment, int trial) => Write(
        ("DELETE FROM points WHERE experiment = $experiment AND trial = $trial", [("$experiment", experiment), ("$trial", trial)]),
        ("UPDATE trials SET started = $started WHERE experiment = $experiment AND id = $trial", [("$experiment", experiment), ("$trial", trial), ("$started", Text(DateTime.UtcNow))]));

    /// <summary>Notes a metric on the way of a trial.</summary>
    internal void Report(string experiment, int trial, MetricPoint point) => Write(
        ("INSERT OR REPLACE INTO points VALUES ($experiment, $trial, $step, $metric)", [("$experiment", experiment), ("$trial", trial), ("$step", point.Step), ("$metric", point.Metric)]));

    /// <summary>Notes how a trial ended.</summary>
    internal void End(string experiment, TrialRecord trial) => Write(
        ("UPDATE trials SET state = $state, metric = $metric, seconds = $seconds, memory = $memory, failure = $failure, log = $log WHERE experiment = $experiment AND id = $trial",
        [("$experiment", experiment), ("$trial", trial.Id), ("$state", (int)trial.State), ("$metric", trial.Metric), ("$seconds", trial.Duration?.TotalSeconds), ("$memory", trial.MemoryMegabytes), ("$failure", trial.Failure), ("$log", trial.Log)]),
        Event(experiment, trial.Id, ended: true));

    /// <summary>Which trials began and ended, in the order in which they did.</summary>
    internal IReadOnlyList<(int Trial, bool Ended)> Events(string experiment) =>
        Read("SELECT trial, ended FROM events WHERE experiment = $experiment ORDER BY sequence", row => (row.GetInt32(0), row.GetBoolean(1)), ("$experiment", experiment));

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static (string, (string, object?)[]) Event(string experiment, int trial, bool ended) =>
        ("INSERT INTO events (experiment, trial, ended) VALUES ($experiment, $trial, $ended)", [("$experiment", experiment), ("$trial", trial), ("$ended", ended ? 1 : 0)]);

    private void CheckVersion()
    {
        long version = Read("PRAGMA user_version", row => row.GetInt64(0))[0];
        if (version == 0 && Read("SELECT count(*) FROM sqlite_master", row => row.GetInt64(0))[0] == 0)
        {
            Execute(Schema);
            Execute(FormattableString.Invariant($"PRAGMA user_version = {FormatVersion}"));
        }
        else if (version != FormatVersion)
        {
            throw SweepErrors.BadLedger(Path, version == 0 ? "it is a database of something else" : FormattableString.Invariant($"it has version {version}; this library reads version {FormatVersion}"));
        }
        if (Read("PRAGMA quick_check", row => row.GetString(0)) is not ["ok"] and var faults)
            throw SweepErrors.BadLedger(Path, string.Join("; ", faults.Take(3)));
        Execute("PRAGMA synchronous = FULL");
    }

    private void Execute(string text)
    {
        lock (_lock)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = text;
            command.ExecuteNonQuery();
        }
    }

    /// <summary>All changes or none.</summary>
    private void Write(params (string Text, (string Name, object? Value)[] Values)[] changes)
    {
        lock (_lock)
        {
            using var transaction = _connection.BeginTransaction();
            foreach (var (text, values) in changes)
            {
                using var command = Command(text, values);
                command.Transaction = transaction;
                command.ExecuteNonQuery();
            }
            transaction.Commit();
        }
    }

    private List<T> Read<T>(string text, Func<SqliteDataReader, T> read, params (string Name, object? Value)[] values)
    {
        lock (_lock)
        {
            using var command = Command(text, values);
            using var row = command.ExecuteReader();
            var list = new List<T>();
            while (row.Read())
                list.Add(read(row));
            return list;
        }
    }

    private SqliteCommand Command(string text, (string Name, object? Value)[] values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in values)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    private static Parameter ParseParameter(string json) => JsonSerializer.Deserialize<Parameter>(json)!;

    private static double? Number(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);

    private static string Text(DateTime time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static DateTime Time(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
}
