namespace MLPipelines.Text.Encoders;

/// <summary>
/// DistilBERT (Sanh et al., "DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter", 2019, <see href="https://arxiv.org/abs/1910.01108"/>):
/// BERT without segments, without a pooler and without dropout on the output of attention.
/// </summary>
public sealed class DistilBertEncoder : EncoderModule
{
    private static readonly EncoderLayerNames LayerNames = new()
    {
        Prefix = "transformer.layer.",
        Query = "attention.q_lin",
        Key = "attention.k_lin",
        Value = "attention.v_lin",
        Projection = "attention.out_lin",
        AttentionNorm = "sa_layer_norm",
        Intermediate = "ffn.lin1",
        Output = "ffn.lin2",
        OutputNorm = "output_layer_norm",
        DropsAttentionOutput = false,
    };

    internal DistilBertEncoder(EncoderConfig config)
        : base(nameof(DistilBertEncoder), config, LayerNames, hasPooler: false)
    {
    }
}
