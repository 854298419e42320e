using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>Options of sentence embeddings. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
public sealed class TextEmbeddingOptions
{
    /// <summary>Name of the text column to embed. Missing texts count as empty. The default value is "Text".</summary>
    public string TextColumnName { get; set; } = "Text";

    /// <summary>Name of the output column, a vector of <see cref="float"/>. The default value is "Embedding".</summary>
    public string EmbeddingColumnName { get; set; } = "Embedding";

    /// <summary>
    /// The encoder: the folder or reference of a checkpoint, such as one of sentence-transformers, or what <see cref="TextPretraining"/> or a classifier's
    /// <see cref="EncoderTransformer.SaveCheckpoint"/> wrote. There is no default: it must be given.
    /// </summary>
    public EncoderSource? Encoder { get; set; }

    /// <summary>
    /// How the vectors of tokens become one. The default value is <see langword="null"/>: as the checkpoint says; where it says nothing, their mean, scaled to length 1.
    /// </summary>
    public SentencePooling? Pooling { get; set; }

    /// <summary>
    /// The most tokens of a text that are read, special ones included; the rest is cut off. Legal range: 4 up to what the encoder has positions for.
    /// The default value is <see langword="null"/>: as the checkpoint says, else what the encoder has positions for, but at most 256.
    /// </summary>
    public int? MaximumTokens { get; set; }

    /// <summary>The type to compute in; embeddings are float32 always. The default value is <see cref="TrainingPrecision.Auto"/>: bfloat16 where that is faster.</summary>
    public TrainingPrecision Precision { get; set; } = TrainingPrecision.Auto;

    /// <summary>Where to compute: "cpu", "cuda", "cuda:1", …, or "auto" for a GPU if LibTorch finds one. The default value is "auto".</summary>
    public string Device { get; set; } = "auto";

    /// <summary>Stops fetching and loading when cancelled. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(TextEmbeddingOptions));
        faults.Name(TextColumnName, nameof(TextColumnName));
        faults.Output(EmbeddingColumnName, nameof(EmbeddingColumnName));
        if (Encoder is null)
            faults.Add($"{nameof(Encoder)} is missing; give a folder, or a reference such as hf:sentence-transformers/all-MiniLM-L6-v2");
        else
            faults.Check(Encoder.Validate);
        if (Encoder is { IsScratch: true })
            faults.Add($"{nameof(Encoder)} has random weights, whose embeddings mean nothing; pretrain it with {nameof(TextPretraining)}, or give a checkpoint");
        if (MaximumTokens is { } tokens)
            faults.Range(tokens, 4, int.MaxValue, nameof(MaximumTokens));
        if (Pooling is { Modes: var modes } && (modes == 0 || (int)modes > 15))
            faults.Add($"{nameof(Pooling)}.Modes is {modes}; name one or more of {string.Join(", ", Enum.GetNames<PoolingModes>())}");
        faults.Check(() => new TrainingOptions { Precision = Precision, Device = Device }.Validate());
        faults.Throw();
    }
}
