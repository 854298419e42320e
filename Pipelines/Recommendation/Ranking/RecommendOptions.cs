namespace MLPipelines.Recommendation;

/// <summary>What may be recommended, and how alike the items of one list may be.</summary>
/// <remarks>Items with equal scores stand in the order of their identifiers, so that lists are stable. Identifiers that are not in the catalogue are passed over in lists.</remarks>
public sealed class RecommendOptions
{
    /// <summary>Whether items that the user interacted with are left out. The default value is <see langword="true"/>.</summary>
    public bool ExcludeSeen { get; set; } = true;

    /// <summary>Only these items are recommended, such as those that <see cref="ItemCatalog.Where"/> finds. The default value is <see langword="null"/>: all.</summary>
    public IReadOnlyCollection<string>? Allow { get; set; }

    /// <summary>These items are never recommended. The default value is empty.</summary>
    public IReadOnlyCollection<string> Deny { get; set; } = [];

    /// <summary>
    /// How much likeness to the items before it costs an item (maximal marginal relevance, Carbonell and Goldstein 1998): 0 orders by score
    /// alone, 1 by unlikeness alone. Legal range: 0 to 1. The default value is 0.
    /// </summary>
    public float Diversity { get; set; }

    /// <summary>
    /// From how many of the best items a diverse list is chosen, as a multiple of its length. Legal range: 1 to 1,000. The default value is 10.
    /// </summary>
    public int DiversityPool { get; set; } = 10;

    /// <summary>Number of threads of a batch. Legal range: 1 or more; <see langword="null"/> uses all processors. The default value is <see langword="null"/>.</summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(RecommendOptions))
            .Range(Diversity, 0, 1, nameof(Diversity))
            .Range(DiversityPool, 1, 1000, nameof(DiversityPool))
            .If(Deny is null, $"{nameof(Deny)} is null; give an empty list to deny nothing");
        if (NumberOfThreads is { } threads)
            faults.Range(threads, 1, int.MaxValue, nameof(NumberOfThreads));
        faults.Throw();
    }
}

/// <summary>An item of a list.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Score">How well it fits; comparable within the lists of one model and source only.</param>
/// <param name="Source">Which algorithm says so; "popularity" where nothing is known of the user.</param>
public readonly record struct RecommendedItem(string ItemId, float Score, string Source);

/// <summary>A user who is like another.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Similarity">How alike, at most 1.</param>
public readonly record struct SimilarUser(string UserId, float Similarity);

/// <summary>An item that a user did something with, and how much.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Weight">How much it counts; above 0.</param>
public readonly record struct TasteItem(string ItemId, float Weight = 1);

/// <summary>Why an item is recommended.</summary>
/// <param name="ItemId">The item.</param>
/// <param name="Score">Its score for the user.</param>
/// <param name="Source">The algorithm.</param>
/// <param name="Because">The items of the user that speak for it the most, the strongest first.</param>
public sealed record Explanation(string ItemId, float Score, string Source, IReadOnlyList<ExplainedBy> Because);

/// <summary>An item of the user's and what it adds to the score of another; for models of factors without sums, how alike both are.</summary>
/// <param name="ItemId">The item of the user's.</param>
/// <param name="Share">What it adds.</param>
public readonly record struct ExplainedBy(string ItemId, float Share);
