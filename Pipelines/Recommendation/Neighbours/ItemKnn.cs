namespace MLPipelines.Recommendation;

/// <summary>How the likeness of items is measured.</summary>
public enum ItemSimilarity
{
    /// <summary>The cosine of their users.</summary>
    Cosine,

    /// <summary>The cosine, users who have few items counting more.</summary>
    TfIdf,

    /// <summary>The product of their users, weighted by Okapi BM25: users who have few items count more, items that many have count less.</summary>
    Bm25,
}

/// <summary>Options of the recommender by neighbouring items.</summary>
public sealed class ItemKnnOptions : RecommenderOptions
{
    /// <summary>How the likeness of items is measured. The default value is <see cref="ItemSimilarity.Cosine"/>.</summary>
    public ItemSimilarity Similarity { get; set; } = ItemSimilarity.Cosine;

    /// <summary>How many neighbours an item has. Legal range: 1 or more. The default value is 200.</summary>
    public int Neighbours { get; set; } = 200;

    /// <summary>What is added to the product of the lengths of two items before dividing by it, so that rare pairs count less. Legal range: 0 or more. The default value is 20.</summary>
    public float Shrinkage { get; set; } = 20;

    /// <summary>
    /// Whether the neighbours kept are, for each item that may be recommended, those that speak for it the most; otherwise, for each item of a history,
    /// those that it speaks for the most. The default value is <see langword="true"/>, which measured better.
    /// </summary>
    public bool PruneByCandidate { get; set; } = true;

    /// <summary>BM25: how fast several interactions of the same pair stop to count. Legal range: above 0. The default value is 1.2.</summary>
    public float K1 { get; set; } = 1.2f;

    /// <summary>BM25: how much popular items are held back. Legal range: 0 to 1. The default value is 0.5.</summary>
    public float B { get; set; } = 0.5f;

    private protected override void AddFaults(OptionFaults faults) => faults
        .If(!Enum.IsDefined(Similarity), $"{nameof(Similarity)} is {Similarity}, which is no known one")
        .Range(Neighbours, 1, int.MaxValue, nameof(Neighbours))
        .Range(Shrinkage, 0, float.MaxValue, nameof(Shrinkage))
        .Above(K1, 0, float.MaxValue, nameof(K1))
        .Range(B, 0, 1, nameof(B));
}

/// <summary>Recommends items that the same users have as the items of a user (Sarwar et al. 2001).</summary>
/// <remarks>Reads its input once; deterministic for any number of threads. Costs the sum of the squares of how many items users have.</remarks>
public sealed class ItemKnnEstimator : RecommenderEstimator<ItemKnnOptions>
{
    internal const string Name = "item-knn";

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public ItemKnnEstimator(ItemKnnOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Train(InteractionMatrix data)
    {
        var weights = Weights(data);
        var norms = new double[data.Items.Count];
        for (int at = 0; at < data.Count; at++)
            norms[data.Others[at]] += (double)weights[at] * weights[at];
        var lengths = Array.ConvertAll(norms, norm => (float)Math.Sqrt(norm));
        float shrinkage = Options.Shrinkage;
        Func<int, int, float, float> strength = Options.Similarity == ItemSimilarity.Bm25
            ? (_, _, sum) => sum
            : (item, other, sum) => sum / (lengths[item] * lengths[other] + shrinkage);
        return NeighbourSearch.Find(data, Name, weights, weights, strength, Options.Neighbours, Options.PruneByCandidate, Options);
    }

    private float[] Weights(InteractionMatrix data)
    {
        var weights = new float[data.Count];
        double logItems = Math.Log(data.Items.Count);
        var byItem = data.Transposed;
        double mean = (double)data.Count / data.Items.Count;
        for (int user = 0; user < data.Users.Count; user++)
        {
            // A user with every item tells nothing; one with a single item tells most.
            float rarity = (float)Math.Max(0, logItems - Math.Log(1 + data.Degree(user)));
            for (int at = data.Starts[user]; at < data.Starts[user + 1]; at++)
            {
                float weight = data.Weight(at);
                weights[at] = Options.Similarity switch
                {
                    ItemSimilarity.Cosine => weight,
                    ItemSimilarity.TfIdf => MathF.Sqrt(weight) * rarity,
                    _ => weight * (Options.K1 + 1) / (Options.K1 * (1 - Options.B + Options.B * (float)(byItem.Degree(data.Others[at]) / mean)) + weight) * rarity,
                };
            }
        }
        return weights;
    }
}
