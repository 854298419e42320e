namespace MLPipelines.Data;

/// <summary>What a validation checks beyond the format itself.</summary>
public sealed class ValidationOptions
{
    private const int LargestMaxProblems = 1_000_000;

    /// <summary>
    /// How many errors, and how many warnings, a report lists; all are counted. 1 to 1,000,000; the default value is 1,000.
    /// </summary>
    public int MaxProblems { get; init; } = 1000;

    /// <summary>
    /// The labels that a field may have, by field name (<c>intent</c>, <c>sentiment</c>, <c>interaction_type</c>,
    /// <c>taxonomy_codes</c>, <c>category</c>, or the label column of a table); any other is an error.
    /// Fields that are not named may have any label, which is the default.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyCollection<string>> KnownLabels { get; init; } =
        new Dictionary<string, IReadOnlyCollection<string>>();

    /// <summary>
    /// Whether repeated identifiers, repeated interactions and texts with conflicting labels are looked for; the default
    /// value is <see langword="true"/>. Rows are compared by a 64-bit hash, so that among a million different rows one is
    /// reported wrongly with odds of about one in 37 million; the first 1,572,864 different rows are compared.
    /// </summary>
    public bool CheckDuplicates { get; init; } = true;

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">One or more values are out of range; the message lists them all.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(ValidationOptions))
            .If(MaxProblems is < 1 or > LargestMaxProblems, $"{nameof(MaxProblems)} is {MaxProblems}; it must be from 1 to {LargestMaxProblems}")
            .If(KnownLabels is null, $"{nameof(KnownLabels)} is null; give an empty dictionary to allow every label")
            .AddRange((KnownLabels ?? new Dictionary<string, IReadOnlyCollection<string>>()).Where(known => known.Value is not { Count: > 0 }).Select(known => $"{nameof(KnownLabels)}['{known.Key}'] is empty; leave the field out to allow every label"))
            .Throw();
    }
}
