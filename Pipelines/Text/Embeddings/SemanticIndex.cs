using System.Numerics.Tensors;

namespace MLPipelines.Text;

/// <summary>An item found by a search.</summary>
/// <param name="Index">Its place in the index, counted from 0.</param>
/// <param name="Similarity">The cosine between it and the query, -1 to 1.</param>
public readonly record struct SemanticHit(int Index, float Similarity);

/// <summary>Embeddings to search by meaning: exact, by the cosine with every one of them.</summary>
/// <remarks>Immutable and thread-safe. Holds 4 bytes a dimension and item.</remarks>
public sealed class SemanticIndex
{
    private const int ParallelAbove = 1 << 20;
    private readonly float[] _rows;

    /// <summary>An index of embeddings, which are normalised to length 1; one that is all zeros is found with similarity 0.</summary>
    /// <param name="embeddings">The embeddings, all of one length.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a value is not finite.</exception>
    public SemanticIndex(IReadOnlyList<float[]> embeddings)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        Count = embeddings.Count;
        Dimension = Count == 0 ? 0 : embeddings[0].Length;
        _rows = new float[checked(Count * Dimension)];
        for (int i = 0; i < Count; i++)
        {
            if (embeddings[i].Length != Dimension || Array.Exists(embeddings[i], value => !float.IsFinite(value)))
                throw TextErrors.BadEmbedding(i, embeddings[i].Length, Dimension);
            Normalize(embeddings[i], Row(i));
        }
    }

    /// <summary>The number of items.</summary>
    public int Count { get; }

    /// <summary>The length of the embeddings.</summary>
    public int Dimension { get; }

    /// <summary>The items nearest to a query, nearest first; of equally near ones that of the lower index.</summary>
    /// <param name="query">The embedding of the query; need not be normalised.</param>
    /// <param name="count">How many to find; 1 or more.</param>
    /// <exception cref="ArgumentException">The query has another length.</exception>
    public IReadOnlyList<SemanticHit> Search(ReadOnlySpan<float> query, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (Count > 0 && query.Length != Dimension)
            throw TextErrors.BadEmbedding(-1, query.Length, Dimension);
        var unit = new float[query.Length];
        Normalize(query, unit);
        var similarities = new float[Count];
        if ((long)Count * Dimension < ParallelAbove)
        {
            for (int i = 0; i < Count; i++)
                similarities[i] = TensorPrimitives.Dot<float>(unit, Row(i));
        }
        else
        {
            Parallel.For(0, Count, i => similarities[i] = TensorPrimitives.Dot<float>(unit, Row(i)));
        }
        return Nearest(similarities, Math.Min(count, Count));
    }

    private static SemanticHit[] Nearest(float[] similarities, int count)
    {
        // The queue holds the best so far, the worst of them in front.
        var best = new PriorityQueue<int, (float Similarity, int Order)>(count + 1);
        for (int i = 0; i < similarities.Length && count > 0; i++)
        {
            var priority = (similarities[i], -i);
            if (best.Count < count)
                best.Enqueue(i, priority);
            else if (best.TryPeek(out _, out var worst) && priority.CompareTo(worst) > 0)
                best.EnqueueDequeue(i, priority);
        }
        var hits = new SemanticHit[best.Count];
        for (int i = hits.Length - 1; i >= 0; i--)
        {
            int index = best.Dequeue();
            hits[i] = new SemanticHit(index, similarities[index]);
        }
        return hits;
    }

    private Span<float> Row(int index) => _rows.AsSpan(index * Dimension, Dimension);

    private static void Normalize(ReadOnlySpan<float> values, Span<float> unit)
    {
        float length = TensorPrimitives.Norm(values);
        if (length > 0)
            TensorPrimitives.Divide(values, length, unit);
        else
            unit.Clear();
    }
}
