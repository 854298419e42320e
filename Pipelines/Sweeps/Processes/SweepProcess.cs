using System.Diagnostics;

namespace MLPipelines.Sweeps;

/// <summary>Makes a program run single trials for a sweep that it began itself in another process.</summary>
public static class SweepProcess
{
    /// <summary>The arguments with which a program is started to run trials.</summary>
    public static IReadOnlyList<string> Arguments { get; } = ["sweep", "trial"];

    /// <summary>Set in processes that were started to run trials.</summary>
    internal const string Variable = "MLPIPELINES_SWEEP_TRIAL";

    /// <summary>
    /// Runs trials, if this process was started for that. A program that sweeps with trials in child processes calls it first in its Main, after it has registered tasks of its own with
    /// <see cref="SweepTasks.Register"/>: <c>if (await SweepProcess.RunIfTrialAsync(args)) return;</c>
    /// </summary>
    /// <param name="arguments">The arguments of the program.</param>
    /// <returns>Whether it was started for that, and is to end now.</returns>
    public static async Task<bool> RunIfTrialAsync(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (!arguments.SequenceEqual(Arguments) || Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 })
            return false;
        await RunTrialsAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>Runs trials that come as lines of JSON on the standard input until that ends; what comes of them goes to the standard output, also as lines of JSON.</summary>
    public static Task RunTrialsAsync() => new TrialServer(Console.OpenStandardInput(), Console.OpenStandardOutput()).RunAsync();

    /// <summary>This program, with the arguments that make it run trials.</summary>
    internal static IReadOnlyList<string> DefaultCommand()
    {
        string program = Environment.ProcessPath ?? Process.GetCurrentProcess().MainModule!.FileName;
        // A program that runs in the shared host is started again through it.
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Path.GetFullPath(Environment.GetCommandLineArgs()[0]), .. Arguments] : [program, .. Arguments];
    }
}
