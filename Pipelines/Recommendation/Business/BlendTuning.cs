namespace MLPipelines.Recommendation;

/// <summary>Finds the weights of sources that give the best NDCG on held-out interactions: from the best start, one weight after another is moved in ever smaller steps.</summary>
internal static class BlendTuning
{
    private static readonly float[] Steps = [0.4f, 0.2f, 0.1f, 0.05f, 0.025f];

    /// <summary>How many of the best of each source are looked at, as a multiple of the length of lists.</summary>
    private const int PoolFactor = 10;

    /// <summary>The candidates of a user: for each source their comparable scores, one source's after another's; and which of them he took.</summary>
    private sealed record Candidates(float[] Scores, bool[] IsTaken, int Taken);

    public static float[] Run(InteractionMatrix data, SourceModel[] sources, InteractionMatrix tests, BlendOptions options)
    {
        var users = Choose(data, tests, options);
        var candidates = new Candidates[users.Length];
        Parallel.For(0, users.Length, options.Parallelism, i => candidates[i] = Gather(data, sources, tests, users[i], options));
        candidates = [.. candidates.Where(one => one.Taken > 0)];
        var best = Enumerable.Repeat(1f / sources.Length, sources.Length).ToArray();
        if (candidates.Length == 0)
            return best;
        double bestValue = Measure(candidates, best, options.CutOff);
        for (int s = 0; s < sources.Length; s++)
        {
            var alone = new float[sources.Length];
            alone[s] = 1;
            Try(alone);
        }
        foreach (float step in Steps)
        {
            for (bool isBetter = true; isBetter;)
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                isBetter = false;
                for (int s = 0; s < sources.Length; s++)
                {
                    foreach (float move in new[] { step, -step })
                    {
                        var weights = (float[])best.Clone();
                        weights[s] = Math.Max(0, weights[s] + move);
                        float sum = weights.Sum();
                        isBetter |= sum > 0 && Try(Array.ConvertAll(weights, weight => weight / sum));
                    }
                }
            }
        }
        return best;

        bool Try(float[] weights)
        {
            double value = Measure(candidates, weights, options.CutOff);
            if (value <= bestValue + 1e-7)
                return false;
            (best, bestValue) = (weights, value);
            return true;
        }
    }

    private static int[] Choose(InteractionMatrix data, InteractionMatrix tests, BlendOptions options)
    {
        int[] users = [.. Enumerable.Range(0, data.Users.Count).Where(user => data.Degree(user) > 0 && tests.Users.Find(data.Users.Ids[user]) is >= 0 and var test && tests.Degree(test) > 0)];
        var random = new SplitMix64((ulong)options.Seed);
        for (int i = 0; i < Math.Min(users.Length, options.MaximumValidationUsers); i++)
        {
            int other = i + random.Next(users.Length - i);
            (users[i], users[other]) = (users[other], users[i]);
        }
        return users.Length > options.MaximumValidationUsers ? users[..options.MaximumValidationUsers] : users;
    }

    private static Candidates Gather(InteractionMatrix data, SourceModel[] sources, InteractionMatrix tests, int user, BlendOptions options)
    {
        options.CancellationToken.ThrowIfCancellationRequested();
        var history = data.History(user);
        int items = data.Items.Count;
        var scores = new float[sources.Length][];
        var pool = new SortedSet<int>();
        var top = new TopItems(Math.Min(items, PoolFactor * options.CutOff));
        for (int s = 0; s < sources.Length; s++)
        {
            var mine = scores[s] = new float[items];
            if (!sources[s].Knows(history))
                continue;
            sources[s].Score(history, mine);
            var (offset, scale, worst) = BlendModel.Scale(mine, options.Normalization);
            for (int i = 0; i < items; i++)
                mine[i] = (Math.Max(mine[i], worst) - offset) * scale;
            var open = (float[])mine.Clone();
            foreach (int seen in history.Items.Span)
                open[seen] = float.NegativeInfinity;
            top.Select(open);
            pool.UnionWith(top.Items.ToArray());
        }
        var taken = new HashSet<int>();
        foreach (int item in tests.Of(tests.Users.Find(data.Users.Ids[user])))
        {
            if (data.Items.Find(tests.Items.Ids[item]) is >= 0 and var place && history.Items.Span.BinarySearch(place) < 0)
                taken.Add(place);
        }
        pool.UnionWith(taken);
        int[] candidates = [.. pool];
        return new Candidates([.. scores.SelectMany(mine => candidates.Select(item => mine[item]))], [.. candidates.Select(taken.Contains)], taken.Count);
    }

    /// <summary>The mean NDCG of users.</summary>
    private static double Measure(Candidates[] users, float[] weights, int cutOff)
    {
        var values = new double[users.Length];
        Parallel.For(0, users.Length, i =>
        {
            var (scores, isTaken, taken) = users[i];
            int count = isTaken.Length;
            var sums = new float[count];
            for (int s = 0; s < weights.Length; s++)
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(scores.AsSpan(s * count, count), weights[s], sums, sums);
            var top = new TopItems(Math.Min(cutOff, count));
            top.Select(sums);
            double gain = 0, ideal = 0;
            for (int place = 0; place < top.Items.Length; place++)
                gain += isTaken[top.Items[place]] ? 1 / Math.Log2(place + 2) : 0;
            for (int place = 0; place < Math.Min(cutOff, taken); place++)
                ideal += 1 / Math.Log2(place + 2);
            values[i] = gain / ideal;
        });
        return values.Average();
    }
}
