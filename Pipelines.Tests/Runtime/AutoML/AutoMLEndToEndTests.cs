using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using MLPipelines.Tests.Readme;
using MLPipelines.Tests.Runtime.Transforms;

namespace MLPipelines.Tests.Runtime.AutoML;

/// <summary>From a file to a model that predicts.</summary>
[TestClass]
public sealed class AutoMLEndToEndTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private sealed class Flower
    {
        [VectorType(3)]
        public float[] Measures { get; set; } = [];

        public float Length { get; set; }

        public bool IsFirst { get; set; }

        public string Kind { get; set; } = "";

        public float Constant { get; set; } = 3;

        public string Group { get; set; } = "";
    }

    private IDataView Flowers => _context.Data.LoadFromEnumerable(Iris.Read().Select((iris, i) => new Flower
    {
        Measures = iris.Singles[..3], Length = iris.Singles[3], IsFirst = iris.Label == 0, Kind = $"kind {iris.Label}", Group = $"group {i % 3}",
    }));

    private AutoMLExperiment Experiment(SweepablePipeline pipeline, IDataView data) => _context.Auto().CreateExperiment().SetPipeline(pipeline).SetDataset(_context.Data.TrainTestSplit(data, 0.3, seed: 1)).SetMaxModelToExplore(6);

    /// <summary>A fifth of the reviews, what they say, and whether they are positive.</summary>
    private string Reviews()
    {
        string path = _folder.File("reviews.csv");
        var lines = File.ReadLines(Path.Combine(ReadmeDocument.Root, "Data/reviews/reviews.csv")).Skip(1).Take(300);
        File.WriteAllLines(path, ["product_id,rating,title,content,positive", .. lines.Select(line => line[..line.LastIndexOf(',')] + (line.EndsWith(",positive", StringComparison.Ordinal) ? ",1" : ",0"))]);
        return path;
    }

    [TestMethod]
    public void AFileBecomesABinaryClassifier()
    {
        string path = Reviews();
        var columns = _context.Auto().InferColumns(path, "positive");
        var data = _context.Data.CreateTextLoader(columns.TextLoaderOptions).Load(path);
        var split = _context.Data.TrainTestSplit(data, 0.25, seed: 1);
        var pipeline = _context.Auto().Featurizer(data, columns.ColumnInformation).Append(_context.Auto().BinaryClassification("positive"));
        var monitor = new RecordingMonitor();
        var best = _context.Auto().CreateExperiment().SetPipeline(pipeline).SetDataset(split).SetBinaryClassificationMetric(BinaryClassificationMetric.AreaUnderRocCurve, "positive")
            .SetMaxModelToExplore(10).SetMonitor(monitor).Run();
        Assert.HasCount(10, monitor.Completed);
        Assert.AreEqual(monitor.Completed.Max(result => result.Metric), best.Metric);
        Assert.AreEqual(-best.Metric, best.Loss);
        Assert.IsGreaterThan(0.9, best.Metric);

        var scored = best.Model.Transform(split.TestSet);
        Assert.AreEqual(best.Metric, _context.BinaryClassification.EvaluateNonCalibrated(scored, "positive").AreaUnderRocCurve, 1e-9);
        _context.Model.Save(best.Model, data.Schema, _folder.File("model.zip"));
        var loaded = new MLContext(2).Model.Load(_folder.File("model.zip"), out _);
        CollectionAssert.AreEqual(scored.GetColumn<float>("Score").ToArray(), loaded.Transform(split.TestSet).GetColumn<float>("Score").ToArray());
    }

    [TestMethod]
    public void ColumnsOfAllKindsAreFeaturized()
    {
        var pipeline = _context.Auto().Featurizer(Flowers, "All", catelogicalColumns: ["Group"], textColumns: ["Kind"], excludeColumns: ["Constant"]);
        var made = pipeline.BuildFromOption(_context, pipeline.CurrentParameter).Fit(Flowers).Transform(Flowers);
        var slots = default(VBuffer<ReadOnlyMemory<char>>);
        made.Schema["All"].GetSlotNames(ref slots);
        string[] names = [.. slots.DenseValues().Select(name => name.ToString())];
        CollectionAssert.IsSubsetOf(new[] { "Length", "IsFirst", "Group.group 0", "Group.group 1", "Group.group 2" }, names);
        Assert.IsFalse(names.Contains("Constant"));
        Assert.IsTrue(made.GetColumn<float[]>("All").All(row => row.All(value => value is >= -1 and <= 1)));
        Assert.HasCount(2, pipeline.Terms.ToArray());
    }

    [TestMethod]
    public void ClassesAreLearntByCrossValidation()
    {
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label", "Kind").Append(_context.Auto().Featurizer(Flowers, numericColumns: ["Measures", "Length"], excludeColumns: ["Kind", "IsFirst", "Constant", "Group"])).Append(_context.Auto().MultiClassification());
        var monitor = new RecordingMonitor();
        var best = _context.Auto().CreateExperiment().SetPipeline(pipeline).SetDataset(Flowers, fold: 3).SetMulticlassClassificationMetric(MulticlassClassificationMetric.LogLoss, "Label").SetMaxModelToExplore(8).SetMonitor(monitor).Run();
        Assert.HasCount(8, monitor.Completed);
        Assert.AreEqual(monitor.Completed.Min(result => result.Metric), best.Metric);
        Assert.AreEqual(best.Metric, best.Loss);
        Assert.IsGreaterThan(0.8, _context.MulticlassClassification.Evaluate(best.Model.Transform(Flowers)).MicroAccuracy);
    }

    [TestMethod]
    public void AShareOfTheRowsIsSearchedToo()
    {
        var pipeline = _context.Transforms.Concatenate("Features", "Measures").Append(_context.Auto().Regression("Length", useLbfgsPoissonRegression: false));
        var monitor = new RecordingMonitor();
        var split = _context.Data.TrainTestSplit(Flowers, 0.3, seed: 1);
        _context.Auto().CreateExperiment().SetPipeline(pipeline).SetDataset(split.TrainSet, split.TestSet, subSamplingTrainDataset: true).SetRegressionMetric(RegressionMetric.MeanAbsoluteError, "Length").SetMaxModelToExplore(6).SetMonitor(monitor).Run();
        float[] shares = [.. monitor.Running.Select(settings => settings.Parameter["TrainValidateDatasetManager"]["SubSamplingKey"].AsType<float>())];
        Assert.AreEqual(0.1f, shares[0], 1e-5f);
        Assert.IsGreaterThan(2, shares.Distinct().Count());
    }

    [TestMethod]
    public void ACheckpointedPipelineHasItsModelAgain()
    {
        SweepablePipeline NewPipeline() => _context.Transforms.Concatenate("Features", "Measures").Append(_context.Auto().BinaryClassification("IsFirst"));
        AutoMLExperiment New() => Experiment(NewPipeline(), Flowers).SetBinaryClassificationMetric(BinaryClassificationMetric.AreaUnderRocCurve, "IsFirst").SetCheckpoint(_folder.File("checkpoint"));
        var first = New().Run();
        var monitor = new RecordingMonitor();
        var again = New().SetMonitor(monitor).Run();
        Assert.HasCount(0, monitor.Running);
        Assert.AreEqual(first.Metric, again.Metric);
        Assert.IsNotNull(again.Model);
    }

    [TestMethod]
    public void WhatCannotWorkIsSaidBeforeTheFirstTrial()
    {
        var binary = _context.Transforms.Concatenate("Features", "Measures").Append(_context.Auto().BinaryClassification("IsFirst"));
        string Fault(AutoMLExperiment experiment) => Assert.ThrowsExactly<ArgumentException>(() => experiment.Run()).Message;

        StringAssert.Contains(Fault(Experiment(binary, Flowers).SetBinaryClassificationMetric(BinaryClassificationMetric.Accuracy, "isFirst")), "'isFirst' was not found");
        StringAssert.Contains(Fault(Experiment(binary, Flowers).SetMulticlassClassificationMetric(MulticlassClassificationMetric.MicroAccuracy, "IsFirst")), "must be a key");
        StringAssert.Contains(Fault(Experiment(binary, Flowers).SetRegressionMetric(RegressionMetric.RSquared, "IsFirst")), "must be a number");
        StringAssert.Contains(Fault(Experiment(binary, Flowers).SetBinaryClassificationMetric(BinaryClassificationMetric.Accuracy, "Length")), "must be Boolean");
        var unlabelled = _context.Transforms.Concatenate("Features", "Measures").Append(_context.Auto().BinaryClassification("Nothing"));
        StringAssert.Contains(Fault(Experiment(unlabelled, Flowers).SetBinaryClassificationMetric(BinaryClassificationMetric.Accuracy, "IsFirst")), "Nothing");
        var constant = _context.Transforms.Concatenate("Features", "Measures").Append(_context.Auto().Regression("Constant"));
        StringAssert.Contains(Fault(Experiment(constant, Flowers).SetRegressionMetric(RegressionMetric.RSquared, "Constant")), "in all");
        var empty = _context.Data.FilterRowsByColumn(Flowers, "Length", lowerBound: 1e6);
        StringAssert.Contains(Fault(_context.Auto().CreateExperiment().SetPipeline(binary).SetDataset(empty, empty).SetBinaryClassificationMetric(BinaryClassificationMetric.Accuracy, "IsFirst")), "no rows");
    }

    private sealed class Passes
    {
        [Microsoft.ML.SearchSpace.Range(1, 1_000_000, 1, true)]
        public int Count { get; set; } = 1;
    }

    /// <summary>What is trained when the time is over is stopped, not waited for.</summary>
    [TestMethod]
    public void ATrainerIsStoppedWhenTimeIsOver()
    {
        // The first is the check before all trials, the second the first trial.
        int made = 0;
        var endless = _context.Auto().CreateSweepableEstimator<Passes>((context, _) =>
        {
            int passes = Interlocked.Increment(ref made) <= 2 ? 1 : 100_000_000;
            return context.Regression.Trainers.OnlineGradientDescent("Length", "Measures", numberOfIterations: passes);
        });
        var pipeline = _context.Transforms.CopyColumns("Copy", "Length").Append(endless);
        var monitor = new RecordingMonitor();
        var split = _context.Data.TrainTestSplit(_context.Data.Cache(Flowers), 0.3, seed: 1);
        var experiment = _context.Auto().CreateExperiment().SetPipeline(pipeline).SetDataset(split).SetRegressionMetric(RegressionMetric.MeanAbsoluteError, "Length").SetTrainingTimeInSeconds(2).SetMonitor(monitor);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.IsNotNull(experiment.Run().Model);
        Assert.IsLessThan(TimeSpan.FromSeconds(30), watch.Elapsed);
        Assert.IsGreaterThan(monitor.Completed.Count, monitor.Running.Count);
    }

    [TestMethod]
    public void BadColumnsOfAFeaturizerAreNamed()
    {
        var auto = _context.Auto();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => auto.Featurizer(Flowers, numericColumns: ["Width"])).Message, "'Width'");
        Assert.ThrowsExactly<ArgumentException>(() => auto.Featurizer(Flowers, numericColumns: ["Length"], excludeColumns: ["Length"]));
        Assert.ThrowsExactly<NotSupportedException>(() => auto.Featurizer(Flowers, imagePathColumns: ["Kind"]));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => auto.Featurizer(Flowers, excludeColumns: ["Measures", "Length", "IsFirst", "Constant", "Kind", "Group"])).Message, "can be a feature");
    }

    private sealed class Collect<T> : IProgress<T>
    {
        public List<T> All { get; } = [];

        public void Report(T value) => All.Add(value);
    }

    [TestMethod]
    public void ATaskIsAnExperimentByItself()
    {
        var data = _context.Transforms.DropColumns("Constant", "IsFirst", "Group").Fit(Flowers).Transform(Flowers);
        var progress = new Collect<RunDetail<MulticlassClassificationMetrics>>();
        var split = _context.Data.TrainTestSplit(data, 0.3, seed: 1);
        var result = _context.Auto().CreateMulticlassClassificationExperiment(new MulticlassExperimentSettings { MaxModels = 6, OptimizingMetric = MulticlassClassificationMetric.MacroAccuracy }).Execute(split.TrainSet, split.TestSet, "Kind", progressHandler: progress);
        Assert.HasCount(6, result.RunDetails.ToArray());
        Assert.HasCount(6, progress.All);
        Assert.AreEqual(result.RunDetails.Max(run => run.ValidationMetrics.MacroAccuracy), result.BestRun.ValidationMetrics.MacroAccuracy);
        StringAssert.Contains(result.BestRun.TrainerName, "Concatenate=>");
        CollectionAssert.IsSubsetOf(result.BestRun.Model.Transform(data).GetColumn<string>("PredictedLabel").Distinct().ToArray(), new[] { "kind 0", "kind 1", "kind 2" });
        Assert.IsNotNull(result.BestRun.Estimator.Fit(data));

        var folds = _context.Auto().CreateRegressionExperiment(new RegressionExperimentSettings { MaxModels = 3 }).Execute(data, 3, "Length");
        Assert.IsTrue(folds.RunDetails.All(run => run.Results.Count() == 3));
        var few = _context.Auto().CreateBinaryClassificationExperiment(new BinaryExperimentSettings { MaxModels = 2 }).Execute(_context.Transforms.DropColumns("Constant").Fit(Flowers).Transform(Flowers), "IsFirst");
        Assert.IsGreaterThan(0.9, few.BestRun.ValidationMetrics.Accuracy);
    }
}
