using MLPipelines.Sweeps;
using MLPipelines.Tests.Runtime.Torch;

namespace MLPipelines.Tests.Sweeps;

/// <summary>Trials of networks: they report each epoch, and stop when they are told.</summary>
[TestClass]
public sealed class NetworkTaskTests : TorchTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private SweepJob Job(string task, string header, Func<int, string> row, params (string Name, string Value)[] settings)
    {
        string path = _folder.File("rows.csv");
        File.WriteAllLines(path, [header, .. Enumerable.Range(0, 60).Select(row)]);
        return new SweepJob { Task = task, Data = path, Settings = settings.Append(("threads", "1")).ToDictionary(setting => setting.Item1, setting => setting.Item2) };
    }

    private static readonly (string, string)[] Small = [("layers", "1"), ("hidden-size", "32"), ("heads", "2"), ("vocabulary", "200"), ("max-epochs", "3")];

    private static string Kind(int i) => i % 2 == 0 ? "lamp" : "desk";

    private static List<MetricPoint> Run(SweepJob job, string metric, out double value)
    {
        var task = SweepTasks.Open(job);
        var points = new List<MetricPoint>();
        value = task.Run(new SweepTrial(0, task.StartPoints[0], 1, point =>
        {
            points.Add(point);
            return Task.CompletedTask;
        }, CancellationToken.None), task.MetricOf(metric));
        return points;
    }

    [TestMethod]
    public void AnEncoderReportsEachEpochButTheLast()
    {
        var job = Job("text-classification", "text,label", i => $"my {Kind(i)} is number {i},{Kind(i)}", Small) with { Families = ["encoder"] };
        foreach (string metric in new[] { "accuracy", "macro-f1", "log-loss" })
        {
            var points = Run(job, metric, out double value);
            CollectionAssert.AreEqual(new[] { 1.0, 2.0 }, points.Select(point => point.Step).ToArray());
            Assert.IsTrue(double.IsFinite(value) && points.TrueForAll(point => point.Metric >= 0));
        }
    }

    [TestMethod]
    public void ATrialThatIsStoppedTrainsNoFurther()
    {
        var task = SweepTasks.Open(Job("text-classification", "text,label", i => $"my {Kind(i)} is number {i},{Kind(i)}", Small) with { Families = ["encoder"] });
        int reports = 0;
        Assert.ThrowsExactly<TrialPrunedException>(() => task.Run(new SweepTrial(0, task.StartPoints[0], 1, point =>
        {
            reports++;
            throw new TrialPrunedException(point.Step);
        }, CancellationToken.None), task.MetricOf("accuracy")));
        Assert.AreEqual(1, reports);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => task.Run(new SweepTrial(0, task.StartPoints[0], 1, null, cancelled.Token), task.MetricOf("accuracy")));
    }

    [TestMethod]
    public void LabelsAndEntitiesAreMeasured()
    {
        var labels = Run(Job("multi-label", "text,labels", i => $"my {Kind(i)} is number {i},{Kind(i)}{(i % 3 == 0 ? "|late" : "")}", Small), "micro-f1", out double f1);
        Assert.HasCount(2, labels);
        Assert.IsInRange(0, 1, f1);
        var entities = Run(Job("ner", "tokens,tags", i => $"my {Kind(i)} is here,O B-{Kind(i)} O O", Small), "entity-f1", out f1);
        Assert.HasCount(2, entities);
        Assert.IsInRange(0, 1, f1);
    }

    [TestMethod]
    public void ResponsesAreMeasuredByLossOrText()
    {
        var job = Job("response-generator", "message,response", i => $"where is my {Kind(i)},your {Kind(i)} is here", ("max-epochs", "2"));
        var points = Run(job, "loss", out double loss);
        CollectionAssert.AreEqual(new[] { 1.0 }, points.Select(point => point.Step).ToArray());
        Assert.IsInRange(0, 20, loss);
        points = Run(job, "chrf", out double similarity);
        CollectionAssert.AreEqual(new[] { 1.0, 3.0 }, points.Select(point => point.Step).ToArray());
        Assert.IsInRange(0, 100, similarity);
    }
}
