namespace MLPipelines.Text.Encoders;

/// <summary>How an encoder is built that starts from random weights.</summary>
public sealed class EncoderOptions
{
    /// <summary>The kind of encoder. The default value is <see cref="EncoderArchitecture.Bert"/>.</summary>
    public EncoderArchitecture Architecture { get; set; } = EncoderArchitecture.Bert;

    /// <summary>The number of transformer layers. Legal range: 1 to 128. The default value is 4.</summary>
    public int Layers { get; set; } = 4;

    /// <summary>The width of hidden states, a multiple of <see cref="Heads"/>. Legal range: 1 to 16,384. The default value is 256.</summary>
    public int HiddenSize { get; set; } = 256;

    /// <summary>The number of attention heads. Legal range: 1 to 256. The default value is 4.</summary>
    public int Heads { get; set; } = 4;

    /// <summary>
    /// The width between the two products of the feed-forward part. Legal range: 1 to 65,536; <see langword="null"/> is four times <see cref="HiddenSize"/>.
    /// The default value is <see langword="null"/>.
    /// </summary>
    public int? IntermediateSize { get; set; }

    /// <summary>The largest number of tokens of a sequence, special tokens included. Legal range: 2 to 65,536. The default value is 512.</summary>
    public int MaximumTokens { get; set; } = 512;

    /// <summary>The number of segments (BERT only). Legal range: 1 to 16. The default value is 2.</summary>
    public int Segments { get; set; } = 2;

    /// <summary>The dropout probability of hidden states. Legal range: 0 up to, not including, 1. The default value is 0.1.</summary>
    public double HiddenDropout { get; set; } = 0.1;

    /// <summary>The dropout probability of attention weights. Legal range: 0 up to, not including, 1. The default value is 0.1.</summary>
    public double AttentionDropout { get; set; } = 0.1;

    /// <summary>
    /// The dropout probability before the classifier. Legal range: 0 up to, not including, 1; <see langword="null"/> is that of <see cref="HiddenDropout"/>.
    /// The default value is <see langword="null"/>.
    /// </summary>
    public double? ClassifierDropout { get; set; }

    /// <summary>The activation function: gelu, gelu_new, gelu_pytorch_tanh, relu, silu or tanh. The default value is "gelu".</summary>
    public string Activation { get; set; } = "gelu";

    /// <summary>The standard deviation of the weights to begin with. Legal range: above 0, up to 1. The default value is 0.02.</summary>
    public double InitializerRange { get; set; } = 0.02;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(EncoderOptions))
            .If(!Enum.IsDefined(Architecture), $"{nameof(Architecture)} is {Architecture}; it must be {string.Join(", ", Enum.GetNames<EncoderArchitecture>())}")
            .Range(Layers, 1, 128, nameof(Layers))
            .Range(HiddenSize, 1, 16384, nameof(HiddenSize))
            .Range(Heads, 1, 256, nameof(Heads))
            .If(HiddenSize is >= 1 and <= 16384 && Heads is >= 1 and <= 256 && HiddenSize % Heads != 0, $"{nameof(HiddenSize)} is {HiddenSize}, which is not a multiple of {nameof(Heads)}, {Heads}")
            .Range(IntermediateSize, 1, 65536, nameof(IntermediateSize))
            .Range(MaximumTokens, 2, 65536, nameof(MaximumTokens))
            .Range(Segments, 1, 16, nameof(Segments))
            .Share(HiddenDropout, nameof(HiddenDropout))
            .Share(AttentionDropout, nameof(AttentionDropout))
            .Share(ClassifierDropout ?? 0, nameof(ClassifierDropout))
            .If(string.IsNullOrEmpty(Activation) || !ActivationFunction.IsKnown(Activation), $"{nameof(Activation)} is '{Activation}'; known are {ActivationFunction.Names}")
            .Above(InitializerRange, 0, 1, nameof(InitializerRange))
            .Throw();
    }

    /// <summary>The configuration of such an encoder for a vocabulary.</summary>
    /// <param name="vocabularySize">The largest token id + 1; 1 or more.</param>
    /// <param name="padId">The id of the padding token, below <paramref name="vocabularySize"/>.</param>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    /// <exception cref="EncoderException">The vocabulary is out of range.</exception>
    public EncoderConfig ToConfig(int vocabularySize, int padId)
    {
        Validate();
        bool distilled = Architecture == EncoderArchitecture.DistilBert;
        var config = new EncoderConfig
        {
            ModelType = Architecture switch
            {
                EncoderArchitecture.DistilBert => "distilbert",
                EncoderArchitecture.Roberta => "roberta",
                _ => "bert",
            },
            VocabularySize = vocabularySize,
            HiddenSize = HiddenSize,
            Layers = Layers,
            Heads = Heads,
            IntermediateSize = IntermediateSize ?? 4 * HiddenSize,
            MaximumPositions = Architecture == EncoderArchitecture.Roberta ? MaximumTokens + padId + 1 : MaximumTokens,
            TypeVocabularySize = Architecture switch
            {
                EncoderArchitecture.DistilBert => 0,
                EncoderArchitecture.Roberta => 1,
                _ => Segments,
            },
            LayerNormEpsilon = Architecture == EncoderArchitecture.Roberta ? 1e-5 : 1e-12,
            Activation = Activation,
            HiddenDropout = HiddenDropout,
            AttentionDropout = AttentionDropout,
            ClassifierDropout = ClassifierDropout ?? (distilled ? HiddenDropout : null),
            PadId = padId,
            InitializerRange = InitializerRange,
        };
        config.Validate();
        return config;
    }
}
