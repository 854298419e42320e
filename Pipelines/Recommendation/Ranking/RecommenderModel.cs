namespace MLPipelines.Recommendation;

/// <summary>What an algorithm learnt: it scores all items for a user, known or not, from what he did.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal abstract class RecommenderModel(InteractionMatrix data)
{
    private float[]? _popularity;

    /// <summary>The interactions of training, with all users and items.</summary>
    public InteractionMatrix Data { get; } = data;

    public int ItemCount => Data.Items.Count;

    /// <summary>The algorithm, as results and artifacts name it.</summary>
    public abstract string Algorithm { get; }

    /// <summary>The share of users who interacted with each item.</summary>
    public float[] Popularity => _popularity ??= MakePopularity();

    /// <summary>Whether the model can say anything of a user; where it cannot, popularity stands in.</summary>
    public virtual bool Knows(UserHistory history) => history.Items.Length > 0;

    /// <summary>Whether an item of a taste may weigh that much.</summary>
    public virtual bool Takes(float weight) => weight > 0 && float.IsFinite(weight);

    /// <summary>The score of an item that is not in the catalogue.</summary>
    public virtual float ScoreUnknownItem(UserHistory history) => 0;

    /// <summary>The score at which, and below which, the model knows of nothing that speaks for an item.</summary>
    public virtual float Silence => float.NegativeInfinity;

    /// <summary>The items that a user has had, which are not recommended to him again.</summary>
    public virtual ReadOnlyMemory<int> Had(UserHistory history) => history.Items;

    /// <summary>Scores all items; those that cannot be recommended have negative infinity.</summary>
    public abstract void Score(UserHistory history, Span<float> scores);

    /// <summary>Scores all items for several users; <paramref name="scores"/> holds one user's after another's.</summary>
    public virtual void Score(ReadOnlySpan<UserHistory> histories, Span<float> scores)
    {
        for (int i = 0; i < histories.Length; i++)
            Score(histories[i], scores.Slice(i * ItemCount, ItemCount));
    }

    /// <summary>Scores one item, as <see cref="Score(UserHistory, Span{float})"/> does.</summary>
    public virtual float Score(UserHistory history, int item)
    {
        var scores = new float[ItemCount];
        Score(history, scores);
        return scores[item];
    }

    /// <summary>How alike two items are, at most 1; by default the cosine of their users.</summary>
    public virtual float Similarity(int first, int second)
    {
        var byItem = Data.Transposed;
        ReadOnlySpan<int> a = byItem.Of(first), b = byItem.Of(second);
        if (a.IsEmpty || b.IsEmpty)
            return 0;
        int common = 0;
        for (int i = 0, j = 0; i < a.Length && j < b.Length;)
        {
            int order = a[i].CompareTo(b[j]);
            common += order == 0 ? 1 : 0;
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        return common / MathF.Sqrt((float)a.Length * b.Length);
    }

    /// <summary>How alike each item is to one.</summary>
    public virtual void SimilarItems(int item, Span<float> scores) => CommonNeighbours(Data.Transposed, item, scores);

    /// <summary>How alike each user is to one.</summary>
    public virtual void SimilarUsers(int user, Span<float> scores) => CommonNeighbours(Data, user, scores);

    /// <summary>What each item of the history adds to the score of an item.</summary>
    public abstract void Contributions(UserHistory history, int item, Span<float> shares);

    /// <summary>Writes what <see cref="ModelParts"/> reads again.</summary>
    public abstract void Write(ModelParts parts);

    private float[] MakePopularity()
    {
        var popularity = new float[ItemCount];
        foreach (int item in Data.Others)
            popularity[item]++;
        for (int i = 0; i < popularity.Length; i++)
            popularity[i] /= Data.Users.Count;
        return popularity;
    }

    /// <summary>The cosine of the lines of a matrix with one of them, each interaction counting 1.</summary>
    private static void CommonNeighbours(InteractionMatrix lines, int line, Span<float> scores)
    {
        scores.Clear();
        var others = lines.Transposed;
        foreach (int other in lines.Of(line))
        {
            foreach (int neighbour in others.Of(other))
                scores[neighbour]++;
        }
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] > 0)
                scores[i] /= MathF.Sqrt((float)lines.Degree(line) * lines.Degree(i));
        }
    }
}
