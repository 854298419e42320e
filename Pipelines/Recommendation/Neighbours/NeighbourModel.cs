using System.Numerics.Tensors;

namespace MLPipelines.Recommendation;

/// <summary>
/// Items and their neighbours: the score of an item is the sum, over the items of a user's history, of the strength from that item to it, times
/// the weight of the interaction.
/// </summary>
/// <param name="data">The interactions of training.</param>
/// <param name="algorithm">The algorithm that found the neighbours.</param>
/// <param name="starts">Where the neighbours of each item of a history start.</param>
/// <param name="targets">The neighbours, ascending within an item.</param>
/// <param name="strengths">How much the item speaks for each neighbour.</param>
internal class NeighbourModel(InteractionMatrix data, string algorithm, int[] starts, int[] targets, float[] strengths) : RecommenderModel(data)
{
    public override string Algorithm => algorithm;

    public override float Silence => 0;

    public override void Score(UserHistory history, Span<float> scores)
    {
        scores.Clear();
        var items = history.Items.Span;
        for (int i = 0; i < items.Length; i++)
        {
            float weight = history.Weight(i);
            for (int at = starts[items[i]]; at < starts[items[i] + 1]; at++)
                scores[targets[at]] += weight * strengths[at];
        }
    }

    public override float Score(UserHistory history, int item)
    {
        float score = 0;
        var items = history.Items.Span;
        for (int i = 0; i < items.Length; i++)
            score += history.Weight(i) * Strength(items[i], item);
        return score;
    }

    public override void SimilarItems(int item, Span<float> scores)
    {
        scores.Fill(float.NegativeInfinity);
        for (int at = starts[item]; at < starts[item + 1]; at++)
            scores[targets[at]] = strengths[at];
    }

    public override void Contributions(UserHistory history, int item, Span<float> shares)
    {
        for (int i = 0; i < shares.Length; i++)
            shares[i] = history.Weight(i) * Strength(history.Items.Span[i], item);
    }

    /// <summary>The same with the strengths from each item divided by their sum.</summary>
    public NeighbourModel Normalized()
    {
        var shares = (float[])strengths.Clone();
        for (int item = 0; item < ItemCount; item++)
        {
            var mine = shares.AsSpan(starts[item]..starts[item + 1]);
            float sum = TensorPrimitives.Sum<float>(mine);
            if (sum > 0)
                TensorPrimitives.Divide(mine, sum, mine);
        }
        return new NeighbourModel(Data, algorithm, starts, targets, shares);
    }

    public override void Write(ModelParts parts)
    {
        parts.Add("neighbour-starts", starts);
        parts.Add("neighbours", targets);
        parts.Add("strengths", strengths);
    }

    public static Func<InteractionMatrix, ModelParts, RecommenderModel> Reader(string algorithm) => (data, parts) =>
    {
        var (starts, targets, strengths) = ReadNeighbours(data, parts);
        return new NeighbourModel(data, algorithm, starts, targets, strengths);
    };

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    protected static (int[] Starts, int[] Targets, float[] Strengths) ReadNeighbours(InteractionMatrix data, ModelParts parts)
    {
        var starts = parts.ReadStarts("neighbour-starts", data.Items.Count, out int count);
        var targets = parts.ReadIndices("neighbours", starts, data.Items.Count);
        return (starts, targets, parts.Read<float>("strengths", count));
    }

    private float Strength(int from, int to)
    {
        int at = targets.AsSpan(starts[from], starts[from + 1] - starts[from]).BinarySearch(to);
        return at < 0 ? 0 : strengths[starts[from] + at];
    }
}

/// <summary>Gathers neighbours: for each item the strongest, either of those that speak for it or of those that it speaks for.</summary>
internal static class NeighbourSearch
{
    /// <param name="data">The interactions.</param>
    /// <param name="algorithm">The name of the algorithm.</param>
    /// <param name="weight">How much a place of the matrix of users by items counts on the way from an item to a user.</param>
    /// <param name="otherWeight">And on the way from the user to another item.</param>
    /// <param name="strength">The strength of a pair (the item that is summed up for, the other item, the sum of the products of both weights).</param>
    /// <param name="neighbours">How many to keep of each item.</param>
    /// <param name="keepOfTarget">Whether the sum is taken for a target, whose sources are kept, or for a source, whose targets are kept.</param>
    /// <param name="options">Threads and cancellation.</param>
    public static NeighbourModel Find(
        InteractionMatrix data, string algorithm, float[] weight, float[] otherWeight, Func<int, int, float, float> strength, int neighbours, bool keepOfTarget, RecommenderOptions options)
    {
        int items = data.Items.Count;
        var byItem = data.Transposed;
        // The place of each interaction, item by item, in the order of users.
        var places = new int[data.Count];
        var next = byItem.Starts.AsSpan(0, items).ToArray();
        for (int at = 0; at < data.Count; at++)
            places[next[data.Others[at]]++] = at;
        var found = new (int[] Items, float[] Strengths)[items];
        Parallel.For(0, items, options.Parallelism, () => new float[items], (item, _, sums) =>
        {
            Array.Clear(sums);
            var touched = new List<int>();
            for (int at = byItem.Starts[item]; at < byItem.Starts[item + 1]; at++)
            {
                int user = byItem.Others[at];
                float mine = weight[places[at]];
                for (int other = data.Starts[user]; other < data.Starts[user + 1]; other++)
                {
                    ref float sum = ref sums[data.Others[other]];
                    if (sum == 0)
                        touched.Add(data.Others[other]);
                    sum += mine * otherWeight[other];
                }
            }
            var scores = new float[touched.Count];
            touched.Sort();
            for (int i = 0; i < scores.Length; i++)
                scores[i] = touched[i] == item ? float.NegativeInfinity : strength(item, touched[i], sums[touched[i]]);
            var top = new TopItems(Math.Min(neighbours, scores.Length));
            top.Select(scores);
            var kept = top.Items.ToArray();
            Array.Sort(kept);
            kept = [.. kept.Where(i => scores[i] > 0)];
            found[item] = ([.. kept.Select(i => touched[i])], [.. kept.Select(i => scores[i])]);
            return sums;
        }, _ => { });
        return keepOfTarget ? FromTargets(data, algorithm, found) : FromSources(data, algorithm, found);
    }

    private static NeighbourModel FromSources(InteractionMatrix data, string algorithm, (int[] Items, float[] Strengths)[] found)
    {
        var starts = new int[found.Length + 1];
        for (int i = 0; i < found.Length; i++)
            starts[i + 1] = checked(starts[i] + found[i].Items.Length);
        return new NeighbourModel(data, algorithm, starts, [.. found.SelectMany(one => one.Items)], [.. found.SelectMany(one => one.Strengths)]);
    }

    private static NeighbourModel FromTargets(InteractionMatrix data, string algorithm, (int[] Items, float[] Strengths)[] found)
    {
        var starts = new int[found.Length + 1];
        foreach (var (sources, _) in found)
        {
            foreach (int source in sources)
                starts[source + 1]++;
        }
        for (int i = 0; i < found.Length; i++)
            starts[i + 1] = checked(starts[i] + starts[i + 1]);
        var next = starts.AsSpan(0, found.Length).ToArray();
        var targets = new int[starts[^1]];
        var strengths = new float[starts[^1]];
        for (int target = 0; target < found.Length; target++)
        {
            for (int i = 0; i < found[target].Items.Length; i++)
            {
                int at = next[found[target].Items[i]]++;
                targets[at] = target;
                strengths[at] = found[target].Strengths[i];
            }
        }
        return new NeighbourModel(data, algorithm, starts, targets, strengths);
    }
}
