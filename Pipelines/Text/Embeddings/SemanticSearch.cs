namespace MLPipelines.Text;

/// <summary>A text found by a search.</summary>
/// <param name="Index">Its place among the texts, counted from 0.</param>
/// <param name="Text">The text.</param>
/// <param name="Similarity">The cosine between it and the query, -1 to 1.</param>
public sealed record FoundText(int Index, string Text, float Similarity);

/// <summary>Searches a table of texts by meaning.</summary>
/// <remarks>Thread-safe. Lives as long as the transformer that it was made with, which it does not dispose of.</remarks>
public sealed class SemanticSearch
{
    private readonly TextEmbeddingTransformer _embedder;
    private readonly string[] _texts;

    /// <summary>Embeds the texts to search.</summary>
    /// <param name="embedder">Embeds texts and queries.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Honoured between batches.</param>
    public SemanticSearch(TextEmbeddingTransformer embedder, IEnumerable<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(texts);
        (_embedder, _texts) = (embedder, [.. texts]);
        Index = new SemanticIndex(embedder.Embed(_texts, cancellationToken));
    }

    /// <summary>The embeddings.</summary>
    public SemanticIndex Index { get; }

    /// <summary>The texts nearest to a query, nearest first.</summary>
    /// <param name="query">What to look for.</param>
    /// <param name="count">How many to find; 1 or more.</param>
    public IReadOnlyList<FoundText> Search(string query, int count = 10)
    {
        ArgumentNullException.ThrowIfNull(query);
        return [.. Index.Search(_embedder.Embed([query])[0], count).Select(hit => new FoundText(hit.Index, _texts[hit.Index], hit.Similarity))];
    }
}
