using System.Numerics.Tensors;
using MLPipelines.Training;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Entities;

/// <summary>One layer: a matrix [outputs, inputs] and a number for each output.</summary>
internal sealed class DenseLayer
{
    private readonly float[] _byInput;

    public DenseLayer(int inputs, int outputs, float[] weight, float[] bias)
    {
        (Inputs, Outputs, Weight, Bias) = (inputs, outputs, weight, bias);
        _byInput = new float[weight.Length];
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < inputs; i++)
                _byInput[i * outputs + o] = weight[o * inputs + i];
        }
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public float[] Weight { get; }

    public float[] Bias { get; }

    /// <summary>Inputs that are 0, as most of a set are, cost nothing.</summary>
    public void Forward(ReadOnlySpan<float> input, Span<float> output)
    {
        Bias.CopyTo(output);
        for (int i = 0; i < Inputs; i++)
        {
            if (input[i] != 0)
                TensorPrimitives.MultiplyAdd(_byInput.AsSpan(i * Outputs, Outputs), input[i], output, output);
        }
    }
}

/// <summary>Encoder and decoder, each two layers with ReLU between them, in managed memory.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class AutoencoderNetwork(DenseLayer[] layers)
{
    /// <summary>The names of the layers in files and in the module: those of PyTorch's Sequential with the activation between.</summary>
    public static readonly string[] LayerNames = ["encoder.0", "encoder.2", "decoder.0", "decoder.2"];

    public DenseLayer[] Layers { get; } = layers;

    public int InputWidth => Layers[0].Inputs;

    public int EmbeddingDimension => Layers[1].Outputs;

    public int OutputWidth => Layers[3].Outputs;

    public bool IsFinite => Layers.All(layer => float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(layer.Weight)) && float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(layer.Bias)));

    public static AutoencoderNetwork Random(int inputs, int hidden, int embedding, int outputs, int seed)
    {
        var random = new Random(seed);
        return new AutoencoderNetwork([Layer(inputs, hidden), Layer(hidden, embedding), Layer(embedding, hidden), Layer(hidden, outputs)]);

        // Uniform after Glorot and Bengio.
        DenseLayer Layer(int from, int to)
        {
            double bound = Math.Sqrt(6.0 / (from + to));
            var weight = new float[checked(from * to)];
            for (int i = 0; i < weight.Length; i++)
                weight[i] = (float)((2 * random.NextDouble() - 1) * bound);
            return new DenseLayer(from, to, weight, new float[to]);
        }
    }

    public void Encode(ReadOnlySpan<float> input, Span<float> embedding) => Pass(Layers[0], Layers[1], input, embedding);

    public void Decode(ReadOnlySpan<float> embedding, Span<float> output) => Pass(Layers[2], Layers[3], embedding, output);

    public IEnumerable<TensorToWrite> ToTensors()
    {
        for (int i = 0; i < Layers.Length; i++)
        {
            var layer = Layers[i];
            yield return ManagedWeights.ToWrite(LayerNames[i] + ".weight", [layer.Outputs, layer.Inputs], layer.Weight);
            yield return ManagedWeights.ToWrite(LayerNames[i] + ".bias", [layer.Outputs], layer.Bias);
        }
    }

    /// <exception cref="CheckpointException">The tensors are not those of such a network.</exception>
    public static AutoencoderNetwork From(Checkpoint checkpoint, int inputs, int outputs)
    {
        int hidden = Size(LayerNames[0]), embedding = Size(LayerNames[1]);
        return new AutoencoderNetwork([Layer(0, inputs, hidden), Layer(1, hidden, embedding), Layer(2, embedding, hidden), Layer(3, hidden, outputs)]);

        int Size(string name) => checkpoint[name + ".bias"].Shape is [>= 1 and <= 65536] shape ? (int)shape[0] : throw new CheckpointException($"the tensor '{name}.bias' is not a vector");

        DenseLayer Layer(int place, int from, int to) => new(from, to, checkpoint.ReadFinite(LayerNames[place] + ".weight", to, from), checkpoint.ReadFinite(LayerNames[place] + ".bias", to));
    }

    private static void Pass(DenseLayer first, DenseLayer second, ReadOnlySpan<float> input, Span<float> output)
    {
        Span<float> hidden = first.Outputs <= 1024 ? stackalloc float[first.Outputs] : new float[first.Outputs];
        first.Forward(input, hidden);
        TensorPrimitives.Max(hidden, 0, hidden);
        second.Forward(hidden, output);
    }
}
