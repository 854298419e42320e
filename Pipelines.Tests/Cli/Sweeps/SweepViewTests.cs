using MLPipelines.Cli.Sweeps;
using MLPipelines.Sweeps;
using MLPipelines.Tests.Sweeps.Reports;
using Spectre.Console;

namespace MLPipelines.Tests.Cli.Sweeps;

/// <summary>What a terminal shows of a sweep.</summary>
[TestClass]
public sealed class SweepViewTests
{
    private static string[] Draw(SweepSnapshot snapshot, int width)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = width;
        console.Write(SweepView.Draw(snapshot, TimeSpan.FromSeconds(95), DateTime.UnixEpoch.AddMinutes(45), width));
        return writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static SweepSnapshot Sample()
    {
        var (experiment, trials) = SampleSweep.Make();
        return new SweepSnapshot(experiment, trials);
    }

    [TestMethod]
    [DataRow(80)]
    [DataRow(60)]
    [DataRow(160)]
    public void NoLineIsWiderThanTheTerminal(int width)
    {
        var lines = Draw(Sample(), width);
        Assert.IsLessThanOrEqualTo(width, lines.Max(line => line.TrimEnd().Length), string.Join('\n', lines));
        Assert.IsLessThan(18, lines.Length, string.Join('\n', lines));
    }

    [TestMethod]
    public void TheBestTheCountsTheHistoryAndTheLastTrialsAreShown()
    {
        var snapshot = Sample();
        string view = string.Join('\n', Draw(snapshot, 100));
        foreach (string part in new[] { "39/50 trials, about 1 min 35 s left", $"{snapshot.Count(TrialState.Completed)} completed, 1 running", $"{snapshot.Count(TrialState.Failed)} failed", FormattableString.Invariant($"best {snapshot.Best!.Metric:0.0000} (trial {snapshot.Best.Id})"), "running", "failed", "stopped" })
            Assert.Contains(part, view);
        string history = SweepView.Sparkline(snapshot, 100);
        Assert.AreEqual(39, history.Length);
        Assert.AreEqual(snapshot.Count(TrialState.Failed), history.Count(c => c == '×'));
        Assert.AreEqual(snapshot.Count(TrialState.Pruned), history.Count(c => c == '·'));
        Assert.AreEqual('█', history[snapshot.Best.Id]);
    }

    [TestMethod]
    public void ASweepWithoutTrialsIsShownToo() =>
        Assert.Contains("no trial completed yet", string.Join('\n', Draw(new SweepSnapshot(SampleSweep.Make(1).Experiment, []), 80)));

    [TestMethod]
    [DataRow("90s", 90)]
    [DataRow("10m", 600)]
    [DataRow("1h30m", 5400)]
    [DataRow("2d", 172800)]
    [DataRow("1.5H", 5400)]
    [DataRow("", null)]
    [DataRow("10", null)]
    [DataRow("0s", null)]
    [DataRow("m", null)]
    [DataRow("30m1h", null)]
    [DataRow("-5m", null)]
    public void TimesAreReadAsPeopleWriteThem(string text, int? seconds) => Assert.AreEqual(seconds, (int?)Durations.Parse(text)?.TotalSeconds);
}
