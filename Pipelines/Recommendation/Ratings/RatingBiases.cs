namespace MLPipelines.Recommendation;

/// <summary>The mean rating, and how far each user and each item is above it.</summary>
internal sealed record RatingBiases(float Mean, float[] Users, float[] Items)
{
    private const int Sweeps = 10;

    /// <summary>What a user without factors gives an item, either of which may be -1 for one that is not known.</summary>
    public float Predict(int user, int item) => Mean + (user < 0 ? 0 : Users[user]) + (item < 0 ? 0 : Items[item]);

    /// <summary>Fits users and items in turn, each bias the mean of what the other side leaves, shrunk towards 0.</summary>
    public static RatingBiases Learn(InteractionMatrix data, float userShrinkage, float itemShrinkage)
    {
        double sum = 0;
        for (int at = 0; at < data.Count; at++)
            sum += data.Weight(at);
        var biases = new RatingBiases((float)(sum / data.Count), new float[data.Users.Count], new float[data.Items.Count]);
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            Fit(data, biases.Mean, biases.Users, biases.Items, userShrinkage);
            Fit(data.Transposed, biases.Mean, biases.Items, biases.Users, itemShrinkage);
        }
        return biases;
    }

    private static void Fit(InteractionMatrix data, float mean, float[] mine, float[] others, float shrinkage)
    {
        for (int line = 0; line < mine.Length; line++)
        {
            double left = 0;
            for (int at = data.Starts[line]; at < data.Starts[line + 1]; at++)
                left += data.Weight(at) - mean - others[data.Others[at]];
            mine[line] = data.Degree(line) == 0 ? 0 : (float)(left / (data.Degree(line) + shrinkage));
        }
    }
}
