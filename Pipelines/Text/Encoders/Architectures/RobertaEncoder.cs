using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>
/// RoBERTa (Liu et al., "RoBERTa: A robustly optimized BERT pretraining approach", 2019, <see href="https://arxiv.org/abs/1907.11692"/>), XLM-RoBERTa
/// (<see href="https://arxiv.org/abs/1911.02116"/>) and CamemBERT (<see href="https://arxiv.org/abs/1911.03894"/>): the layers of BERT, with positions that are counted
/// from the padding id + 1 on and that skip padding tokens.
/// </summary>
public sealed class RobertaEncoder : EncoderModule
{
    internal RobertaEncoder(EncoderConfig config, bool hasPooler)
        : base(nameof(RobertaEncoder), config, BertEncoder.LayerNames, hasPooler)
    {
    }

    private protected override Tensor EmbedPositions(Embedding positions, Tensor ids)
    {
        using var scope = NewDisposeScope();
        var isToken = ids.ne(Config.PadId).to(ScalarType.Int64);
        return positions.call(isToken.cumsum(1).mul(isToken).add(Config.PadId)).MoveToOuterDisposeScope();
    }
}
