using MLPipelines.Training;

namespace MLPipelines.Tests.Training.Loop;

/// <summary>Which examples make up each batch and micro-batch.</summary>
[TestClass]
public sealed class BatchPlanTests
{
    [TestMethod]
    [DataRow(1, 1, 1)]
    [DataRow(7, 3, 50)]
    [DataRow(100, 8, 50)]
    [DataRow(101, 8, 4)]
    [DataRow(96, 8, 3)]
    public void EveryExampleIsVisitedOnceAnEpoch(int examples, int batchSize, int buckets)
    {
        using var task = new LengthsTask(examples);
        var plan = new BatchPlan(task, new TrainingOptions { BatchSize = batchSize, LengthBuckets = buckets });
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var seen = new List<int>();
            for (long batch = 0; batch < plan.BatchesPerEpoch; batch++)
            {
                var part = plan.Batch(epoch, batch);
                Assert.IsLessThanOrEqualTo(batchSize, part.Length);
                seen.AddRange(part);
            }
            CollectionAssert.AreEqual(Enumerable.Range(0, examples).ToArray(), seen.Order().ToArray());
        }
    }

    [TestMethod]
    public void TheOrderDependsOnSeedAndEpochAlone()
    {
        using var task = new LengthsTask(200);
        int[] Batches(int seed, int epoch)
        {
            var plan = new BatchPlan(task, new TrainingOptions { BatchSize = 16, Seed = seed });
            // A resumed run begins anywhere.
            plan.Batch(epoch + 1, 3);
            return [.. Enumerable.Range(0, (int)plan.BatchesPerEpoch).SelectMany(batch => plan.Batch(epoch, batch).ToArray())];
        }
        CollectionAssert.AreEqual(Batches(1, 0), Batches(1, 0));
        CollectionAssert.AreNotEqual(Batches(1, 0), Batches(1, 1));
        CollectionAssert.AreNotEqual(Batches(1, 0), Batches(2, 0));
    }

    [TestMethod]
    public void BucketsTakeMostOfThePaddingAway()
    {
        using var task = new LengthsTask(2000);
        double Padding(int buckets)
        {
            var plan = new BatchPlan(task, new TrainingOptions { BatchSize = 16, LengthBuckets = buckets });
            long real = 0, padded = 0;
            for (long batch = 0; batch < plan.BatchesPerEpoch; batch++)
            {
                int[] lengths = [.. plan.Batch(0, batch).ToArray().Select(task.LengthOf)];
                real += lengths.Sum();
                padded += (long)lengths.Max() * lengths.Length;
            }
            return 1 - real / (double)padded;
        }
        Assert.IsGreaterThan(0.3, Padding(1));
        Assert.IsLessThan(0.05, Padding(50));
    }

    [TestMethod]
    public void MicroBatchesKeepToTheTokenBudget()
    {
        using var task = new LengthsTask(64);
        var options = new TrainingOptions { BatchSize = 64 };
        var plan = new BatchPlan(task, options);
        var context = new TrainingContext(TorchSharp.torch.CPU, TorchSharp.torch.ScalarType.Float32, padToMultipleOf: 8);
        int[] batch = plan.Batch(0, 0).ToArray();
        var parts = plan.Split(batch, maximumTokens: 200, least: 1, context);
        CollectionAssert.AreEquivalent(batch, parts.SelectMany(part => part).ToArray());
        foreach (var part in parts)
        {
            int padded = context.PaddedLength(part.Max(task.LengthOf));
            Assert.AreEqual(0, padded % 8);
            Assert.IsTrue(part.Length == 1 || part.Length * padded <= 200, $"{part.Length} x {padded}");
        }
        Assert.HasCount(1, plan.Split(batch, int.MaxValue, least: 1, context));
        Assert.HasCount(64, plan.Split(batch, 1, least: 1, context));
        Assert.HasCount(4, plan.Split(batch, int.MaxValue, least: 4, context));
        Assert.HasCount(2, plan.Split(batch.AsSpan(0, 2), int.MaxValue, least: 5, context));
    }

    [TestMethod]
    public void ACurriculumGoesFromEasyToHardAndThenAtRandom()
    {
        using var task = new LengthsTask(100);
        foreach (var curriculum in new[] { TrainingCurriculum.ShortToLong, TrainingCurriculum.EasyToHard })
        {
            var plan = new BatchPlan(task, new TrainingOptions { BatchSize = 10, Curriculum = curriculum, CurriculumEpochs = 2 });
            Func<int, double> key = curriculum == TrainingCurriculum.ShortToLong ? example => task.LengthOf(example) : task.DifficultyOf;
            for (int epoch = 0; epoch < 3; epoch++)
            {
                double[] keys = [.. Enumerable.Range(0, 10).SelectMany(batch => plan.Batch(epoch, batch).ToArray()).Select(key)];
                Assert.AreEqual(epoch < 2, keys.SequenceEqual(keys.Order()));
            }
        }
    }

    [TestMethod]
    public void WithoutShufflingExamplesComeInTheirOwnOrder()
    {
        using var task = new LengthsTask(10);
        var plan = new BatchPlan(task, new TrainingOptions { BatchSize = 4, Shuffle = false });
        CollectionAssert.AreEqual(new[] { 4, 5, 6, 7 }, plan.Batch(2, 1).ToArray());
        var context = new TrainingContext(TorchSharp.torch.CPU, TorchSharp.torch.ScalarType.Float32, padToMultipleOf: 1);
        CollectionAssert.AreEqual(new[] { 4, 5, 6, 7 }, plan.Split(plan.Batch(0, 1), int.MaxValue, 2, context).SelectMany(part => part).ToArray());
    }

    [TestMethod]
    public void AnExampleWithoutTokensIsRefused()
    {
        using var task = new LengthsTask(10, shortest: 0);
        Assert.Contains("length of 0", Assert.ThrowsExactly<TrainingException>(() => new BatchPlan(task, new TrainingOptions())).Message);
    }

    /// <summary>Examples of many lengths, and nothing to learn.</summary>
    private sealed class LengthsTask(int examples, int shortest = 1) : TrainingTask
    {
        private readonly int[] _lengths = Lengths(examples, shortest);

        public override TorchSharp.torch.nn.Module Module => throw new InvalidOperationException("Batches need no module.");

        public override int ExampleCount => _lengths.Length;

        public override int LengthOf(int example) => _lengths[example];

        public override double DifficultyOf(int example) => Math.Sin(example);

        public override MicroBatchLoss Loss(int[] examples, TrainingContext context) => throw new InvalidOperationException("Batches need no loss.");

        private static int[] Lengths(int examples, int shortest)
        {
            var random = new Random(3);
            return [.. Enumerable.Range(0, examples).Select(i => i == 0 ? shortest : shortest + (int)Math.Exp(random.NextDouble() * 4.5))];
        }
    }
}
