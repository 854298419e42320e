using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>Deviances: twice the negative log-likelihood of a training set under a model.</summary>
internal static class TrainingDeviance
{
    private const double SmallestRate = 1e-15;

    /// <summary>The deviance of a trained model: its objective without the penalties.</summary>
    public static float OfModel(float[] parameters, int biasCount, float objective, double weightSum, float l1, float l2)
    {
        var weights = parameters.AsSpan(biasCount);
        float deviance = (float)(2 * objective * weightSum);
        if (l2 > 0)
            deviance -= VectorMath.SumSq(weights) * l2;
        if (l1 > 0)
        {
            double norm = 0;
            foreach (float weight in weights)
                norm += Math.Abs(weight);
            deviance -= (float)norm * l1 * 2;
        }
        return deviance;
    }

    /// <summary>The deviance of the model that knows the rate of positive examples alone.</summary>
    public static float OfPrior(double positiveRate, double weightSum)
    {
        if (positiveRate <= SmallestRate || 1 - positiveRate <= SmallestRate)
            return 0;
        return (float)(2 * weightSum * ScalarMath.Entropy(positiveRate));
    }

    /// <summary>The number of biases and of weights that are not zero.</summary>
    public static int CountParameters(float[] parameters, int biasCount)
    {
        int count = biasCount;
        foreach (float weight in parameters.AsSpan(biasCount))
        {
            if (weight != 0)
                count++;
        }
        return count;
    }
}
