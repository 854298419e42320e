using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace MLPipelines.Tests.Data;

/// <summary>The generator gives the committed sample data again.</summary>
[TestClass]
public sealed class SampleDataGeneratorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [TestMethod]
    public void WritesTheCommittedFilesByteForByte()
    {
        RequireFileBasedApps();
        string folder = Path.Combine(Path.GetTempPath(), "sample-data-" + Guid.NewGuid().ToString("N"));
        try
        {
            (int exitCode, string said) = Dotnet("run", Path.Combine(SampleFiles.Root, "Data", "generate.cs"), "--", folder);

            Assert.AreEqual(0, exitCode, said);
            foreach (string file in SampleFiles.Generated)
            {
                byte[] fresh = File.ReadAllBytes(Path.Combine(folder, file));
                byte[] committed = File.ReadAllBytes(SampleFiles.PathOf(file));
                Assert.IsTrue(fresh.AsSpan().SequenceEqual(committed), $"{file} differs: run dotnet run Data/generate.cs and commit what it writes.");
            }

            Assert.HasCount(SampleFiles.Generated.Length, Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        string[] leftOver = ["bin", "obj", "packages.lock.json"];
        Assert.IsFalse(leftOver.Any(name => Path.Exists(SampleFiles.PathOf(name))), "The generator left build output in Data.");
    }

    private static void RequireFileBasedApps()
    {
        try
        {
            (int exitCode, string version) = Dotnet("--version");
            if (exitCode != 0 || !int.TryParse(version.Split('.')[0], CultureInfo.InvariantCulture, out int major) || major < 10)
            {
                Assert.Inconclusive($"Running a C# file needs the .NET 10 SDK; `dotnet --version` says: {version}");
            }
        }
        catch (Win32Exception notFound)
        {
            Assert.Inconclusive($"Running a C# file needs the .NET SDK: {notFound.Message}");
        }
    }

    private static (int ExitCode, string Said) Dotnet(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
        {
            WorkingDirectory = SampleFiles.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Neither inherit a surrounding build nor leave build servers behind.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"dotnet {string.Join(' ', arguments)} took more than {Patience}.");
        }

        return (process.ExitCode, (output.Result + error.Result).Trim());
    }
}
