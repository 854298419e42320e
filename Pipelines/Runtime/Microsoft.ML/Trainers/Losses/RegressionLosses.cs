using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The square of the error.</summary>
public sealed class SquaredLoss : ISupportSdcaRegressionLoss
{
    public double Loss(float output, float label)
    {
        float error = output - label;
        return error * error;
    }

    public float Derivative(float output, float label)
    {
        float error = output - label;
        return 2 * error;
    }

    public float ComputeDualUpdateInvariant(float scaledFeaturesNormSquared) => 1 / (0.5f + scaledFeaturesNormSquared);

    public float DualUpdate(float output, float label, float dual, float invariant, int maxNumThreads)
    {
        float update = (label - output - 0.5f * dual) * invariant;
        return maxNumThreads >= 2 ? update / maxNumThreads : update;
    }

    public double DualLoss(float label, float dual) => -dual * (dual / 4 - label);
}

/// <summary>The negative log-likelihood of a count, up to a constant, where the prediction is the logarithm of its mean.</summary>
public sealed class PoissonLoss : IRegressionLoss
{
    public double Loss(float output, float label) => Math.Exp(output) - label * output;

    public float Derivative(float output, float label) => (float)Math.Exp(output) - label;
}

/// <summary>The deviance of the Tweedie distribution.</summary>
public sealed class TweedieLoss : IRegressionLoss
{
    private const float Smallest = 1e-7f;

    private readonly double _index1;
    private readonly double _index2;

    /// <param name="index">From 1 (Poisson) to 2 (gamma); between them a compound of both.</param>
    public TweedieLoss(double index = 1.5)
    {
        Contracts.CheckParam(1 <= index && index <= 2, nameof(index), "Must be in the range [1, 2]");
        _index1 = 1 - index;
        _index2 = 2 - index;
    }

    public double Loss(float output, float label)
    {
        output = Clamp(output);
        label = Clamp(label);
        if (_index1 == 0)
            return output - label * Math.Log(output) + ScalarMath.LogGamma(label);
        if (_index2 == 0)
            return output + label / output - Math.Sqrt(label);
        return Part(output, label) - Part(label, label);
    }

    public float Derivative(float output, float label)
    {
        output = Clamp(output);
        label = Clamp(label);
        if (_index1 == 0)
            return output - label;
        return (float)(Math.Pow(output, _index2) - label * Math.Pow(output, _index1));
    }

    private double Part(float output, float label) =>
        Math.Pow(output, _index2) / _index2 - label * Math.Pow(output, _index1) / _index1;

    private static float Clamp(float value) => value < Smallest ? Smallest : value;
}
