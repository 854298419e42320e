using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>
/// One transformer layer: self-attention and a feed-forward part, each with a residual and a layer normalisation after it
/// (Vaswani et al., <see href="https://arxiv.org/abs/1706.03762"/>). Its parts are registered in the encoder under the names of the checkpoint.
/// </summary>
public sealed class EncoderLayer
{
    private readonly int _heads;
    private readonly int _headSize;
    private readonly double _attentionDropout;
    private readonly double _projectionDropout;
    private readonly double _hiddenDropout;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly EncoderLinear _query;
    private readonly EncoderLinear _key;
    private readonly EncoderLinear _value;
    private readonly EncoderLinear _projection;
    private readonly EncoderLayerNorm _attentionNorm;
    private readonly EncoderLinear _intermediate;
    private readonly EncoderLinear _output;
    private readonly EncoderLayerNorm _outputNorm;
    private readonly nn.Module _module;

    internal EncoderLayer(nn.Module encoder, int index, EncoderConfig config, EncoderLayerNames names)
    {
        Index = index;
        Prefix = $"{names.Prefix}{index}.";
        _heads = config.Heads;
        _headSize = config.HeadSize;
        _attentionDropout = config.AttentionDropout;
        _projectionDropout = names.DropsAttentionOutput ? config.HiddenDropout : 0;
        _hiddenDropout = config.HiddenDropout;
        _activation = ActivationFunction.Find(config.Activation);
        long width = config.HiddenSize;
        _query = Linear(names.Query, width, width);
        _key = Linear(names.Key, width, width);
        _value = Linear(names.Value, width, width);
        _projection = Linear(names.Projection, width, width);
        _attentionNorm = Norm(names.AttentionNorm);
        _intermediate = Linear(names.Intermediate, width, config.IntermediateSize);
        _output = Linear(names.Output, config.IntermediateSize, width);
        _outputNorm = Norm(names.OutputNorm);
        _module = encoder;

        EncoderLinear Linear(string name, long inputs, long outputs) => ModuleGroup.Add(encoder, Prefix + name, new EncoderLinear(inputs, outputs));

        EncoderLayerNorm Norm(string name) => ModuleGroup.Add(encoder, Prefix + name, new EncoderLayerNorm(width, config.LayerNormEpsilon));
    }

    /// <summary>Which layer it is, from 0.</summary>
    public int Index { get; }

    /// <summary>What the names of its parameters begin with in the encoder, such as "encoder.layer.0.".</summary>
    public string Prefix { get; }

    /// <summary>Its parameters, as they are now: moving the encoder to another type or device makes new ones.</summary>
    public IEnumerable<Parameter> Parameters()
    {
        foreach (var linear in (EncoderLinear[])[_query, _key, _value, _projection, _intermediate, _output])
        {
            foreach (var parameter in linear.parameters())
                yield return parameter;
        }
        foreach (var norm in (EncoderLayerNorm[])[_attentionNorm, _outputNorm])
        {
            foreach (var parameter in norm.parameters())
                yield return parameter;
        }
    }

    /// <summary>Computes the layer.</summary>
    /// <param name="hidden">[rows · tokens, width].</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="mask">What attention is not paid to.</param>
    /// <returns>[rows · tokens, width].</returns>
    internal Tensor Run(Tensor hidden, long rows, AttentionMask mask) => Run(hidden, rows, mask, wantsWeights: false, firstOnly: false, out _);

    /// <summary>Computes the layer for the first token of each row alone, which takes a sixth of the products: those of keys and values.</summary>
    /// <param name="hidden">[rows · tokens, width].</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="mask">What attention is not paid to.</param>
    /// <returns>[rows, width].</returns>
    internal Tensor RunFirst(Tensor hidden, long rows, AttentionMask mask) => Run(hidden, rows, mask, wantsWeights: false, firstOnly: true, out _);

    /// <summary>Computes the layer, and gives its attention weights [rows, heads, tokens, tokens] if they are wanted.</summary>
    internal Tensor Run(Tensor hidden, long rows, AttentionMask mask, out Tensor? weights) => Run(hidden, rows, mask, wantsWeights: true, firstOnly: false, out weights);

    private Tensor Run(Tensor hidden, long rows, AttentionMask mask, bool wantsWeights, bool firstOnly, out Tensor? weights)
    {
        using var scope = NewDisposeScope();
        var dropout = new Dropout(_module.training);
        var all = hidden;
        if (firstOnly)
            hidden = all.view(rows, -1, all.shape[1]).select(1, 0).contiguous();
        var context = Attend(hidden, all, rows, mask, ref dropout, wantsWeights, out weights);
        var attended = _attentionNorm.forward(dropout.ApplyAndAdd(_projection.forward(context), _projectionDropout, hidden));
        var wide = _activation(_intermediate.forward(attended));
        var output = _outputNorm.forward(dropout.ApplyAndAdd(_output.forward(wide), _hiddenDropout, attended));
        weights?.MoveToOuterDisposeScope();
        return output.MoveToOuterDisposeScope();
    }

    // Query, key and value are three products: one product with the three weights put together takes as long (bfloat16 and float32, measured
    // at 16 to 1,024 tokens and widths of 128 and 768), and putting them together costs a short text a fifth of its time.
    private Tensor Attend(Tensor asking, Tensor all, long rows, AttentionMask mask, ref Dropout dropout, bool wantsWeights, out Tensor? weights)
    {
        long asked = asking.shape[0] / rows;
        long tokens = all.shape[0] / rows;
        double scale = 1 / Math.Sqrt(_headSize);
        var query = Heads(_query.forward(asking), asked);
        var key = Heads(_key.forward(all), tokens);
        var value = Heads(_value.forward(all), tokens);
        weights = null;
        if (all.device_type == DeviceType.CUDA && !wantsWeights)
        {
            double probability = _module.training ? _attentionDropout : 0;
            var attended = nn.functional.scaled_dot_product_attention(query, key, value, mask.Scores?.expand(rows, _heads, asked, tokens), probability);
            return attended.transpose(1, 2).reshape(rows * asked, _heads * _headSize);
        }
        query = query.reshape(rows * _heads, asked, _headSize);
        var keys = key.reshape(rows * _heads, tokens, _headSize).transpose(1, 2);
        var scores = mask.HeadScores is { } added
            ? added.baddbmm(query, keys, alpha: (float)scale)
            : query.mul(scale).bmm(keys);
        var probabilities = scores.softmax(-1);
        if (wantsWeights)
            weights = probabilities.view(rows, _heads, asked, tokens);
        return dropout.Apply(probabilities, _attentionDropout).bmm(value.reshape(rows * _heads, tokens, _headSize))
            .view(rows, _heads, asked, _headSize).transpose(1, 2).reshape(rows * asked, _heads * _headSize);

        Tensor Heads(Tensor flat, long length) => flat.view(rows, length, _heads, _headSize).transpose(1, 2);
    }
}
