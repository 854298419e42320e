using System.Globalization;

namespace MLPipelines.Sweeps;

/// <summary>Exit codes of processes in words.</summary>
internal static class ExitReason
{
    /// <summary>.NET gives 128 and the number of the signal for a process that a signal ended.</summary>
    public static string Of(int exitCode) => exitCode switch
    {
        0 => "Its process ended before the trial had a result (exit code 0).",
        > 128 and < 128 + 65 when !OperatingSystem.IsWindows() => $"Its process was ended by signal {Signal(exitCode - 128)}.",
        _ => string.Create(CultureInfo.InvariantCulture, $"Its process ended with exit code {exitCode}."),
    };

    private static string Signal(int number) => number switch
    {
        4 => "4 (SIGILL: an instruction that the processor does not have)",
        6 => "6 (SIGABRT: it gave up by itself)",
        7 => "7 (SIGBUS: a bad address)",
        8 => "8 (SIGFPE: a division by zero or the like)",
        9 => "9 (SIGKILL: killed from outside, perhaps because the machine ran out of memory)",
        11 => "11 (SIGSEGV: a bad address)",
        15 => "15 (SIGTERM: asked to end from outside)",
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
