using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Recommendation;
using MLPipelines.Tests.Runtime.Torch;
using MLPipelines.Training.Checkpoints;
using TorchSharp;

namespace MLPipelines.Tests.Recommendation;

[TestClass]
public sealed class NeuralCfTests : TorchTests
{
    private readonly MLContext _context = new(1);

    public TestContext TestContext { get; set; } = null!;

    private static NeuralCfOptions Small(NeuralCfNetwork network = NeuralCfNetwork.NeuMF) => new()
    {
        Network = network, EmbeddingDimension = 8, HiddenLayers = [16, 8], LearningRate = 0.01, BatchSize = 64, Epochs = 20, Device = "cpu", NumberOfThreads = 1,
    };

    private RecommenderTransformer Fit(NeuralCfOptions options, int users = 80) => _context.Recommendation().Trainers.NeuralCf(options).Fit(Shop.Load(_context, Shop.TwoTastes(users)));

    /// <summary>How many of a list are of the taste of even users.</summary>
    private static int Even(IEnumerable<RecommendedItem> list) => list.Count(item => int.Parse(item.ItemId, System.Globalization.CultureInfo.InvariantCulture) < 20);

    [TestMethod]
    [DataRow(NeuralCfNetwork.NeuMF)]
    [DataRow(NeuralCfNetwork.Gmf)]
    [DataRow(NeuralCfNetwork.Mlp)]
    public void UsersGetItemsOfTheirTasteSoDoNewOnesAndSimilarOnesShareIt(NeuralCfNetwork network)
    {
        var model = Fit(Small(network));
        Assert.AreEqual("neural-cf", model.Algorithm);
        Assert.IsGreaterThanOrEqualTo(8, Even(model.Recommend("6", 10)));
        Assert.IsLessThanOrEqualTo(2, Even(model.Recommend("7", 10)));
        Assert.IsGreaterThanOrEqualTo(8, Even(model.Recommend([new TasteItem("1"), new TasteItem("4"), new TasteItem("11")], 10)));
        Assert.IsLessThanOrEqualTo(2, Even(model.Recommend([new TasteItem("21"), new TasteItem("34", 3)], 10)));
        Assert.IsGreaterThanOrEqualTo(8, Even(model.SimilarItems("3", 10)));
        Assert.IsGreaterThanOrEqualTo(8, model.SimilarUsers("8", 10).Count(user => int.Parse(user.UserId, System.Globalization.CultureInfo.InvariantCulture) % 2 == 0));
        var why = model.Explain("6", model.Recommend("6", 1)[0].ItemId);
        Assert.IsNotEmpty(why.Because);
        Assert.AreEqual(model.Recommend("6", 1)[0].Score, why.Score);
    }

    [TestMethod]
    [DataRow(NeuralCfNetwork.NeuMF)]
    [DataRow(NeuralCfNetwork.Gmf)]
    [DataRow(NeuralCfNetwork.Mlp)]
    public void ManagedScoresAreThoseOfLibTorchAndTheSameForOneItemAsForAll(NeuralCfNetwork network)
    {
        var options = Small(network);
        (options.EmbeddingDimension, options.HiddenLayers) = (13, [37, 16, 5]);
        const int users = 7, items = 211;
        var weights = NeuralCfWeights.Random(options, users, items);
        foreach (var table in new[] { weights.UserGmf, weights.ItemGmf, weights.UserMlp, weights.ItemMlp })
        {
            for (int i = 0; i < table?.Length; i++)
                table[i] *= 60;
        }
        foreach (var layer in weights.Hidden)
        {
            for (int i = 0; i < layer.Bias.Length; i++)
                layer.Bias[i] = 0.1f * (i % 3 - 1);
        }
        using var module = new NeuralCfModule(weights, 0);
        module.eval();
        var model = new NeuralCfModel(Everyone(users, items), weights);
        var scores = new float[items];
        for (int user = 0; user < users; user++)
        {
            var expected = Floats(module.forward(torch.full([items], user, torch.ScalarType.Int64), torch.arange(items, dtype: torch.ScalarType.Int64)).detach());
            var history = new UserHistory(user, new[] { 0 }, default);
            model.Score(history, scores);
            for (int item = 0; item < items; item++)
            {
                Assert.AreEqual(expected[item], scores[item], 1e-4f);
                Assert.AreEqual(scores[item], model.Score(history, item));
            }
        }
    }

    [TestMethod]
    public void ABatchGivesWhatSingleCallsGive()
    {
        var model = Fit(Small());
        var lists = model.RecommendBatch(model.Users, 5);
        for (int i = 0; i < lists.Length; i++)
            CollectionAssert.AreEqual(model.Recommend(model.Users[i], 5).ToArray(), lists[i].ToArray());
    }

    [TestMethod]
    public void ValidationIsHeldOutAndStopsTheTraining()
    {
        var reports = new List<RecommenderProgress>();
        var options = Small();
        (options.ValidationFraction, options.EarlyStoppingPatience, options.Epochs, options.Progress) = (0.2, 2, 100, new Collecting(reports));
        var model = Fit(options);
        Assert.IsLessThan(100, reports.Count);
        Assert.IsGreaterThan(3, reports.Count);
        double best = reports.Max(report => report.ValidationNdcg!.Value);
        Assert.IsGreaterThan(0.2, best);
        Assert.AreEqual(best, reports[^3].ValidationNdcg!.Value, "The best epoch is two before the last.");
        Assert.IsTrue(reports.All(report => report.ValidationHitRate is >= 0 and <= 1 && report.Iterations == 100 && report.Loss is > 0));
        // What was held out still counts as seen.
        Assert.IsEmpty(model.Recommend("6", 40).Select(item => item.ItemId).Intersect(Shop.TwoTastes().Where(row => row.UserId == "6").Select(row => row.ItemId)));
    }

    [TestMethod]
    public void TheSplitHoldsOutSomeOfEachUserAndLeavesHimOne()
    {
        var data = Everyone(5, 10);
        var (train, held) = NeuralCfSplit.Of(data, new NeuralCfOptions { ValidationFraction = 0.2 });
        Assert.HasCount(10, held!);
        Assert.HasCount(50, train.Concat(held!).Distinct());
        Assert.IsNull(NeuralCfSplit.Of(Everyone(5, 1), new NeuralCfOptions { ValidationFraction = 0.5 }).Held);
    }

    [TestMethod]
    public void AResumedTrainingEndsAsAnUninterruptedOne()
    {
        using var folder = new TemporaryFolder();
        var whole = Fit(Small());
        var options = Small();
        using var stop = new CancellationTokenSource();
        (options.CheckpointFolder, options.CancellationToken, options.Progress) = (folder.Path, stop.Token, new Acting(report =>
        {
            if (report.Iteration == 7)
                stop.Cancel();
        }));
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(options));
        (options.Resume, options.CancellationToken, options.Progress) = (true, default, null);
        var resumed = Fit(options);
        foreach (var user in whole.Users.Take(5))
            CollectionAssert.AreEqual(whole.Recommend(user, 10).ToArray(), resumed.Recommend(user, 10).ToArray());
    }

    [TestMethod]
    public void OddDataIsLearntFromWithoutNumbersThatAreNone()
    {
        // A user who has everything, one user alone, weights far apart, a user with one item.
        Shop.Row[] rows = [.. Enumerable.Range(0, 6).Select(i => Shop.Did("all", $"{i}", 1000)), Shop.Did("one", "2", 0.001f)];
        var options = Small();
        options.WeightColumnName = "Weight";
        var model = _context.Recommendation().Trainers.NeuralCf(options).Fit(Shop.Load(_context, rows));
        Assert.IsTrue(model.Transform(Shop.Load(_context, rows)).GetColumn<float>("Score").All(float.IsFinite));
        Assert.IsEmpty(model.Recommend("all", 5));
        Assert.HasCount(5, model.Recommend("one", 10));
        Assert.AreEqual("popularity", model.Recommend("nobody", 1)[0].Source);
        var single = _context.Recommendation().Trainers.NeuralCf(Small()).Fit(Shop.Load(_context, Shop.Did("u", "i")));
        Assert.IsTrue(float.IsFinite(single.Score("u", "i")));
    }

    [TestMethod]
    public async Task ADamagedNetworkIsRefused()
    {
        var model = Fit(Small());
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "network.safetensors");
        using (var file = File.Create(path))
            SafetensorsWriter.Write(file, ((NeuralCfModel)model.Model).Weights.ToTensors());
        using (var checkpoint = Checkpoint.OpenSafetensors(path))
        {
            Assert.IsTrue(NeuralCfWeights.From(checkpoint, 80, 40).IsFinite);
            Assert.Contains("user_gmf.weight", Assert.ThrowsExactly<CheckpointException>(() => NeuralCfWeights.From(checkpoint, 81, 40)).Message);
            var without = checkpoint.Tensors.Values.Where(tensor => tensor.Name != "layer_1.bias").Select(tensor => new TensorToWrite(tensor)).ToArray();
            await using var file = File.Create(path + ".part");
            SafetensorsWriter.Write(file, without);
        }
        using var part = Checkpoint.OpenSafetensors(path + ".part");
        Assert.Contains("layer_1.bias", Assert.ThrowsExactly<CheckpointException>(() => NeuralCfWeights.From(part, 80, 40)).Message);
    }

    [TestMethod]
    public void OptionsOutOfRangeAreAllNamed()
    {
        var message = Assert.ThrowsExactly<ArgumentException>(() => Fit(new NeuralCfOptions
        {
            EmbeddingDimension = 0, HiddenLayers = [], Dropout = 1, NegativeRatio = 0, LearningRate = 0, WeightDecay = 2, BatchSize = 0, Epochs = 0, ValidationFraction = 0.6, EarlyStoppingPatience = 0,
            Device = "gpu", Resume = true, Network = (NeuralCfNetwork)9,
        })).Message;
        foreach (var name in new[]
        {
            "EmbeddingDimension", "HiddenLayers", "Dropout", "NegativeRatio", "LearningRate", "WeightDecay", "BatchSize", "Epochs", "ValidationFraction", "EarlyStoppingPatience", "Device", "Resume", "Network",
        })
        {
            Assert.Contains(name, message);
        }
    }

    private static InteractionMatrix Everyone(int users, int items) => new(
        new IdTable([.. Enumerable.Range(0, users).Select(i => $"{i}")]),
        new IdTable([.. Enumerable.Range(0, items).Select(i => $"{i}")]),
        [.. Enumerable.Range(0, users + 1).Select(i => i * items)],
        [.. Enumerable.Range(0, users * items).Select(i => i % items)],
        null,
        null);

    private sealed class Collecting(List<RecommenderProgress> reports) : IProgress<RecommenderProgress>
    {
        public void Report(RecommenderProgress value) => reports.Add(value);
    }

    private sealed class Acting(Action<RecommenderProgress> act) : IProgress<RecommenderProgress>
    {
        public void Report(RecommenderProgress value) => act(value);
    }
}
