using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>A linear function that takes gradient steps of shrinking size on one example after another.</summary>
/// <remarks>L. Bottou, "Stochastic Gradient Descent Tricks" (2012). Several threads may make passes at once.</remarks>
internal sealed class StochasticGradientDescent(
    IHostEnvironment env,
    TrainingSet examples,
    IClassificationLoss loss,
    float[] weights,
    float bias,
    double learningRate,
    float l2,
    float positiveInstanceWeight)
{
    // A smaller scale of the weights would cost precision.
    private const double SmallestScale = 1e-8;
    private const int RowsBetweenStopChecks = 1024;

    private readonly Lock _gate = new();
    private double _scale = 1;
    private long _steps;
    private float _bias = bias;

    public float Bias => _bias;

    public void Pass(Random rand)
    {
        var order = examples.Order(rand);
        for (int i = 0; i < order.Length; i++)
        {
            if (i % RowsBetweenStopChecks == 0)
                env.CheckAlive();
            Step(order[i]);
        }
        if (_scale >= SmallestScale)
            return;
        lock (_gate)
            ApplyScale();
    }

    /// <summary>The weights, their scale applied.</summary>
    public float[] Finish()
    {
        ApplyScale();
        return weights;
    }

    private void Step(int row)
    {
        var features = examples.Features(row);
        float label = examples.Labels[row];
        float output = features.Dot(weights) * (float)_scale + _bias;
        float derivative = examples.Weight(row) * loss.Derivative(output, label);
        if (label > 0)
            derivative *= positiveInstanceWeight;
        double rate = learningRate / (1 + learningRate * l2 * _steps++);
        double step = -derivative * rate;
        _scale *= 1 - rate * l2;
        features.AddTo((float)(step / _scale), weights);
        _bias += (float)step;
    }

    private void ApplyScale()
    {
        float scale = (float)_scale;
        if (scale != 1)
            VectorMath.Scale(scale, weights);
        _scale = 1;
    }
}
