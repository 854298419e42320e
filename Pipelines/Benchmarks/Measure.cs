using System.Diagnostics;

namespace MLPipelines.Benchmarks;

/// <summary>Times and memory, printed in one form.</summary>
internal static class Measure
{
    public static T Time<T>(Func<T> work, out double seconds)
    {
        var clock = Stopwatch.StartNew();
        var result = work();
        seconds = clock.Elapsed.TotalSeconds;
        return result;
    }

    /// <summary>The median of several runs, in seconds.</summary>
    public static double Median(int runs, Action work)
    {
        var seconds = new double[runs];
        for (int i = 0; i < runs; i++)
        {
            var clock = Stopwatch.StartNew();
            work();
            seconds[i] = clock.Elapsed.TotalSeconds;
        }
        Array.Sort(seconds);
        return seconds[runs / 2];
    }

    public static double PeakMegabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }

    /// <summary>Forgets the peak of memory so far, where the system can; memory that is free is given back first.</summary>
    public static bool ForgetPeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public static void Print(string what, string figure, string reference = "") =>
        Console.WriteLine($"{what,-58} {figure,22}   {reference}");

    /// <summary>The folder of real data sets: the argument, or <c>../shared/data</c> beside the repository.</summary>
    public static string? FindData(string? argument)
    {
        if (argument != null)
            return Directory.Exists(argument) ? argument : null;
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder != null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                return candidate;
        }
        return null;
    }
}
