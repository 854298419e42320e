using System.Text.Json;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps.Reports;

/// <summary>The page of a report in a real browser: it draws all, asks for nothing, runs no text of a trial, can be sorted and brushed.</summary>
[TestClass]
public sealed class ReportInBrowserTests
{
    private const string FolderVariable = "MLP_REPORT_FOLDER";

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private Task<Browser> OpenAsync(IReadOnlyList<TrialRecord> trials, int width = 1280, bool dark = false) => OpenAsync(SampleSweep.Make().Experiment, trials, width, dark);

    private async Task<Browser> OpenAsync(ExperimentRecord experiment, IReadOnlyList<TrialRecord> trials, int width = 1280, bool dark = false)
    {
        if (Browser.Installed is null)
            Assert.Inconclusive("there is no Chromium on this machine; install it with: apt-get install chromium");
        string file = _folder.File("report.html");
        SweepReport.Write(file, experiment, trials, "mlp sweep --resume intent");
        return await Browser.OpenAsync(file, width, 1000, dark);
    }

    private static async Task AssertQuietAsync(Browser browser)
    {
        Assert.HasCount(0, browser.Messages, string.Join('\n', browser.Messages));
        Assert.IsTrue(browser.Requests.TrueForAll(address => address.StartsWith("file:", StringComparison.Ordinal) || address == "data:,"), string.Join('\n', browser.Requests));
        Assert.AreEqual("undefined", (await browser.EvaluateAsync("typeof window.hacked"))!.GetValue<string>());
    }

    [TestMethod]
    public async Task AllTrialsAreDrawnSortedAndBrushed()
    {
        var trials = SampleSweep.Make().Trials;
        await using var browser = await OpenAsync(trials);
        Assert.AreEqual(trials.Count, await browser.CountAsync("#history .trial"));
        foreach (var state in Enum.GetValues<TrialState>())
            Assert.AreEqual(trials.Count(trial => trial.State == state), await browser.CountAsync($"#history .trial.{state.ToString().ToLowerInvariant()}"), $"{state}");
        Assert.AreEqual(1, await browser.CountAsync("#history .so-far"));
        Assert.AreEqual(trials.Count, await browser.CountAsync("#parallel .line"));
        Assert.AreEqual(trials.Count(trial => trial.Curve.Count > 0), await browser.CountAsync("#curves .line"));
        Assert.AreEqual(trials.Count(trial => trial.State == TrialState.Pruned), await browser.CountAsync("#curves .end"));
        Assert.AreEqual(trials.Count, await browser.CountAsync("#trials tbody"));
        Assert.AreEqual(trials.Count(trial => trial.Failure is not null || trial.Log.Length > 0), await browser.CountAsync("#trials tr.text"));
        Assert.IsGreaterThan(2, await browser.CountAsync("#importance .bar"));
        // The metric falls from the top once its heading is clicked, and rises when it is clicked again; trials without one stay at the end.
        const string metrics = "[...document.querySelectorAll('#trials tbody')].map(body => body.rows[0].cells[2].textContent)";
        foreach (bool isFalling in new[] { true, false })
        {
            await browser.EvaluateAsync("document.querySelectorAll('#trials th button')[2].click()");
            string[] shown = JsonSerializer.Deserialize<string[]>((await browser.EvaluateAsync(metrics))!)!;
            double[] numbers = [.. shown.TakeWhile(text => text != "–").Select(text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.HasCount(trials.Count(trial => trial.Metric is not null), numbers);
            CollectionAssert.AreEqual((isFalling ? numbers.OrderDescending() : numbers.Order()).ToArray(), numbers);
        }
        // A failure's text unfolds, as text.
        await browser.EvaluateAsync("[...document.querySelectorAll('#trials .more')].find(button => button.textContent === 'why').click()");
        Assert.AreEqual(SampleSweep.Hostile, (await browser.EvaluateAsync("[...document.querySelectorAll('#trials tr.text')].find(row => !row.hidden).querySelector('pre').textContent"))!.GetValue<string>());

        await browser.EvaluateAsync("document.getElementById('parallel').scrollIntoView({ block: 'center' })");
        var box = (await browser.EvaluateAsync("(() => { const box = [...document.querySelectorAll('#parallel .catch')].at(-1).getBoundingClientRect(); return { x: box.x + box.width / 2, top: box.top, bottom: box.bottom }; })()"))!;
        double x = box["x"]!.GetValue<double>(), top = box["top"]!.GetValue<double>(), bottom = box["bottom"]!.GetValue<double>();
        await browser.DragAsync(x, top + 1, top + (bottom - top) * 0.4);
        int selected = await browser.CountAsync("#parallel .line:not(.out)");
        Assert.IsTrue(selected > 0 && selected < trials.Count, $"{selected}");
        Assert.AreEqual(selected, await browser.CountAsync("#trials tbody:not([hidden])"));
        Assert.AreEqual($"{selected} of {trials.Count} trials selected", (await browser.EvaluateAsync("document.getElementById('selected').textContent"))!.GetValue<string>());
        // What is selected at the upper end of the metric is ahead of all that is not.
        var ranked = trials.Where(trial => trial.Metric is not null).OrderByDescending(trial => trial.Metric).Take(selected).Select(trial => trial.Id).Order().ToArray();
        CollectionAssert.AreEqual(ranked, JsonSerializer.Deserialize<int[]>((await browser.EvaluateAsync("[...document.querySelectorAll('#parallel .line:not(.out)')].map(line => +line.dataset.trial).sort((a, b) => a - b)"))!));
        await browser.EvaluateAsync("document.getElementById('clear').click()");
        Assert.AreEqual(trials.Count, await browser.CountAsync("#parallel .line:not(.out)"));
        await AssertQuietAsync(browser);
    }

    [TestMethod]
    [DataRow(1280, false)]
    [DataRow(400, true)]
    public async Task ThePageFitsItsWindow(int width, bool dark)
    {
        await using var browser = await OpenAsync(SampleSweep.Make().Trials, width, dark);
        Assert.IsLessThanOrEqualTo(width, (await browser.EvaluateAsync("document.documentElement.scrollWidth"))!.GetValue<int>());
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
            await browser.ScreenshotAsync(Path.Combine(folder, $"report-{width}.png"));
        await AssertQuietAsync(browser);
    }

    [TestMethod]
    public async Task OptionsOfOneFamilyAreNamedWithoutIt()
    {
        var (experiment, trials) = SampleSweep.MakeOfOneFamily();
        await using var browser = await OpenAsync(experiment, trials);
        CollectionAssert.AreEqual(
            new[] { "cost", "macro-f1", "word-ngrams" },
            JsonSerializer.Deserialize<string[]>((await browser.EvaluateAsync("[...document.querySelectorAll('#parallel text.name')].map(name => name.firstChild.data).sort()"))!));
        CollectionAssert.AreEqual(
            new[] { "trial", "state", "macro-f1", "time", "memory", "cost", "word-ngrams" },
            JsonSerializer.Deserialize<string[]>((await browser.EvaluateAsync("[...document.querySelectorAll('#trials th')].map(head => head.textContent)"))!));
        Assert.Contains("linear.cost", (await browser.EvaluateAsync("document.getElementById('best-yaml').textContent"))!.GetValue<string>());
        await AssertQuietAsync(browser);
    }

    [TestMethod]
    public async Task ASweepWithoutTrialsIsDrawnToo()
    {
        await using var browser = await OpenAsync([]);
        Assert.Contains("no trial completed", (await browser.EvaluateAsync("document.getElementById('tiles').textContent"))!.GetValue<string>());
        await AssertQuietAsync(browser);
    }
}
