using System.Runtime.CompilerServices;

namespace MLPipelines.Generation.T5;

/// <summary>The names and shapes of a T5 model's weights, as checkpoints have them.</summary>
internal static class T5ParameterNames
{
    public const string Embedding = "shared.weight";
    public const string Head = "lm_head.weight";

    private static readonly ConditionalWeakTable<T5Config, Dictionary<string, long[]>> Known = [];

    /// <summary>All weights in the order in which a pass goes through them; linear ones are [outputs, inputs].</summary>
    public static IReadOnlyDictionary<string, long[]> Of(T5Config config) => Known.GetValue(config, Make);

    public static string Block(bool isDecoder, int layer, int part) => FormattableString.Invariant($"{(isDecoder ? "decoder" : "encoder")}.block.{layer}.layer.{part}");

    public static string FinalNorm(bool isDecoder) => $"{(isDecoder ? "decoder" : "encoder")}.final_layer_norm.weight";

    public static string RelativeBias(bool isDecoder) => $"{Block(isDecoder, 0, 0)}.SelfAttention.relative_attention_bias.weight";

    private static Dictionary<string, long[]> Make(T5Config config)
    {
        long width = config.HiddenSize, inner = config.InnerSize;
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal) { [Embedding] = [config.VocabularySize, width] };
        foreach (bool isDecoder in (bool[])[false, true])
        {
            int layers = isDecoder ? config.DecoderLayers : config.EncoderLayers;
            for (int i = 0; i < layers; i++)
            {
                string self = Block(isDecoder, i, 0);
                Attention($"{self}.SelfAttention");
                if (i == 0)
                    shapes[RelativeBias(isDecoder)] = [config.RelativeBuckets, config.Heads];
                shapes[$"{self}.layer_norm.weight"] = [width];
                if (isDecoder)
                {
                    string cross = Block(isDecoder, i, 1);
                    Attention($"{cross}.EncDecAttention");
                    shapes[$"{cross}.layer_norm.weight"] = [width];
                }
                string wide = Block(isDecoder, i, isDecoder ? 2 : 1);
                foreach (string name in config.IsGated ? (string[])["wi_0", "wi_1"] : ["wi"])
                    shapes[$"{wide}.DenseReluDense.{name}.weight"] = [config.IntermediateSize, width];
                shapes[$"{wide}.DenseReluDense.wo.weight"] = [width, config.IntermediateSize];
                shapes[$"{wide}.layer_norm.weight"] = [width];
            }
            shapes[FinalNorm(isDecoder)] = [width];
        }
        if (!config.TieWordEmbeddings)
            shapes[Head] = [config.VocabularySize, width];
        return shapes;

        void Attention(string name)
        {
            foreach (string part in (string[])["q", "k", "v"])
                shapes[$"{name}.{part}.weight"] = [inner, width];
            shapes[$"{name}.o.weight"] = [width, inner];
        }
    }
}
