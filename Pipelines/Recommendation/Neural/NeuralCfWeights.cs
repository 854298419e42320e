using System.Numerics.Tensors;
using MLPipelines.Training;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Recommendation;

/// <summary>One layer: a matrix [outputs, inputs] and a number for each output.</summary>
internal sealed record DenseLayer(int Inputs, int Outputs, float[] Weight, float[] Bias);

/// <summary>All numbers of the network, in managed memory, by the names that they have in files. Tables are [rows, dimension].</summary>
internal sealed class NeuralCfWeights
{
    private const string UserGmfName = "user_gmf.weight", ItemGmfName = "item_gmf.weight", UserMlpName = "user_mlp.weight", ItemMlpName = "item_mlp.weight", OutputName = "output";

    public required int Dimension { get; init; }

    /// <summary>The embeddings of the factorisation; null where the network has none.</summary>
    public float[]? UserGmf { get; init; }

    public float[]? ItemGmf { get; init; }

    /// <summary>The embeddings of the perceptron; null where the network has none.</summary>
    public float[]? UserMlp { get; init; }

    public float[]? ItemMlp { get; init; }

    /// <summary>The hidden layers; empty where the network has no perceptron.</summary>
    public required DenseLayer[] Hidden { get; init; }

    /// <summary>From the product of the factorisation, then the last hidden layer, to one number.</summary>
    public required DenseLayer Output { get; init; }

    public bool IsFinite => Arrays().All(array => float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(array)));

    public static string LayerName(int layer) => $"layer_{layer}";

    /// <summary>Where training starts: embeddings from a normal distribution of deviation 0.01 as in the paper, layers uniform after Glorot and Bengio, biases 0.</summary>
    public static NeuralCfWeights Random(NeuralCfOptions options, int users, int items)
    {
        var random = new SplitMix64((ulong)options.Seed * 0x9E3779B97F4A7C15 + 2);
        int d = options.EmbeddingDimension;
        var hidden = new List<DenseLayer>();
        int width = 2 * d;
        if (options.HasMlp)
        {
            foreach (int units in options.HiddenLayers)
            {
                hidden.Add(Layer(width, units, ref random));
                width = units;
            }
        }
        return new NeuralCfWeights
        {
            Dimension = d,
            UserGmf = options.HasGmf ? Table(users, ref random) : null,
            ItemGmf = options.HasGmf ? Table(items, ref random) : null,
            UserMlp = options.HasMlp ? Table(users, ref random) : null,
            ItemMlp = options.HasMlp ? Table(items, ref random) : null,
            Hidden = [.. hidden],
            Output = Layer((options.HasGmf ? d : 0) + (options.HasMlp ? width : 0), 1, ref random),
        };

        float[] Table(int rows, ref SplitMix64 source)
        {
            var table = new float[checked(rows * d)];
            for (int i = 0; i < table.Length; i++)
                table[i] = 0.01f * source.NextNormal();
            return table;
        }

        static DenseLayer Layer(int inputs, int outputs, ref SplitMix64 source)
        {
            var weight = new float[inputs * outputs];
            double bound = Math.Sqrt(6.0 / (inputs + outputs));
            for (int i = 0; i < weight.Length; i++)
                weight[i] = (float)((2 * source.NextDouble() - 1) * bound);
            return new DenseLayer(inputs, outputs, weight, new float[outputs]);
        }
    }

    public IReadOnlyList<TensorToWrite> ToTensors()
    {
        var tensors = new List<TensorToWrite>();
        AddTable(UserGmfName, UserGmf);
        AddTable(ItemGmfName, ItemGmf);
        AddTable(UserMlpName, UserMlp);
        AddTable(ItemMlpName, ItemMlp);
        for (int i = 0; i < Hidden.Length; i++)
            AddLayer(LayerName(i), Hidden[i]);
        AddLayer(OutputName, Output);
        return tensors;

        void AddTable(string name, float[]? table)
        {
            if (table is not null)
                Add(name, [table.Length / Dimension, Dimension], table);
        }

        void AddLayer(string name, DenseLayer layer)
        {
            Add(name + ".weight", [layer.Outputs, layer.Inputs], layer.Weight);
            Add(name + ".bias", [layer.Outputs], layer.Bias);
        }

        void Add(string name, long[] shape, float[] values) =>
            tensors.Add(ManagedWeights.ToWrite(name, shape, values));
    }

    /// <exception cref="CheckpointException">The tensors are not those of such a network.</exception>
    public static NeuralCfWeights From(Checkpoint checkpoint, int users, int items)
    {
        bool hasGmf = checkpoint.Tensors.ContainsKey(UserGmfName), hasMlp = checkpoint.Tensors.ContainsKey(UserMlpName);
        if (!hasGmf && !hasMlp)
            throw new CheckpointException($"it has neither '{UserGmfName}' nor '{UserMlpName}'");
        var first = checkpoint[hasGmf ? UserGmfName : UserMlpName];
        int d = first.Shape is [_, >= 1 and <= 4096] shape ? (int)shape[1] : throw new CheckpointException($"the tensor '{first.Name}' is not a table");
        var hidden = new List<DenseLayer>();
        int width = 2 * d;
        while (hasMlp && checkpoint.Tensors.TryGetValue(LayerName(hidden.Count) + ".weight", out var weight))
        {
            int units = weight.Shape is [>= 1 and <= 65536, _] layer ? (int)layer[0] : throw new CheckpointException($"the tensor '{weight.Name}' is not a matrix");
            hidden.Add(Layer(LayerName(hidden.Count), width, units));
            width = units;
        }
        if (hasMlp && hidden.Count == 0)
            throw new CheckpointException("it has no layer");
        return new NeuralCfWeights
        {
            Dimension = d,
            UserGmf = hasGmf ? checkpoint.ReadFinite(UserGmfName, users, d) : null,
            ItemGmf = hasGmf ? checkpoint.ReadFinite(ItemGmfName, items, d) : null,
            UserMlp = hasMlp ? checkpoint.ReadFinite(UserMlpName, users, d) : null,
            ItemMlp = hasMlp ? checkpoint.ReadFinite(ItemMlpName, items, d) : null,
            Hidden = [.. hidden],
            Output = Layer(OutputName, (hasGmf ? d : 0) + (hasMlp ? width : 0), 1),
        };

        DenseLayer Layer(string name, int inputs, int outputs) => new(inputs, outputs, checkpoint.ReadFinite(name + ".weight", outputs, inputs), checkpoint.ReadFinite(name + ".bias", outputs));
    }

    private IEnumerable<float[]> Arrays()
    {
        foreach (var array in new[] { UserGmf, ItemGmf, UserMlp, ItemMlp })
        {
            if (array is not null)
                yield return array;
        }
        foreach (var layer in Hidden.Append(Output))
        {
            yield return layer.Weight;
            yield return layer.Bias;
        }
    }
}
