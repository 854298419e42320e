namespace MLPipelines.Entities;

/// <summary>How sets are completed.</summary>
public sealed class BuildRecommenderOptions
{
    /// <summary>What the members of the sets of similar entities weigh. Legal range: 0 to 1; not both weights 0. The default value is 0.5.</summary>
    public float SimilarityWeight { get; set; } = 0.5f;

    /// <summary>What members that occur together with those of the set weigh. Legal range: 0 to 1. The default value is 0.5.</summary>
    public float CoOccurrenceWeight { get; set; } = 0.5f;

    /// <summary>How many of the most similar entities speak. Legal range: 1 to 10,000. The default value is 20.</summary>
    public int Neighbours { get; set; } = 20;

    /// <summary>Added to how often a member occurs before its pairs are divided by it, which holds back rare ones. Legal range: 0 or more. The default value is 2.</summary>
    public float Shrinkage { get; set; } = 2;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(BuildRecommenderOptions))
        .Range(SimilarityWeight, 0, 1, nameof(SimilarityWeight))
        .Range(CoOccurrenceWeight, 0, 1, nameof(CoOccurrenceWeight))
        .If(SimilarityWeight == 0 && CoOccurrenceWeight == 0, $"{nameof(SimilarityWeight)} and {nameof(CoOccurrenceWeight)} are both 0; one must be above it")
        .Range(Neighbours, 1, 10_000, nameof(Neighbours))
        .Range(Shrinkage, 0, float.MaxValue, nameof(Shrinkage))
        .Throw();
}

/// <summary>A member that a set lacks.</summary>
/// <param name="Member">The member.</param>
/// <param name="Score">0 to 1: the mean of the two scores, weighted.</param>
/// <param name="SimilarityScore">The share of similar entities that have it, each weighted by its similarity: 0 to 1.</param>
/// <param name="CoOccurrenceScore">The share of entities with a member of the set that have this one too, the mean over the set: 0 to 1.</param>
/// <param name="SimilarEntities">The most similar entities that have it, at most 3.</param>
/// <param name="OccursWith">The members of the set that it occurs with the most, at most 3.</param>
public sealed record CompletedMember(string Member, float Score, float SimilarityScore, float CoOccurrenceScore, IReadOnlyList<string> SimilarEntities, IReadOnlyList<string> OccursWith);
