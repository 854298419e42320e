using System.Diagnostics;
using System.Globalization;
using MLPipelines.Sweeps;

namespace MLPipelines.Benchmarks.Sweeps;

/// <summary>What sharing a sweep costs: workers whose trials sleep, child processes that are started, and kills.</summary>
internal static class WorkersBenchmark
{
    private const int Milliseconds = 500;

    /// <summary>1, 2, 4 and 100 workers over one PostgreSQL; the first and later trials of child processes.</summary>
    public static async Task<int> RunAsync()
    {
        using var server = PostgresServer.Start();
        if (server is null)
        {
            Console.Error.WriteLine("PostgreSQL is not installed; install it with: apt-get install postgresql");
            return 1;
        }
        Console.WriteLine("| workers | trials of 0.5 s | seconds | ideal | overhead a trial | claim and end as a worker sees them |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var (workers, trials) in new[] { (1, 10), (2, 20), (4, 40), (100, 1000) })
        {
            var (seconds, ideal) = await MeasureAsync(server, workers, trials, Milliseconds);
            Console.WriteLine(FormattableString.Invariant($"| {workers} | {trials} | {seconds:F2} | {ideal:F2} | {1000 * (seconds - ideal) / trials:F2} ms | {1000 * (seconds - ideal) * workers / trials:F1} ms |"));
        }
        await ProcessesAsync();
        return 0;
    }

    /// <summary>Seconds that workers of one process, each with connections and a tuner of its own, take for sleeping trials, and what sleeping alone takes.</summary>
    public static async Task<(double Seconds, double Ideal)> MeasureAsync(PostgresServer server, int workers, int trials, int milliseconds)
    {
        string url = server.CreateDatabase();
        await Sweep.BeginAsync(SweepPart.Options(url, "workers", SweepTuner.QuasiRandom, trials), SleepingTask.Job(milliseconds));
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => SweepWorker.RunAsync(url, new SweepWorkerOptions { IsolateTrials = false, Experiment = "workers" }))));
        double seconds = watch.Elapsed.TotalSeconds;
        using var after = SweepLedger.Open(url);
        if (after.Trials("workers").Count(trial => trial is { State: TrialState.Completed, Attempts: 1 }) != trials)
            throw new InvalidOperationException("Trials were lost or run twice.");
        return (seconds, (double)trials / workers * milliseconds / 1000);
    }

    private static async Task ProcessesAsync()
    {
        string folder = Directory.CreateTempSubdirectory("mlpipelines-processes-").FullName;
        foreach (bool isolate in new[] { false, true })
        {
            var options = SweepPart.Options(Path.Combine(folder, "sweeps.db"), isolate ? "isolated" : "inside", SweepTuner.QuasiRandom, 101);
            options.IsolateTrials = isolate;
            var result = await Sweep.RunAsync(options, SleepingTask.Job(0));
            var times = result.Trials.Select(trial => trial.Duration!.Value.TotalMilliseconds).ToArray();
            Console.WriteLine(FormattableString.Invariant($"trials {(isolate ? "in a child process" : "in the sweep's process")}: the first {times[0]:F1} ms, the median of the next hundred {times[1..].Order().ElementAt(50):F2} ms"));
        }
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Kills at random, by default 50.</summary>
    public static async Task<int> KillAsync(ReadOnlyMemory<string> arguments)
    {
        int kills = arguments.Length > 0 ? int.Parse(arguments.Span[0], CultureInfo.InvariantCulture) : 50;
        using var server = PostgresServer.Start();
        if (server is null)
        {
            Console.Error.WriteLine("PostgreSQL is not installed; install it with: apt-get install postgresql");
            return 1;
        }
        var watch = Stopwatch.StartNew();
        var run = new SweepKills(Environment.TickCount, Console.WriteLine);
        int third = kills / 3;
        List<string> faults = [.. await run.OfTheSweepAsync(third), .. await run.OfWorkersAndDatabaseAsync(server, third, kills - 2 * third)];
        foreach (string fault in faults)
            Console.WriteLine(fault);
        Console.WriteLine(FormattableString.Invariant($"{kills} kills ({third} of the sweep, {third} of workers, {kills - 2 * third} of the database) in {watch.Elapsed.TotalSeconds:F0} s: {(faults.Count == 0 ? "every sweep ended with the trials and the best of an undisturbed one" : $"{faults.Count} faults")}"));
        return faults.Count == 0 ? 0 : 1;
    }
}
