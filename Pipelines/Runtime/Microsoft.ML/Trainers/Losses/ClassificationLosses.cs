using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The logarithm of the probability that the logistic function of the score gives to the other class.</summary>
public sealed class LogLoss : ISupportSdcaClassificationLoss
{
    private const double SmallestProbability = 1e-8;

    public double Loss(float output, float label)
    {
        float probability = ScalarMath.Sigmoid(output);
        return -Math.Log(Math.Max(label > 0 ? probability : 1 - probability, SmallestProbability));
    }

    public float Derivative(float output, float label)
    {
        float probability = ScalarMath.Sigmoid(output);
        return label > 0 ? probability - 1 : probability;
    }

    public float ComputeDualUpdateInvariant(float scaledFeaturesNormSquared) => 1 / Math.Max(1, 0.25f + scaledFeaturesNormSquared);

    public float DualUpdate(float output, float label, float dual, float invariant, int maxNumThreads)
    {
        float sign = DualUpdates.Sign(label);
        float update = (ScalarMath.Sigmoid(-sign * output) * sign - dual) * invariant;
        return DualUpdates.Damp(update, maxNumThreads);
    }

    public double DualLoss(float label, float dual) =>
        DualUpdates.IsFeasible(label, dual, out float share) ? ScalarMath.Entropy(share) : double.NegativeInfinity;
}

/// <summary>How far the score falls short of a margin.</summary>
public sealed class HingeLoss : ISupportSdcaClassificationLoss
{
    private readonly float _margin;

    public HingeLoss(float margin = 1)
    {
        _margin = margin;
    }

    public double Loss(float output, float label)
    {
        float loss = _margin - DualUpdates.Sign(label) * output;
        return loss > 0 ? loss : 0;
    }

    public float Derivative(float output, float label)
    {
        float sign = DualUpdates.Sign(label);
        return _margin > sign * output ? -sign : 0;
    }

    public float ComputeDualUpdateInvariant(float scaledFeaturesNormSquared) => 1 / scaledFeaturesNormSquared;

    public float DualUpdate(float output, float label, float alpha, float invariant, int maxNumThreads)
    {
        float sign = DualUpdates.Sign(label);
        float target = (_margin - output * sign) * invariant + alpha * sign;
        return DualUpdates.Damp(sign * Math.Max(0, Math.Min(1, target)) - alpha, maxNumThreads);
    }

    public double DualLoss(float label, float dual) =>
        DualUpdates.IsFeasible(label, dual, out float share) ? _margin * share : double.NegativeInfinity;
}

/// <summary>The hinge loss of margin 1, quadratic over the first part.</summary>
public sealed class SmoothedHingeLoss : ISupportSdcaClassificationLoss
{
    private readonly float _smoothing;
    private readonly double _half;
    private readonly double _double;

    /// <param name="smoothingConstant">The width of the quadratic part; the loss is (1 / constant)-smooth.</param>
    public SmoothedHingeLoss(float smoothingConstant = 1)
    {
        Contracts.CheckParam(smoothingConstant >= 0, nameof(smoothingConstant), "Must be non-negative.");
        _smoothing = smoothingConstant;
        _half = smoothingConstant / 2;
        _double = smoothingConstant * 2;
    }

    public double Loss(float output, float label)
    {
        float shortfall = 1 - DualUpdates.Sign(label) * output;
        if (shortfall < 0)
            return 0;
        return shortfall < _smoothing ? shortfall * shortfall / _double : shortfall - _half;
    }

    public float Derivative(float output, float label)
    {
        float sign = DualUpdates.Sign(label);
        float shortfall = 1 - sign * output;
        if (shortfall < 0)
            return 0;
        return shortfall < _smoothing ? -sign * shortfall / _smoothing : -sign;
    }

    public float ComputeDualUpdateInvariant(float scaledFeaturesNormSquared) => 1 / (scaledFeaturesNormSquared + _smoothing);

    public float DualUpdate(float output, float label, float alpha, float invariant, int maxNumThreads)
    {
        float sign = DualUpdates.Sign(label);
        float target = (1 - output * sign - _smoothing * alpha * sign) * invariant + alpha * sign;
        return DualUpdates.Damp(sign * Math.Max(0, Math.Min(1, target)) - alpha, maxNumThreads);
    }

    public double DualLoss(float label, float dual) =>
        DualUpdates.IsFeasible(label, dual, out float share) ? share * (1 - share * _half) : double.NegativeInfinity;
}

/// <summary>exp(-beta · score) of a positive example, exp(beta · score) of a negative one.</summary>
public sealed class ExpLoss : IClassificationLoss
{
    private readonly float _beta;

    public ExpLoss(float beta = 1)
    {
        _beta = beta;
    }

    public double Loss(float output, float label) => Exp(-_beta * DualUpdates.Sign(label) * output);

    public float Derivative(float output, float label)
    {
        float factor = -_beta * DualUpdates.Sign(label);
        return factor * Exp(factor * output);
    }

    private static float Exp(float x) => (float)Math.Exp(x);
}

/// <summary>What the dual updates of classification losses have in common.</summary>
file static class DualUpdates
{
    private const float LargestUndamped = 0.5f;

    public static float Sign(float label) => label > 0 ? 1 : -1;

    /// <summary>Takes smaller steps where several threads update at once.</summary>
    public static float Damp(float update, int threads) =>
        threads >= 2 && Math.Abs(update) > LargestUndamped ? update / threads : update;

    /// <summary>Whether the dual, with the sign of the label taken off, is in [0, 1].</summary>
    public static bool IsFeasible(float label, float dual, out float share)
    {
        share = label <= 0 ? -dual : dual;
        return !(share < 0 || share > 1);
    }
}
