using System.Numerics.Tensors;

namespace MLPipelines.Recommendation;

/// <summary>The network after training, in managed memory. Scores are log odds.</summary>
internal sealed class NeuralCfModel : RecommenderModel
{
    public const string Name = "neural-cf";
    private const int Neighbours = 50;

    private readonly NeuralCfWeights _weights;
    private readonly NeuralCfScorer _scorer;

    public NeuralCfModel(InteractionMatrix data, NeuralCfWeights weights)
        : base(data)
    {
        _weights = weights;
        _scorer = new NeuralCfScorer(weights);
    }

    public NeuralCfWeights Weights => _weights;

    public override string Algorithm => Name;

    public override void Score(UserHistory history, Span<float> scores)
    {
        var (gmf, mlp) = EmbeddingsOf(history);
        _scorer.Score(gmf.Span, mlp.Span, 0, scores);
    }

    public override float Score(UserHistory history, int item)
    {
        var (gmf, mlp) = EmbeddingsOf(history);
        Span<float> score = stackalloc float[1];
        _scorer.Score(gmf.Span, mlp.Span, item, score);
        return score[0];
    }

    /// <summary>The cosine of the embeddings; of two, their mean.</summary>
    public override float Similarity(int first, int second) => Similarity(_weights.ItemGmf, _weights.ItemMlp, first, second);

    public override void SimilarItems(int item, Span<float> scores)
    {
        for (int i = 0; i < scores.Length; i++)
            scores[i] = Similarity(item, i);
    }

    public override void SimilarUsers(int user, Span<float> scores)
    {
        for (int i = 0; i < scores.Length; i++)
            scores[i] = Similarity(_weights.UserGmf, _weights.UserMlp, user, i);
    }

    /// <summary>How alike the items are, weighted as the interactions are.</summary>
    public override void Contributions(UserHistory history, int item, Span<float> shares)
    {
        for (int i = 0; i < shares.Length; i++)
            shares[i] = history.Weight(i) * Similarity(history.Items.Span[i], item);
    }

    public override void Write(ModelParts parts) => parts.AddTensors("network", _weights.ToTensors());

    public static NeuralCfModel Read(InteractionMatrix data, ModelParts parts) =>
        new(data, parts.ReadTensors("network", checkpoint => NeuralCfWeights.From(checkpoint, data.Users.Count, data.Items.Count)));

    /// <summary>The embeddings of a user in both parts of the network; empty in one that it has not.</summary>
    private (ReadOnlyMemory<float> Gmf, ReadOnlyMemory<float> Mlp) EmbeddingsOf(UserHistory history)
    {
        int d = _weights.Dimension;
        if (history.User >= 0)
            return (_weights.UserGmf.AsMemory(Start(_weights.UserGmf), Length(_weights.UserGmf)), _weights.UserMlp.AsMemory(Start(_weights.UserMlp), Length(_weights.UserMlp)));
        var likeness = Likeness(history.Items.Span);
        var top = new TopItems(Math.Min(Neighbours, likeness.Length));
        top.Select(likeness);
        return (Mean(_weights.UserGmf), Mean(_weights.UserMlp));

        int Start(float[]? table) => table is null ? 0 : history.User * d;

        int Length(float[]? table) => table is null ? 0 : d;

        float[] Mean(float[]? table)
        {
            if (table is null)
                return [];
            var mean = new float[d];
            float total = 0;
            for (int i = 0; i < top.Items.Length; i++)
            {
                TensorPrimitives.MultiplyAdd(table.AsSpan(top.Items[i] * d, d), top.Scores[i], mean, mean);
                total += top.Scores[i];
            }
            TensorPrimitives.Divide(mean, total, mean);
            return mean;
        }
    }

    /// <summary>The cosine of a set of items with those of each user; negative infinity where they have none in common, and 1 for all where nobody has any of them.</summary>
    private float[] Likeness(ReadOnlySpan<int> items)
    {
        var likeness = new float[Data.Users.Count];
        var byItem = Data.Transposed;
        foreach (int item in items)
        {
            foreach (int user in byItem.Of(item))
                likeness[user]++;
        }
        if (!likeness.AsSpan().ContainsAnyExcept(0f))
        {
            Array.Fill(likeness, 1);
            return likeness;
        }
        for (int user = 0; user < likeness.Length; user++)
            likeness[user] = likeness[user] == 0 ? float.NegativeInfinity : likeness[user] / MathF.Sqrt((float)items.Length * Data.Degree(user));
        return likeness;
    }

    private float Similarity(float[]? gmf, float[]? mlp, int first, int second)
    {
        int d = _weights.Dimension;
        return gmf is null ? Cosine(mlp!) : mlp is null ? Cosine(gmf) : (Cosine(gmf) + Cosine(mlp)) / 2;

        float Cosine(float[] table)
        {
            ReadOnlySpan<float> a = table.AsSpan(first * d, d), b = table.AsSpan(second * d, d);
            float length = TensorPrimitives.Norm(a) * TensorPrimitives.Norm(b);
            return length == 0 ? 0 : Math.Min(1, TensorPrimitives.Dot(a, b) / length);
        }
    }
}
