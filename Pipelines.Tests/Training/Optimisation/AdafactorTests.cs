using MLPipelines.Tests.Runtime.Torch;
using MLPipelines.Tests.Training.Loop;
using MLPipelines.Training;
using TorchSharp;
using TorchSharp.Modules;

namespace MLPipelines.Tests.Training.Optimisation;

/// <summary>Adafactor beside its formulas in float64, one weight at a time.</summary>
[TestClass]
[DoNotParallelize]
public sealed class AdafactorTests : TorchTests
{
    private const int Steps = 6;

    public static IEnumerable<object[]> Variants =>
    [
        ["the authors' defaults", (Action<TrainingOptions>)(_ => { })],
        ["relative steps with warm-up", (Action<TrainingOptions>)(options => options.Adafactor.WarmupInit = true)],
        ["no scaling by the weights", (Action<TrainingOptions>)(options => options.Adafactor.ScaleParameter = false)],
        ["a learning rate and schedule", (Action<TrainingOptions>)(options => (options.Adafactor.RelativeStep, options.LearningRate, options.WarmupSteps) = (false, 0.02, 2))],
        ["updates clipped hard", (Action<TrainingOptions>)(options => options.Adafactor.ClipThreshold = 0.3)],
        ["a running mean of updates", (Action<TrainingOptions>)(options => options.Adafactor.Beta1 = 0.9)],
        ["weight decay", (Action<TrainingOptions>)(options => options.WeightDecay = 0.1)],
        ["slow decay and large epsilons", (Action<TrainingOptions>)(options => (options.Adafactor.DecayRate, options.Adafactor.Epsilon, options.Adafactor.LeastScale) = (0.5, 1e-3, 0.9))],
        ["gradients clipped", (Action<TrainingOptions>)(options => options.MaximumGradientNorm = 0.5)],
        ["gradients in parts", (Action<TrainingOptions>)(options => options.AccumulationSteps = 2)],
    ];

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void WeightsFollowTheFormulas(string variant, Action<TrainingOptions> change)
    {
        using var task = new GivenGradients();
        var options = Options(change);
        var reference = new Reference(task, options);
        for (int step = 0; step < Steps; step++)
            reference.Step(step);
        Trainer.Train(task, options);
        foreach (var (name, parameter) in task.Module.named_parameters())
        {
            float[] weights = parameter.data<float>().ToArray();
            for (int i = 0; i < weights.Length; i++)
                Assert.AreEqual(reference.Weights[name][i], weights[i], 2e-6 * Math.Max(1, Math.Abs(weights[i])), $"{variant}: {name}[{i}]");
        }
    }

    [TestMethod]
    public void AMatrixOfManyPiecesIsUpdatedAsOne()
    {
        using var task = new GivenGradients(1500, 700);
        var options = Options(options => options.Adafactor.Beta1 = 0.5);
        options.MaximumSteps = 2;
        var reference = new Reference(task, options);
        reference.Step(0);
        reference.Step(1);
        Trainer.Train(task, options);
        float[] weights = task.Module.named_parameters().Single(pair => pair.name == "matrix").parameter.data<float>().ToArray();
        for (int i = 0; i < weights.Length; i += 997)
            Assert.AreEqual(reference.Weights["matrix"][i], weights[i], 1e-5 * Math.Max(1, Math.Abs(weights[i])), $"matrix[{i}]");
    }

    [TestMethod]
    [DataRow(TrainingPrecision.Float32)]
    [DataRow(TrainingPrecision.BFloat16)]
    public void ItLearns(TrainingPrecision precision)
    {
        using var task = new ToyTask();
        var result = Trainer.Train(task, TrainerTests.Options(options =>
        {
            (options.Optimiser, options.Precision, options.Epochs) = (TrainingOptimiser.Adafactor, precision, 10);
            (options.Adafactor.RelativeStep, options.LearningRate) = (false, 0.3);
        }));
        Assert.IsGreaterThan(0.9, result.Best!.Result.Metric);
    }

    [TestMethod]
    public void ACheckpointHoldsRowsAndColumnsInsteadOfMoments()
    {
        using var folder = new TemporaryFolder();
        using var task = new GivenGradients();
        Trainer.Train(task, Options(options => options.CheckpointFolder = folder.Path));
        using var checkpoint = MLPipelines.Training.Checkpoints.Checkpoint.OpenSafetensors(Path.Combine(folder.Path, "training-state.safetensors"));
        string[] expected =
        [
            "mean_squares/vector", "mean_squares_by_column/matrix", "mean_squares_by_column/matrices", "mean_squares_by_row/matrix", "mean_squares_by_row/matrices",
            "weights/matrix", "weights/matrices", "weights/vector",
        ];
        CollectionAssert.AreEquivalent(expected, checkpoint.Tensors.Keys.ToArray());
        CollectionAssert.AreEqual(new long[] { 2, 4 }, checkpoint["mean_squares_by_column/matrices"].Shape.ToArray());
    }

    private static TrainingOptions Options(Action<TrainingOptions> change)
    {
        var options = new TrainingOptions
        {
            Optimiser = TrainingOptimiser.Adafactor, Device = "cpu", Precision = TrainingPrecision.Float32, BatchSize = 2, MaximumSteps = Steps, Shuffle = false, WeightDecay = 0, MaximumGradientNorm = null,
        };
        change(options);
        options.Validate();
        return options;
    }

    /// <summary>A loss whose gradients are numbers that follow from the step.</summary>
    private sealed class GivenGradients : TrainingTask
    {
        private readonly Parameters _module;

        public GivenGradients(int rows = 5, int columns = 7) => _module = new Parameters(rows, columns);

        public override torch.nn.Module Module => _module;

        public override int ExampleCount => 2;

        public override int LengthOf(int example) => 1;

        public override bool Decays(string parameterName) => parameterName != "vector";

        public static float[] Gradient(string name, int count, long step)
        {
            var random = new Random((int)(1000 * name.Length + step));
            var values = new float[count];
            for (int i = 0; i < count; i++)
                values[i] = (float)((random.NextDouble() - 0.4) * Math.Pow(10, random.Next(-3, 1)));
            return values;
        }

        public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
        {
            var loss = torch.zeros(1);
            foreach (var (name, parameter) in _module.named_parameters())
                loss = loss + (parameter * torch.tensor(Gradient(name, (int)parameter.numel(), context.Step)).reshape(parameter.shape)).sum();
            return new MicroBatchLoss(loss, examples.Length);
        }

        protected override void Dispose(bool disposing) => _module.Dispose();

        private sealed class Parameters : torch.nn.Module
        {
            private readonly Parameter matrix, matrices, vector;

            public Parameters(int rows, int columns) : base(nameof(Parameters))
            {
                torch.manual_seed(3);
                matrix = torch.nn.Parameter(torch.randn(rows, columns));
                matrices = torch.nn.Parameter(torch.randn(2, 3, 4) * 1e-4);
                vector = torch.nn.Parameter(torch.ones(6));
                RegisterComponents();
            }
        }
    }

    /// <summary>Algorithms 4, 5 and 6 of the paper, with the optional running mean, as they stand there.</summary>
    private sealed class Reference
    {
        private readonly TrainingOptions _options;
        private readonly LearningRates _rates;
        private readonly Dictionary<string, long[]> _shapes = [];
        private readonly Dictionary<string, double[]> _rows = [], _columns = [], _squares = [], _means = [];

        public Reference(GivenGradients task, TrainingOptions options)
        {
            _options = options;
            _rates = new LearningRates(options.Schedule, options.LearningRate, options.WarmupSteps ?? 0, options.MaximumSteps!.Value);
            foreach (var (name, parameter) in task.Module.named_parameters())
            {
                _shapes[name] = parameter.shape;
                Weights[name] = Array.ConvertAll(parameter.data<float>().ToArray(), value => (double)value);
                int count = Weights[name].Length;
                (_squares[name], _means[name]) = (new double[count], new double[count]);
                if (parameter.shape.Length > 1)
                    (_rows[name], _columns[name]) = (new double[count / parameter.shape[^1]], new double[count / parameter.shape[^2]]);
            }
        }

        public Dictionary<string, double[]> Weights { get; } = [];

        public void Step(int step)
        {
            var gradients = Weights.ToDictionary(pair => pair.Key, pair => Array.ConvertAll(GivenGradients.Gradient(pair.Key, pair.Value.Length, step), value => (double)value));
            double norm = Math.Sqrt(gradients.Values.Sum(values => values.Sum(value => value * value)));
            double clip = _options.MaximumGradientNorm is { } most ? Math.Min(1, most / (norm + 1e-6)) : 1;
            foreach (var (name, weights) in Weights)
                Step(step + 1, name, weights, Array.ConvertAll(gradients[name], value => value * clip));
        }

        private void Step(int t, string name, double[] w, double[] g)
        {
            var o = _options.Adafactor;
            double rate = o.RelativeStep ? Math.Min(o.WarmupInit ? 1e-6 * t : 1e-2, 1 / Math.Sqrt(t)) : _rates.At(t - 1);
            if (o.ScaleParameter)
                rate *= Math.Max(o.LeastScale, Math.Sqrt(w.Sum(value => value * value) / w.Length));
            double beta2 = 1 - Math.Pow(t, -o.DecayRate);
            var u = new double[w.Length];
            if (_shapes[name].Length < 2)
            {
                for (int i = 0; i < w.Length; i++)
                {
                    _squares[name][i] = beta2 * _squares[name][i] + (1 - beta2) * (g[i] * g[i] + o.Epsilon);
                    u[i] = g[i] / Math.Sqrt(_squares[name][i]);
                }
            }
            else
            {
                int rows = (int)_shapes[name][^2], columns = (int)_shapes[name][^1];
                for (int first = 0, m = 0; first < w.Length; first += rows * columns, m++)
                {
                    double Squared(int i, int j) => g[first + i * columns + j] * g[first + i * columns + j] + o.Epsilon;
                    for (int i = 0; i < rows; i++)
                        _rows[name][m * rows + i] = beta2 * _rows[name][m * rows + i] + (1 - beta2) * Enumerable.Range(0, columns).Sum(j => Squared(i, j));
                    for (int j = 0; j < columns; j++)
                        _columns[name][m * columns + j] = beta2 * _columns[name][m * columns + j] + (1 - beta2) * Enumerable.Range(0, rows).Sum(i => Squared(i, j));
                    double all = Enumerable.Range(0, rows).Sum(i => _rows[name][m * rows + i]);
                    for (int i = 0; i < rows; i++)
                    {
                        for (int j = 0; j < columns; j++)
                            u[first + i * columns + j] = g[first + i * columns + j] / Math.Sqrt(_rows[name][m * rows + i] * _columns[name][m * columns + j] / all);
                    }
                }
            }
            double size = Math.Sqrt(u.Sum(value => value * value) / u.Length);
            double decay = name == "vector" ? 0 : _options.WeightDecay;
            for (int i = 0; i < w.Length; i++)
            {
                double update = rate * u[i] / Math.Max(1, size / o.ClipThreshold);
                if (o.Beta1 is { } beta1)
                    update = _means[name][i] = beta1 * _means[name][i] + (1 - beta1) * update;
                w[i] = w[i] - decay * rate * w[i] - update;
            }
        }
    }
}
