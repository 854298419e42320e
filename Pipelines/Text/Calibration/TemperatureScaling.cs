namespace MLPipelines.Text;

/// <summary>
/// Finds the temperature by which logits are divided so that probabilities mean what they say (Guo et al., "On calibration of modern neural networks", ICML 2017).
/// The most probable class stays the same.
/// </summary>
public static class TemperatureScaling
{
    // Beyond these, so few rows are wrong (or right) that the optimum is at infinity.
    private const double Least = 0.05, Most = 20;
    private const double Precision = 1e-6;

    /// <summary>The temperature of least log-loss on rows that were not trained on; 1 without rows.</summary>
    /// <param name="logits">The logits of each row, one a class.</param>
    /// <param name="labels">The right class of each row, counted from 0.</param>
    /// <returns>The temperature, 0.05 to 20.</returns>
    public static double Fit(IReadOnlyList<float[]> logits, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Count, logits.Count);
        if (labels.Count == 0)
            return 1;
        // The loss is convex in 1 / temperature, so a golden section search over its logarithm finds the one minimum.
        double low = Math.Log(Least), high = Math.Log(Most), ratio = (Math.Sqrt(5) - 1) / 2;
        double left = high - ratio * (high - low), right = low + ratio * (high - low);
        double leftLoss = Loss(left), rightLoss = Loss(right);
        while (high - low > Precision)
        {
            if (leftLoss <= rightLoss)
            {
                (high, right, rightLoss) = (right, left, leftLoss);
                left = high - ratio * (high - low);
                leftLoss = Loss(left);
            }
            else
            {
                (low, left, leftLoss) = (left, right, rightLoss);
                right = low + ratio * (high - low);
                rightLoss = Loss(right);
            }
        }
        return Math.Exp((low + high) / 2);

        double Loss(double logTemperature)
        {
            double inverse = Math.Exp(-logTemperature), sum = 0;
            for (int row = 0; row < labels.Count; row++)
            {
                float most = logits[row].Max();
                double total = 0;
                foreach (float logit in logits[row])
                    total += Math.Exp((logit - most) * inverse);
                sum += Math.Log(total) - (logits[row][labels[row]] - most) * inverse;
            }
            return sum;
        }
    }

    /// <summary>The probabilities of logits: softmax(logits / temperature), in double precision inside.</summary>
    public static float[] Probabilities(ReadOnlySpan<float> logits, double temperature)
    {
        var probabilities = new float[logits.Length];
        double most = double.NegativeInfinity, total = 0;
        foreach (float logit in logits)
            most = Math.Max(most, logit);
        foreach (float logit in logits)
            total += Math.Exp((logit - most) / temperature);
        for (int i = 0; i < probabilities.Length; i++)
            probabilities[i] = (float)(Math.Exp((logits[i] - most) / temperature) / total);
        return probabilities;
    }
}
