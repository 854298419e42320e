namespace MLPipelines.Recommendation;

/// <summary>
/// Which users interacted with which items, and how much: the items of each user in ascending order. Immutable, except that what the other
/// way around needs is made on first use.
/// </summary>
internal sealed class InteractionMatrix
{
    private readonly Lock _lock = new();
    private InteractionMatrix? _transposed;

    public InteractionMatrix(IdTable users, IdTable items, int[] starts, int[] others, float[]? weights, double[]? times)
    {
        Users = users;
        Items = items;
        Starts = starts;
        Others = others;
        Weights = weights;
        Times = times;
    }

    public IdTable Users { get; }

    public IdTable Items { get; }

    /// <summary>Where the items of each user start; one more than there are users.</summary>
    public int[] Starts { get; }

    /// <summary>The items, one user's after another's.</summary>
    public int[] Others { get; }

    /// <summary>The weight of each interaction; null where all are 1.</summary>
    public float[]? Weights { get; }

    /// <summary>The latest time of each interaction in seconds, NaN where it is not known; null where none is known.</summary>
    public double[]? Times { get; }

    public int Count => Others.Length;

    public int Degree(int user) => Starts[user + 1] - Starts[user];

    public ReadOnlySpan<int> Of(int user) => Others.AsSpan(Starts[user], Degree(user));

    public float Weight(int at) => Weights is null ? 1 : Weights[at];

    /// <summary>The sum of the weights of each item.</summary>
    public float[] ItemWeights()
    {
        var sums = new double[Items.Count];
        for (int at = 0; at < Count; at++)
            sums[Others[at]] += Weight(at);
        return Array.ConvertAll(sums, sum => (float)sum);
    }

    public UserHistory History(int user) => user < 0
        ? new UserHistory(-1, default, default)
        : new UserHistory(user, Others.AsMemory(Starts[user], Degree(user)), Weights is null ? default : Weights.AsMemory(Starts[user], Degree(user)));

    public bool Contains(int user, int item) => user >= 0 && Of(user).BinarySearch(item) >= 0;

    /// <summary>The same with users and items swapped.</summary>
    public InteractionMatrix Transposed
    {
        get
        {
            lock (_lock)
                return _transposed ??= Transpose();
        }
    }

    private InteractionMatrix Transpose()
    {
        var starts = new int[Items.Count + 1];
        foreach (int item in Others)
            starts[item + 1]++;
        for (int i = 0; i < Items.Count; i++)
            starts[i + 1] += starts[i];
        var next = starts.AsSpan(0, Items.Count).ToArray();
        var others = new int[Count];
        var weights = Weights is null ? null : new float[Count];
        var times = Times is null ? null : new double[Count];
        for (int user = 0; user < Users.Count; user++)
        {
            for (int at = Starts[user]; at < Starts[user + 1]; at++)
            {
                int to = next[Others[at]]++;
                others[to] = user;
                if (weights is not null)
                    weights[to] = Weights![at];
                if (times is not null)
                    times[to] = Times![at];
            }
        }
        return new InteractionMatrix(Items, Users, starts, others, weights, times);
    }
}

/// <summary>What is known of a user whom something is recommended to.</summary>
/// <param name="User">His place among those of training; -1 for another.</param>
/// <param name="Items">The items that he interacted with, ascending.</param>
/// <param name="Weights">How much; empty where all weigh 1.</param>
internal readonly record struct UserHistory(int User, ReadOnlyMemory<int> Items, ReadOnlyMemory<float> Weights)
{
    public float Weight(int at) => Weights.IsEmpty ? 1 : Weights.Span[at];
}
