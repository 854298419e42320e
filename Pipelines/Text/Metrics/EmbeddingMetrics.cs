using System.Numerics.Tensors;

namespace MLPipelines.Text;

/// <summary>How well embeddings place texts that belong together.</summary>
public static class EmbeddingMetrics
{
    /// <summary>The cosine of the angle between two vectors, -1 to 1; 0 where one is all zeros.</summary>
    public static float Cosine(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        double length = Math.Sqrt((double)TensorPrimitives.SumOfSquares(first) * TensorPrimitives.SumOfSquares(second));
        return length == 0 ? 0 : (float)(TensorPrimitives.Dot(first, second) / length);
    }

    /// <summary>
    /// Spearman's rank correlation between the cosines of pairs and the similarities that people gave them, -1 to 1: the measure of the STS benchmarks.
    /// NaN where one side is constant.
    /// </summary>
    public static double SimilarityCorrelation(IReadOnlyList<float[]> first, IReadOnlyList<float[]> second, IReadOnlyList<double> similarities)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(similarities);
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Count, first.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(similarities.Count, first.Count);
        return Spearman([.. first.Zip(second, (one, other) => (double)Cosine(one, other))], [.. similarities]);
    }

    /// <summary>Spearman's rank correlation, ties sharing their mean rank; NaN where one side is constant.</summary>
    public static double Spearman(double[] first, double[] second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Length, first.Length);
        var (x, y) = (ProbabilityMetrics.Ranks(first), ProbabilityMetrics.Ranks(second));
        double mean = (first.Length + 1) / 2.0, products = 0, squaresX = 0, squaresY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            products += (x[i] - mean) * (y[i] - mean);
            squaresX += (x[i] - mean) * (x[i] - mean);
            squaresY += (y[i] - mean) * (y[i] - mean);
        }
        return squaresX == 0 || squaresY == 0 ? double.NaN : products / Math.Sqrt(squaresX * squaresY);
    }

    /// <summary>Searches for each query and judges what is found.</summary>
    /// <param name="index">The texts to search.</param>
    /// <param name="queries">The embeddings of the queries.</param>
    /// <param name="relevant">For each query, the items that should be found, as indices into the index; queries without any are left out.</param>
    /// <param name="cutoffs">The numbers of results to judge by; each 1 or more.</param>
    public static RetrievalMetrics Retrieval(SemanticIndex index, IReadOnlyList<float[]> queries, IReadOnlyList<IReadOnlySet<int>> relevant, params IReadOnlyList<int> cutoffs)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(relevant);
        ArgumentOutOfRangeException.ThrowIfNotEqual(relevant.Count, queries.Count);
        int[] cuts = [.. (cutoffs.Count == 0 ? [1, 5, 10] : cutoffs).Distinct().Order()];
        ArgumentOutOfRangeException.ThrowIfLessThan(cuts[0], 1, nameof(cutoffs));
        var recall = new double[cuts.Length];
        double reciprocal = 0;
        int judged = 0;
        for (int query = 0; query < queries.Count; query++)
        {
            if (relevant[query].Count == 0)
                continue;
            judged++;
            var found = index.Search(queries[query], cuts[^1]);
            for (int i = 0; i < cuts.Length; i++)
                recall[i] += (double)found.Take(cuts[i]).Count(hit => relevant[query].Contains(hit.Index)) / relevant[query].Count;
            int first = found.TakeWhile(hit => !relevant[query].Contains(hit.Index)).Count();
            reciprocal += first < found.Count ? 1.0 / (first + 1) : 0;
        }
        if (judged == 0)
            throw TextErrors.NothingRelevant();
        return new RetrievalMetrics(judged, [.. cuts.Select((cut, i) => (cut, recall[i] / judged))], reciprocal / judged);
    }
}

/// <summary>How well a search finds what it should.</summary>
/// <param name="Queries">Queries judged.</param>
/// <param name="Recall">For each cut-off, the mean share of what should be found that is among so many results, 0 to 1.</param>
/// <param name="MeanReciprocalRank">The mean of 1 / (rank of the first right result), 0 to 1; queries without one, among the most results asked for, count 0.</param>
public sealed record RetrievalMetrics(int Queries, IReadOnlyList<(int Cutoff, double Recall)> Recall, double MeanReciprocalRank)
{
    /// <summary>The figures, for people.</summary>
    public override string ToString() =>
        MetricsText.Figures([.. Recall.Select(entry => ($"recall@{entry.Cutoff}", entry.Recall)), ("mean reciprocal rank", MeanReciprocalRank)]).ToString();
}
