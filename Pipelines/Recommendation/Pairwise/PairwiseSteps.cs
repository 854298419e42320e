namespace MLPipelines.Recommendation;

/// <summary>How a step is taken, in training and when a user is folded in.</summary>
/// <param name="IsWarp">Whether items are drawn until one scores too high; otherwise each one that is drawn counts.</param>
/// <param name="ByPopularity">Whether items are drawn as often as they stand in the interactions.</param>
/// <param name="MaxSampled">How many items are drawn at most for a step.</param>
/// <param name="LearningRate">The length of the first steps.</param>
/// <param name="Regularization">L2 regularisation.</param>
/// <param name="Iterations">How often all interactions are gone over.</param>
/// <param name="Seed">The seed of all draws.</param>
internal readonly record struct PairwiseSteps(bool IsWarp, bool ByPopularity, int MaxSampled, float LearningRate, float Regularization, int Iterations, int Seed)
{
    public void Write(ModelParts parts)
    {
        parts.Numbers["max-sampled"] = MaxSampled;
        parts.Numbers["by-popularity"] = ByPopularity ? 1 : 0;
        parts.Numbers["learning-rate"] = LearningRate;
        parts.Numbers["regularization"] = Regularization;
        parts.Numbers["iterations"] = Iterations;
        parts.Numbers["seed"] = Seed;
    }

    public static PairwiseSteps Read(ModelParts parts, bool isWarp) => new(
        isWarp,
        parts.Number("by-popularity", 0, 1) == 1,
        (int)parts.Number("max-sampled", 1, int.MaxValue),
        (float)parts.Number("learning-rate", 0, 10),
        (float)parts.Number("regularization", 0, 1),
        (int)parts.Number("iterations", 1, int.MaxValue),
        (int)parts.Number("seed", int.MinValue, int.MaxValue));
}
