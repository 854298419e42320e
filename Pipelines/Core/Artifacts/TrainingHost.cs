using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
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

    /// <summary>The manifest of a model that was trained here, just now; publishing it gives it its version.</summary>
    /// <param name="name">The name under which it is published.</param>
    /// <param name="task">What it does, such as <c>text-classification</c>.</param>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="options">The options of the training, by name.</param>
    /// <param name="seconds">The wall time of the training, in seconds; kept to the millisecond.</param>
    /// <param name="data">The data sets that were used; those that are <see langword="null"/> are left out.</param>
    public static ArtifactManifest Describe(string name, string task, int seed, SortedDictionary<string, JsonElement> options, double seconds, params IEnumerable<ArtifactDataset?> data) => new()
    {
        Name = name,
        Version = "0.0.0",
        Task = task,
        CreatedUtc = DateTime.UtcNow,
        Engines = Engines,
        Training = new ArtifactTraining { Seed = seed, Options = options, Seconds = Math.Round(seconds, 3), Hardware = Hardware },
        Data = [.. data.OfType<ArtifactDataset>()],
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
