using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace MLPipelines.Recommendation;

/// <summary>Factors of users and items. The last factor of an item is its bias, that of a user is 1.</summary>
internal sealed unsafe class PairwiseModel : RecommenderModel
{
    private readonly string _algorithm;
    private readonly FactorMatrix _users;
    private readonly FactorMatrix _items;
    private readonly bool[] _describes;
    private readonly PairwiseSteps _steps;
    private readonly PairwiseDraw _draw;
    private readonly float[] _meanUser;
    private readonly Lazy<float[]> _itemLengths;
    private readonly Lazy<float[]> _userLengths;

    public PairwiseModel(InteractionMatrix data, string algorithm, FactorMatrix users, FactorMatrix items, FeatureMatrix? userFeatures, PairwiseSteps steps)
        : this(data, algorithm, users, items, [.. Enumerable.Range(0, users.Rows).Select(user => userFeatures?.Describes(user) == true)], steps)
    {
    }

    private PairwiseModel(InteractionMatrix data, string algorithm, FactorMatrix users, FactorMatrix items, bool[] describes, PairwiseSteps steps)
        : base(data)
    {
        (_algorithm, _users, _items, _describes, _steps) = (algorithm, users, items, describes, steps);
        _draw = new PairwiseDraw(data, items, null, steps);
        _meanUser = FactorMeans.Of(users, [.. Enumerable.Range(0, users.Rows).Where(user => data.Degree(user) > 0)]);
        _itemLengths = new(() => Lengths(items));
        _userLengths = new(() => Lengths(users));
    }

    public override string Algorithm => _algorithm;

    public override bool Knows(UserHistory history) => history.Items.Length > 0 || history.User >= 0 && _describes[history.User];

    public override void Score(UserHistory history, Span<float> scores)
    {
        if (history.User >= 0)
        {
            FactorScores.Score(_items, _users.RowStart(history.User), 1, scores);
            GC.KeepAlive(_users);
            return;
        }
        var user = FoldIn(history);
        FactorScores.Score(_items, user.Start, 1, scores);
        GC.KeepAlive(user);
    }

    public override void Score(ReadOnlySpan<UserHistory> histories, Span<float> scores)
    {
        var users = new FactorMatrix(histories.Length, _users.Factors);
        for (int i = 0; i < histories.Length; i++)
        {
            if (Knows(histories[i]))
                (histories[i].User >= 0 ? _users[histories[i].User] : FoldIn(histories[i])[0]).CopyTo(users[i]);
        }
        FactorScores.Score(_items, users.Start, histories.Length, scores);
        GC.KeepAlive(users);
    }

    public override float Score(UserHistory history, int item)
    {
        var users = history.User >= 0 ? _users : FoldIn(history);
        float score = FactorScores.Score(_items.RowStart(item), users.RowStart(Math.Max(0, history.User)), _items.Stride);
        GC.KeepAlive(users);
        return score;
    }

    public override float Similarity(int first, int second)
    {
        float lengths = _itemLengths.Value[first] * _itemLengths.Value[second];
        return lengths > 0 ? TensorPrimitives.Dot<float>(_items[first][..^1], _items[second][..^1]) / lengths : 0;
    }

    public override void SimilarItems(int item, Span<float> scores) => Cosines(_items, item, _itemLengths.Value, scores);

    public override void SimilarUsers(int user, Span<float> scores) => Cosines(_users, user, _userLengths.Value, scores);

    /// <summary>How alike each item of the history is to the item, weighted.</summary>
    public override void Contributions(UserHistory history, int item, Span<float> shares)
    {
        for (int i = 0; i < shares.Length; i++)
            shares[i] = history.Weight(i) * Similarity(history.Items.Span[i], item);
    }

    public override void Write(ModelParts parts)
    {
        parts.Numbers["factors"] = _items.Factors - 1;
        _steps.Write(parts);
        _users.Write(parts, "user-factors");
        _items.Write(parts, "item-factors");
        parts.Add("described-users", Enumerable.Range(0, _describes.Length).Where(user => _describes[user]).ToArray());
        parts.Numbers["described-users"] = _describes.Count(describes => describes);
    }

    public static Func<InteractionMatrix, ModelParts, RecommenderModel> Reader(string algorithm) => (data, parts) =>
    {
        int factors = (int)parts.Number("factors", 1, 4096) + 1;
        var describes = new bool[data.Users.Count];
        int count = (int)parts.Number("described-users", 0, describes.Length);
        foreach (int user in parts.ReadIndices("described-users", [0, count], describes.Length))
            describes[user] = true;
        return new PairwiseModel(
            data,
            algorithm,
            FactorMatrix.Read(parts, "user-factors", data.Users.Count, factors),
            FactorMatrix.Read(parts, "item-factors", data.Items.Count, factors),
            describes,
            PairwiseSteps.Read(parts, algorithm == WarpEstimator.Name));
    };

    /// <summary>The factors of a user who was not trained on: learnt from his items, starting from the average user.</summary>
    private FactorMatrix FoldIn(UserHistory history)
    {
        var user = new FactorMatrix(1, _users.Factors);
        _meanUser.CopyTo(user[0]);
        user[0][^1] = 1;
        var room = new PairwiseRoom(_users.Factors);
        var random = new SplitMix64((ulong)_steps.Seed);
        switch (Registers.Width)
        {
            case 16:
                PairwiseKernel<Vector512<float>, Register512>.FoldIn(_draw, history, user.Start, room, ref random);
                break;
            case 8:
                PairwiseKernel<Vector256<float>, Register256>.FoldIn(_draw, history, user.Start, room, ref random);
                break;
            default:
                PairwiseKernel<Vector128<float>, Register128>.FoldIn(_draw, history, user.Start, room, ref random);
                break;
        }
        return user;
    }

    private static float[] Lengths(FactorMatrix factors)
    {
        var lengths = new float[factors.Rows];
        for (int row = 0; row < lengths.Length; row++)
            lengths[row] = TensorPrimitives.Norm<float>(factors[row][..^1]);
        return lengths;
    }

    private static void Cosines(FactorMatrix factors, int row, float[] lengths, Span<float> scores)
    {
        var one = new FactorMatrix(1, factors.Factors);
        factors[row].CopyTo(one[0]);
        one[0][^1] = 0;
        FactorScores.Score(factors, one.Start, 1, scores);
        GC.KeepAlive(one);
        for (int i = 0; i < scores.Length; i++)
            scores[i] = lengths[i] > 0 && lengths[row] > 0 ? scores[i] / (lengths[i] * lengths[row]) : 0;
    }
}
