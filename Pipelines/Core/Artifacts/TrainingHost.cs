using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML;

namespace MLPipelines.Artifacts;

/// <summary>What a model is trained on, and with which engines, as a manifest states it.</summary>
public static class TrainingHost
{
    private const string ProcessorFile = "/proc/cpuinfo";

    /// <summary>The processor with its number of logical cores.</summary>
    public static string Hardware => string.Create(CultureInfo.InvariantCulture, $"{ProcessorName()}, {Environment.ProcessorCount} logical cores");

    /// <summary>The version of MLPipelines.</summary>
    public static string Version => VersionOf(typeof(TrainingHost).Assembly);

    /// <summary>The versions of what trains and predicts, by name.</summary>
    public static SortedDictionary<string, string> Engines => new(StringComparer.Ordinal)
    {
        [".NET"] = Environment.Version.ToString(),
        ["MLPipelines"] = Version,
        [typeof(MLContext).Assembly.GetName().Name!] = VersionOf(typeof(MLContext).Assembly),
    };

    private static string VersionOf(Assembly assembly)
    {
        string? full = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return full?.Split('+')[0] ?? assembly.GetName().Version!.ToString();
    }

    private static string ProcessorName()
    {
        if (File.Exists(ProcessorFile))
        {
            var line = File.ReadLines(ProcessorFile).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
            if (line?.Split(':', 2) is [_, var name])
                return name.Trim();
        }
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
