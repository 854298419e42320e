using Microsoft.ML;
using MLPipelines.MLNet;
using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;

namespace MLPipelines.Text;

/// <summary>Embeds texts: adds a vector for each.</summary>
/// <inheritdoc cref="EncoderTransformer" path="/remarks"/>
public sealed class TextEmbeddingTransformer : EncoderTransformer
{
    internal TextEmbeddingTransformer(EncoderRunner runner, SentencePooling pooling, string textColumn, string embeddingColumn)
        : base(runner, training: null) => (Pooling, TextColumn, EmbeddingColumn) = (pooling, textColumn, embeddingColumn);

    /// <summary>How the vectors of tokens become one.</summary>
    public SentencePooling Pooling { get; }

    /// <summary>The length of the embeddings.</summary>
    public int Dimension => Pooling.SizeFor(Config);

    internal string TextColumn { get; }

    internal string EmbeddingColumn { get; }

    /// <summary>Embeds texts without any data view. Thread-safe.</summary>
    /// <param name="texts">Any number of texts.</param>
    /// <param name="cancellationToken">Honoured between batches.</param>
    /// <returns>A vector of <see cref="Dimension"/> values for each.</returns>
    public float[][] Embed(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var vectors = new float[texts.Count][];
        Runner.Run(texts, (row, vector) => vectors[row] = vector.ToArray(), cancellationToken);
        return vectors;
    }

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new TextMapping<float[]>(
        inputSchema, TextColumn, [OutputColumn.Numbers<float[]>(EmbeddingColumn, Dimension, vector => vector)], texts => Embed(texts));

    internal static EncoderRunner MakeRunner(EncoderModule module, TextTokenizer tokenizer, int maximumTokens, SentencePooling pooling) =>
        new(module, module.Config, tokenizer, maximumTokens, input => pooling.Pool(module.forward(input).LastHiddenState, input.AttentionMask));
}
