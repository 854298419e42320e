using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Tests.Recommendation;

[TestClass]
public sealed class ImplicitAlsTests
{
    private readonly MLContext _context = new(1);

    private RecommendationCatalog.RecommendationTrainers Trainers => _context.Recommendation().Trainers;

    /// <summary>Interactions of very different weights; users of few and of many items.</summary>
    private static Shop.Row[] Weighted(int users = 60) => [.. Shop.TwoTastes(users).Select((row, i) => Shop.Did(row.UserId, row.ItemId, 0.25f + i % 7)), .. Enumerable.Range(0, 40).Select(item => Shop.Did("all", $"{item}"))];

    [TestMethod]
    [DataRow(16, AlsSolver.Cholesky, 5)]
    [DataRow(8, AlsSolver.Cholesky, 5)]
    [DataRow(4, AlsSolver.Cholesky, 5)]
    [DataRow(16, AlsSolver.Cholesky, 64)]
    [DataRow(8, AlsSolver.Cholesky, 39)]
    [DataRow(4, AlsSolver.Cholesky, 23)]
    [DataRow(16, AlsSolver.Cholesky, 83)]
    [DataRow(16, AlsSolver.ConjugateGradient, 5)]
    [DataRow(8, AlsSolver.ConjugateGradient, 39)]
    [DataRow(4, AlsSolver.ConjugateGradient, 23)]
    [DataRow(16, AlsSolver.ConjugateGradient, 83)]
    public void EachRowSolvesItsSystemWithRegistersOfEveryWidth(int width, AlsSolver solver, int factors)
    {
        foreach (var objective in Enum.GetValues<AlsObjective>())
        {
            var options = new ImplicitAlsOptions
            {
                WeightColumnName = "Weight", Factors = factors, Solver = solver, Objective = objective, UnobservedWeight = 0.3f, Alpha = 1.7f, Regularization = 0.02f, RegularizationExponent = 0.8f, InitialDeviation = 2,
            };
            var data = InteractionReader.Read(Shop.Load(_context, Weighted()), options);
            var trainer = new AlsTrainer(data, options, width);
            trainer.Finish();
            for (int user = 0; user < data.Users.Count; user++)
            {
                // The gradient of the objective at the solution, in double precision.
                var gradient = new double[factors];
                double[] x = [.. trainer.Users[user].ToArray().Select(value => (double)value)];
                double weights = 0, scale = 0;
                for (int item = 0; item < data.Items.Count; item++)
                {
                    int place = data.Of(user).BinarySearch(item);
                    double weight = place < 0 ? 0 : 1.7 * data.Weight(data.Starts[user] + place);
                    weights += weight;
                    double score = Dot(x, trainer.Items[item]);
                    double slope = 0.3 * score + weight * (score - 1) - (objective == AlsObjective.HuKorenVolinsky && place >= 0 ? 0.3 : 0);
                    for (int f = 0; f < factors; f++)
                    {
                        gradient[f] += slope * trainer.Items[item][f];
                        scale += Math.Abs(slope * trainer.Items[item][f]) / factors;
                    }
                }
                double ridge = 0.02 * Math.Pow(weights + 0.3 * data.Items.Count, 0.8);
                for (int f = 0; f < factors; f++)
                    Assert.AreEqual(0, (gradient[f] + ridge * x[f]) / scale, solver == AlsSolver.Cholesky ? 2e-4 : 1e-3, $"user {user}, factor {f}");
            }
        }
    }

    [TestMethod]
    public void ConjugateGradientsComeToWhereExactSolvesDo()
    {
        var data = Shop.Load(_context, Weighted());
        var exact = Trainers.ImplicitAls(new() { WeightColumnName = "Weight", Factors = 8, Iterations = 60, Solver = AlsSolver.Cholesky, Regularization = 0.001f }).Fit(data);
        var stepwise = Trainers.ImplicitAls(new() { WeightColumnName = "Weight", Factors = 8, Iterations = 60, Solver = AlsSolver.ConjugateGradient, Regularization = 0.001f }).Fit(data);
        Assert.AreEqual(Loss(exact), Loss(stepwise), 0.01 * Loss(exact));
    }

    [TestMethod]
    public void EachIterationLowersTheLossAndReportsProgress()
    {
        var data = Shop.Load(_context, Weighted());
        double last = double.PositiveInfinity;
        foreach (int iterations in new[] { 1, 2, 4, 8 })
        {
            var reports = new Reports();
            double loss = Loss(Trainers.ImplicitAls(new() { WeightColumnName = "Weight", Factors = 8, Iterations = iterations, Regularization = 0.001f, Progress = reports }).Fit(data));
            Assert.IsLessThan(last, loss);
            Assert.IsTrue(reports.All.Select(report => report.Iteration).SequenceEqual(Enumerable.Range(1, iterations)) && reports.All.TrueForAll(report => report.Iterations == iterations));
            last = loss;
        }
    }

    [TestMethod]
    [DataRow(AlsSolver.Cholesky)]
    [DataRow(AlsSolver.ConjugateGradient)]
    public void AUserFoldedInGetsWhatHeGetsAsOneTrainedOn(AlsSolver solver)
    {
        var model = Trainers.ImplicitAls(new() { WeightColumnName = "Weight", Factors = 20, Solver = solver }).Fit(Shop.Load(_context, Weighted()));
        foreach (var user in model.Users)
        {
            int place = model.Model.Data.Users.Find(user);
            var history = model.Model.Data.History(place);
            var stranger = Enumerable.Range(0, history.Items.Length).Select(i => new TasteItem(model.Items[history.Items.Span[i]], history.Weight(i)));
            CollectionAssert.AreEqual(model.Recommend(user, 10).ToArray(), model.Recommend(stranger, 10).ToArray());
        }
        var batch = model.RecommendBatch([.. model.Users], 7);
        for (int i = 0; i < batch.Length; i++)
            CollectionAssert.AreEqual(model.Recommend(model.Users[i], 7).ToArray(), batch[i].ToArray());
    }

    [TestMethod]
    [DataRow(AlsSolver.Cholesky, AlsObjective.Ials)]
    [DataRow(AlsSolver.ConjugateGradient, AlsObjective.HuKorenVolinsky)]
    public void SharesOfAnExplanationAddUpToTheScore(AlsSolver solver, AlsObjective objective)
    {
        var model = Trainers.ImplicitAls(new() { WeightColumnName = "Weight", Factors = 20, Solver = solver, Objective = objective }).Fit(Shop.Load(_context, Weighted())).Model;
        var shares = new float[model.Data.Degree(3)];
        for (int item = 0; item < model.ItemCount; item++)
        {
            model.Contributions(model.Data.History(3), item, shares);
            Assert.AreEqual(model.Score(model.Data.History(3), item), shares.Sum(), 1e-3f);
        }
    }

    [TestMethod]
    public void LearnsTastesFoldsInAndExplains()
    {
        var split = InteractionSplits.Random(Shop.Load(_context, Shop.TwoTastes(200)), 0.25);
        var popular = _context.Recommendation().EvaluateRanking(Trainers.Popularity().Fit(split.Train), split.Test);
        foreach (var options in new ImplicitAlsOptions[]
        {
            new() { Factors = 8 }, new() { Factors = 8, Solver = AlsSolver.Cholesky, Regularization = 0.01f }, new() { Factors = 8, Objective = AlsObjective.HuKorenVolinsky, UnobservedWeight = 1, Alpha = 5, RegularizationExponent = 0, Regularization = 5 },
        })
        {
            var model = Trainers.ImplicitAls(options).Fit(split.Train);
            Assert.IsGreaterThan(popular.At(10).Ndcg.High, _context.Recommendation().EvaluateRanking(model, split.Test).At(10).Ndcg.Value);
            Assert.IsLessThanOrEqualTo(1, model.Recommend([new TasteItem("1"), new TasteItem("2"), new TasteItem("3"), new TasteItem("5")], 10).Count(item => int.Parse(item.ItemId) >= 20));
            Assert.IsLessThan(20, int.Parse(model.SimilarItems("4", 1)[0].ItemId));
            Assert.AreEqual(0, model.SimilarUsers("0", 10).Count(other => int.Parse(other.UserId) % 2 == 1));
            Assert.AreEqual("popularity", model.Recommend("nobody", 1)[0].Source);
            Assert.IsNotEmpty(model.Explain("0", model.Recommend("0", 1)[0].ItemId).Because);
        }
    }

    [TestMethod]
    public void EveryNumberOfThreadsGivesTheSame()
    {
        var data = Shop.Load(_context, Weighted(400));
        foreach (var solver in Enum.GetValues<AlsSolver>())
        {
            float[] Scores(int threads) => [.. Trainers.ImplicitAls(new() { WeightColumnName = "Weight", Factors = 12, Solver = solver, NumberOfThreads = threads }).Fit(data).Transform(data).GetColumn<float>("Score")];
            CollectionAssert.AreEqual(Scores(1), Scores(4));
        }
    }

    [TestMethod]
    public void ScoresAreThoseOfTheFactorsWithRegistersOfEveryWidth()
    {
        var random = new SplitMix64(5);
        foreach (int factors in new[] { 1, 16, 37 })
        {
            FactorMatrix items = new(531, factors), users = new(5, factors);
            foreach (var matrix in new[] { items, users })
            {
                for (int row = 0; row < matrix.Rows; row++)
                {
                    foreach (ref float value in matrix[row])
                        value = random.NextNormal();
                }
            }
            foreach (int width in new[] { 4, 8, 16 })
            {
                var scores = new float[5 * 531];
                unsafe
                {
                    FactorScores.Score(items, users.Start, 5, scores, width);
                }
                for (int i = 0; i < scores.Length; i++)
                    Assert.AreEqual(Dot([.. users[i / 531].ToArray().Select(value => (double)value)], items[i % 531]), scores[i], 1e-4);
            }
        }
    }

    [TestMethod]
    public void WeightsBeyondAllMeasureGiveNumbersOrAnError()
    {
        foreach (float weight in new[] { 1e-30f, 1e6f, 1e20f, 3e38f })
        {
            var data = Shop.Load(_context, Shop.TwoTastes(20).Select((row, i) => Shop.Did(row.UserId, row.ItemId, i % 3 == 0 ? weight : 1)));
            foreach (var solver in Enum.GetValues<AlsSolver>())
            {
                try
                {
                    var model = Trainers.ImplicitAls(new() { WeightColumnName = "Weight", Factors = 8, Solver = solver }).Fit(data);
                    Assert.IsTrue(model.Transform(data).GetColumn<float>("Score").All(float.IsFinite), $"{weight} {solver}");
                }
                catch (InvalidOperationException e)
                {
                    Assert.Contains("diverged", e.Message);
                }
            }
        }
    }

    [TestMethod]
    public void OneUserAndOneItemAreEnough()
    {
        var model = Trainers.ImplicitAls().Fit(Shop.Load(_context, Shop.Did("a", "x"), Shop.Did("a", "x")));
        Assert.IsTrue(float.IsFinite(model.Score("a", "x")) && model.Score("a", "x") > 0.2f);
        Assert.IsEmpty(model.Recommend("a", 3));
    }

    [TestMethod]
    public void OptionsOutOfRangeAreAllNamed()
    {
        var options = new ImplicitAlsOptions
        {
            Factors = 0, Iterations = 0, UnobservedWeight = -1, Alpha = 0, Regularization = float.NaN, RegularizationExponent = 2, ConjugateGradientSteps = 0, InitialDeviation = 0, Solver = (AlsSolver)9, Objective = (AlsObjective)9,
        };
        var message = Assert.ThrowsExactly<ArgumentException>(() => Trainers.ImplicitAls(options).Fit(Shop.Load(_context, Shop.Did("a", "x")))).Message;
        foreach (var name in new[] { "Factors", "Iterations", "UnobservedWeight", "Alpha", "Regularization is", "RegularizationExponent", "ConjugateGradientSteps", "InitialDeviation", "Solver is", "Objective is" })
            Assert.Contains(name, message);
    }

    [TestMethod]
    public void CancellationStopsTrainingBetweenIterations()
    {
        using var source = new CancellationTokenSource();
        var options = new ImplicitAlsOptions { Factors = 8, Iterations = 1_000_000, CancellationToken = source.Token, Progress = new Reports(report => source.Cancel()) };
        Assert.Throws<OperationCanceledException>(() => Trainers.ImplicitAls(options).Fit(Shop.Load(_context, Shop.TwoTastes())));
    }

    /// <summary>The objective with the default numbers, from all pairs, without the regularisation.</summary>
    private static double Loss(RecommenderTransformer model)
    {
        var data = model.Model.Data;
        var scores = new float[data.Items.Count];
        double loss = 0;
        for (int user = 0; user < data.Users.Count; user++)
        {
            model.Model.Score(data.History(user), scores);
            loss += new ImplicitAlsOptions().UnobservedWeight * scores.Sum(score => (double)score * score);
            for (int at = data.Starts[user]; at < data.Starts[user + 1]; at++)
                loss += data.Weight(at) * Math.Pow(scores[data.Others[at]] - 1, 2);
        }
        return loss;
    }

    private static double Dot(double[] first, ReadOnlySpan<float> second)
    {
        double sum = 0;
        for (int f = 0; f < first.Length; f++)
            sum += first[f] * second[f];
        return sum;
    }

    private sealed class Reports(Action<RecommenderProgress>? then = null) : IProgress<RecommenderProgress>
    {
        public List<RecommenderProgress> All { get; } = [];

        public void Report(RecommenderProgress value)
        {
            All.Add(value);
            then?.Invoke(value);
        }
    }
}
