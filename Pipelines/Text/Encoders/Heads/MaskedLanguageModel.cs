using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>
/// Gives each token a logit per word of the vocabulary: what may have stood where a mask is. Its output weight is the word embedding, unless the configuration unties them.
/// </summary>
public sealed class MaskedLanguageModel : EncoderModel
{
    private readonly Parts _parts;
    private readonly string _bias;
    private readonly string? _weight;
    private readonly string[] _tied;
    private readonly Func<Tensor, Tensor> _activation;

    internal MaskedLanguageModel(EncoderModule encoder, EncoderConfig config)
        : base(nameof(MaskedLanguageModel), encoder, config)
    {
        var (dense, norm, bias, decoder) = config.Architecture switch
        {
            EncoderArchitecture.DistilBert => ("vocab_transform", "vocab_layer_norm", "vocab_projector.bias", "vocab_projector"),
            EncoderArchitecture.Roberta => ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias", "lm_head.decoder"),
            _ => ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias", "cls.predictions.decoder"),
        };
        long width = config.HiddenSize;
        _activation = ActivationFunction.Find(config.Architecture == EncoderArchitecture.Roberta ? "gelu" : config.Activation);
        _parts = new Parts(AddLinear(dense, width, width), ModuleGroup.Add(this, norm, new EncoderLayerNorm(width, config.LayerNormEpsilon)));
        _bias = bias;
        ModuleGroup.AddParameter(this, bias, NewParameter.Empty(config.VocabularySize));
        if (!config.TieWordEmbeddings)
        {
            _weight = $"{decoder}.weight";
            ModuleGroup.AddParameter(this, _weight, NewParameter.Empty(config.VocabularySize, width));
        }
        _tied = [.. ((string[])[$"{decoder}.weight", $"{decoder}.bias"]).Where(name => name != _bias && name != _weight)];
    }

    internal override string TransformersSuffix => "ForMaskedLM";

    internal override IReadOnlyList<string> TiedNames => _tied;

    /// <summary>Computes the logits of all tokens of a batch.</summary>
    /// <returns>[rows, tokens, vocabulary size].</returns>
    public override Tensor forward(EncoderInput input) => Compute(() => Predict(Encoder.forward(input).LastHiddenState));

    /// <summary>Computes the logits of some tokens of a batch, which is much faster than those of all where few are masked.</summary>
    /// <param name="input">The batch.</param>
    /// <param name="positions">row · tokens + token of each, int64 [positions], on the encoder's device.</param>
    /// <returns>[positions, vocabulary size].</returns>
    public Tensor ForwardAt(EncoderInput input, Tensor positions) =>
        Compute(() => Predict(Encoder.forward(input).LastHiddenState.reshape(-1, Config.HiddenSize).index_select(0, positions)));

    private Tensor Predict(Tensor hidden)
    {
        var transformed = _parts.Norm.forward(_activation(_parts.Dense.forward(hidden)));
        Parameter weight = _weight is null ? Encoder.WordEmbedding : get_parameter(_weight);
        return nn.functional.linear(transformed, weight, get_parameter(_bias));
    }

    private sealed record Parts(EncoderLinear Dense, EncoderLayerNorm Norm);
}
