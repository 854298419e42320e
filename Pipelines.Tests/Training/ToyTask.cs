using MLPipelines.Training;
using TorchSharp;
using TorchSharp.Modules;

namespace MLPipelines.Tests.Training;

/// <summary>Embeddings, a few layers with dropout, the mean over tokens, a classifier.</summary>
internal sealed class ToyModule : torch.nn.Module<torch.Tensor, torch.Tensor, torch.Tensor>, IGradientCheckpointing
{
    private readonly Embedding embeddings;
    private readonly Linear first;
    private readonly Linear second;
    private readonly LayerNorm LayerNorm;
    private readonly Dropout dropout;
    private readonly Linear classifier;
    private readonly Linear unused;

    public ToyModule(int vocabulary, int classes, double dropoutShare, int hidden = 12) : base(nameof(ToyModule))
    {
        torch.manual_seed(17);
        embeddings = torch.nn.Embedding(vocabulary, hidden);
        first = torch.nn.Linear(hidden, hidden);
        second = torch.nn.Linear(hidden, hidden);
        LayerNorm = torch.nn.LayerNorm(hidden);
        dropout = torch.nn.Dropout(dropoutShare);
        classifier = torch.nn.Linear(hidden, classes);
        unused = torch.nn.Linear(3, 5);
        RegisterComponents();
    }

    public GradientCheckpoints? GradientCheckpoints { get; set; }

    /// <param name="ids">Tokens, [rows, length] of int64.</param>
    /// <param name="mask">1 for tokens and 0 for padding, of the same shape, in the module's type.</param>
    /// <returns>Logits, [rows, classes].</returns>
    public override torch.Tensor forward(torch.Tensor ids, torch.Tensor mask)
    {
        var hidden = embeddings.forward(ids);
        hidden = Layer(first, hidden);
        hidden = Layer(second, hidden);
        var weights = mask.unsqueeze(-1);
        var mean = (LayerNorm.forward(hidden) * weights).sum(1) / weights.sum(1);
        return classifier.forward(mean);
    }

    private torch.Tensor Layer(Linear linear, torch.Tensor hidden)
    {
        torch.Tensor Run(torch.Tensor input) => input + dropout.forward(torch.tanh(linear.forward(input)));
        return GradientCheckpoints is { } checkpoints && training ? checkpoints.Run(Run, hidden) : Run(hidden);
    }
}

/// <summary>Texts of random tokens; the label is the third of the vocabulary that most tokens come from.</summary>
internal sealed class ToyTask : TrainingTask
{
    private const int Vocabulary = 60, Classes = 3;
    private readonly int[][] _tokens;
    private readonly int[] _labels;

    public ToyTask(int examples = 96, double dropout = 0.1)
    {
        Toy = new ToyModule(Vocabulary, Classes, dropout);
        var random = new Random(5);
        _tokens = new int[examples][];
        _labels = new int[examples];
        for (int i = 0; i < examples; i++)
        {
            _labels[i] = random.Next(Classes);
            _tokens[i] = new int[random.Next(2, 20)];
            for (int t = 0; t < _tokens[i].Length; t++)
                _tokens[i][t] = random.NextDouble() < 0.7 ? _labels[i] * (Vocabulary / Classes) + random.Next(Vocabulary / Classes) : random.Next(Vocabulary);
        }
    }

    public ToyModule Toy { get; }

    public override torch.nn.Module Module => Toy;

    public override int ExampleCount => _tokens.Length;

    public override int LengthOf(int example) => _tokens[example].Length;

    public override string DataFingerprint => Data;

    /// <summary>What the data claims to be.</summary>
    public string Data { get; set; } = "toy";

    /// <summary>Called with the examples of each micro-batch; may change the loss.</summary>
    public Func<int[], TrainingContext, torch.Tensor, torch.Tensor>? OnLoss { get; set; }

    /// <summary>What validation gives; the accuracy on the examples themselves unless set.</summary>
    public Func<TrainingContext, ValidationResult?>? OnValidate { get; set; }

    public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
    {
        var logits = Logits(examples, context);
        var labels = torch.tensor(Array.ConvertAll(examples, example => (long)_labels[example]), device: context.Device);
        var loss = torch.nn.functional.cross_entropy(logits.to(torch.ScalarType.Float32), labels);
        return new MicroBatchLoss(OnLoss?.Invoke(examples, context, loss) ?? loss, examples.Length);
    }

    public override int DepthOf(string parameterName) =>
        parameterName.StartsWith("embeddings", StringComparison.Ordinal) ? 0 : parameterName.StartsWith("first", StringComparison.Ordinal) ? 1
        : parameterName.StartsWith("second", StringComparison.Ordinal) ? 2 : 3;

    public override ValidationResult? Validate(TrainingContext context, CancellationToken cancellationToken) =>
        OnValidate is { } validate ? validate(context) : new ValidationResult("accuracy", Accuracy(context), higherIsBetter: true);

    public double Accuracy(TrainingContext context)
    {
        using var scope = torch.NewDisposeScope();
        var predicted = Logits([.. Enumerable.Range(0, ExampleCount)], context).argmax(1).cpu().data<long>().ToArray();
        return predicted.Where((label, i) => label == _labels[i]).Count() / (double)predicted.Length;
    }

    /// <summary>All parameters, in order of their names, one after the other.</summary>
    public float[] Weights()
    {
        using var scope = torch.NewDisposeScope();
        return [.. Toy.named_parameters().OrderBy(pair => pair.Item1, StringComparer.Ordinal).SelectMany(pair => pair.Item2.detach().cpu().data<float>().ToArray())];
    }

    public float[] Weights(string name)
    {
        using var scope = torch.NewDisposeScope();
        return Toy.named_parameters().Single(pair => pair.Item1 == name).Item2.detach().cpu().data<float>().ToArray();
    }

    protected override void Dispose(bool disposing) => Toy.Dispose();

    private torch.Tensor Logits(int[] examples, TrainingContext context)
    {
        int length = context.PaddedLength(examples.Max(LengthOf));
        var ids = new long[examples.Length * length];
        var mask = new float[ids.Length];
        for (int row = 0; row < examples.Length; row++)
        {
            for (int t = 0; t < _tokens[examples[row]].Length; t++)
                (ids[row * length + t], mask[row * length + t]) = (_tokens[examples[row]][t], 1);
        }
        return Toy.forward(
            torch.tensor(ids, [examples.Length, length], device: context.Device),
            torch.tensor(mask, [examples.Length, length], device: context.Device).to(context.Precision));
    }
}
