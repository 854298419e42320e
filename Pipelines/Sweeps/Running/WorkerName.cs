using System.Diagnostics;
using System.Globalization;

namespace MLPipelines.Sweeps;

/// <summary>Names a worker by its machine and process, so that others on the same machine can tell at once when it is dead.</summary>
internal static class WorkerName
{
    private static readonly string Place = FindPlace();

    private static readonly string Process = string.Create(CultureInfo.InvariantCulture, $"{Place} {Environment.ProcessId} {StartOf(System.Diagnostics.Process.GetCurrentProcess())}");

    /// <summary>The name of a slot of this process.</summary>
    public static string Of(int slot) => string.Create(CultureInfo.InvariantCulture, $"{Process} {slot}");

    /// <summary>Whether a worker was a process of this machine that is no more; false where that cannot be known.</summary>
    public static bool IsDead(string name)
    {
        if (name.Split(' ') is not [var place, var id, var start, _] || place != Place || !int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int process) || process == Environment.ProcessId && start == Process.Split(' ')[2])
            return false;
        try
        {
            using var found = System.Diagnostics.Process.GetProcessById(process);
            // Numbers of processes come again; the start is known to about a hundredth of a second.
            return found.HasExited || long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long began) && Math.Abs(StartOf(found) - began) > 2000;
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static long StartOf(Process process) => new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds();

    /// <summary>The machine; containers may share a name, but not a table of processes.</summary>
    private static string FindPlace()
    {
        string machine = Environment.MachineName.Replace(' ', '-');
        string? table = null;
        try
        {
            table = new FileInfo("/proc/self/ns/pid").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return machine;
        }
        return table is null ? machine : $"{machine}/{table.Trim("pid:[]".ToCharArray())}";
    }
}
