using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Generation.T5;

/// <summary>A batch for a T5 model: prompts, and the beginnings of outputs.</summary>
/// <param name="InputIds">int64 [rows, tokens].</param>
/// <param name="AttentionMask">1 where there is a token and 0 where there is padding, int64 [rows, tokens]; <see langword="null"/> where no row is padded.</param>
/// <param name="DecoderInputIds">int64 [rows, output tokens], each row beginning with the start id.</param>
public sealed record T5Input(Tensor InputIds, Tensor? AttentionMask, Tensor DecoderInputIds);

/// <summary>What a T5 model makes of a batch.</summary>
/// <param name="Logits">[rows, output tokens, vocabulary].</param>
/// <param name="EncoderState">The encoder's last hidden state, [rows, tokens, width].</param>
/// <param name="DecoderState">The decoder's last hidden state, [rows, output tokens, width].</param>
public sealed record T5Output(Tensor Logits, Tensor EncoderState, Tensor DecoderState);

/// <summary>
/// T5 on LibTorch, whose parameters are called as in the checkpoints: for training, and to check exports by. <see cref="T5OnnxExporter"/> makes of it what generates quickly.
/// </summary>
/// <remarks>
/// It holds native memory: dispose of it. In evaluation mode several threads may compute at once; training is for one thread. It computes in float32 or, moved there by
/// <c>to</c>, in bfloat16; on the processor or on a GPU. Dropout is LibTorch's own.
/// </remarks>
public sealed class T5Model : nn.Module<T5Input, T5Output>
{
    private readonly Dictionary<string, double> _updates = new(StringComparer.Ordinal);
    private double _updateDropout;

    internal T5Model(T5Config config)
        : base(nameof(T5Model))
    {
        config.Validate();
        Config = config;
        foreach (var (name, shape) in T5ParameterNames.Of(config))
            AddParameter(name, shape);
    }

    /// <summary>How the model is built.</summary>
    public T5Config Config { get; }

    internal IReadOnlyDictionary<string, double> Updates => _updates;

    /// <summary>A model with the weights of a checkpoint, in evaluation mode.</summary>
    /// <param name="weights">The weights; not disposed of.</param>
    public static T5Model Load(T5Weights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var model = new T5Model(weights.Config);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, shape) in T5ParameterNames.Of(weights.Config))
            model.get_parameter(name).copy_(tensor(weights.Read(name), shape));
        model.eval();
        return model;
    }

    /// <summary>Computes the logits of outputs that are given, all positions at once.</summary>
    public override T5Output forward(T5Input input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Check(input);
        using var scope = NewDisposeScope();
        var mask = Additive(input.AttentionMask);
        var encoded = Run(isDecoder: false, input.InputIds, mask, null, null);
        var decoded = Run(isDecoder: true, input.DecoderInputIds, null, encoded, mask);
        var scaled = Config.TieWordEmbeddings ? decoded.mul(1 / Math.Sqrt(Config.HiddenSize)) : decoded;
        var logits = nn.functional.linear(scaled, get_parameter(Config.TieWordEmbeddings ? T5ParameterNames.Embedding : T5ParameterNames.Head));
        return new T5Output(logits.MoveToOuterDisposeScope(), encoded.MoveToOuterDisposeScope(), decoded.MoveToOuterDisposeScope());
    }

    /// <summary>How deep a parameter lies: 0 for the embedding, then the encoder's layers, then the decoder's, and above them the head.</summary>
    /// <param name="parameterName">Its name in this model.</param>
    public int DepthOf(string parameterName)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        string[] parts = parameterName.Split('.');
        bool isDecoder = parts[0] == "decoder";
        int below = isDecoder ? Config.EncoderLayers : 0;
        return parts[0] switch
        {
            "shared" => 0,
            "encoder" or "decoder" when parts[1] == "block" => below + 1 + int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture),
            "encoder" => Config.EncoderLayers,
            "decoder" => below + Config.DecoderLayers,
            _ => Config.EncoderLayers + Config.DecoderLayers + 1,
        };
    }

    /// <summary>Gives a linear layer a low-rank update.</summary>
    internal void AddUpdate(string layer, int rank, double scale, double dropout, int seed)
    {
        long[] shape = T5ParameterNames.Of(Config)[layer + ".weight"];
        var a = AddParameter($"{layer}.lora_A.weight", [rank, shape[1]]);
        var b = AddParameter($"{layer}.lora_B.weight", [shape[0], rank]);
        using (no_grad())
        using (NewDisposeScope())
        {
            // Uniform, with the bound that PyTorch gives new linear layers.
            float bound = (float)(1 / Math.Sqrt(shape[1]));
            var random = new Random((seed * 397) ^ _updates.Count);
            float[] values = new float[rank * shape[1]];
            for (int i = 0; i < values.Length; i++)
                values[i] = ((2 * random.NextSingle()) - 1) * bound;
            a.copy_(tensor(values, [rank, shape[1]]));
            b.zero_();
        }
        _updates[layer] = scale;
        _updateDropout = dropout;
    }

    /// <summary>Adds the low-rank updates to the weights and takes them away.</summary>
    internal void MergeUpdates()
    {
        using var _ = no_grad();
        foreach (var (layer, scale) in _updates)
        {
            using var scope = NewDisposeScope();
            var weight = get_parameter(layer + ".weight");
            var update = get_parameter(layer + ".lora_B.weight").to(ScalarType.Float32).mm(get_parameter(layer + ".lora_A.weight").to(ScalarType.Float32));
            weight.copy_(weight.to(ScalarType.Float32).add(update, scale));
            var owner = GroupOf(layer.Split('.'));
            foreach (string factor in (string[])["lora_A", "lora_B"])
            {
                var child = owner.named_children().First(child => child.Item1 == factor).Item2;
                owner.register_module(factor, null);
                child.Dispose();
            }
        }
        _updates.Clear();
        foreach (var parameter in parameters())
            parameter.requires_grad_(true);
    }

    private Tensor Run(bool isDecoder, Tensor ids, Tensor? mask, Tensor? encoded, Tensor? encodedMask)
    {
        using var scope = NewDisposeScope();
        var embedding = get_parameter(T5ParameterNames.Embedding);
        var hidden = Drop(embedding.index_select(0, ids.reshape(-1)).view(ids.shape[0], ids.shape[1], Config.HiddenSize));
        var bias = Bias(isDecoder, ids.shape[1], hidden.dtype, hidden.device);
        if (mask is not null)
            bias = bias.add(mask);
        int layers = isDecoder ? Config.DecoderLayers : Config.EncoderLayers;
        for (int i = 0; i < layers; i++)
        {
            string self = T5ParameterNames.Block(isDecoder, i, 0);
            var input = Norm(hidden, $"{self}.layer_norm.weight");
            hidden = hidden.add(Drop(Attend(input, input, bias, $"{self}.SelfAttention")));
            if (isDecoder)
            {
                string cross = T5ParameterNames.Block(isDecoder, i, 1);
                hidden = hidden.add(Drop(Attend(Norm(hidden, $"{cross}.layer_norm.weight"), encoded!, encodedMask, $"{cross}.EncDecAttention")));
            }
            string wide = T5ParameterNames.Block(isDecoder, i, isDecoder ? 2 : 1);
            hidden = hidden.add(Drop(FeedForward(Norm(hidden, $"{wide}.layer_norm.weight"), $"{wide}.DenseReluDense")));
        }
        return Drop(Norm(hidden, T5ParameterNames.FinalNorm(isDecoder))).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor asking, Tensor asked, Tensor? bias, string prefix)
    {
        var query = Heads(Linear(asking, $"{prefix}.q"));
        var key = Heads(Linear(asked, $"{prefix}.k"));
        var value = Heads(Linear(asked, $"{prefix}.v"));
        var scores = query.matmul(key.transpose(2, 3));
        if (bias is not null)
            scores = scores.add(bias);
        var shares = Drop(scores.to(ScalarType.Float32).softmax(-1).to(scores.dtype));
        var context = shares.matmul(value).transpose(1, 2).reshape(asking.shape[0], asking.shape[1], Config.InnerSize);
        return Linear(context, $"{prefix}.o");

        Tensor Heads(Tensor flat) => flat.view(flat.shape[0], flat.shape[1], Config.Heads, Config.HeadSize).transpose(1, 2);
    }

    private Tensor FeedForward(Tensor input, string prefix)
    {
        var wide = Config.IsGated
            ? Activate(Linear(input, $"{prefix}.wi_0")).mul(Linear(input, $"{prefix}.wi_1"))
            : Activate(Linear(input, $"{prefix}.wi"));
        return Linear(Drop(wide), $"{prefix}.wo");
    }

    private Tensor Activate(Tensor input) => Config.Activation switch
    {
        T5Activation.Relu => nn.functional.relu(input),
        T5Activation.Silu => input.mul(input.sigmoid()),
        T5Activation.Gelu => input.mul(0.5).mul(input.div(Math.Sqrt(2)).erf().add(1)),
        _ => input.mul(0.5).mul(input.pow(3).mul(0.044715).add(input).mul(Math.Sqrt(2 / Math.PI)).tanh().add(1)),
    };

    private Tensor Norm(Tensor hidden, string weight)
    {
        var wide = hidden.to(ScalarType.Float32);
        var root = wide.mul(wide).mean([-1], keepdim: true).add(Config.LayerNormEpsilon).rsqrt();
        return wide.mul(root).to(hidden.dtype).mul(get_parameter(weight));
    }

    private Tensor Linear(Tensor input, string layer)
    {
        var output = nn.functional.linear(input, get_parameter(layer + ".weight"));
        if (!_updates.TryGetValue(layer, out double scale))
            return output;
        var dropped = training && _updateDropout > 0 ? nn.functional.dropout(input, _updateDropout, training: true) : input;
        var low = nn.functional.linear(dropped, get_parameter(layer + ".lora_A.weight"));
        return output.add(nn.functional.linear(low, get_parameter(layer + ".lora_B.weight")), scale);
    }

    private Tensor Drop(Tensor input) => training && Config.Dropout > 0 ? nn.functional.dropout(input, Config.Dropout, training: true) : input;

    /// <summary>The bias of self-attention, [1, heads, tokens, tokens], in the decoder with what lies ahead hidden.</summary>
    private Tensor Bias(bool isDecoder, long tokens, ScalarType type, Device device)
    {
        var buckets = new long[tokens * tokens];
        for (int query = 0; query < tokens; query++)
        {
            for (int key = 0; key < tokens; key++)
                buckets[(query * tokens) + key] = RelativePositions.Bucket(key - query, !isDecoder, Config.RelativeBuckets, Config.RelativeMaximumDistance);
        }
        var bias = get_parameter(T5ParameterNames.RelativeBias(isDecoder)).index_select(0, tensor(buckets, device: device))
            .view(tokens, tokens, Config.Heads).permute(2, 0, 1).unsqueeze(0);
        return isDecoder ? bias.add(full([tokens, tokens], Lowest(type), type, device).triu(1)) : bias;
    }

    private Tensor? Additive(Tensor? mask)
    {
        if (mask is null)
            return null;
        var type = get_parameter(T5ParameterNames.Embedding).dtype;
        return mask.to(type).neg().add(1).mul(Lowest(type)).unsqueeze(1).unsqueeze(1);
    }

    // In 16 bits the lowest float32 would be infinite, and 0 times it not a number.
    private static double Lowest(ScalarType type) => type switch { ScalarType.Float16 => -65504, ScalarType.BFloat16 => -3.3e38, _ => float.MinValue };

    private void Check(T5Input input)
    {
        long[] shape = input.InputIds.shape, decoder = input.DecoderInputIds.shape;
        if (shape.Length != 2 || shape[0] == 0 || shape[1] == 0)
            throw T5Errors.BadShape(nameof(input.InputIds), shape, "[rows, tokens], neither of them 0");
        if (decoder.Length != 2 || decoder[0] != shape[0] || decoder[1] == 0)
            throw T5Errors.BadShape(nameof(input.DecoderInputIds), decoder, $"[{shape[0]}, tokens], with as many rows as {nameof(input.InputIds)}");
        if (input.AttentionMask is { } mask && !mask.shape.AsSpan().SequenceEqual(shape))
            throw T5Errors.BadShape(nameof(input.AttentionMask), mask.shape, $"[{shape[0]}, {shape[1]}], that of {nameof(input.InputIds)}");
    }

    private Parameter AddParameter(string path, long[] shape)
    {
        string[] names = path.Split('.');
        var parameter = (Parameter)new Parameter(zeros(shape, ScalarType.Float32)).DetachFromDisposeScope();
        GroupOf(names.AsSpan(..^1)).register_parameter(names[^1], parameter);
        return parameter;
    }

    private nn.Module GroupOf(ReadOnlySpan<string> names)
    {
        nn.Module group = this;
        foreach (string name in names)
        {
            var child = group.named_children().FirstOrDefault(child => child.Item1 == name).Item2;
            if (child is null)
            {
                child = new Group();
                group.register_module(name, child);
            }
            group = child;
        }
        return group;
    }

    /// <summary>A module that only gives its children a common part of their names.</summary>
    private sealed class Group() : nn.Module(nameof(Group));
}
