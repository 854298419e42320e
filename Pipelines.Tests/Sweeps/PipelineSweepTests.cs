using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using MLPipelines.Sweeps;
using MLPipelines.Tests.Runtime.Transforms;

namespace MLPipelines.Tests.Sweeps;

/// <summary>Sweeps over pipelines of ML.NET's AutoML.</summary>
[TestClass]
public sealed class PipelineSweepTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private SweepOptions Options(int trials) => new() { LedgerPath = _folder.File("sweeps.db"), Trials = trials };

    private IDataView Data => _context.Data.LoadFromEnumerable(Iris.Read().Select(iris => new Flower { Features = iris.Singles, Label = $"{iris.Label}" }));

    private SweepablePipeline Pipeline => _context.Transforms.Conversion.MapValueToKey("Label").Append(_context.Auto().MultiClassification(useSdcaLogisticRegression: false, useLbfgsLogisticRegression: false));

    private static double Accuracy(MLContext context, IDataView scored) => context.MulticlassClassification.Evaluate(scored).MicroAccuracy;

    [TestMethod]
    public async Task APipelineIsSearchedWithOnlyTheOptionsThatCountAndTrainedOnAll()
    {
        var split = _context.Data.TrainTestSplit(Data, 0.3, seed: 1);
        var sweep = new PipelineSweep(Pipeline, new SweepMetric("accuracy"), Accuracy, split.TrainSet, split.TestSet, Data);
        var (result, model) = await sweep.RunAndRefitAsync(Options(12));
        Assert.IsTrue(result.Trials.All(trial => trial.State == TrialState.Completed), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        foreach (var trial in result.Trials)
        {
            string schema = trial.Parameter["_SCHEMA_"].AsType<string>();
            foreach (string name in new[] { "e1", "e2" })
                Assert.AreEqual(schema.EndsWith(name, StringComparison.Ordinal), trial.Parameter.ContainsKey(name), trial.Parameter.ToString());
        }
        Assert.AreEqual(2, result.Trials.Select(trial => trial.Parameter["_SCHEMA_"]).Distinct().Count());
        Assert.IsGreaterThan(0.85, result.Best.Metric!.Value);
        Assert.IsGreaterThan(0.85, Accuracy(_context, model.Transform(Data)));
    }

    [TestMethod]
    public async Task FoldsAreReportedAndCanBePruned()
    {
        var sweep = new PipelineSweep(Pipeline, new SweepMetric("accuracy"), Accuracy, Data, folds: 3);
        var options = Options(10);
        options.Pruner = new MedianPruner();
        var result = await sweep.RunAsync(options);
        Assert.HasCount(3, result.Best.Curve);
        Assert.AreEqual(result.Best.Metric!.Value, result.Best.Curve[^1].Metric, 1e-12);
        Assert.IsTrue(result.Trials.All(trial => trial.State is TrialState.Completed or TrialState.Pruned), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        Assert.IsTrue(result.Trials.Where(trial => trial.State == TrialState.Pruned).All(trial => trial.Curve.Count < 3));
    }

    [TestMethod]
    public async Task WorkersDoNotDisturbEachOther()
    {
        var split = _context.Data.TrainTestSplit(Data, 0.3, seed: 1);
        var sweep = new PipelineSweep(Pipeline, new SweepMetric("accuracy"), Accuracy, split.TrainSet, split.TestSet);
        var options = Options(12);
        (options.Workers, options.Tuner) = (2, SweepTuner.Random);
        var result = await sweep.RunAsync(options);
        var again = new PipelineSweep(Pipeline, new SweepMetric("accuracy"), Accuracy, split.TrainSet, split.TestSet);
        var alone = await again.RunAsync(new SweepOptions { LedgerPath = _folder.File("alone.db"), Trials = 12, Tuner = SweepTuner.Random });
        CollectionAssert.AreEqual(alone.Trials.Select(trial => trial.Metric).ToArray(), result.Trials.Select(trial => trial.Metric).ToArray());
    }

    [TestMethod]
    public async Task APipelineThatLeavesNothingToSearchIsAnError()
    {
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label").Append(SweepableNothing());
        var sweep = new PipelineSweep(pipeline, new SweepMetric("accuracy"), Accuracy, Data, Data);
        Assert.Contains("no option", (await Assert.ThrowsExactlyAsync<ArgumentException>(() => sweep.RunAsync(Options(2)))).Message);

        SweepableEstimator SweepableNothing() => new((context, _) => context.Transforms.CopyColumns("more", "Features"), new Microsoft.ML.SearchSpace.SearchSpace());
    }

    private sealed class Flower
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }
}
