namespace MLPipelines.Text.Encoders;

/// <summary>What a family calls the keys of its <c>config.json</c>, and the values that its files leave out.</summary>
internal sealed class EncoderConfigKeys
{
    private static readonly EncoderConfigKeys Bert = new();
    private static readonly EncoderConfigKeys Roberta = new() { DefaultVocabularySize = 50265, DefaultPadId = 1 };
    private static readonly EncoderConfigKeys DistilBert = new()
    {
        HiddenSize = "dim",
        Layers = "n_layers",
        Heads = "n_heads",
        IntermediateSize = "hidden_dim",
        Activation = "activation",
        HiddenDropout = "dropout",
        AttentionDropout = "attention_dropout",
        ClassifierDropout = "seq_classif_dropout",
        TypeVocabularySize = null,
        LayerNormEpsilon = null,
        SinusoidalPositions = "sinusoidal_pos_embds",
        DefaultLayers = 6,
        DefaultClassifierDropout = 0.2,
    };

    /// <summary>All families, for messages.</summary>
    public const string Families = "bert, distilbert, roberta, xlm-roberta, camembert";

    public string VocabularySize { get; } = "vocab_size";

    public string HiddenSize { get; private init; } = "hidden_size";

    public string Layers { get; private init; } = "num_hidden_layers";

    public string Heads { get; private init; } = "num_attention_heads";

    public string IntermediateSize { get; private init; } = "intermediate_size";

    public string MaximumPositions { get; } = "max_position_embeddings";

    public string? TypeVocabularySize { get; private init; } = "type_vocab_size";

    public string? LayerNormEpsilon { get; private init; } = "layer_norm_eps";

    public string Activation { get; private init; } = "hidden_act";

    public string HiddenDropout { get; private init; } = "hidden_dropout_prob";

    public string AttentionDropout { get; private init; } = "attention_probs_dropout_prob";

    public string ClassifierDropout { get; private init; } = "classifier_dropout";

    public string PadId { get; } = "pad_token_id";

    public string InitializerRange { get; } = "initializer_range";

    public string? SinusoidalPositions { get; private init; }

    public int DefaultVocabularySize { get; private init; } = 30522;

    public int DefaultLayers { get; private init; } = 12;

    public int DefaultPadId { get; private init; }

    public double? DefaultClassifierDropout { get; private init; }

    /// <summary>The keys of a family, or <see langword="null"/> for one that cannot be built.</summary>
    public static EncoderConfigKeys? Of(string? modelType) => modelType switch
    {
        "bert" => Bert,
        "distilbert" => DistilBert,
        "roberta" or "xlm-roberta" or "camembert" => Roberta,
        _ => null,
    };
}
