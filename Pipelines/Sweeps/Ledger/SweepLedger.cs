using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// What was tried and what it led to, in a database: an experiment's events in the order in which they came, so that a sweep whose
/// process was killed goes on as if it had not been, and several processes can share one.
/// </summary>
/// <remarks>
/// A file is an SQLite database, which processes of one machine can share; a URL such as "postgres://user:password@host:5432/database" is a PostgreSQL database, which
/// machines can share. Every change is on disk when its method returns. While the database does not answer, its users wait and try again. Thread-safe.
/// </remarks>
public abstract partial class SweepLedger : IDisposable
{
    private protected const int FormatVersion = 3;

    private protected SweepLedger(string path) => Path = path;

    /// <summary>The file, or the URL without its password.</summary>
    public string Path { get; }

    /// <summary>Opens a ledger, or begins one where there is none.</summary>
    /// <param name="pathOrUrl">A file, or the URL of a PostgreSQL database.</param>
    /// <exception cref="ArgumentException">It is a URL that cannot be read.</exception>
    /// <exception cref="InvalidDataException">What is there is no ledger, is damaged, or is of another version; or a database does not answer.</exception>
    public static SweepLedger Open(string pathOrUrl) => Wait(OpenAsync(pathOrUrl, TimeSpan.FromSeconds(10), CancellationToken.None));

    /// <summary>Opens a ledger, and waits for a database that does not answer at once.</summary>
    internal static Task<SweepLedger> OpenAsync(string pathOrUrl, TimeSpan patience, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pathOrUrl);
        return PostgresLedger.IsUrl(pathOrUrl) ? PostgresLedger.OpenAsync(pathOrUrl, patience, cancellationToken) : Task.FromResult<SweepLedger>(SqliteLedger.Open(pathOrUrl));
    }

    /// <summary>The experiments, the oldest first.</summary>
    public IReadOnlyList<ExperimentRecord> Experiments() => Wait(ExperimentsAsync(CancellationToken.None));

    /// <summary>The experiment of that name; null where there is none.</summary>
    public ExperimentRecord? Find(string id) => Wait(FindAsync(id, CancellationToken.None));

    /// <summary>The trials of an experiment, by number.</summary>
    public IReadOnlyList<TrialRecord> Trials(string experiment) => Wait(TrialsAsync(experiment, CancellationToken.None));

    /// <summary>Begins an experiment.</summary>
    /// <exception cref="InvalidOperationException">There is one of that name.</exception>
    public void Begin(ExperimentRecord experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        Wait(BeginAsync(experiment, experiment.DeadlineUtc - DateTime.UtcNow, CancellationToken.None));
    }

    /// <summary>Lets no further trial of an experiment begin; those that run may end.</summary>
    public void Stop(string experiment) => Wait(RetryAsync(
        token => WriteAsync(FormattableString.Invariant($"UPDATE experiments SET deadline = {Now} WHERE id = @experiment AND (deadline IS NULL OR deadline > {Now})"), token, ("experiment", experiment)), CancellationToken.None));

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what is open.</summary>
    private protected abstract void Dispose(bool disposing);

    private const string ExperimentColumns = "SELECT id, task, metric, maximize, tuner, seed, space, created, trials, deadline, plan FROM experiments";

    private static ExperimentRecord ReadExperiment(DbDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt32(3) != 0, row.GetString(4), row.GetInt32(5), row.GetString(6), Time(row.GetString(7)))
        {
            Trials = row.GetInt32(8), DeadlineUtc = Number(row, 9) is { } seconds ? DateTime.UnixEpoch.AddSeconds(seconds) : null, Plan = SweepPlan.Parse(row.GetString(10)),
        };

    internal Task<List<ExperimentRecord>> ExperimentsAsync(CancellationToken cancellationToken) => RetryAsync(token => ReadAsync(ExperimentColumns + " ORDER BY created, id", ReadExperiment, token), cancellationToken);

    internal Task<ExperimentRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        RetryAsync(async token => (await ReadAsync(ExperimentColumns + " WHERE id = @experiment", ReadExperiment, token, ("experiment", id)).ConfigureAwait(false)).FirstOrDefault(), cancellationToken);

    internal Task<IReadOnlyList<TrialRecord>> TrialsAsync(string experiment, CancellationToken cancellationToken) => RetryAsync<IReadOnlyList<TrialRecord>>(
        async token =>
        {
            var points = await ReadAsync(
                "SELECT trial, step, metric FROM points WHERE experiment = @experiment ORDER BY trial, step", row => (Trial: row.GetInt32(0), Point: new MetricPoint(row.GetDouble(1), row.GetDouble(2))), token,
                ("experiment", experiment)).ConfigureAwait(false);
            var curves = points.ToLookup(entry => entry.Trial, entry => entry.Point);
            return await ReadAsync(
                "SELECT id, state, parameter, metric, started, seconds, memory, failure, log, worker, attempts FROM trials WHERE experiment = @experiment ORDER BY id",
                row => new TrialRecord(
                    row.GetInt32(0), (TrialState)row.GetInt32(1), ParseParameter(row.GetString(2)), Number(row, 3), [.. curves[row.GetInt32(0)]], Time(row.GetString(4)),
                    Number(row, 5) is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Number(row, 6), Words(row, 7), row.GetString(8)) { Worker = Words(row, 9), Attempts = row.GetInt32(10) },
                token, ("experiment", experiment)).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Begins an experiment; what was lost on the way to the database and tried again is no second one.</summary>
    internal async Task BeginAsync(ExperimentRecord experiment, TimeSpan? time, CancellationToken cancellationToken)
    {
        // Text keeps the ticks of a time, so that the record that this call wrote can be told from another's.
        string created = Text(experiment.CreatedUtc);
        await RetryAsync(
            token => WriteAsync(
                $"INSERT INTO experiments (id, task, metric, maximize, tuner, seed, space, created, trials, deadline, plan) VALUES (@id, @task, @metric, @maximize, @tuner, @seed, @space, @created, @trials, {Now} + @seconds, @plan) ON CONFLICT DO NOTHING",
                token,
                ("id", experiment.Id), ("task", experiment.Task), ("metric", experiment.Metric), ("maximize", experiment.Maximize ? 1 : 0), ("tuner", experiment.Tuner), ("seed", experiment.Seed), ("space", experiment.Space),
                ("created", created), ("trials", experiment.Trials), ("seconds", Seconds(time)), ("plan", experiment.Plan.ToJson())),
            cancellationToken).ConfigureAwait(false);
        if (await FindAsync(experiment.Id, cancellationToken).ConfigureAwait(false) is not { } there || Text(there.CreatedUtc) != created)
            throw SweepErrors.ExperimentExists(experiment.Id, Path);
    }

    /// <summary>Sets how far an experiment that goes on is to go.</summary>
    internal Task ExtendAsync(string experiment, int trials, TimeSpan? time, SweepPlan plan, CancellationToken cancellationToken) => RetryAsync(
        token => WriteAsync(
            $"UPDATE experiments SET trials = @trials, deadline = {Now} + @seconds, plan = @plan WHERE id = @experiment", token,
            ("trials", trials), ("seconds", Seconds(time)), ("plan", plan.ToJson()), ("experiment", experiment)),
        cancellationToken);

    private static object Seconds(TimeSpan? time) => time is { } limit ? limit.TotalSeconds : Nothing;

    private protected static Parameter ParseParameter(string json) => JsonSerializer.Deserialize<Parameter>(json)!;

    private protected static double? Number(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);

    private protected static string? Words(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static string Text(DateTime time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static DateTime Time(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Wait(Task task) => task.GetAwaiter().GetResult();
}
