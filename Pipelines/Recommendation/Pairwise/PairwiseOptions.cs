using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>Options of the recommenders that learn from pairs of an item that a user has and one that he has not.</summary>
public abstract class PairwiseOptions : RecommenderOptions
{
    private protected PairwiseOptions(int factors, int iterations, float learningRate, float regularization)
    {
        (Factors, Iterations, LearningRate, Regularization) = (factors, iterations, learningRate, regularization);
    }

    /// <summary>How many factors describe a user or an item. Legal range: 1 to 4,096. The default value is 64.</summary>
    public int Factors { get; set; }

    /// <summary>How often training goes over all interactions. Legal range: 1 or more. The default value is 60 for BPR and 45 for WARP.</summary>
    public int Iterations { get; set; }

    /// <summary>
    /// The length of the first steps; those of each number grow shorter as it is moved (AdaGrad). Legal range: above 0, up to 10. The default value
    /// is 0.07 for BPR and 0.025 for WARP.
    /// </summary>
    public float LearningRate { get; set; }

    /// <summary>L2 regularisation, applied at each step to the numbers that it moves. Legal range: 0 to 1. The default value is 0.01.</summary>
    public float Regularization { get; set; }

    /// <summary>
    /// What is known of items: a row for each, with its identifier in a column named as <see cref="RecommenderOptions.ItemColumnName"/>. All other columns are
    /// features: texts and keys are categories, or sets of them where <see cref="SetSeparator"/> parts them; numbers are brought to mean 0 and deviation 1;
    /// vectors of numbers are taken as they are. Items of these rows without interactions are in the catalogue too. The
    /// default value is <see langword="null"/>: nothing is known of items but who has them.
    /// </summary>
    public IDataView? ItemFeatures { get; set; }

    /// <summary>What is known of users, in the same way; users of these rows without interactions get recommendations from it. The default value is <see langword="null"/>.</summary>
    public IDataView? UserFeatures { get; set; }

    /// <summary>What parts the members of a set in texts of features. The default value is '|'.</summary>
    public char SetSeparator { get; set; } = '|';

    /// <summary>
    /// Whether the weights of the features of a user or an item, with the one that stands for himself, sum up to 1, so that those with
    /// many features weigh no more than others. The default value is <see langword="true"/>.
    /// </summary>
    public bool NormalizeFeatures { get; set; } = true;

    private protected override void AddFaults(OptionFaults faults) => faults
        .Range(Factors, 1, 4096, nameof(Factors))
        .Range(Iterations, 1, int.MaxValue, nameof(Iterations))
        .Above(LearningRate, 0, 10, nameof(LearningRate))
        .Range(Regularization, 0, 1, nameof(Regularization));
}
