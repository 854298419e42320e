namespace Microsoft.ML.Trainers;

/// <summary>A model that can say what each feature adds to a score.</summary>
public interface ICalculateFeatureContribution
{
    FeatureContributionCalculator FeatureContributionCalculator { get; }
}

/// <summary>Stands for the contributions of the features to the scores of one model.</summary>
public sealed class FeatureContributionCalculator
{
    internal FeatureContributionCalculator(LinearModelParameters model)
    {
        Model = model;
    }

    /// <summary>The model: a feature contributes its value times its weight.</summary>
    internal LinearModelParameters Model { get; }
}
