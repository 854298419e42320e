using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Recommendation;
using MLPipelines.Sweeps;
using MLPipelines.Tests.Recommendation;
using MLPipelines.Text;

namespace MLPipelines.Tests.Sweeps;

/// <summary>Sweeps over recommenders and text classifiers.</summary>
[TestClass]
public sealed class TaskSweepTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private SweepOptions Options(int trials, Pruner? pruner = null) => new() { LedgerPath = _folder.File("sweeps.db"), Trials = trials, Pruner = pruner };

    private static SweepJob Recommender(params string[] families) => new() { Task = "recommender", Data = "shop", Families = families, Settings = new Dictionary<string, string> { ["threads"] = "1" } };

    private static SweepJob Texts(string file) => new() { Task = "text-classification", Data = file, Settings = new Dictionary<string, string> { ["threads"] = "1" } };

    private string TicketFile(string name = "tickets.csv", int rows = 240)
    {
        string[] kinds = ["lamp", "desk", "chair"];
        string path = _folder.File(name);
        File.WriteAllLines(path, ["text,label", .. Enumerable.Range(0, rows).Select(i => $"my {kinds[i % 3]} number {i * 37 % 101} is {(i % 5 == 0 ? "broken" : "late")},{kinds[i % 3]}")]);
        return path;
    }

    [TestMethod]
    public async Task TheBestOfSeveralRecommendersIsFoundAndCanBeTrainedOnAll()
    {
        var rows = Shop.Load(_context, Shop.TwoTastes());
        var task = SweepTasks.Open(Recommender("ease", "implicit-als", "item-knn", "rp3beta"), rows);
        var result = await task.RunAsync(Options(16));
        Assert.IsTrue(result.Trials.All(trial => trial.State == TrialState.Completed), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        CollectionAssert.AreEqual(
            new[] { "ease", "implicit-als", "item-knn", "rp3beta" }, result.Trials.Take(4).Select(trial => trial.Parameter["algorithm"].AsType<string>()).ToArray(), "The defaults of each come first.");
        foreach (var trial in result.Trials)
        {
            string algorithm = trial.Parameter["algorithm"].AsType<string>();
            Assert.IsTrue(trial.Parameter.Keys.All(key => key == "algorithm" || key.StartsWith(algorithm + ".", StringComparison.Ordinal)), trial.Parameter.ToString());
            Assert.IsEmpty(trial.Curve, "Without a pruner nothing is trained only to report it.");
        }
        var popularity = await SweepTasks.Open(Recommender("popularity", "ease"), rows).RunAsync(new SweepOptions { LedgerPath = _folder.File("popular.db"), Trials = 1 });
        Assert.IsGreaterThan(popularity.Best.Metric!.Value, result.Best.Metric!.Value);
        var model = (RecommenderTransformer)task.Refit(result.Best.Parameter, 1);
        Assert.HasCount(5, model.Recommend("3", 5));
        Assert.Contains(task.Choose(result, 3, 1).Id, result.Trials.OrderByDescending(trial => trial.Metric).Take(3).Select(trial => trial.Id).ToArray());
    }

    [TestMethod]
    public async Task ASpaceThatIsNarrowedToOneAlgorithmKeepsToIt()
    {
        var task = SweepTasks.Open(Recommender() with { Space = "algorithm: [ease]\nease.regularization: {min: 10, max: 20}\nease.dropout: 0.5" }, Shop.Load(_context, Shop.TwoTastes()));
        var result = await task.RunAsync(Options(5));
        Assert.IsTrue(result.Trials.All(trial => trial.State == TrialState.Completed), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        Assert.IsTrue(result.Trials.All(trial => trial.Parameter["ease.regularization"].AsType<double>() is >= 10 and <= 20));
        Assert.AreEqual("algorithm ease.dropout ease.regularization", string.Join(' ', task.Space.Keys));
        Assert.Contains("Dropout is 3", Assert.ThrowsExactly<ArgumentException>(() => SweepTasks.Open(Recommender() with { Space = "ease.dropout: {min: 0, max: 3}" }, Shop.Load(_context, Shop.TwoTastes()))).Message);
    }

    [TestMethod]
    public async Task RatingsAreJudgedByTheirError()
    {
        var random = new Random(1);
        var rows = Shop.Load(_context, Enumerable.Range(0, 600).Select(i => Shop.Did($"{i % 40}", $"{random.Next(30)}", 1 + (i % 40 + i / 40) % 5)));
        var job = Recommender() with { Metric = "rmse", Columns = new Dictionary<string, string> { ["weight"] = "Weight" }, Settings = new Dictionary<string, string> { ["max-epochs"] = "10", ["threads"] = "1" } };
        var task = SweepTasks.Open(job, rows);
        Assert.IsFalse(task.Metrics[0].Maximize);
        var result = await task.RunAsync(Options(4), job.Metric);
        Assert.IsTrue(result.Trials.All(trial => trial.Metric is > 0 and < 5), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        Assert.AreEqual(result.Trials.Min(trial => trial.Metric), result.Best.Metric);
    }

    [TestMethod]
    public async Task TextClassifiersAreSearchedAndTheBestIsPublishedWithItsLineage()
    {
        var task = SweepTasks.Open(Texts(TicketFile()) with { Folds = 3 });
        var result = await task.RunAsync(Options(6), "macro-f1");
        Assert.IsTrue(result.Trials.All(trial => trial.State == TrialState.Completed), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        Assert.AreEqual(1.0, result.Best.Metric!.Value, 1e-9);

        var store = new ArtifactStore(_folder.File("store"));
        using var published = await task.PublishAsync(result, store, "tickets", new SweepPublishing { License = "MIT" });
        var manifest = store.Show("tickets");
        Assert.AreEqual("text-classification", manifest.Task);
        Assert.AreEqual(("sweep", (int?)result.Best.Id), (manifest.Lineage.Sweep, manifest.Lineage.Trial));
        Assert.AreEqual("linear", manifest.Lineage.Parameters!["algorithm"].GetString());
        Assert.HasCount(5, manifest.Lineage.RunnersUp!);
        Assert.IsTrue(manifest.Lineage.RunnersUp!.All(trial => trial.Metric <= result.Best.Metric && trial.Trial != result.Best.Id));
        Assert.AreEqual(("macroF1", "validation", 240L), (manifest.Metrics[0].Name, manifest.Metrics[0].Split, manifest.Metrics[0].Rows));
        Assert.AreEqual(("tickets.csv", 240L), (manifest.Data[0].Name, manifest.Data[0].Rows));
        Assert.AreEqual("text", manifest.Training.Options["textColumn"].GetString());
        using var loaded = PipelineModels.Package(_context).Load(store, "tickets");
        var scored = loaded.Model.Transform(_context.Data.LoadFromEnumerable([new Ticket { Text = "my desk number 3 is late" }]));
        Assert.AreEqual("desk", _context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scored).Transform(scored).GetColumn<string>("PredictedLabel").Single());
    }

    [TestMethod]
    public async Task TrialsReportOnTheirWayAndTheWorstAreStopped()
    {
        // Every fifth label is drawn by lot, so that no model is perfect and no two do the same.
        string[] lines = File.ReadAllLines(TicketFile(rows: 360));
        var random = new Random(1);
        for (int i = 1; i < lines.Length; i += 5)
            lines[i] = lines[i].Split(',')[0] + "," + new[] { "lamp", "desk", "chair" }[random.Next(3)];
        File.WriteAllLines(_folder.File("noisy.csv"), lines);
        var task = SweepTasks.Open(Texts(_folder.File("noisy.csv")));
        var result = await task.RunAsync(Options(12, new SuccessiveHalvingPruner()), "log-loss");
        Assert.IsFalse(result.Trials.Any(trial => trial.State == TrialState.Failed), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        Assert.IsTrue(result.Trials.Any(trial => trial.State == TrialState.Pruned));
        Assert.IsTrue(result.Trials.Where(trial => trial.State == TrialState.Completed).All(trial => trial.Curve.Select(point => point.Step).SequenceEqual([1.0, 3.0])));
        Assert.IsTrue(result.Trials.Where(trial => trial.State == TrialState.Pruned).All(trial => trial.Curve.Count is 1 or 2));
    }

    [TestMethod]
    public void CrossValidationOfTheLinearModelIsThatOfItsTraining()
    {
        var task = SweepTasks.Open(Texts(TicketFile()) with { Folds = 4, Seed = 7 });
        var parameter = task.StartPoints[0];
        double measured = task.Run(new SweepTrial(0, parameter, 3, null, CancellationToken.None), task.MetricOf("log-loss"));
        var rows = _context.Data.LoadTextLabels(TicketFile(), "text", "label");
        var model = _context.MulticlassClassification.Trainers.LinearText(new() { Costs = [1], CalibrationFolds = 4, Seed = 7, NumberOfThreads = 1 }).Fit(rows);
        Assert.AreEqual(model.HeldOut!.LogLoss, measured, 1e-6);
        Assert.AreEqual(240, model.HeldOut.Rows);
    }

    [TestMethod]
    public void EveryOptionOfEverySpaceReachesWhatIsTrained()
    {
        string pairs = TicketFile("pairs.csv");
        File.WriteAllLines(_folder.File("ner.csv"), ["tokens,tags", "Paris is big,B-place O O", "I like Rome,O O B-place"]);
        File.WriteAllLines(_folder.File("shop.csv"), ["user_id,item_id,rating,timestamp", .. Enumerable.Range(0, 40).Select(i => $"{i % 8},{i % 5},{1 + i % 5},{1_700_000_000 + i}")]);
        string[] recommenders = ["ease", "implicit-als", "item-knn", "rp3beta", "warp", "bpr", "neural-cf", "cross-sell", "trending", "next-purchase", "blend", "biased-matrix-factorization"];
        SweepJob[] jobs =
        [
            new() { Task = "text-classification", Data = pairs, Families = ["linear", "encoder"] },
            new() { Task = "sentiment", Data = pairs },
            new() { Task = "multi-label", Data = pairs },
            new() { Task = "ner", Data = _folder.File("ner.csv") },
            new() { Task = "response-generator", Data = pairs },
            new() { Task = "recommender", Data = _folder.File("shop.csv"), Families = recommenders, Columns = new Dictionary<string, string> { ["weight"] = "rating" } },
        ];
        CollectionAssert.AreEquivalent(SweepTasks.Ours.Keys.ToArray(), jobs.Select(job => job.Task).ToArray(), "Each task of ours is here.");
        foreach (var job in jobs)
        {
            var task = (FamilySweepTask)SweepTasks.Open(job);
            Assert.HasCount(Math.Max(1, job.Families.Count), task.StartPoints);
            foreach (var start in task.StartPoints)
            {
                string family = start["algorithm"].AsType<string>();
                foreach (var (name, option) in task.Space.Where(entry => entry.Key.StartsWith(family + ".", StringComparison.Ordinal)))
                {
                    string before = Describe(task.CreateOptions(start)), place = $"{job.Task} {name}";
                    var parameter = Parameter.CreateNestedParameter([.. start]);
                    bool changed = false;
                    foreach (double at in new[] { 0.02, 0.5, 0.98 })
                    {
                        parameter[name] = option.FeatureSpaceDim == 0 ? option.SampleFromFeatureSpace([]) : option.SampleFromFeatureSpace([at]);
                        changed |= Describe(task.CreateOptions(parameter)) != before;
                    }
                    Assert.IsTrue(changed || option.FeatureSpaceDim == 0, $"{place} changes nothing.");
                }
            }
        }
    }

    [TestMethod]
    public void TheDefaultsOfASpaceAreThoseOfTheModel()
    {
        var task = (FamilySweepTask)SweepTasks.Open(Texts(TicketFile()));
        var options = (LinearTextClassificationOptions)task.CreateOptions(task.StartPoints[0]);
        var usual = new LinearTextClassificationOptions { Costs = [1], NumberOfThreads = 1 };
        Assert.AreEqual(Describe(usual), Describe(options));
    }

    [TestMethod]
    public void AllThatIsWrongWithAJobIsSaidAtOnce()
    {
        var job = new SweepJob
        {
            Task = "text-classification", Data = TicketFile(), ValidationFraction = 1.5, Folds = 1, Families = ["forest"],
            Columns = new Dictionary<string, string> { ["label"] = "topic", ["price"] = "x" }, Settings = new Dictionary<string, string> { ["max-epochs"] = "no", ["colour"] = "red" },
        };
        string message = Assert.ThrowsExactly<ArgumentException>(() => SweepTasks.Open(job)).Message;
        foreach (string part in new[] { "validation fraction is 1.5", "folds is 1", "no family 'forest'", "linear, encoder", "no column 'topic'", "no column for 'price'", "max-epochs is 'no'", "no setting 'colour'" })
            Assert.Contains(part, message);
        Assert.Contains("has no metric 'ndcg@10'; it has accuracy, macro-f1", Assert.ThrowsExactly<ArgumentException>(() => SweepTasks.Open(Texts(TicketFile()) with { Metric = "ndcg@10" })).Message);
        Assert.Contains("gone.csv' does not exist", Assert.ThrowsExactly<ArgumentException>(() => SweepTasks.Open(Texts(_folder.File("gone.csv")))).Message);
        Assert.Contains("no family 'als'", Assert.ThrowsExactly<ArgumentException>(() => SweepTasks.Open(Recommender("als"), Shop.Load(_context, Shop.TwoTastes()))).Message);
    }

    [TestMethod]
    public void DataFromWhichNothingCanBeLearntIsRefused()
    {
        Assert.Contains("the same 'text'", Refused("text,label", "hello,a", "hello,b", "hello,a", "hello,b"));
        Assert.Contains("the label 'a'; there must be two", Refused("text,label", "one,a", "two,a", "three,a", "four,a"));
        Assert.Contains("each label occurs once", Refused("text,label", "one,a", "two,b", "three,c", "four,d"));
        Assert.Contains("line 3", Refused("text,label", "one,a", ",b", "three,c"));

        string Refused(params string[] lines)
        {
            File.WriteAllLines(_folder.File("bad.csv"), lines);
            return Assert.ThrowsExactly<ArgumentException>(() => SweepTasks.Open(Texts(_folder.File("bad.csv")))).Message;
        }
    }

    [TestMethod]
    public void ALabelSeenOnceIsTrainedOnAndSaidToBe()
    {
        string path = TicketFile();
        File.AppendAllLines(path, ["a lonely one,stool"]);
        var task = SweepTasks.Open(Texts(path));
        Assert.Contains("stool", task.Remarks.Single());
        var splits = new RowSplits([0, 0, 0, 0, 1, 2, 2]);
        for (int seed = 0; seed < 20; seed++)
        {
            var (train, held) = splits.HoldOut(0.5, seed);
            Assert.Contains(4, train);
            Assert.HasCount(7, train.Concat(held).Distinct().ToArray());
            int[] all = [.. Enumerable.Range(0, 3).SelectMany(fold => splits.Fold(fold, 3, seed).Held)];
            CollectionAssert.AreEquivalent(new[] { 0, 1, 2, 3, 5, 6 }, all, "Each row is held out once, but that which is alone.");
            CollectionAssert.IsSubsetOf(new[] { 4 }, splits.Share([0, 1, 2, 3, 4, 5, 6], 0.5, seed));
        }
    }

    [TestMethod]
    public void ABudgetTooSmallForOneTrialIsRefusedWithAnEstimate()
    {
        var task = SweepTasks.Open(Texts(TicketFile(rows: 3000)));
        string message = Assert.ThrowsExactly<ArgumentException>(() => task.CheckBudget(TimeSpan.FromMilliseconds(1))).Message;
        Assert.Contains("too small for one trial of text-classification, which needs", message);
        Assert.MatchesRegex(@"needs (about|more than) [0-9.]+ (s|min)", message);
        task.CheckBudget(TimeSpan.FromHours(1));
        task.CheckBudget(null);
    }

    /// <summary>Options in words, those within them too.</summary>
    private static string Describe(object options, int depth = 0) => string.Join("; ", options.GetType().GetProperties()
        .Where(property => property.GetIndexParameters().Length == 0 && property.Name is not ("Progress" or "CancellationToken" or "ItemFeatures" or "UserFeatures"))
        .Select(property => (property.Name, Value: property.GetValue(options)))
        .Select(entry => $"{entry.Name} {entry.Value switch
        {
            null => "none",
            string text => text,
            RecommenderOptions or MLPipelines.Training.TrainingOptions when depth < 2 => $"({Describe(entry.Value, depth + 1)})",
            System.Collections.IEnumerable values when depth < 2 => string.Join(',', values.Cast<object>().Select(value => value is RecommenderOptions part ? Describe(part, depth + 1) : value.ToString())),
            _ => Convert.ToString(entry.Value, System.Globalization.CultureInfo.InvariantCulture),
        }}"));

    private sealed class Ticket
    {
        public string Text { get; set; } = "";
        public string Label { get; set; } = "";
    }
}
