using Microsoft.ML;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

[TestClass]
public sealed class RankingEvaluationTests
{
    private readonly MLContext _context = new(1);

    /// <summary>Scores: A 4, B 3, C 2, D 1, E 1; the list of "u" is without A.</summary>
    private RecommenderTransformer Model() => _context.Recommendation().Trainers.Popularity(new() { WeightColumnName = "Weight" }).Fit(Shop.Load(
        _context, Shop.Did("u", "A"), Shop.Did("v", "A", 3), Shop.Did("v", "B", 3), Shop.Did("v", "C", 2), Shop.Did("w", "D"), Shop.Did("w", "E")));

    [TestMethod]
    public void MetricsAreThoseComputedByHand()
    {
        // "u" sees B C D E and likes C and E; "w" sees A B C and likes B. Unknown and seen items do not count.
        var test = Shop.Load(_context, Shop.Did("u", "C"), Shop.Did("u", "E"), Shop.Did("u", "A"), Shop.Did("u", "unknown"), Shop.Did("w", "B"), Shop.Did("stranger", "B"));
        var report = _context.Recommendation().EvaluateRanking(Model(), test, new RankingEvaluationOptions { CutOffs = [2, 4] });
        Assert.AreEqual((2, 1), (report.Users, report.SkippedUsers));
        double log2 = Math.Log2(3), log3 = 2, log4 = Math.Log2(5);
        var two = report.At(2);
        Assert.AreEqual(0.5, two.Precision.Value, 1e-12);
        Assert.AreEqual((0.5 + 1) / 2, two.Recall.Value, 1e-12);
        Assert.AreEqual((1 / log2 / (1 + 1 / log2) + 1 / log2) / 2, two.Ndcg.Value, 1e-12);
        Assert.AreEqual((0.5 / 2 + 0.5) / 2, two.Map.Value, 1e-12);
        Assert.AreEqual(0.5, two.Mrr.Value, 1e-12);
        Assert.AreEqual(1, two.HitRate.Value, 1e-12);
        Assert.AreEqual(3 / 5.0, two.Coverage, 1e-12);
        var four = report.At(4);
        Assert.AreEqual(((1 / log2 + 1 / log4) / (1 + 1 / log2) + 1 / log2) / 2, four.Ndcg.Value, 1e-12);
        Assert.AreEqual(((0.5 + 0.5) / 2 + 0.5) / 2, four.Map.Value, 1e-12);
        Assert.AreEqual(2, log3);
        // "u": of C against B D and E against B D: 1 and 0.5 of 4; "w": 1 of 2.
        Assert.AreEqual((1.5 / 4 + 0.5) / 2, report.Auc.Value, 1e-12);
        Assert.IsTrue(two.Precision.Low <= two.Precision.Value && two.Precision.Value <= two.Precision.High);
        Assert.IsNotEmpty(report.ToString());
    }

    [TestMethod]
    public void NoveltyAndGiniAreThoseComputedByHand()
    {
        // Two users with a list of two each: "u" gets B and C, "w" gets A and B. Of three users, 2 had A, 1 had each other item.
        var test = Shop.Load(_context, Shop.Did("u", "C"), Shop.Did("w", "B"));
        var two = _context.Recommendation().EvaluateRanking(Model(), test, new RankingEvaluationOptions { CutOffs = [2] }).At(2);
        Assert.AreEqual((3 * Math.Log2(3) + Math.Log2(1.5)) / 4, two.Novelty, 1e-6);
        // Shown 0 0 1 1 2 times: the sum of (2 i - n - 1) times each, over n and all that was shown.
        Assert.AreEqual((0 * 1 + 2 * 1 + 4 * 2) / (5 * 4.0), two.Gini, 1e-12);
        Assert.AreEqual(3 / 5.0, two.Coverage, 1e-12);
        var sampled = _context.Recommendation().EvaluateRanking(Model(), test, new RankingEvaluationOptions { CutOffs = [2], SampledNegatives = 2, BootstrapSamples = 0 }).At(2);
        Assert.AreEqual(sampled.Ndcg.Value, sampled.Ndcg.Low);
    }

    [TestMethod]
    public void ListedNegativesWithEqualScoresStandAboveAndOthersAreSampled()
    {
        var test = Shop.Load(_context, Shop.Did("u", "E"));
        var listed = new Dictionary<string, IReadOnlyList<string>> { ["u"] = ["D", "B"] };
        Assert.AreEqual(0, _context.Recommendation().EvaluateRanking(Model(), test, new() { CutOffs = [2], Negatives = listed }).At(2).HitRate.Value);
        Assert.AreEqual(1 / 2.0, _context.Recommendation().EvaluateRanking(Model(), test, new() { CutOffs = [3], Negatives = listed }).At(3).Ndcg.Value, 1e-12);
        var sampled = _context.Recommendation().EvaluateRanking(Model(), test, new() { CutOffs = [1], SampledNegatives = 50 });
        Assert.AreEqual(0, sampled.At(1).HitRate.Value);
    }

    [TestMethod]
    public void SegmentsTellNewLightAndHeavyUsersApart()
    {
        var test = Shop.Load(_context, Shop.Did("u", "C"), Shop.Did("v", "D"), Shop.Did("stranger", "B"));
        var report = _context.Recommendation().EvaluateRanking(Model(), test, new() { IncludeNewUsers = true, LightUserInteractions = 1, CutOffs = [5] });
        Assert.AreEqual("new light heavy", string.Join(' ', report.Segments.Select(segment => segment.Name)));
        Assert.AreEqual(3, report.Users);
    }

    [TestMethod]
    public void NothingOfTheFutureIsTrainedOn()
    {
        var data = Shop.Load(_context, Shop.TwoTastes(40).Reverse());
        var byTime = InteractionSplits.ByTime(data, 0.3);
        Assert.IsLessThan(Times(byTime.Test).Min(), Times(byTime.Train).Max());
        var from = new DateTime(2026, 1, 6, 0, 0, 0, DateTimeKind.Utc);
        var dated = InteractionSplits.ByTime(data, from);
        Assert.IsTrue(Times(dated.Train).All(time => time < from) && Times(dated.Test).All(time => time >= from));
        var last = InteractionSplits.LeaveLastOut(data);
        var latest = Rows(last.Test).ToDictionary(row => row.UserId, row => row.Timestamp);
        Assert.HasCount(40, latest);
        Assert.IsTrue(Rows(last.Train).All(row => row.Timestamp < latest[row.UserId]));
        foreach (var split in new[] { byTime, dated, last })
            Assert.AreEqual(320, Rows(split.Train).Length + Rows(split.Test).Length);
        Assert.Contains("needs times", Assert.ThrowsExactly<InvalidOperationException>(() => InteractionSplits.LeaveLastOut(Shop.Load(_context, new Shop.Row { UserId = "a", ItemId = "x" }))).Message);
    }

    [TestMethod]
    public void HeldOutUsersAreUnknownInTrainingAndFoldedIn()
    {
        var data = Shop.Load(_context, Shop.TwoTastes(60));
        var split = InteractionSplits.HeldOutUsers(data, 0.3, 0.25);
        var trained = Rows(split.Train).Select(row => row.UserId).ToHashSet();
        Assert.IsFalse(Rows(split.Test).Concat(Rows(split.History!)).Any(row => trained.Contains(row.UserId)));
        Assert.AreEqual(480, Rows(split.Train).Length + Rows(split.Test).Length + Rows(split.History!).Length);
        var model = _context.Recommendation().Trainers.Popularity().Fit(split.Train);
        var report = _context.Recommendation().EvaluateRanking(model, split.Test, new() { History = split.History });
        Assert.AreEqual(Rows(split.Test).Select(row => row.UserId).Distinct().Count(), report.Users);
    }

    [TestMethod]
    public void ARandomSplitTakesAShareOfEachUserAndRepeats()
    {
        var data = Shop.Load(_context, Shop.TwoTastes(30).Append(Shop.Did("single", "1")));
        var split = InteractionSplits.Random(data, 0.25, seed: 5);
        Assert.IsTrue(Rows(split.Test).GroupBy(row => row.UserId).All(mine => mine.Count() == 2));
        Assert.IsTrue(Rows(split.Train).Any(row => row.UserId == "single"));
        CollectionAssert.AreEqual(Rows(split.Test).Select(row => row.ItemId).ToArray(), Rows(InteractionSplits.Random(data, 0.25, seed: 5).Test).Select(row => row.ItemId).ToArray());
    }

    [TestMethod]
    public void RowsOfAUserWithTheSameItemStayTogether()
    {
        // Everyone looks at each of his items, then buys it; the last one is bought first and looked at last.
        var data = Shop.Load(_context, Shop.TwoTastes(40).SelectMany(row => new[] { Shop.Did(row.UserId, row.ItemId, day: row.Timestamp.DayOfYear), Shop.Did(row.UserId, row.ItemId, day: row.Timestamp.DayOfYear + 20) }));
        var folded = InteractionSplits.HeldOutUsers(data, 0.3, 0.25);
        foreach (var (known, test) in new[] { Parts(InteractionSplits.LeaveLastOut(data)), Parts(InteractionSplits.Random(data, 0.25)), (Rows(folded.History!), Rows(folded.Test)) })
        {
            var pairs = known.Select(row => (row.UserId, row.ItemId)).ToHashSet();
            Assert.IsNotEmpty(test);
            Assert.IsFalse(test.Any(row => pairs.Contains((row.UserId, row.ItemId))));
            Assert.IsTrue(test.GroupBy(row => (row.UserId, row.ItemId)).All(rows => rows.Count() == 2));
        }
        var last = Parts(InteractionSplits.LeaveLastOut(data));
        Assert.IsTrue(last.Known.All(row => row.Timestamp < last.Test.Where(other => other.UserId == row.UserId).Max(other => other.Timestamp)));

        (Shop.Row[] Known, Shop.Row[] Test) Parts(InteractionSplit split) => (Rows(split.Train), Rows(split.Test));
    }

    private Shop.Row[] Rows(IDataView data) => [.. _context.Data.CreateEnumerable<Shop.Row>(data, reuseRowObject: false)];

    private DateTime[] Times(IDataView data) => [.. Rows(data).Select(row => row.Timestamp)];
}
