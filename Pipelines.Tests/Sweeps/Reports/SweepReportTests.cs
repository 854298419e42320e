using System.Text.RegularExpressions;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps.Reports;

/// <summary>The page of a report stands alone and keeps texts apart from markup.</summary>
[TestClass]
public sealed class SweepReportTests
{
    private const string FolderVariable = "MLP_REPORT_FOLDER";

    [TestMethod]
    public void ThePageAsksForNothingAndItsTextsAreNoMarkup()
    {
        var (experiment, trials) = SampleSweep.Make();
        string page = SweepReport.Html(experiment, trials, "mlp sweep text-classification --resume intent");
        // For a look at it in a browser.
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
            File.WriteAllText(Path.Combine(folder, "report.html"), page);
        Assert.Contains("<title>Sweep intent &lt;best&gt;</title>", page);
        Assert.HasCount(2, Regex.Matches(page, "</script>"));
        Assert.DoesNotContain("<script>window.hacked", page);
        Assert.DoesNotContain("<img", page);
        Assert.DoesNotContain("<i>loss", page);
        // The namespace of SVG is a name, not an address that is asked.
        Assert.HasCount(0, Regex.Matches(page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), "https?://"));
        Assert.Contains("default-src 'none'", page);
        Assert.Contains("--resume intent", page);
    }

    [TestMethod]
    public void ASweepWithoutTrialsHasAReportToo()
    {
        var (experiment, _) = SampleSweep.Make(1);
        Assert.Contains("\"trials\":[]", SweepReport.Html(experiment, []));
    }

    [TestMethod]
    public void TheFileIsReplacedAsAWhole()
    {
        using var folder = new TemporaryFolder();
        var (experiment, trials) = SampleSweep.Make(5);
        string path = folder.File("report.html");
        File.WriteAllText(path, "old");
        SweepReport.Write(path, experiment, trials);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => SweepReport.Write(folder.File("none/report.html"), experiment, trials));
    }
}
