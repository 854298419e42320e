using System.Diagnostics;
using System.Globalization;
using MLPipelines.Sweeps;

namespace MLPipelines.Benchmarks.Sweeps;

/// <summary>This program once more, as a process that is there to be killed.</summary>
internal static class SweepPart
{
    private const string Sweeper = "sweep-part-sweep", Worker = "sweep-part-worker";

    /// <summary>Begins a sweep, or goes on with it.</summary>
    public static Process StartSweep(string ledger, string id, SweepTuner tuner, int trials, int milliseconds, bool isolate = false) =>
        Start(Sweeper, ledger, id, tuner.ToString(), trials.ToString(CultureInfo.InvariantCulture), milliseconds.ToString(CultureInfo.InvariantCulture), isolate.ToString());

    /// <summary>Joins a sweep.</summary>
    public static Process StartWorker(string ledger, string id) => Start(Worker, ledger, id);

    public static SweepOptions Options(string ledger, string id, SweepTuner tuner, int trials) =>
        new() { LedgerPath = ledger, Id = id, Tuner = tuner, Trials = trials, Resume = true, IsolateTrials = false, Seed = 7, TrialAttempts = 1000 };

    /// <summary>Plays a part, if this process was started for one.</summary>
    public static async Task<bool> PlayAsync(string[] args)
    {
        switch (args)
        {
            case [Sweeper, var ledger, var id, var tuner, var trials, var milliseconds, var isolate]:
                var options = Options(ledger, id, Enum.Parse<SweepTuner>(tuner), int.Parse(trials, CultureInfo.InvariantCulture));
                options.IsolateTrials = bool.Parse(isolate);
                await Sweep.RunAsync(options, SleepingTask.Job(int.Parse(milliseconds, CultureInfo.InvariantCulture)));
                return true;
            case [Worker, var ledger, var id]:
                await SweepWorker.RunAsync(ledger, new SweepWorkerOptions { Experiment = id, IsolateTrials = false, Lease = TimeSpan.FromSeconds(3) });
                return true;
            default:
                return false;
        }
    }

    private static Process Start(params string[] arguments)
    {
        string program = Environment.ProcessPath!;
        string[] all = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Path.GetFullPath(Environment.GetCommandLineArgs()[0]), .. arguments] : arguments;
        return Process.Start(new ProcessStartInfo(program, all))!;
    }
}
