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
        Console.WriteLine("| workers | in | trials of 0.5 s | seconds | ideal | overhead a trial | of 0.5 s, a worker is idle |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (workers, slots, trials) in new[] { (1, 1, 20), (2, 1, 40), (4, 1, 80), (1, 100, 2000), (100, 1, 2000) })
        {
            var (seconds, ideal) = await MeasureAsync(server, workers, slots, trials, Milliseconds);
            int all = workers * slots;
            Console.WriteLine(FormattableString.Invariant(
                $"| {all} | {(slots > 1 ? "one, with one tuner" : "as many, each with its tuner")} | {trials} | {seconds:F2} | {ideal:F2} | {1000 * (seconds - ideal) / trials:F2} ms | {1000 * (seconds - ideal) * all / trials:F1} ms |"));
        }
        await ProcessesAsync();
        return 0;
    }

    /// <summary>Seconds that workers take for sleeping trials, from the first's begin to the last's end, and what sleeping alone takes.</summary>
    /// <param name="server">The database.</param>
    /// <param name="workers">Workers with connections and a tuner of their own.</param>
    /// <param name="slots">Trials that each runs at once.</param>
    /// <param name="trials">All trials.</param>
    /// <param name="milliseconds">What each takes.</param>
    public static async Task<(double Seconds, double Ideal)> MeasureAsync(PostgresServer server, int workers, int slots, int trials, int milliseconds)
    {
        string url = server.CreateDatabase();
        await Sweep.BeginAsync(SweepPart.Options(url, "workers", SweepTuner.QuasiRandom, trials), SleepingTask.Job(milliseconds));
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => SweepWorker.RunAsync(url, new SweepWorkerOptions { IsolateTrials = false, Experiment = "workers", Slots = slots }))));
        using var after = SweepLedger.Open(url);
        var ended = after.Trials("workers");
        if (ended.Count(trial => trial is { State: TrialState.Completed, Attempts: 1 }) != trials)
            throw new InvalidOperationException("Trials were lost or run twice.");
        double seconds = (ended.Max(trial => trial.StartedUtc + trial.Duration!.Value) - ended.Min(trial => trial.StartedUtc)).TotalSeconds;
        return (seconds, (double)trials / (workers * slots) * milliseconds / 1000);
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
        var run = new SweepKills(Environment.TickCount, milliseconds: 100, Console.WriteLine);
        int third = kills / 3;
        List<string> faults = [.. await run.OfTheSweepAsync(third), .. await run.OfWorkersAndDatabaseAsync(server, third, kills - 2 * third)];
        foreach (string fault in faults)
            Console.WriteLine(fault);
        Console.WriteLine(FormattableString.Invariant($"{kills} kills ({third} of the sweep, {third} of workers, {kills - 2 * third} of the database) in {watch.Elapsed.TotalSeconds:F0} s: {(faults.Count == 0 ? "every sweep ended with the trials and the best of an undisturbed one" : $"{faults.Count} faults")}"));
        return faults.Count == 0 ? 0 : 1;
    }
}
