using Microsoft.ML;
using MLPipelines.Recommendation;
using MLPipelines.Sweeps;
using MLPipelines.Tests.Recommendation;

namespace MLPipelines.Tests.Sweeps;

/// <summary>Sweeps over recommenders and text classifiers.</summary>
[TestClass]
public sealed class TaskSweepTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private SweepOptions Options(int trials) => new() { LedgerPath = _folder.File("sweeps.db"), Trials = trials };

    [TestMethod]
    public async Task TheBestOfSeveralRecommendersIsFoundAndCanBeTrainedOnAll()
    {
        var rows = Shop.Load(_context, Shop.TwoTastes());
        var split = InteractionSplits.Random(rows, 0.2);
        var result = await RecommenderSweep.RunAsync(_context, Options(16), split.Train, split.Test);
        Assert.IsTrue(result.Trials.All(trial => trial.State == TrialState.Completed), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        Assert.IsGreaterThan(1, result.Trials.Select(trial => trial.Parameter["algorithm"]).Distinct().Count());
        foreach (var trial in result.Trials)
        {
            string algorithm = trial.Parameter["algorithm"].AsType<string>();
            Assert.IsTrue(trial.Parameter.Keys.All(key => key == "algorithm" || key.StartsWith(algorithm + ".", StringComparison.Ordinal)), trial.Parameter.ToString());
        }
        double popularity = _context.Recommendation().EvaluateRanking(_context.Recommendation().Trainers.Popularity().Fit(split.Train), split.Test, new RankingEvaluationOptions { CutOffs = [10], BootstrapSamples = 0 }).At(10).Ndcg.Value;
        Assert.IsGreaterThan(popularity, result.Best.Metric!.Value);
        var model = RecommenderSweep.Create(_context, result.Best.Parameter).Fit(rows);
        Assert.HasCount(5, model.Recommend("3", 5));
    }

    [TestMethod]
    public async Task OneAlgorithmAloneIsSearchedAndUnknownOnesAreNamed()
    {
        var split = InteractionSplits.Random(Shop.Load(_context, Shop.TwoTastes()), 0.2);
        var result = await RecommenderSweep.RunAsync(_context, Options(5), split.Train, split.Test, ["ease"]);
        Assert.IsTrue(result.Trials.All(trial => trial.Parameter["algorithm"].AsType<string>() == "ease"));
        Assert.Contains("no algorithm 'als' to search; there are ease,", Assert.ThrowsExactly<ArgumentException>(() => RecommenderSweep.Configure(Options(1), "als")).Message);
    }

    [TestMethod]
    public async Task TextClassifiersAreSearched()
    {
        string[] kinds = ["lamp", "desk", "chair"];
        var rows = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 240).Select(i => new Ticket { Text = $"my {kinds[i % 3]} number {i * 37 % 101} is {(i % 5 == 0 ? "broken" : "late")}", Label = kinds[i % 3] }));
        var split = _context.Data.TrainTestSplit(rows, 0.2, seed: 1);
        var result = await LinearTextSweep.RunAsync(_context, Options(6), split.TrainSet, split.TestSet, options => options.NumberOfThreads = 1);
        Assert.IsTrue(result.Trials.All(trial => trial.State == TrialState.Completed), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        Assert.AreEqual(1.0, result.Best.Metric);
        Assert.HasCount(1, LinearTextSweep.Create(result.Best.Parameter).Costs);
    }

    private sealed class Ticket
    {
        public string Text { get; set; } = "";
        public string Label { get; set; } = "";
    }
}
