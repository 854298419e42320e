namespace MLPipelines.Text.Encoders;

/// <summary>
/// What a checkpoint's <c>config.json</c> says, whatever names its architecture gives to the keys. Keys that are not understood are kept and written back.
/// </summary>
/// <remarks>Immutable and thread-safe; change one with a <see langword="with"/> expression, then call <see cref="Validate"/>.</remarks>
public sealed record EncoderConfig
{
    /// <summary>The family as the file names it: "bert", "distilbert", "roberta", "xlm-roberta" or "camembert".</summary>
    public required string ModelType { get; init; }

    /// <summary>The number of rows of the word embedding; token ids are below it. 1 or more.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of hidden states, a multiple of <see cref="Heads"/>.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The number of transformer layers, 1 or more.</summary>
    public required int Layers { get; init; }

    /// <summary>The number of attention heads per layer, 1 or more.</summary>
    public required int Heads { get; init; }

    /// <summary>The width between the two products of the feed-forward part, 1 or more.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The number of rows of the position embedding. <see cref="MaximumTokens"/> says how long a sequence may be.</summary>
    public required int MaximumPositions { get; init; }

    /// <summary>The number of segments that <see cref="EncoderInput.TokenTypeIds"/> tell apart; 0 where the architecture has none.</summary>
    public int TypeVocabularySize { get; init; }

    /// <summary>What layer normalisation adds to the variance, above 0.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-12;

    /// <summary>The name of the activation function: gelu, gelu_new, gelu_pytorch_tanh, relu, silu or tanh, or a synonym of them.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>The dropout probability of hidden states, 0 up to, not including, 1.</summary>
    public double HiddenDropout { get; init; } = 0.1;

    /// <summary>The dropout probability of attention weights, 0 up to, not including, 1.</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>The dropout probability before the classifier, 0 up to, not including, 1; where <see langword="null"/>, <see cref="HiddenDropout"/> is used.</summary>
    public double? ClassifierDropout { get; init; }

    /// <summary>The id of the padding token; its row of the word embedding is never trained by lookups.</summary>
    public int PadId { get; init; }

    /// <summary>The standard deviation of newly initialised weights, 0 or more.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The names of the labels, by class index. Two, "LABEL_0" and "LABEL_1", where the file names none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = ["LABEL_0", "LABEL_1"];

    /// <summary>What the labels are; <see langword="null"/> where the file does not say.</summary>
    public EncoderProblemType? ProblemType { get; init; }

    /// <summary>Whether the output layer of the masked language model is the word embedding.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>Whether new position embeddings are sines and cosines that are not trained (DistilBERT only).</summary>
    public bool SinusoidalPositions { get; init; }

    /// <summary>The names of the classes that transformers opens the checkpoint with; the first counts.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    /// <summary>How the network is built.</summary>
    public EncoderArchitecture Architecture => ModelType switch
    {
        "bert" => EncoderArchitecture.Bert,
        "distilbert" => EncoderArchitecture.DistilBert,
        "roberta" or "xlm-roberta" or "camembert" => EncoderArchitecture.Roberta,
        _ => throw TextErrors.UnknownModelType(ModelType),
    };

    /// <summary>The largest number of tokens of a sequence, special tokens included.</summary>
    public int MaximumTokens => Architecture == EncoderArchitecture.Roberta ? MaximumPositions - PadId - 1 : MaximumPositions;

    /// <summary>The width of one attention head.</summary>
    public int HeadSize => HiddenSize / Heads;

    /// <summary>The file that this was read from, or one without keys.</summary>
    internal EncoderConfigFile File { get; init; } = EncoderConfigFile.Empty;

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="json">The file, in UTF-8.</param>
    /// <exception cref="EncoderException">It is not a JSON object, is of a family that cannot be built, or has values out of range; the message lists all of them.</exception>
    public static EncoderConfig Parse(ReadOnlySpan<byte> json) => EncoderConfigFile.Parse(json);

    /// <summary>Writes a <c>config.json</c> that Python's transformers opens: what was read, with what was changed.</summary>
    public byte[] ToJson() => File.Write(this);

    /// <summary>The same with other labels.</summary>
    /// <param name="labels">The names of the labels, by class index; one or more, no two the same.</param>
    /// <param name="problemType">What the labels are.</param>
    public EncoderConfig WithLabels(IReadOnlyList<string> labels, EncoderProblemType? problemType = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return this with { Labels = [.. labels], ProblemType = problemType };
    }

    /// <summary>Checks every value.</summary>
    /// <exception cref="EncoderException">Some are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        AddFaults(faults);
        if (faults.Count > 0)
            throw TextErrors.BadConfig(faults);
    }

    internal void AddFaults(List<string> faults)
    {
        var names = EncoderConfigKeys.Of(ModelType);
        if (names is null)
        {
            faults.Add(TextErrors.UnknownModelType(ModelType).Message);
            return;
        }
        Least(VocabularySize, 1, names.VocabularySize);
        Least(HiddenSize, 1, names.HiddenSize);
        Least(Layers, 1, names.Layers);
        Least(Heads, 1, names.Heads);
        Least(IntermediateSize, 1, names.IntermediateSize);
        if (HiddenSize > 0 && Heads > 0 && HiddenSize % Heads != 0)
            faults.Add($"{names.HiddenSize} is {HiddenSize}, which is not a multiple of {names.Heads}, {Heads}");
        Least(PadId, 0, names.PadId);
        if (PadId >= VocabularySize && VocabularySize > 0)
            faults.Add($"{names.PadId} is {PadId}; it must be below {names.VocabularySize}, {VocabularySize}");
        Least(MaximumPositions, 1, names.MaximumPositions);
        if (Architecture == EncoderArchitecture.Roberta && MaximumPositions > 0 && PadId >= 0 && MaximumTokens < 1)
            faults.Add($"{names.MaximumPositions} is {MaximumPositions}; positions of this family begin at {names.PadId} + 1, {PadId + 1}, so that no token fits");
        if (names.TypeVocabularySize is { } typeKey)
            Least(TypeVocabularySize, 1, typeKey);
        if (!(LayerNormEpsilon > 0 && double.IsFinite(LayerNormEpsilon)))
            faults.Add(FormattableString.Invariant($"{names.LayerNormEpsilon ?? nameof(LayerNormEpsilon)} is {LayerNormEpsilon}; it must be above 0"));
        if (!ActivationFunction.IsKnown(Activation))
            faults.Add($"{names.Activation} is '{Activation}'; known are {ActivationFunction.Names}");
        Probability(HiddenDropout, names.HiddenDropout);
        Probability(AttentionDropout, names.AttentionDropout);
        if (ClassifierDropout is { } dropout)
            Probability(dropout, names.ClassifierDropout);
        if (!(InitializerRange >= 0 && double.IsFinite(InitializerRange)))
            faults.Add(FormattableString.Invariant($"{names.InitializerRange} is {InitializerRange}; it must be 0 or more"));
        if (Labels is null || Labels.Count == 0)
            faults.Add("id2label names no label");
        else if (Labels.GroupBy(label => label, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            faults.Add($"id2label names '{twice.Key}' {twice.Count()} times");
        // One tensor must not have more elements than an array of bytes can hold many times over: a damaged file is told from a large model.
        if (faults.Count == 0 && (long)Math.Max(VocabularySize, Math.Max(MaximumPositions, IntermediateSize)) * HiddenSize > 1L << 36)
            faults.Add($"an embedding or weight would have more than 2^36 elements ({names.VocabularySize} {VocabularySize}, {names.MaximumPositions} {MaximumPositions}, {names.IntermediateSize} {IntermediateSize}, {names.HiddenSize} {HiddenSize})");

        void Least(int value, int least, string key)
        {
            if (value < least)
                faults.Add($"{key} is {value}; it must be {least} or more");
        }

        void Probability(double value, string key)
        {
            if (!(value is >= 0 and < 1))
                faults.Add(FormattableString.Invariant($"{key} is {value}; it must be at least 0 and below 1"));
        }
    }
}
