namespace MLPipelines.Text.Encoders;

/// <summary>
/// BERT (Devlin et al., "BERT: Pre-training of deep bidirectional transformers for language understanding", 2018, <see href="https://arxiv.org/abs/1810.04805"/>),
/// and what is built like it, such as MiniLM (<see href="https://arxiv.org/abs/2002.10957"/>).
/// </summary>
public sealed class BertEncoder : EncoderModule
{
    internal static readonly EncoderLayerNames LayerNames = new()
    {
        Prefix = "encoder.layer.",
        Query = "attention.self.query",
        Key = "attention.self.key",
        Value = "attention.self.value",
        Projection = "attention.output.dense",
        AttentionNorm = "attention.output.LayerNorm",
        Intermediate = "intermediate.dense",
        Output = "output.dense",
        OutputNorm = "output.LayerNorm",
        DropsAttentionOutput = true,
    };

    internal BertEncoder(EncoderConfig config, bool hasPooler)
        : base(nameof(BertEncoder), config, LayerNames, hasPooler)
    {
    }
}
