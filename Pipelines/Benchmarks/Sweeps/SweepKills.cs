using System.Diagnostics;
using MLPipelines.Sweeps;

namespace MLPipelines.Benchmarks.Sweeps;

/// <summary>
/// Kills what runs sweeps at random moments, as kill -9 does: the process of a sweep with its ledger in a file, workers that share a sweep, the database that they share. What comes
/// of it is held against an undisturbed run with the same seed.
/// </summary>
/// <param name="seed">The seed of when and what to kill.</param>
/// <param name="milliseconds">What each trial takes.</param>
/// <param name="say">Receives a line about each sweep.</param>
internal sealed class SweepKills(int seed, int milliseconds, Action<string> say)
{
    private const int Trials = 30, Workers = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Random _random = new(seed);

    /// <summary>The sweep's own process, with its ledger in a file; the default tuner, whose proposals depend on all results.</summary>
    /// <returns>What was wrong.</returns>
    public async Task<IReadOnlyList<string>> OfTheSweepAsync(int kills)
    {
        using var folder = new Folder();
        var undisturbed = await UndisturbedAsync(folder, SweepTuner.GaussianProcess);
        var faults = new List<string>();
        for (int done = 0, round = 0; done < kills; round++)
        {
            string id = $"sweep-{round}", path = folder.File("killed.db");
            var process = SweepPart.StartSweep(path, id, SweepTuner.GaussianProcess, Trials, milliseconds);
            int before = done;
            for (int ended = 0; !process.HasExited;)
            {
                if (done >= kills)
                {
                    await process.WaitForExitAsync();
                    break;
                }
                ended = await NextAsync(path, id, ended, () => process.HasExited);
                await Task.Delay(_random.Next(2 * milliseconds));
                if (process.HasExited)
                    break;
                process.Kill();
                await process.WaitForExitAsync();
                process.Dispose();
                done++;
                process = SweepPart.StartSweep(path, id, SweepTuner.GaussianProcess, Trials, milliseconds);
            }
            if (process.ExitCode != 0)
                faults.Add($"{id}: the process ended with exit code {process.ExitCode}");
            process.Dispose();
            using var ledger = SweepLedger.Open(path);
            faults.AddRange(Compare(id, undisturbed, ledger.Trials(id), done - before, isOrderKept: true));
        }
        return faults;
    }

    /// <summary>Workers that share a sweep, and the database that they share.</summary>
    /// <returns>What was wrong.</returns>
    public async Task<IReadOnlyList<string>> OfWorkersAndDatabaseAsync(PostgresServer server, int workerKills, int databaseKills)
    {
        using var folder = new Folder();
        var undisturbed = await UndisturbedAsync(folder, SweepTuner.QuasiRandom);
        var faults = new List<string>();
        string url = server.CreateDatabase();
        for (int round = 0; workerKills + databaseKills > 0; round++)
        {
            string id = $"shared-{round}";
            int before = workerKills + databaseKills;
            await Sweep.BeginAsync(SweepPart.Options(url, id, SweepTuner.QuasiRandom, Trials), SleepingTask.Job(milliseconds));
            var workers = Enumerable.Range(0, Workers).Select(_ => SweepPart.StartWorker(url, id)).ToArray();
            int ended = 0;
            while (!Array.TrueForAll(workers, worker => worker.HasExited) && workerKills + databaseKills > 0)
            {
                ended = await NextAsync(url, id, ended, () => Array.TrueForAll(workers, worker => worker.HasExited));
                await Task.Delay(_random.Next(2 * milliseconds));
                if (_random.Next(workerKills + databaseKills) < databaseKills)
                {
                    if (Array.TrueForAll(workers, worker => worker.HasExited))
                        break;
                    databaseKills--;
                    server.Kill();
                    await Task.Delay(_random.Next(400));
                    server.Launch();
                    continue;
                }
                int which = _random.Next(Workers);
                if (workers[which].HasExited)
                    break;
                workers[which].Kill();
                await workers[which].WaitForExitAsync();
                workers[which].Dispose();
                workerKills--;
                workers[which] = SweepPart.StartWorker(url, id);
            }
            foreach (var worker in workers)
            {
                await worker.WaitForExitAsync();
                if (worker.ExitCode != 0)
                    faults.Add($"{id}: a worker ended with exit code {worker.ExitCode}");
                worker.Dispose();
            }
            using var ledger = SweepLedger.Open(url);
            faults.AddRange(Compare(id, undisturbed, ledger.Trials(id), before - workerKills - databaseKills, isOrderKept: false));
        }
        return faults;
    }

    private static Task<SweepResult> UndisturbedAsync(Folder folder, SweepTuner tuner) => Sweep.RunAsync(SweepPart.Options(folder.File("undisturbed.db"), "undisturbed", tuner, Trials), SleepingTask.Job(0));

    /// <summary>Waits until one trial more has ended than before.</summary>
    private static async Task<int> NextAsync(string ledgerPath, string id, int ended, Func<bool> isOver)
    {
        var watch = Stopwatch.StartNew();
        while (!File.Exists(ledgerPath) && !ledgerPath.Contains("://", StringComparison.Ordinal) && !isOver())
            await Task.Delay(20);
        using var ledger = SweepLedger.Open(ledgerPath);
        while (!isOver() && watch.Elapsed < Patience)
        {
            int now = ledger.Trials(id).Count(trial => trial.State != TrialState.Running);
            if (now > ended)
                return now;
            await Task.Delay(20);
        }
        return ended;
    }

    private IEnumerable<string> Compare(string id, SweepResult undisturbed, IReadOnlyList<TrialRecord> trials, int kills, bool isOrderKept)
    {
        var best = trials.Where(trial => trial.State == TrialState.Completed).MaxBy(trial => trial.Metric);
        say(FormattableString.Invariant(
            $"{id}: {kills} kills, {trials.Count} trials of {undisturbed.Trials.Count}, {trials.Sum(trial => trial.Attempts - 1)} begun again, best trial {best?.Id} with {best?.Metric:R}, undisturbed {undisturbed.Best.Id} with {undisturbed.Best.Metric:R}"));
        if (!trials.Select(trial => trial.Id).SequenceEqual(Enumerable.Range(0, undisturbed.Trials.Count)))
            yield return $"{id}: trials {string.Join(' ', trials.Select(trial => trial.Id))}";
        foreach (var (trial, other) in trials.Zip(undisturbed.Trials))
        {
            if (trial.State != TrialState.Completed || trial.Metric != other.Metric || !trial.Parameter.Equals(other.Parameter))
                yield return $"{id}: trial {trial.Id} is {trial.State} with {trial.Metric} for {trial.Parameter}, undisturbed {other.Metric} for {other.Parameter}; {trial.Failure}";
        }
        if (best?.Id != undisturbed.Best.Id || best.Metric != undisturbed.Best.Metric)
            yield return $"{id}: the best is trial {best?.Id}, undisturbed {undisturbed.Best.Id}";
        if (isOrderKept && trials.Zip(trials.Skip(1)).Any(pair => pair.First.StartedUtc > pair.Second.StartedUtc))
            yield return $"{id}: a trial began before the one that precedes it";
    }

    private sealed class Folder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("mlpipelines-kills-").FullName;

        public string File(string name) => Path.Combine(_path, name);

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
