namespace MLPipelines.Entities;

/// <summary>An entity described by its features, for one that was not trained on. What is not given is missing; a set that is not given is empty.</summary>
public sealed class EntityFeatures
{
    /// <summary>Numbers by the names of their columns.</summary>
    public IDictionary<string, float> Numbers { get; init; } = new Dictionary<string, float>(StringComparer.Ordinal);

    /// <summary>Categories by the names of their columns.</summary>
    public IDictionary<string, string> Categories { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Sets by the names of their columns. Members that were not trained on are passed over.</summary>
    public IDictionary<string, IReadOnlyCollection<string>> Sets { get; init; } = new Dictionary<string, IReadOnlyCollection<string>>(StringComparer.Ordinal);
}

/// <summary>What a row says of an entity, in the order of the columns.</summary>
internal sealed record RawEntity(string? Id, float[] Numbers, string?[] Categories, string[][] Sets);

/// <summary>An entity in terms of what was learnt.</summary>
/// <param name="Numbers">As they are; NaN where missing.</param>
/// <param name="Categories">Places of the categories; <see cref="Missing"/> or <see cref="Unseen"/>.</param>
/// <param name="Sets">Places of the members, ascending.</param>
internal sealed record EntityRow(float[] Numbers, int[] Categories, int[][] Sets)
{
    public const int Missing = -1;
    public const int Unseen = -2;
}
