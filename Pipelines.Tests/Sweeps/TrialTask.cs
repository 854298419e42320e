using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps;

/// <summary>A task for tests: a function with a known best, which can also do all that trials must not do.</summary>
internal sealed class TrialTask(SweepJob job) : SweepTask
{
    public const string TaskName = "test-trials";

    /// <summary>What the trials of a number do instead, by setting "fault-N".</summary>
    public const string Segfault = "segfault", Abort = "abort", Exit = "exit", Throw = "throw", Hang = "hang", Eat = "eat", EatNative = "eat-native", Garbage = "garbage", Flood = "flood", Chatter = "chatter", HangWithChild = "hang-with-child";

    public static void Register() => SweepTasks.Register(TaskName, (job, _) => new TrialTask(job));

    public static SweepJob Job(params (string Name, string Value)[] settings) => new() { Task = TaskName, Data = "none", Settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value) };

    public override string Name => TaskName;

    public override IReadOnlyList<SweepMetric> Metrics { get; } = [new("score"), new("loss", Maximize: false)];

    public override SearchSpace Space { get; } = NewSpace();

    public static SearchSpace NewSpace() => new(
        KeyValuePair.Create<string, OptionBase>("x", new UniformDoubleOption(-2, 2)), KeyValuePair.Create<string, OptionBase>("y", new UniformDoubleOption(0.01, 10, logBase: true)), KeyValuePair.Create<string, OptionBase>("kind", new ChoiceOption("a", "b")));

    public static double Score(Parameter p) => -Math.Pow(p["x"].AsType<double>() - 1, 2) - Math.Abs(Math.Log10(p["y"].AsType<double>())) - (p["kind"].AsType<string>() == "b" ? 0 : 0.5);

    public override double Run(SweepTrial trial, SweepMetric metric)
    {
        trial.Write($"trial {trial.Id} in process {Environment.ProcessId}");
        if (Setting("milliseconds") is { } milliseconds)
            Thread.Sleep(int.Parse(milliseconds, CultureInfo.InvariantCulture));
        if (Setting($"fault-{trial.Id}") is { } fault)
            Fail(fault);
        if (Setting("steps") is { } steps)
        {
            for (int step = 1; step <= int.Parse(steps, CultureInfo.InvariantCulture); step++)
                trial.Report(step, Score(trial.Parameter) - 1.0 / step);
        }
        return metric.Maximize ? Score(trial.Parameter) : -Score(trial.Parameter);
    }

    public override ITransformer Refit(Parameter parameter, int seed, CancellationToken cancellationToken = default) => throw new NotSupportedException("There is nothing to train.");

    private string? Setting(string name) => job.Settings.TryGetValue(name, out string? value) ? value : null;

    private static unsafe void Fail(string fault)
    {
        Console.Error.WriteLine($"about to {fault}");
        switch (fault)
        {
            case Segfault:
                // In native code, where .NET makes no exception of it.
                Fill(16, 1, 16);
                break;
            case Abort:
                Environment.FailFast("it fails fast");
                break;
            case Exit:
                Environment.Exit(0);
                break;
            case Throw:
                throw new ArithmeticException("the loss was NaN");
            case Hang:
                Thread.Sleep(Timeout.Infinite);
                break;
            case HangWithChild:
                using (var child = Process.Start(new ProcessStartInfo("sleep", ["600"]))!)
                {
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"child {child.Id}"));
                    child.WaitForExit();
                }
                break;
            case Eat:
                for (var held = new List<byte[]>(); ;)
                {
                    held.Add(new byte[1 << 20]);
                    Array.Fill(held[^1], (byte)1);
                }
            case EatNative:
                while (true)
                {
                    NativeMemory.Fill(NativeMemory.Alloc(1 << 20), 1 << 20, 1);
                    Thread.Sleep(1);
                }
            case Garbage:
                using (var output = Console.OpenStandardOutput())
                    output.Write("Epoch 1 of 3\n"u8);
                break;
            case Flood:
                using (var output = Console.OpenStandardOutput())
                {
                    byte[] line = Encoding.ASCII.GetBytes(new string('x', 1 << 16));
                    for (int i = 0; i < 100; i++)
                        output.Write(line);
                }
                Environment.Exit(3);
                break;
            case Chatter:
                for (int i = 0; i < 20_000; i++)
                    Console.WriteLine($"line {i} of what no one will read to its end");
                break;
        }
    }

    [DllImport("libc", EntryPoint = "memset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Fill(nint address, int value, nint count);
}
