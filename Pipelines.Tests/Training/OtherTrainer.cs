using System.Diagnostics;
using System.Text.Json;
using MLPipelines.Tests.Training.Loop;
using MLPipelines.Training;

namespace MLPipelines.Tests.Training;

/// <summary>This program once more, training instead of running tests.</summary>
internal static class OtherTrainer
{
    private const string PartVariable = "MLPIPELINES_TEST_TRAINER", FolderVariable = "MLPIPELINES_TEST_FOLDER";

    /// <summary>Trains slowly with a checkpoint after each step, and resumes; writes its weights when it is done.</summary>
    public const string Resumer = "resumer";

    /// <summary>One of several processes that train together; the first writes losses and weights.</summary>
    public const string Partner = "partner";

    /// <summary>Like <see cref="Partner"/>, with Adafactor.</summary>
    public const string AdafactorPartner = "adafactor-partner";

    /// <summary>Like <see cref="Partner"/>, but the second process vanishes in the third step.</summary>
    public const string Vanishing = "vanishing";

    /// <summary>Like <see cref="Partner"/>, but the second process's loss is not a number in the third step.</summary>
    public const string Diverging = "diverging";

    /// <summary>Like <see cref="Partner"/>, but the second process is cancelled in the third step.</summary>
    public const string Cancelled = "cancelled";

    public static Dictionary<string, string> Environment(string part, string folder) => new() { [PartVariable] = part, [FolderVariable] = folder };

    public static Process Start(string part, string folder)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(OtherTrainer).Assembly.Location]) { RedirectStandardError = true };
        foreach (var (name, value) in Environment(part, folder))
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>What a part left when it was done.</summary>
    public sealed record Outcome(float[] Losses, float[] Weights, long Steps);

    public static Outcome Read(string folder) => JsonSerializer.Deserialize<Outcome>(File.ReadAllText(Path.Combine(folder, "outcome.json")))!;

    /// <summary>Options of the runs that are killed and resumed.</summary>
    public static TrainingOptions ResumableOptions(string folder) => TrainerTests.Options(options =>
    {
        options.CheckpointFolder = Path.Combine(folder, "run");
        options.CheckpointEvery = 1;
        options.Resume = true;
        options.AccumulationSteps = 2;
        options.Threads = 1;
    });

    /// <summary>Options of the runs that several processes share.</summary>
    public static TrainingOptions SharedOptions(string part) => TrainerTests.Options(options =>
    {
        if (part == AdafactorPartner)
            (options.Optimiser, options.Adafactor.RelativeStep) = (TrainingOptimiser.Adafactor, false);
        options.MaximumSteps = 8;
        options.Threads = 1;
        options.KeepBest = false;
        options.ProcessTimeout = TimeSpan.FromSeconds(20);
    });

    /// <summary>Plays a part, if this process was started for one; returns its exit code.</summary>
    public static int? Play()
    {
        if (System.Environment.GetEnvironmentVariable(PartVariable) is not { Length: > 0 } part)
            return null;
        string folder = System.Environment.GetEnvironmentVariable(FolderVariable)!;
        try
        {
            if (part == Resumer)
                Resume(folder);
            else
                Share(part, folder);
            return 0;
        }
        catch (Exception exception) when (exception is TrainingException or OperationCanceledException)
        {
            Console.Error.WriteLine(exception.Message);
            return exception is TrainingException ? 3 : 4;
        }
    }

    private static void Resume(string folder)
    {
        using var task = new ToyTask();
        task.OnLoss = (_, _, loss) =>
        {
            Thread.Sleep(10);
            return loss;
        };
        Finish(folder, task, Trainer.Train(task, ResumableOptions(folder)));
    }

    private static void Share(string part, string folder)
    {
        using var task = new ToyTask(dropout: 0);
        using var source = new CancellationTokenSource();
        var options = SharedOptions(part);
        LaunchedProcess.Current!.ApplyTo(options);
        options.CancellationToken = source.Token;
        if (options.Rank == 1)
        {
            task.OnLoss = (_, context, loss) =>
            {
                if (context.Step != 2)
                    return loss;
                if (part == Vanishing)
                    Process.GetCurrentProcess().Kill();
                if (part == Cancelled)
                    source.Cancel();
                return part == Diverging ? loss * float.NaN : loss;
            };
        }
        var result = Trainer.Train(task, options);
        if (options.Rank == 0)
            Finish(folder, task, result);
    }

    private static void Finish(string folder, ToyTask task, TrainingResult result) =>
        File.WriteAllText(Path.Combine(folder, "outcome.json"), JsonSerializer.Serialize(new Outcome([.. result.Losses], task.Weights(), result.Steps)));
}
