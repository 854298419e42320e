using System.Numerics.Tensors;

namespace MLPipelines.Recommendation;

/// <summary>Biases and factors, one user's or item's after another's.</summary>
internal sealed class BiasedFactorModel : RecommenderModel
{
    public const string Name = "biased-matrix-factorization";

    private readonly RatingBiases _biases;
    private readonly float[] _users;
    private readonly float[] _items;
    private readonly int _rank;
    private readonly float _lambda;
    private readonly float _shrinkage;
    private readonly float _least;
    private readonly float _most;

    public BiasedFactorModel(InteractionMatrix data, RatingBiases biases, float[] users, float[] items, int rank, float lambda, float shrinkage)
        : base(data)
    {
        (_biases, _users, _items, _rank, _lambda, _shrinkage) = (biases, users, items, rank, lambda, shrinkage);
        _least = data.Weights is { } ratings ? TensorPrimitives.Min<float>(ratings) : 1;
        _most = data.Weights is { } values ? TensorPrimitives.Max<float>(values) : 1;
    }

    public override string Algorithm => Name;

    public override bool Knows(UserHistory history) => true;

    public override bool Takes(float weight) => float.IsFinite(weight);

    public override void Score(UserHistory history, Span<float> scores)
    {
        var taste = Taste(history);
        for (int item = 0; item < scores.Length; item++)
            scores[item] = Rate(taste, item);
    }

    public override float Score(UserHistory history, int item) => Math.Clamp(Rate(Taste(history), item), _least, _most);

    public override float ScoreUnknownItem(UserHistory history) => Math.Clamp(_biases.Mean + Taste(history).Bias, _least, _most);

    public override float Similarity(int first, int second) => Cosine(_items, first, second);

    public override void SimilarItems(int item, Span<float> scores)
    {
        for (int i = 0; i < scores.Length; i++)
            scores[i] = Cosine(_items, item, i);
    }

    public override void SimilarUsers(int user, Span<float> scores)
    {
        for (int i = 0; i < scores.Length; i++)
            scores[i] = Cosine(_users, user, i);
    }

    /// <summary>How alike both items are, times how far the user's rating of the one is above what its biases say.</summary>
    public override void Contributions(UserHistory history, int item, Span<float> shares)
    {
        float bias = Taste(history).Bias;
        for (int i = 0; i < shares.Length; i++)
        {
            int other = history.Items.Span[i];
            shares[i] = Similarity(item, other) * (history.Weight(i) - _biases.Mean - bias - _biases.Items[other]);
        }
    }

    public override void Write(ModelParts parts)
    {
        parts.Numbers["mean"] = _biases.Mean;
        parts.Numbers["rank"] = _rank;
        parts.Numbers["lambda"] = _lambda;
        parts.Numbers["shrinkage"] = _shrinkage;
        parts.Add("user-biases", _biases.Users);
        parts.Add("item-biases", _biases.Items);
        parts.Add("user-factors", _users);
        parts.Add("item-factors", _items);
    }

    public static BiasedFactorModel Read(InteractionMatrix data, ModelParts parts)
    {
        int rank = (int)parts.Number("rank", 1, 4096);
        var biases = new RatingBiases(
            (float)parts.Number("mean", float.MinValue, float.MaxValue), parts.Read<float>("user-biases", data.Users.Count), parts.Read<float>("item-biases", data.Items.Count));
        return new BiasedFactorModel(
            data, biases, parts.Read<float>("user-factors", (long)data.Users.Count * rank), parts.Read<float>("item-factors", (long)data.Items.Count * rank),
            rank, (float)parts.Number("lambda", 0, float.MaxValue), (float)parts.Number("shrinkage", 0, float.MaxValue));
    }

    private float Rate((float Bias, ReadOnlyMemory<float> Factors) taste, int item) =>
        _biases.Mean + taste.Bias + _biases.Items[item] + TensorPrimitives.Dot(taste.Factors.Span, Of(_items, item));

    private ReadOnlySpan<float> Of(float[] factors, int line) => factors.AsSpan(line * _rank, _rank);

    private float Cosine(float[] factors, int first, int second)
    {
        ReadOnlySpan<float> a = Of(factors, first), b = Of(factors, second);
        float norms = TensorPrimitives.Norm(a) * TensorPrimitives.Norm(b);
        return norms > 0 ? TensorPrimitives.Dot(a, b) / norms : 0;
    }

    private (float Bias, ReadOnlyMemory<float> Factors) Taste(UserHistory history) => history.User >= 0
        ? (_biases.Users[history.User], _users.AsMemory(history.User * _rank, _rank))
        : FoldIn(history);

    /// <summary>Of a user who is not known: the shrunk bias of his ratings, and the factors that explain what it leaves best (ridge regression).</summary>
    private (float Bias, ReadOnlyMemory<float> Factors) FoldIn(UserHistory history)
    {
        var items = history.Items.Span;
        var factors = new float[_rank];
        if (items.IsEmpty)
            return (0, factors);
        double sum = 0;
        for (int i = 0; i < items.Length; i++)
            sum += history.Weight(i) - _biases.Mean - _biases.Items[items[i]];
        float bias = (float)(sum / (items.Length + _shrinkage));

        // factors = (Q'Q + c)^-1 Q'r, Q being the factors of his items.
        var products = new double[_rank * _rank];
        var right = new double[_rank];
        for (int i = 0; i < items.Length; i++)
        {
            var item = Of(_items, items[i]);
            float left = history.Weight(i) - _biases.Mean - bias - _biases.Items[items[i]];
            for (int row = 0; row < _rank; row++)
            {
                right[row] += left * item[row];
                for (int column = 0; column <= row; column++)
                    products[row * _rank + column] += item[row] * item[column];
            }
        }
        for (int row = 0; row < _rank; row++)
            products[row * _rank + row] += Math.Max(1e-6, _lambda * items.Length);
        CholeskyInverse.Invert(products, _rank, new ParallelOptions { MaxDegreeOfParallelism = 1 });
        for (int row = 0; row < _rank; row++)
            factors[row] = (float)TensorPrimitives.Dot<double>(products.AsSpan(row * _rank, _rank), right);
        return (bias, factors);
    }
}
