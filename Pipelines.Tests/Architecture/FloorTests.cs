using System.Xml.Linq;

namespace MLPipelines.Tests.Architecture;

/// <summary>A project references only projects on lower floors; nothing references what stands above all.</summary>
[TestClass]
public sealed class FloorTests
{
    private static readonly Dictionary<string, int> Floors = new()
    {
        ["Core"] = 2, ["Tokenization"] = 2,
        ["Training"] = 3, ["Scoring"] = 3,
        ["Text"] = 4, ["Recommendation"] = 4, ["Generation"] = 4, ["Imaging"] = 4, ["Entities"] = 4,
        ["Sweeps"] = 5, ["Optimization"] = 5, ["Operations"] = 5,
        ["Serving"] = 6, ["Cli"] = 6,
        ["Benchmarks"] = 7, ["Notebooks"] = 7, ["SampleService"] = 7,
    };

    public static string Root { get; } = FindRoot();

    [TestMethod]
    public void ProjectsReferenceOnlyLowerFloors()
    {
        var projects = Directory.GetFiles(Path.Combine(Root, "Pipelines"), "*.csproj", SearchOption.AllDirectories);
        Assert.IsNotEmpty(projects);
        var faults = new List<string>();
        foreach (var project in projects)
        {
            foreach (var reference in XDocument.Load(project).Descendants("ProjectReference"))
            {
                var target = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, reference.Attribute("Include")!.Value));
                if (FloorOf(target) >= FloorOf(project) && !(IsRuntime(target) && IsRuntime(project)))
                    faults.Add($"{RoomOf(project)} (floor {FloorOf(project)}) references {RoomOf(target)} (floor {FloorOf(target)})");
            }
        }
        Assert.IsEmpty(faults, string.Join(Environment.NewLine, faults));
    }

    [TestMethod]
    public void EveryProjectIsInTheSolutionAndNamedAfterItsFolder()
    {
        var solution = File.ReadAllText(Path.Combine(Root, "MLPipelines.sln")).Replace('\\', '/');
        var projects = Directory.GetFiles(Path.Combine(Root, "Pipelines"), "*.csproj", SearchOption.AllDirectories);
        Assert.IsNotEmpty(projects);
        foreach (var project in projects)
        {
            Assert.Contains(Path.GetRelativePath(Root, project).Replace('\\', '/'), solution);
            var expected = IsRuntime(project) ? $"MLPipelines.Runtime.{RoomOf(project)}" : $"MLPipelines.{RoomOf(project)}";
            Assert.AreEqual(expected, Path.GetFileNameWithoutExtension(project));
        }
    }

    [TestMethod]
    public void NoTrackedFileNamesAPackageHostOrAHomeFolder()
    {
        string[] forbidden = ["registry." + "npmjs.org", "api.nuget" + ".org", "/ro" + "ot/", "/wo" + "rk/"];
        var faults = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Where(IsSource))
        {
            var text = File.ReadAllText(file);
            faults.AddRange(forbidden.Where(word => text.Contains(word, StringComparison.Ordinal)).Select(word => $"{Path.GetRelativePath(Root, file)}: {word}"));
        }
        Assert.IsEmpty(faults, string.Join(Environment.NewLine, faults));
    }

    private static bool IsSource(string path)
    {
        var relative = Path.GetRelativePath(Root, path).Replace('\\', '/');
        return !relative.Split('/').Any(part => part is "bin" or "obj" or ".git" or ".native" or "Artifacts" or "TestResults" or "node_modules")
            && Path.GetExtension(path) is ".cs" or ".csproj" or ".props" or ".targets" or ".json" or ".config" or ".sh" or ".md" or ".yml" or ".sln";
    }

    private static bool IsRuntime(string project) => project.Replace('\\', '/').Contains("/Pipelines/Runtime/", StringComparison.Ordinal);

    private static string RoomOf(string project) => Path.GetFileName(Path.GetDirectoryName(project)!);

    private static int FloorOf(string project) => IsRuntime(project) ? 1 : Floors[RoomOf(project)];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "MLPipelines.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The solution folder was not found above the test assembly.");
    }
}
