using System.Buffers;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Recommendation;

/// <summary>The columns that a recommender reads and adds.</summary>
internal sealed record RecommenderColumns(string User, string Item, string Score)
{
    public static RecommenderColumns Of(RecommenderOptions options) => new(options.UserColumnName, options.ItemColumnName, options.ScoreColumnName);
}

/// <summary>
/// Recommends items to users, whichever algorithm learnt it. As a transformer it adds the score of each row's user and item, a
/// <see cref="float"/>; a pair whose item is unknown or
/// cannot be recommended, or of whose user nothing is known, scores 0.
/// </summary>
/// <remarks>Immutable and thread-safe; holds no native memory. Saved through <see cref="RecommenderCodec"/>.</remarks>
public sealed class RecommenderTransformer : RowTransformer
{
    private const int UsersInTask = 8;

    internal const string Fallback = "popularity";

    internal RecommenderTransformer(RecommenderModel model, RecommenderColumns columns)
    {
        Model = model;
        Columns = columns;
    }

    /// <summary>The algorithm, such as "implicit-als".</summary>
    public string Algorithm => Model.Algorithm;

    /// <summary>The users that were trained on, whole numbers by value first, then the others by their characters.</summary>
    public IReadOnlyList<string> Users => Model.Data.Users.Ids;

    /// <summary>The catalogue: the items that were trained on, in the same order.</summary>
    public IReadOnlyList<string> Items => Model.Data.Items.Ids;

    internal RecommenderModel Model { get; }

    internal RecommenderColumns Columns { get; }

    /// <summary>The best items for a user.</summary>
    /// <param name="user">The user; one who is unknown, or has no interactions, gets the most popular items.</param>
    /// <param name="k">How many; above 0. There are fewer where fewer are left.</param>
    /// <param name="options">What may be recommended; <see langword="null"/> for the defaults.</param>
    /// <returns>Items, the best first.</returns>
    public IReadOnlyList<RecommendedItem> Recommend(string user, int k, RecommendOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(user);
        return Recommend(Model.Data.History(Model.Data.Users.Find(user)), k, options);
    }

    /// <summary>The best items for a user who was not trained on, from what he did (fold-in).</summary>
    /// <param name="taste">His items; those that are not in the catalogue are passed over, weights of the same item sum up.</param>
    /// <param name="k">How many; above 0.</param>
    /// <param name="options">What may be recommended; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">A weight is not finite or not above 0.</exception>
    public IReadOnlyList<RecommendedItem> Recommend(IEnumerable<TasteItem> taste, int k, RecommendOptions? options = null) => Recommend(FoldIn(taste), k, options);

    /// <summary>The best items for each of many users, with all processors.</summary>
    /// <param name="users">The users.</param>
    /// <param name="k">How many for each; above 0.</param>
    /// <param name="options">What may be recommended; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Honoured every few users.</param>
    /// <returns>A list for each user, in their order; the same that <see cref="Recommend(string, int, RecommendOptions?)"/> gives.</returns>
    public IReadOnlyList<RecommendedItem>[] RecommendBatch(IReadOnlyList<string> users, int k, RecommendOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        options = Check(k, options);
        var refused = Refused(options);
        var lists = new IReadOnlyList<RecommendedItem>[users.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.NumberOfThreads ?? Environment.ProcessorCount, CancellationToken = cancellationToken };
        int tasks = (users.Count + UsersInTask - 1) / UsersInTask;
        Parallel.For(0, tasks, parallel, () => new float[UsersInTask * Model.ItemCount], (task, _, scores) =>
        {
            int first = task * UsersInTask, count = Math.Min(UsersInTask, users.Count - first);
            var histories = new UserHistory[count];
            for (int i = 0; i < count; i++)
                histories[i] = Model.Data.History(Model.Data.Users.Find(users[first + i]));
            Model.Score(histories, scores.AsSpan(0, count * Model.ItemCount));
            for (int i = 0; i < count; i++)
                lists[first + i] = Pick(histories[i], scores.AsSpan(i * Model.ItemCount, Model.ItemCount), k, options, refused);
            return scores;
        }, _ => { });
        return lists;
    }

    /// <summary>The items that are most alike an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="k">How many; above 0.</param>
    /// <exception cref="KeyNotFoundException">The item is not in the catalogue.</exception>
    public IReadOnlyList<RecommendedItem> SimilarItems(string item, int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        int place = FindItem(item);
        var scores = new float[Model.ItemCount];
        Model.SimilarItems(place, scores);
        scores[place] = float.NegativeInfinity;
        var top = new TopItems(Math.Min(k, scores.Length));
        top.Select(scores);
        return ToList(top, Algorithm);
    }

    /// <summary>The users who are most alike a user.</summary>
    /// <param name="user">The user.</param>
    /// <param name="k">How many; above 0.</param>
    /// <exception cref="KeyNotFoundException">The user was not trained on.</exception>
    public IReadOnlyList<SimilarUser> SimilarUsers(string user, int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        int place = FindUser(user);
        var scores = new float[Model.Data.Users.Count];
        Model.SimilarUsers(place, scores);
        scores[place] = float.NegativeInfinity;
        var top = new TopItems(Math.Min(k, scores.Length));
        top.Select(scores);
        var list = new SimilarUser[top.Items.Length];
        for (int i = 0; i < list.Length; i++)
            list[i] = new SimilarUser(Model.Data.Users.Ids[top.Items[i]], top.Scores[i]);
        return list;
    }

    /// <summary>The score of an item for a user; 0 where the item is unknown or nothing is known of the user.</summary>
    public float Score(string user, string item)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(item);
        return Score(Model.Data.Users.Find(user), Model.Data.Items.Find(item));
    }

    /// <summary>Why an item has its score for a user.</summary>
    /// <param name="user">The user.</param>
    /// <param name="item">The item, seen or not.</param>
    /// <param name="most">How many of the user's items are named at most; above 0.</param>
    /// <exception cref="KeyNotFoundException">The user or the item was not trained on.</exception>
    public Explanation Explain(string user, string item, int most = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        int place = FindItem(item);
        var history = Model.Data.History(FindUser(user));
        if (!Model.Knows(history))
            return new Explanation(item, Model.Popularity[place], Fallback, []);
        var shares = new float[history.Items.Length];
        Model.Contributions(history, place, shares);
        var top = new TopItems(Math.Min(most, shares.Length));
        top.Select(shares);
        var because = new List<ExplainedBy>();
        for (int i = 0; i < top.Items.Length; i++)
        {
            if (top.Scores[i] > 0)
                because.Add(new ExplainedBy(Items[history.Items.Span[top.Items[i]]], top.Scores[i]));
        }
        return new Explanation(item, Score(history.User, place), Algorithm, because);
    }

    internal float Score(int user, int item)
    {
        var history = Model.Data.History(user);
        if (item < 0)
            return Model.ScoreUnknownItem(history);
        float score = Model.Knows(history) ? Model.Score(history, item) : 0;
        return float.IsFinite(score) ? score : 0;
    }

    internal UserHistory FoldIn(IEnumerable<TasteItem> taste)
    {
        ArgumentNullException.ThrowIfNull(taste);
        var weights = new SortedDictionary<int, float>();
        foreach (var (id, weight) in taste)
        {
            if (!Model.Takes(weight))
                throw new ArgumentException(FormattableString.Invariant($"The item '{id}' has the weight {weight}; weights must be finite{(Model.Takes(-1) ? "" : " and above 0")}."), nameof(taste));
            int item = Model.Data.Items.Find(id);
            if (item >= 0)
                weights[item] = weights.GetValueOrDefault(item) + weight;
        }
        return new UserHistory(-1, weights.Keys.ToArray(), weights.Values.ToArray());
    }

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new Mapping(this, inputSchema);

    private IReadOnlyList<RecommendedItem> Recommend(UserHistory history, int k, RecommendOptions? options)
    {
        options = Check(k, options);
        // Large arrays are cleared and collected at a price that shows beside the time that scoring takes.
        var rented = ArrayPool<float>.Shared.Rent(Model.ItemCount);
        try
        {
            var scores = rented.AsSpan(0, Model.ItemCount);
            if (Model.Knows(history))
                Model.Score(history, scores);
            return Pick(history, scores, k, options, Refused(options));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private static RecommendOptions Check(int k, RecommendOptions? options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        options ??= new RecommendOptions();
        options.Validate();
        return options;
    }

    /// <summary>Which items the options do not let through; null where there are none.</summary>
    private bool[]? Refused(RecommendOptions options)
    {
        if (options.Allow is null && options.Deny.Count == 0)
            return null;
        var refused = new bool[Model.ItemCount];
        if (options.Allow is { } allowed)
        {
            Array.Fill(refused, true);
            Mark(allowed, false);
        }
        Mark(options.Deny, true);
        return refused;

        void Mark(IEnumerable<string> ids, bool value)
        {
            foreach (var id in ids)
            {
                if (Model.Data.Items.Find(id) is >= 0 and var item)
                    refused[item] = value;
            }
        }
    }

    private IReadOnlyList<RecommendedItem> Pick(UserHistory history, Span<float> scores, int k, RecommendOptions options, bool[]? refused)
    {
        if (Model is FallbackChainModel chain)
            return PickFromChain(chain, history, scores, k, options, refused);
        string source = Algorithm;
        if (!Model.Knows(history))
        {
            Model.Popularity.CopyTo(scores);
            source = Fallback;
        }
        return Best(history, scores, k, options, refused, source);
    }

    /// <summary>Each source gives what it can until there are enough; what is still lacking then is filled up by popularity.</summary>
    private List<RecommendedItem> PickFromChain(FallbackChainModel chain, UserHistory history, Span<float> scores, int k, RecommendOptions options, bool[]? refused)
    {
        var list = new List<RecommendedItem>();
        var taken = refused is null ? new bool[Model.ItemCount] : (bool[])refused.Clone();
        for (int stage = 0; stage <= chain.Sources.Count && list.Count < k; stage++)
        {
            if (!chain.ScoreStage(stage, history, scores))
                continue;
            string source = stage < chain.Sources.Count ? chain.Sources[stage].Name : Fallback;
            foreach (var item in Best(history, scores, k - list.Count, options, taken, source))
            {
                taken[Model.Data.Items.Find(item.ItemId)] = true;
                list.Add(item);
            }
        }
        return list;
    }

    private IReadOnlyList<RecommendedItem> Best(UserHistory history, Span<float> scores, int k, RecommendOptions options, bool[]? refused, string source)
    {
        if (options.ExcludeSeen)
        {
            foreach (int item in Model.Had(history).Span)
                scores[item] = float.NegativeInfinity;
        }
        for (int i = 0; refused is not null && i < refused.Length; i++)
        {
            if (refused[i])
                scores[i] = float.NegativeInfinity;
        }
        int wanted = (int)Math.Min(options.Diversity > 0 ? (long)k * options.DiversityPool : k, scores.Length);
        var top = new TopItems(wanted);
        top.Select(scores);
        return options.Diversity > 0 ? Diversify(top, k, options.Diversity, source) : ToList(top, source);
    }

    /// <summary>Takes, one after another, the item with the best balance of score and unlikeness to those taken.</summary>
    private List<RecommendedItem> Diversify(TopItems pool, int k, float diversity, string source)
    {
        int count = pool.Items.Length;
        var list = new List<RecommendedItem>(Math.Min(k, count));
        if (count == 0)
            return list;
        float best = pool.Scores[0], range = Math.Max(best - pool.Scores[count - 1], 1e-12f);
        var likeness = new float[count];
        var taken = new bool[count];
        while (list.Count < Math.Min(k, count))
        {
            int next = -1;
            float nextValue = float.NegativeInfinity;
            for (int i = 0; i < count; i++)
            {
                float value = (1 - diversity) * (1 - (best - pool.Scores[i]) / range) - diversity * likeness[i];
                if (!taken[i] && value > nextValue)
                    (next, nextValue) = (i, value);
            }
            taken[next] = true;
            list.Add(new RecommendedItem(Items[pool.Items[next]], pool.Scores[next], source));
            for (int i = 0; i < count; i++)
            {
                if (!taken[i])
                    likeness[i] = Math.Max(likeness[i], Model.Similarity(pool.Items[next], pool.Items[i]));
            }
        }
        return list;
    }

    private RecommendedItem[] ToList(TopItems top, string source)
    {
        var list = new RecommendedItem[top.Items.Length];
        for (int i = 0; i < list.Length; i++)
            list[i] = new RecommendedItem(Items[top.Items[i]], top.Scores[i], source);
        return list;
    }

    private int FindItem(string item)
    {
        ArgumentNullException.ThrowIfNull(item);
        int place = Model.Data.Items.Find(item);
        return place >= 0 ? place : throw RecommendationErrors.UnknownItem(item);
    }

    private int FindUser(string user)
    {
        ArgumentNullException.ThrowIfNull(user);
        int place = Model.Data.Users.Find(user);
        return place >= 0 ? place : throw RecommendationErrors.UnknownUser(user);
    }

    private sealed class Mapping : RowMapping
    {
        private readonly RecommenderTransformer _parent;
        private readonly DataViewSchema.Column _user;
        private readonly DataViewSchema.Column _item;

        public Mapping(RecommenderTransformer parent, DataViewSchema inputSchema)
            : this(parent, inputSchema, IdColumns.Find(inputSchema, parent.Columns.User), IdColumns.Find(inputSchema, parent.Columns.Item))
        {
        }

        private Mapping(RecommenderTransformer parent, DataViewSchema inputSchema, DataViewSchema.Column user, DataViewSchema.Column item)
            : base(inputSchema, [user, item], new DataViewSchema.DetachedColumn(parent.Columns.Score, NumberDataViewType.Single))
        {
            (_parent, _user, _item) = (parent, user, item);
        }

        protected override Delegate?[] MakeGetters(DataViewRow input, ReadOnlySpan<bool> active)
        {
            if (!active[0])
                return [null];
            var readUser = IdColumns.MakeReader(input, _user);
            var readItem = IdColumns.MakeReader(input, _item);
            var data = _parent.Model.Data;
            return [(ValueGetter<float>)((ref float score) => score = _parent.Score(data.Users.Find(readUser()), data.Items.Find(readItem())))];
        }
    }
}
