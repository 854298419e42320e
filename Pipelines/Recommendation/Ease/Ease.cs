using System.Numerics.Tensors;

namespace MLPipelines.Recommendation;

/// <summary>Options of the linear autoencoder.</summary>
public sealed class EaseOptions : RecommenderOptions
{
    /// <summary>L2 regularisation; the more interactions an item has, the more it takes. Legal range: above 0. The default value is 200.</summary>
    public float Regularization { get; set; } = 200;

    /// <summary>
    /// The share of each history that is thought to be left out while it is learnt to predict it (EDLAE, Steck 2020), which keeps frequent items from
    /// speaking for themselves. Legal range: 0 to 0.99. The default value is 0.1.
    /// </summary>
    public float Dropout { get; set; } = 0.1f;

    private protected override void AddFaults(OptionFaults faults) => faults
        .Above(Regularization, 0, float.MaxValue, nameof(Regularization))
        .Range(Dropout, 0, 0.99, nameof(Dropout));
}

/// <summary>
/// Recommends by the linear model that predicts each item best from the others, found in closed form (Steck, "Embarrassingly shallow autoencoders for
/// sparse data", 2019). Among the best where the catalogue has up to some ten thousand items.
/// </summary>
/// <remarks>
/// Reads its input once; deterministic for any number of threads. Memory: 4 bytes for each pair of items. A matrix of users or of items,
/// whichever are fewer, is inverted, which costs the cube of their number.
/// </remarks>
public sealed class EaseEstimator : RecommenderEstimator<EaseOptions>
{
    private const int MostItems = 46_340;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public EaseEstimator(EaseOptions? options = null)
        : base(options)
    {
    }

    private protected override RecommenderModel Train(InteractionMatrix data)
    {
        int items = data.Items.Count;
        if (items > MostItems)
            throw RecommendationErrors.TooMany("items", items, MostItems, "Use ItemKnn or ImplicitAls.");
        var diagonal = Diagonal(data);
        var inverse = new float[(long)items * items];
        if (data.Users.Count < items)
            ByUsers(data, diagonal, inverse);
        else
            ByItems(data, diagonal, inverse);
        // A column of the weights is that of the inverse over its place on the diagonal, negated.
        var scale = new float[items];
        for (int i = 0; i < items; i++)
            scale[i] = -1 / inverse[(long)i * items + i];
        Parallel.For(0, items, Options.Parallelism, i =>
        {
            var row = inverse.AsSpan(i * items, items);
            TensorPrimitives.Multiply(row, scale, row);
            row[i] = 0;
        });
        if (!float.IsFinite(TensorPrimitives.Sum<float>(scale)))
            throw RecommendationErrors.Diverged(EaseModel.Name, "Raise Regularization.");
        return new EaseModel(data, inverse);
    }

    /// <summary>What is added to the diagonal of the products of items.</summary>
    private double[] Diagonal(InteractionMatrix data)
    {
        var diagonal = new double[data.Items.Count];
        double share = Options.Dropout / (1 - Options.Dropout);
        for (int at = 0; at < data.Count; at++)
            diagonal[data.Others[at]] += share * data.Weight(at) * data.Weight(at);
        for (int i = 0; i < diagonal.Length; i++)
            diagonal[i] += Options.Regularization;
        return diagonal;
    }

    private void ByItems(InteractionMatrix data, double[] diagonal, float[] inverse)
    {
        int n = data.Items.Count;
        var products = new double[(long)n * n];
        var byItem = data.Transposed;
        Parallel.For(0, n, Options.Parallelism, item =>
        {
            var row = products.AsSpan(item * n, n);
            for (int at = byItem.Starts[item]; at < byItem.Starts[item + 1]; at++)
            {
                int user = byItem.Others[at];
                for (int other = data.Starts[user]; other < data.Starts[user + 1]; other++)
                    row[data.Others[other]] += byItem.Weight(at) * data.Weight(other);
            }
            row[item] += diagonal[item];
        });
        if (!CholeskyInverse.Invert(products, n, Options.Parallelism))
            throw RecommendationErrors.Diverged(EaseModel.Name, "Raise Regularization.");
        for (int i = 0; i < products.Length; i++)
            inverse[i] = (float)products[i];
    }

    /// <summary>By Woodbury's identity: with X the interactions and D the diagonal, 1/D - 1/D X' (1 + X 1/D X')^-1 X 1/D.</summary>
    private void ByUsers(InteractionMatrix data, double[] diagonal, float[] inverse)
    {
        int n = data.Items.Count, m = data.Users.Count;
        var byItem = data.Transposed;
        var kernel = new double[(long)m * m];
        Parallel.For(0, m, Options.Parallelism, user =>
        {
            var row = kernel.AsSpan(user * m, m);
            for (int at = data.Starts[user]; at < data.Starts[user + 1]; at++)
            {
                int item = data.Others[at];
                double weight = data.Weight(at) / diagonal[item];
                for (int other = byItem.Starts[item]; other < byItem.Starts[item + 1]; other++)
                    row[byItem.Others[other]] += weight * byItem.Weight(other);
            }
            row[user] += 1;
        });
        if (!CholeskyInverse.Invert(kernel, m, Options.Parallelism))
            throw RecommendationErrors.Diverged(EaseModel.Name, "Raise Regularization.");
        Parallel.For(0, n, Options.Parallelism, () => new double[m], (item, _, mine) =>
        {
            Array.Clear(mine);
            for (int at = byItem.Starts[item]; at < byItem.Starts[item + 1]; at++)
                TensorPrimitives.MultiplyAdd(kernel.AsSpan(byItem.Others[at] * m, m), byItem.Weight(at) / diagonal[item], mine, mine);
            var row = inverse.AsSpan(item * n, n);
            for (int other = 0; other < n; other++)
            {
                double sum = 0;
                for (int at = byItem.Starts[other]; at < byItem.Starts[other + 1]; at++)
                    sum += mine[byItem.Others[at]] * byItem.Weight(at);
                row[other] = (float)(-sum / diagonal[other]);
            }
            row[item] += (float)(1 / diagonal[item]);
            return mine;
        }, _ => { });
    }
}

/// <summary>What each item adds to the score of each other: row after row, from the item of the history to all items.</summary>
internal sealed class EaseModel(InteractionMatrix data, float[] weights) : RecommenderModel(data)
{
    public const string Name = "ease";

    public override string Algorithm => Name;

    public override void Score(UserHistory history, Span<float> scores)
    {
        scores.Clear();
        var items = history.Items.Span;
        for (int i = 0; i < items.Length; i++)
            TensorPrimitives.MultiplyAdd(weights.AsSpan(items[i] * ItemCount, ItemCount), history.Weight(i), scores, scores);
    }

    public override float Score(UserHistory history, int item)
    {
        float score = 0;
        var items = history.Items.Span;
        for (int i = 0; i < items.Length; i++)
            score = MathF.FusedMultiplyAdd(weights[items[i] * ItemCount + item], history.Weight(i), score);
        return score;
    }

    public override void SimilarItems(int item, Span<float> scores) => weights.AsSpan(item * ItemCount, ItemCount).CopyTo(scores);

    public override void Contributions(UserHistory history, int item, Span<float> shares)
    {
        for (int i = 0; i < shares.Length; i++)
            shares[i] = history.Weight(i) * weights[history.Items.Span[i] * ItemCount + item];
    }

    public override void Write(ModelParts parts) => parts.Add("weights", weights);

    public static EaseModel Read(InteractionMatrix data, ModelParts parts) => new(data, parts.Read<float>("weights", (long)data.Items.Count * data.Items.Count));
}
