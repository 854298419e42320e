using System.Numerics.Tensors;
using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>The state of a linear model that learns from one example after another.</summary>
/// <param name="weights">The first weights.</param>
/// <param name="bias">The first bias.</param>
internal abstract class OnlineLearner(float[] weights, float bias)
{
    // Beyond it in either direction, additions to the weights would lose too much precision.
    private const float LargestScale = 1 << 10;

    /// <summary>The weights, to be multiplied by <see cref="Scale"/>.</summary>
    protected float[] Weights { get; } = weights;

    /// <summary>What all weights are multiplied by; keeps the cost of shrinking them from growing with their number.</summary>
    protected float Scale { get; set; } = 1;

    protected float Bias { get; set; } = bias;

    public bool IsFinite => float.IsFinite(Bias) && !Weights.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue);

    public virtual void BeginPass()
    {
    }

    public abstract void Learn(in FeatureRow features, float label, float weight);

    public virtual void EndPass() => ApplyScale();

    /// <summary>The model learned.</summary>
    public virtual (float[] Weights, float Bias) Finish() => (Weights, Bias);

    protected float Margin(in FeatureRow features) => Bias + features.Dot(Weights) * Scale;

    protected void ApplyScaleIfExtreme()
    {
        float magnitude = Math.Abs(Scale);
        if (magnitude < 1 / LargestScale || magnitude > LargestScale)
            ApplyScale();
    }

    private void ApplyScale()
    {
        if (Scale == 1)
            return;
        if (Scale == 0)
            Weights.AsSpan().Clear();
        else
            VectorMath.Scale(Scale, Weights);
        Scale = 1;
    }
}
