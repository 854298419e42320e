using MLPipelines.Text.Encoders;
using MLPipelines.Training;
using MLPipelines.Training.Checkpoints;
using TorchSharp;

namespace MLPipelines.Tests.Training.Parity;

/// <summary>Fine-tuning follows the trajectories that the Python library transformers and torch.optim.AdamW took, step by step.</summary>
[TestClass]
[DoNotParallelize]
public sealed class TrajectoryParityTests
{
    private const double LossTolerance = 1e-5, NormTolerance = 1e-4, LogitTolerance = 1e-4, WeightTolerance = 1e-4;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [TestCategory("Parity")]
    public void EveryRecordedRunIsFollowedStepByStep()
    {
        int runs = 0;
        foreach (var trajectory in RecordedTrajectory.All())
        {
            using var task = new TrajectoryTask(trajectory);
            var reports = new List<TrainingProgress>();
            var options = trajectory.Options();
            options.Progress = new Reports(reports);
            Trainer.Train(task, options);
            Assert.HasCount(trajectory.Steps.Length, reports, trajectory.ToString());
            for (int i = 0; i < reports.Count; i++)
                CompareStep(trajectory, i, reports[i], task.MicroLosses);
            CompareLogits(trajectory, task);
            CompareWeights(trajectory, task);
            runs++;
            TestContext.WriteLine(trajectory.ToString());
        }
        Assert.IsGreaterThan(0, runs, $"There are no recorded trajectories in '{ParityFixtures.Root}'.");
    }

    [TestMethod]
    [TestCategory("Parity")]
    public void TheFirstGradientsAreTheRecordedOnes()
    {
        int compared = 0;
        foreach (var trajectory in RecordedTrajectory.All().DistinctBy(trajectory => trajectory.Folder))
        {
            string file = Path.Combine(trajectory.Folder, "grads_step0.safetensors");
            if (!File.Exists(file))
                continue;
            using var task = new TrajectoryTask(trajectory);
            using var gradients = Checkpoint.OpenSafetensors(file);
            using var scope = torch.NewDisposeScope();
            task.Module.train();
            task.Loss([0], new TrainingContext(torch.CPU, torch.ScalarType.Float32, 1)).Loss.backward();
            var parameters = task.Module.named_parameters().ToDictionary(pair => pair.Item1, pair => pair.Item2);
            foreach (var (name, expected) in gradients.Tensors)
            {
                CompareAll(expected.ToFloats(), parameters[name].grad!.data<float>().ToArray(), 1e-5, $"{trajectory.Folder} {name}");
                compared++;
            }
        }
        Assert.IsGreaterThan(0, compared);
    }

    private static void CompareStep(RecordedTrajectory trajectory, int index, TrainingProgress report, List<float> microLosses)
    {
        var expected = trajectory.Steps[index];
        string place = $"{trajectory} step {index}";
        Assert.AreEqual(expected.LearningRate, report.LearningRate, 1e-7 * Math.Max(1e-3, expected.LearningRate), place);
        Assert.AreEqual(expected.Loss, report.Loss, LossTolerance, place);
        Assert.AreEqual(expected.GradientNorm, report.GradientNorm, NormTolerance * expected.GradientNorm, place);
        for (int i = 0; i < expected.MicroLosses.Length; i++)
            Assert.AreEqual(expected.MicroLosses[i], microLosses[index * trajectory.Accumulation + i], LossTolerance, place);
    }

    private static void CompareLogits(RecordedTrajectory trajectory, TrajectoryTask task)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        double[][][] expected = trajectory.FinalLogits;
        for (int batch = 0; batch < expected.Length; batch++)
        {
            float[] logits = task.Logits(trajectory.Batches[batch]).data<float>().ToArray();
            CompareAll([.. expected[batch].SelectMany(row => row).Select(value => (float)value)], logits, LogitTolerance, $"{trajectory} logits of batch {batch}");
        }
    }

    private static void CompareWeights(RecordedTrajectory trajectory, TrajectoryTask task)
    {
        var weights = task.Module.named_parameters().ToDictionary(pair => pair.Item1, pair => pair.Item2.detach().data<float>().ToArray());
        var unstable = trajectory.Unstable;
        bool Compares(string name) => !unstable.Contains(name) && !name.EndsWith("attention.self.key.bias", StringComparison.Ordinal);
        foreach (var (name, sum, absoluteSum, norm, first, last) in trajectory.FinalChecksums.Where(entry => Compares(entry.Name)))
        {
            string place = $"{trajectory} {name}";
            float[] actual = weights[name];
            CompareAll([.. first.Select(value => (float)value)], actual[..first.Length], WeightTolerance, place);
            CompareAll([.. last.Select(value => (float)value)], actual[^last.Length..], WeightTolerance, place);
            // What errors within the tolerance can come to, if they do not all point the same way.
            double tolerance = WeightTolerance * Math.Sqrt(actual.Length) + 1e-6 * absoluteSum;
            Assert.AreEqual(sum, actual.Sum(value => (double)value), tolerance, place);
            Assert.AreEqual(absoluteSum, actual.Sum(value => Math.Abs((double)value)), tolerance, place);
            Assert.AreEqual(norm, Math.Sqrt(actual.Sum(value => (double)value * value)), tolerance, place);
        }
        if (trajectory.FinalWeightsFile is not { } file)
            return;
        using var expected = Checkpoint.OpenSafetensors(file);
        foreach (var (name, tensor) in expected.Tensors.Where(entry => Compares(entry.Key)))
            CompareAll(tensor.ToFloats(), weights[name], WeightTolerance, $"{trajectory} {name}");
    }

    private static void CompareAll(float[] expected, float[] actual, double tolerance, string place)
    {
        Assert.HasCount(expected.Length, actual, place);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - actual[i]) <= tolerance))
                Assert.Fail($"{place}: element {i} is {actual[i]} instead of {expected[i]}");
        }
    }

    private sealed class Reports(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }

    /// <summary>A classifier on recorded batches; each example is a whole micro-batch.</summary>
    private sealed class TrajectoryTask(RecordedTrajectory trajectory) : TrainingTask
    {
        private readonly SequenceClassifier _model = EncoderModels.LoadSequenceClassifier(EncoderFiles.InFolder(Path.Combine(trajectory.Folder, "initial"))).Model;

        public List<float> MicroLosses { get; } = [];

        public override torch.nn.Module Module => _model;

        public override int ExampleCount => trajectory.Steps.Length * trajectory.Accumulation;

        public override int LengthOf(int example) => BatchOf(example).Length;

        public override bool Decays(string parameterName) => !trajectory.NoDecay.Any(part => parameterName.Contains(part, StringComparison.Ordinal));

        public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
        {
            var batch = BatchOf(examples.Single());
            var logits = Logits(batch);
            var loss = batch.Labels is { } labels
                ? EncoderLosses.Sequences(logits, torch.tensor(labels), EncoderProblemType.SingleLabel)
                : EncoderLosses.Sequences(logits, torch.tensor(batch.MultiLabels!, [batch.Rows, batch.MultiLabels!.Length / batch.Rows]), EncoderProblemType.MultiLabel);
            MicroLosses.Add(loss.item<float>());
            return new MicroBatchLoss(loss, 1);
        }

        public torch.Tensor Logits(RecordedBatch batch)
        {
            long[] shape = [batch.Rows, batch.Length];
            return _model.forward(new EncoderInput(
                torch.tensor(batch.InputIds, shape), torch.tensor(batch.AttentionMask, shape), batch.TokenTypeIds is { } types ? torch.tensor(types, shape) : null));
        }

        protected override void Dispose(bool disposing) => _model.Dispose();

        private RecordedBatch BatchOf(int example) => trajectory.Batches[example % trajectory.Batches.Length];
    }
}
