namespace MLPipelines.Training;

/// <summary>
/// One AdamW update of some parameters, as numbers that every element shares. An element's update is: gradient times <see cref="GradientScale"/>; first moment m = β₁m + (1−β₁)g;
/// second moment v = β₂v + (1−β₂)g²; weight w = w·<see cref="Keep"/> − <see cref="Rate"/>·m / (√v·<see cref="RootScale"/> + ε).
/// </summary>
internal readonly struct AdamWStep
{
    public readonly float GradientScale, Beta1, OneMinusBeta1, Beta2, OneMinusBeta2, Keep, Rate, RootScale, Epsilon;

    /// <param name="options">The betas and epsilon.</param>
    /// <param name="learningRate">The learning rate, scaled for the layer.</param>
    /// <param name="weightDecay">The weight decay, or 0.</param>
    /// <param name="updates">How many updates the parameter will have had with this one, from 1.</param>
    /// <param name="gradientScale">What the gradient is multiplied by first.</param>
    public AdamWStep(TrainingOptions options, double learningRate, double weightDecay, long updates, double gradientScale)
    {
        GradientScale = (float)gradientScale;
        Beta1 = (float)options.Beta1;
        OneMinusBeta1 = (float)(1 - options.Beta1);
        Beta2 = (float)options.Beta2;
        OneMinusBeta2 = (float)(1 - options.Beta2);
        Keep = (float)(1 - learningRate * weightDecay);
        Rate = (float)(learningRate / (1 - Math.Pow(options.Beta1, updates)));
        RootScale = (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, updates)));
        Epsilon = (float)options.Epsilon;
    }
}
