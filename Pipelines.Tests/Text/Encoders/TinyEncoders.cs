using MLPipelines.Text.Encoders;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>Small encoders, and batches for them.</summary>
internal static class TinyEncoders
{
    public static EncoderConfig Config(EncoderArchitecture architecture = EncoderArchitecture.Bert, double dropout = 0.1, int layers = 2, int vocabulary = 50) =>
        new EncoderOptions
        {
            Architecture = architecture,
            Layers = layers,
            HiddenSize = 24,
            Heads = 3,
            IntermediateSize = 40,
            MaximumTokens = 16,
            HiddenDropout = dropout,
            AttentionDropout = dropout,
            InitializerRange = 0.2,
        }.ToConfig(vocabulary, padId: 1);

    /// <summary>Rows of the given lengths, of tokens that follow from where they are.</summary>
    public static EncoderInput Batch(EncoderConfig config, params int[] lengths) =>
        EncoderInput.Create(config, Rows(config, lengths), config.TypeVocabularySize > 1 ? [.. lengths.Select(length => Enumerable.Range(0, length).Select(i => i * 2 / length).ToArray())] : null);

    public static int[][] Rows(EncoderConfig config, params int[] lengths) =>
        [.. lengths.Select((length, row) => Enumerable.Range(0, length).Select(i => 2 + (31 * row + 7 * i) % (config.VocabularySize - 2)).ToArray())];
}
