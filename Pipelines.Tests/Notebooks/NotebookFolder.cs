using MLPipelines.Tests.Architecture;
using SystemPath = System.IO.Path;

namespace MLPipelines.Tests.Notebooks;

/// <summary>Where the programs stand, and folders to run them in.</summary>
internal static class NotebookFolder
{
    public static string Path { get; } = SystemPath.Combine(FloorTests.Root, "Pipelines", "Notebooks");

    /// <summary>The names of all programs, without ending.</summary>
    public static IReadOnlyList<string> Programs => [.. Directory.GetFiles(Path, "*.cs").Select(file => SystemPath.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public static string Program(string name) => SystemPath.Combine(Path, name + ".cs");

    public static string Twin(string name) => SystemPath.Combine(Path, name + ".ipynb");

    /// <summary>Makes a folder look like the root of the repository, so that programs leave nothing in the real one.</summary>
    public static void Furnish(TemporaryFolder folder)
    {
        foreach (string part in (string[])["Data", "Pipelines", "Pipelines.Tests"])
            Directory.CreateSymbolicLink(folder.File(part), SystemPath.Combine(FloorTests.Root, part));
    }
}
