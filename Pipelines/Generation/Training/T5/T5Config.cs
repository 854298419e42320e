using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPipelines.Generation.T5;

/// <summary>The activation function of T5's feed-forward parts.</summary>
public enum T5Activation
{
    /// <summary>max(0, x): T5's first versions.</summary>
    Relu,

    /// <summary>The approximation of GELU by tanh: T5 v1.1, Flan-T5 and mT5.</summary>
    GeluTanh,

    /// <summary>The exact GELU.</summary>
    Gelu,

    /// <summary>x · sigmoid(x).</summary>
    Silu,
}

/// <summary>
/// How a T5 model is built: what a checkpoint's <c>config.json</c> says of T5 (Raffel et al., "Exploring the limits of transfer learning with a unified text-to-text
/// transformer", 2020, <see href="https://arxiv.org/abs/1910.10683"/>), T5 v1.1, Flan-T5 and mT5.
/// </summary>
/// <remarks>Immutable and thread-safe. Keys that are not understood are kept and written back. Defaults are those of t5-small.</remarks>
public sealed record T5Config
{
    private const int Most = 1 << 24;
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>The family as the file names it: "t5" or "mt5".</summary>
    public string ModelType { get; init; } = "t5";

    /// <summary>The number of rows of the embedding; token ids are below it. 1 or more.</summary>
    public int VocabularySize { get; init; } = 32128;

    /// <summary>The width of hidden states (d_model), 1 or more.</summary>
    public int HiddenSize { get; init; } = 512;

    /// <summary>The width of a head's keys and values (d_kv), 1 or more.</summary>
    public int HeadSize { get; init; } = 64;

    /// <summary>The width between the two products of the feed-forward part (d_ff), 1 or more.</summary>
    public int IntermediateSize { get; init; } = 2048;

    /// <summary>The encoder's layers, 1 or more.</summary>
    public int EncoderLayers { get; init; } = 6;

    /// <summary>The decoder's layers, 1 or more.</summary>
    public int DecoderLayers { get; init; } = 6;

    /// <summary>The attention heads per layer, 1 or more.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>How many distances the bias of attention tells apart. 4 or more, and even.</summary>
    public int RelativeBuckets { get; init; } = 32;

    /// <summary>The distance from which on all distances are one; above <see cref="RelativeBuckets"/> / 2.</summary>
    public int RelativeMaximumDistance { get; init; } = 128;

    /// <summary>What normalisation adds to the mean square, above 0.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>The dropout probability in training, 0 up to, not including, 1.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>The activation function.</summary>
    public T5Activation Activation { get; init; } = T5Activation.Relu;

    /// <summary>Whether the activated product is multiplied by a second one.</summary>
    public bool IsGated { get; init; }

    /// <summary>Whether logits are products with the embedding, scaled by 1 / √<see cref="HiddenSize"/>, and not with weights of their own.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>The id of padding.</summary>
    public int PadId { get; init; }

    /// <summary>The id that ends a sequence.</summary>
    public int EosId { get; init; } = 1;

    /// <summary>The id that the decoder begins with.</summary>
    public int DecoderStartId { get; init; }

    /// <summary>What the standard deviations of new weights are multiplied by, above 0.</summary>
    public double InitializerFactor { get; init; } = 1;

    internal JsonObject Keys { get; init; } = [];

    /// <summary>The width of queries, keys and values over all heads.</summary>
    public int InnerSize => Heads * HeadSize;

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="T5Exception">It is no JSON object, is of another architecture, or has values out of range; the message lists all of them.</exception>
    public static T5Config Parse(ReadOnlySpan<byte> json)
    {
        JsonObject keys;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
            using var document = JsonDocument.ParseValue(ref reader);
            keys = JsonNode.Parse(document.RootElement.GetRawText()) as JsonObject ?? throw T5Errors.NotJson(null);
            _ = keys.Count;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw T5Errors.NotJson(e);
        }
        var faults = new List<string>();
        var values = new T5ConfigKeys(keys, faults);
        string type = values.Text("model_type", "");
        if (type is not ("t5" or "mt5"))
            throw T5Errors.UnknownModelType(type);
        bool isMt5 = type == "mt5";
        int layers = values.Whole("num_layers", isMt5 ? 8 : 6);
        var (activation, isGated) = Projection(values.Text("feed_forward_proj", isMt5 ? "gated-gelu" : "relu"), faults);
        var config = new T5Config
        {
            ModelType = type,
            VocabularySize = values.Whole("vocab_size", isMt5 ? 250112 : 32128),
            HiddenSize = values.Whole("d_model", 512),
            HeadSize = values.Whole("d_kv", 64),
            IntermediateSize = values.Whole("d_ff", isMt5 ? 1024 : 2048),
            EncoderLayers = layers,
            DecoderLayers = values.Whole("num_decoder_layers", layers),
            Heads = values.Whole("num_heads", isMt5 ? 6 : 8),
            RelativeBuckets = values.Whole("relative_attention_num_buckets", 32),
            RelativeMaximumDistance = values.Whole("relative_attention_max_distance", 128),
            LayerNormEpsilon = values.Number("layer_norm_epsilon", 1e-6),
            Dropout = values.Number("dropout_rate", 0.1),
            Activation = activation,
            IsGated = isGated,
            TieWordEmbeddings = values.Flag("tie_word_embeddings", !isMt5),
            PadId = values.Whole("pad_token_id", 0),
            EosId = values.Whole("eos_token_id", 1),
            DecoderStartId = values.Whole("decoder_start_token_id", values.Whole("pad_token_id", 0)),
            InitializerFactor = values.Number("initializer_factor", 1),
            Keys = keys,
        };
        config.AddFaults(faults);
        return faults.Count == 0 ? config : throw T5Errors.BadConfig(faults);
    }

    /// <summary>Checks every value.</summary>
    /// <exception cref="T5Exception">Some are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        AddFaults(faults);
        if (faults.Count > 0)
            throw T5Errors.BadConfig(faults);
    }

    /// <summary>Writes it as a <c>config.json</c>, which Python's transformers opens.</summary>
    public byte[] ToJson()
    {
        var keys = Keys.DeepClone().AsObject();
        string activation = Activation switch { T5Activation.GeluTanh => "gelu_new", T5Activation.Gelu => "gelu", T5Activation.Silu => "silu", _ => "relu" };
        foreach (var (key, value) in new (string, JsonNode)[]
        {
            ("architectures", new JsonArray(ModelType == "mt5" ? "MT5ForConditionalGeneration" : "T5ForConditionalGeneration")),
            ("model_type", ModelType), ("vocab_size", VocabularySize), ("d_model", HiddenSize), ("d_kv", HeadSize), ("d_ff", IntermediateSize), ("num_layers", EncoderLayers),
            ("num_decoder_layers", DecoderLayers), ("num_heads", Heads), ("relative_attention_num_buckets", RelativeBuckets),
            ("relative_attention_max_distance", RelativeMaximumDistance), ("layer_norm_epsilon", LayerNormEpsilon), ("dropout_rate", Dropout),
            ("feed_forward_proj", IsGated ? $"gated-{(Activation == T5Activation.GeluTanh ? "gelu" : activation)}" : activation), ("dense_act_fn", activation), ("is_gated_act", IsGated),
            ("tie_word_embeddings", TieWordEmbeddings), ("pad_token_id", PadId), ("eos_token_id", EosId), ("decoder_start_token_id", DecoderStartId),
            ("initializer_factor", InitializerFactor), ("is_encoder_decoder", true), ("use_cache", true), ("torch_dtype", "float32"),
        })
            keys[key] = value;
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Indented))
            new JsonObject(keys.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))).WriteTo(writer);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    // Equality is that of what the configuration means; what else the file said has no part in it.
    /// <inheritdoc/>
    public bool Equals(T5Config? other) => other is not null && ToJson().AsSpan().SequenceEqual(other.ToJson());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(VocabularySize, HiddenSize, EncoderLayers, DecoderLayers, Heads, IntermediateSize);

    private static (T5Activation Activation, bool IsGated) Projection(string name, List<string> faults)
    {
        bool isGated = name.StartsWith("gated-", StringComparison.Ordinal);
        switch (isGated ? name["gated-".Length..] : name)
        {
            case "relu":
                return (T5Activation.Relu, isGated);
            // transformers reads "gated-gelu" as the approximation, as the first checkpoints meant it.
            case "gelu":
                return (isGated ? T5Activation.GeluTanh : T5Activation.Gelu, isGated);
            case "gelu_new" or "gelu_pytorch_tanh":
                return (T5Activation.GeluTanh, isGated);
            case "silu" or "swish":
                return (T5Activation.Silu, isGated);
            default:
                faults.Add($"feed_forward_proj is '{name}'; known are relu, gelu, gelu_new and silu, each also with 'gated-' before it");
                return default;
        }
    }

    private void AddFaults(List<string> faults)
    {
        foreach (var (key, value) in new[]
        {
            ("vocab_size", VocabularySize), ("d_model", HiddenSize), ("d_kv", HeadSize), ("d_ff", IntermediateSize), ("num_layers", EncoderLayers),
            ("num_decoder_layers", DecoderLayers), ("num_heads", Heads),
        })
        {
            if (value is < 1 or > Most)
                faults.Add($"{key} is {value}; it must be 1 to {Most}");
        }
        if (RelativeBuckets is < 4 or > 65536 || RelativeBuckets % 2 != 0)
            faults.Add($"relative_attention_num_buckets is {RelativeBuckets}; it must be even, 4 to 65536");
        else if (RelativeMaximumDistance <= RelativeBuckets / 2 || RelativeMaximumDistance > 1 << 20)
            faults.Add($"relative_attention_max_distance is {RelativeMaximumDistance}; it must be above half the buckets ({RelativeBuckets / 2}), up to {1 << 20}");
        if (!(LayerNormEpsilon > 0 && LayerNormEpsilon < 1))
            faults.Add(FormattableString.Invariant($"layer_norm_epsilon is {LayerNormEpsilon}; it must be above 0 and below 1"));
        if (!(Dropout is >= 0 and < 1))
            faults.Add(FormattableString.Invariant($"dropout_rate is {Dropout}; it must be at least 0 and below 1"));
        if (!(InitializerFactor > 0 && double.IsFinite(InitializerFactor)))
            faults.Add(FormattableString.Invariant($"initializer_factor is {InitializerFactor}; it must be above 0"));
        foreach (var (key, id) in new[] { ("pad_token_id", PadId), ("eos_token_id", EosId), ("decoder_start_token_id", DecoderStartId) })
        {
            if (id < 0 || id >= VocabularySize)
                faults.Add($"{key} is {id}; it must be 0 to {VocabularySize - 1}");
        }
    }
}
