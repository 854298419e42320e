using System.Runtime.Intrinsics;

namespace MLPipelines.Recommendation;

/// <summary>Trains factors of users and items from pairs of items.</summary>
internal sealed unsafe class PairwiseTrainer
{
    // Interactions between two looks at the cancellation token.
    private const int ChunkLength = 2048;

    private readonly InteractionMatrix _data;
    private readonly PairwiseOptions _options;
    private readonly PairwiseSteps _steps;
    private readonly PairwiseSide _users;
    private readonly PairwiseSide _items;
    private readonly PairwiseDraw _draw;
    private readonly float _weightScale;

    public PairwiseTrainer(InteractionMatrix data, FeatureMatrix? users, FeatureMatrix? items, PairwiseOptions options, PairwiseSteps steps)
    {
        (_data, _options, _steps) = (data, options, steps);
        var random = new SplitMix64((ulong)options.Seed);
        _users = MakeSide(data.Users.Count, users, ref random);
        _items = MakeSide(data.Items.Count, items, ref random);
        _draw = new PairwiseDraw(data, _items.Factors, items, steps);
        double sum = 0;
        for (int at = 0; at < data.Count; at++)
            sum += data.Weight(at);
        _weightScale = (float)(data.Count / sum);
    }

    public PairwiseModel Train(string algorithm)
    {
        var userOf = new int[_data.Count];
        for (int user = 0; user < _data.Users.Count; user++)
            userOf.AsSpan(_data.Starts[user], _data.Degree(user)).Fill(user);
        var order = Enumerable.Range(0, _data.Count).ToArray();
        var random = new SplitMix64((ulong)_options.Seed ^ 0x5DEECE66D);
        for (int iteration = 0; iteration < _steps.Iterations; iteration++)
        {
            _options.CancellationToken.ThrowIfCancellationRequested();
            for (int i = order.Length - 1; i > 0; i--)
            {
                int other = random.Next(i + 1);
                (order[i], order[other]) = (order[other], order[i]);
            }
            double loss = Iterate(userOf, order, random.Next()) / _data.Count;
            _options.Progress?.Report(new RecommenderProgress(iteration + 1, _steps.Iterations, loss));
        }
        FactorMatrix users = Finish(_users, _data.Users.Count, _data.Degree), items = Finish(_items, _data.Items.Count, _data.Transposed.Degree);
        for (int user = 0; user < users.Rows; user++)
            users[user][^1] = 1;
        if (!users.IsFinite() || !items.IsFinite())
            throw RecommendationErrors.Diverged(algorithm, "Lower LearningRate.");
        return new PairwiseModel(_data, algorithm, users, items, _users.Features, _steps);
    }

    private double Iterate(int[] userOf, int[] order, ulong seed)
    {
        int chunks = (order.Length + ChunkLength - 1) / ChunkLength;
        var losses = new double[chunks];
        if (_options.Threads == 1)
        {
            var room = new PairwiseRoom(_items.Factors.Factors);
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                _options.CancellationToken.ThrowIfCancellationRequested();
                losses[chunk] = Run(chunk, room);
            }
        }
        else
        {
            Parallel.For(0, chunks, _options.Parallelism, () => new PairwiseRoom(_items.Factors.Factors), (chunk, _, room) =>
            {
                losses[chunk] = Run(chunk, room);
                return room;
            }, _ => { });
        }
        return losses.Sum();

        double Run(int chunk, PairwiseRoom room)
        {
            var random = new SplitMix64(seed ^ (ulong)chunk * 0xD1342543DE82EF95);
            var mine = order.AsSpan(chunk * ChunkLength, Math.Min(ChunkLength, order.Length - chunk * ChunkLength));
            return Registers.Width switch
            {
                16 => PairwiseKernel<Vector512<float>, Register512>.Train(_users, _draw, _items, _data, userOf, mine, _weightScale, room, ref random),
                8 => PairwiseKernel<Vector256<float>, Register256>.Train(_users, _draw, _items, _data, userOf, mine, _weightScale, room, ref random),
                _ => PairwiseKernel<Vector128<float>, Register128>.Train(_users, _draw, _items, _data, userOf, mine, _weightScale, room, ref random),
            };
        }
    }

    private PairwiseSide MakeSide(int count, FeatureMatrix? features, ref SplitMix64 random)
    {
        int rows = features?.Count ?? count;
        FactorMatrix factors = new(rows, _options.Factors + 1), squares = new(rows, _options.Factors + 1);
        for (int row = 0; row < rows; row++)
        {
            var mine = factors[row];
            for (int f = 0; f < _options.Factors; f++)
                mine[f] = (float)(random.NextDouble() - 0.5) / _options.Factors;
            // The padding too, so that nothing is divided by the root of 0.
            new Span<float>(squares.RowStart(row), squares.Stride).Fill(1);
        }
        return new PairwiseSide(factors, squares, features);
    }

    /// <summary>Sums up the features; who has no interactions is, apart from his features, average.</summary>
    private static FactorMatrix Finish(PairwiseSide side, int count, Func<int, int> degree)
    {
        if (side.Features is not { } features)
            return side.Factors;
        var mean = FactorMeans.Of(side.Factors, [.. Enumerable.Range(0, count).Where(row => degree(row) > 0)]);
        var finished = new FactorMatrix(count, side.Factors.Factors);
        for (int row = 0; row < count; row++)
        {
            if (degree(row) == 0)
                mean.CopyTo(side.Factors[row]);
            PairwiseKernel<Vector128<float>, Register128>.Row(side.Factors, features, row, finished.RowStart(row));
        }
        return finished;
    }
}

/// <summary>Means of rows of factors.</summary>
internal static class FactorMeans
{
    public static float[] Of(FactorMatrix factors, int[] rows)
    {
        var sums = new double[factors.Factors];
        foreach (int row in rows)
        {
            var mine = factors[row];
            for (int f = 0; f < sums.Length; f++)
                sums[f] += mine[f];
        }
        return Array.ConvertAll(sums, sum => (float)(sum / Math.Max(1, rows.Length)));
    }
}
