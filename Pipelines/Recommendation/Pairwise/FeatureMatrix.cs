namespace MLPipelines.Recommendation;

/// <summary>
/// Which features the users, or the items, have and how much: each has first one that stands for itself, numbered as it is, then those that it
/// shares with others.
/// </summary>
/// <param name="Count">How many features there are.</param>
/// <param name="Starts">Where the features of each user or item start.</param>
/// <param name="Features">The features.</param>
/// <param name="Weights">Their weights.</param>
internal sealed record FeatureMatrix(int Count, int[] Starts, int[] Features, float[] Weights)
{
    public int Rows => Starts.Length - 1;

    /// <summary>Whether a user or an item has features beside the one that stands for itself.</summary>
    public bool Describes(int row) => Starts[row + 1] - Starts[row] > 1;

    /// <summary>Builds the matrix from the shared features of each row, numbered from 0.</summary>
    public static FeatureMatrix Build(List<(int Feature, float Weight)>?[] rows, int shared, bool normalize)
    {
        var starts = new int[rows.Length + 1];
        for (int row = 0; row < rows.Length; row++)
            starts[row + 1] = checked(starts[row] + 1 + (rows[row]?.Count ?? 0));
        var features = new int[starts[^1]];
        var weights = new float[starts[^1]];
        for (int row = 0; row < rows.Length; row++)
        {
            int at = starts[row];
            (features[at], weights[at]) = (row, 1);
            foreach (var (feature, weight) in rows[row] ?? [])
                (features[++at], weights[at]) = (rows.Length + feature, weight);
            if (normalize)
            {
                var mine = weights.AsSpan(starts[row]..starts[row + 1]);
                System.Numerics.Tensors.TensorPrimitives.Divide(mine, System.Numerics.Tensors.TensorPrimitives.SumOfMagnitudes<float>(mine), mine);
            }
        }
        return new FeatureMatrix(checked(rows.Length + shared), starts, features, weights);
    }
}
