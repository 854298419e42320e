using MLPipelines.Scoring;

namespace MLPipelines.Tests;

/// <summary>
/// Reference models and outputs: those beside the tests, or another set of the same layout where the environment variable
/// MLPIPELINES_FIXTURES names its folder.
/// </summary>
internal static class ParityFixtures
{
    /// <summary>The folder that holds <c>models</c>, <c>tokenizers</c>, <c>training</c> …</summary>
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("MLPIPELINES_FIXTURES") is { Length: > 0 } folder ? folder : Path.Combine(AppContext.BaseDirectory, "Fixtures");

    /// <summary>Where parity tests of modules and training compute: "cpu", or what the environment variable MLPIPELINES_TEST_DEVICE says ("cuda").</summary>
    public static string Device { get; } = Environment.GetEnvironmentVariable("MLPIPELINES_TEST_DEVICE") is { Length: > 0 } device ? device : "cpu";

    /// <summary>Where parity tests of exported graphs compute, by the same variable.</summary>
    public static OnnxExecutionProvider Provider { get; } = Device.StartsWith("cuda", StringComparison.Ordinal) ? OnnxExecutionProvider.Cuda : OnnxExecutionProvider.Cpu;

    /// <summary>The paths of the folders right under one of them, sorted; none where that does not exist.</summary>
    public static IEnumerable<string> Directories(string sub)
    {
        var folder = Path.Combine(Root, sub);
        return Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal) : [];
    }
}
