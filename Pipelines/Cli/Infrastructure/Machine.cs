using Microsoft.ML;
using MLPipelines.Artifacts;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>What this program runs on, and with which engines.</summary>
internal static class Machine
{
    /// <inheritdoc cref="TrainingHost.Hardware"/>
    public static string Processor => TrainingHost.Hardware;

    /// <summary>Whether ML.NET is the implementation that comes with MLPipelines, and not the official packages.</summary>
    public static bool HasBundledRuntime => typeof(MLContext).Assembly.GetName().Name!.StartsWith("MLPipelines.", StringComparison.Ordinal);

    /// <inheritdoc cref="TrainingHost.Version"/>
    public static string Version => TrainingHost.Version;

    /// <inheritdoc cref="TrainingHost.Engines"/>
    public static SortedDictionary<string, string> Engines => TrainingHost.Engines;
}
